"""What is logged: JSON lines that tell an operator what happened, and no secret of anybody."""

import os
import pty
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commands import run_code
from conftest import RunningBot
from dynos import CRASHED
from support import BOT_TOKEN, PATIENCE, Inside

from gopherbot.dev.procfile import base_environment
from slack_simulator import Fault, Simulator

pytestmark = pytest.mark.slow

PASSWORD = 'pa"ss\\wörd zebra'
PREAMBLE = f"""
import logging
from gopherbot import logs
from gopherbot.settings import Identity, RedisSettings, Role, Secret, Settings
settings = Settings(
    role=Role.WORKER, env="production", port=8000, log_level=logging.LEVEL,
    redis=RedisSettings("localhost", 6379, password=Secret({PASSWORD!r})),
    identity=Identity(app="the-app", dyno="web.1", commit="c0ffee"),
    signing_secret=Secret("signing-zebra"), verification_token=Secret("token-zebra"),
    bot_token=Secret("xoxb-zebra-1"), metrics_token=Secret("metrics-zebra"),
)
logs.configure(settings, "worker")
log = logs.get_logger("gopherbot.tests")
"""


def run(code: str, level: str = "INFO") -> str:
    """Return what code prints in a process that logs as a worker does."""
    done = run_code(PREAMBLE.replace("LEVEL", level) + textwrap.dedent(code))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def lines_of(code: str, level: str = "INFO") -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in run(code, level).splitlines()]


def on_a_terminal(code: str, **more: str) -> str:
    terminal, end = pty.openpty()
    script = PREAMBLE.replace("LEVEL", "INFO") + textwrap.dedent(code)
    environment = base_environment() | {"TERM": "xterm"} | more
    subprocess.run(
        [sys.executable, "-c", script], stdout=end, check=True, timeout=30, env=environment
    )
    os.close(end)
    printed = os.read(terminal, 65536).decode()
    os.close(terminal)
    return printed


WHO = {"process": "worker", "app": "the-app", "dyno": "web.1", "commit": "c0ffee"}


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (
            """log.info("hello", number=5, text='a\\nb "c" ä', odd=object)""",
            WHO | {"event": "hello", "number": 5, "text": 'a\nb "c" ä', "odd": "<class 'object'>"},
        ),
        # No Unicode, and no JSON.
        (
            """log.info("odd", path=chr(0xd800), fields={(1, 2): 3, "number": 2 ** 70})""",
            WHO | {"event": "odd", "path": "?", "fields": {"number": 2**70}},
        ),
        # A secret of digits is masked in texts, and leaves numbers alone.
        (
            """
            logs.configure_logging(logging.INFO, secrets=[Secret("1234")])
            log.info("a 1234", seconds=0.123456, port=1234, fields=["\\"1234", {"1234": 12345}])
            """,
            {"event": "a ****", "seconds": 0.123456, "port": 1234}
            | {"fields": ['"****', {"****": 12345}]},
        ),
        # A long one is masked whole; what is too short is none; a fact that is empty is left out.
        (
            """
            secrets = map(Secret, ("1234", "1234zebra", "abc"))
            logs.configure_logging(logging.INFO, {"process": "worker", "commit": ""}, secrets)
            log.info("1234zebra abc", token="xapp-1-zebra")
            """,
            {"event": "**** abc", "token": "****", "process": "worker"},
        ),
    ],
    ids=["odd types", "no JSON", "digits", "a long secret"],
)
def test_a_line_is_one_json_object_with_who_and_when(code: str, fields: dict[str, Any]) -> None:
    [line] = lines_of(code)
    assert line.pop("time").endswith("Z")
    assert line == fields | {"level": "info"}


def test_a_rediss_address_without_tls_is_worth_a_warning() -> None:
    lines = lines_of("""
        import dataclasses
        redis = RedisSettings("localhost", 6379, tls_overruled=True)
        logs.configure(dataclasses.replace(settings, redis=redis), "worker")
    """)
    assert [line["level"] for line in lines] == ["warning"]
    assert "without TLS" in lines[0]["event"]


def test_a_line_that_cannot_be_written_ends_nothing() -> None:
    printed = run("""
        full, closed = open("/dev/full", "w", buffering=1), open("/dev/null", "w")
        logs.configure(settings, "worker", stream=closed)
        closed.close()
        logs.get_logger("a").warning("nobody reads it")
        logs.configure(settings, "worker", stream=full)
        log.warning("redis does not answer")
        logging.getLogger("a.library").warning("nor does this get there")
        print("still at work")
    """)
    assert printed == "still at work\n"


def test_lines_are_utf_8_in_any_locale(tmp_path: Path) -> None:
    file = tmp_path / "log"
    run(f"""
        stream = open({str(file)!r}, "w", encoding="latin-1")
        logs.configure(settings, "worker", stream=stream)
        log.error("dead-lettered", rule="ʕ◔ϖ◔ʔ größer")
        stream.close()
    """)
    assert msgspec.json.decode(file.read_bytes())["rule"] == "ʕ◔ϖ◔ʔ größer"


def test_a_process_tells_its_facts_in_its_log_and_people_on_stderr() -> None:
    done = run_code(
        PREAMBLE.replace("LEVEL", "INFO")
        + """
import io, sys
sys.stdout = sys.stderr = io.StringIO()  # as Dramatiq's pipe
logs.configure(settings, "worker")
logs.get_logger("a").info("started", **logs.start_facts(settings))
logs.tell("for people")
"""
    )
    assert done.stderr == "for people\n"
    line = msgspec.json.decode(done.stdout)
    assert (line["role"], line["env"], line["shadow"]) == ("worker", "production", False)
    assert line["log_level"] == "info"


def test_what_is_bound_stands_in_every_line_until_it_is_cleared() -> None:
    first, second, third, fourth = lines_of("""
        logs.bind(event_id="Ev1", queue="q")
        log.info("a")
        logging.getLogger("a.library").warning("b %s", 1)
        with logs.bound(rule="r"):
            log.info("c")
        logs.clear()
        log.info("d")
    """)
    assert (first["event_id"], first["queue"]) == ("Ev1", "q")
    assert (second["event"], second["logger"], second["event_id"]) == ("b 1", "a.library", "Ev1")
    assert (third["rule"], third["event_id"]) == ("r", "Ev1")
    assert "event_id" not in fourth


def test_what_dies_of_a_fatal_signal_says_where_each_thread_was() -> None:
    done = run_code(PREAMBLE.replace("LEVEL", "INFO") + "import os\nos.kill(os.getpid(), 11)")
    assert done.returncode == -signal.SIGSEGV
    assert f"{CRASHED}: Segmentation fault" in done.stderr
    assert "most recent call first" in done.stderr
    assert "zebra" not in done.stderr


def test_secrets_are_masked_wherever_they_get_into_a_line() -> None:
    printed = run(f"""
        secrets = [
            {PASSWORD!r}, "signing-zebra", "token-zebra", "metrics-zebra", "xoxb-zebra-1",
            "xoxp-zebra-2",
        ]
        log.info("one: " + " ".join(secrets), field=secrets, **{{secrets[1]: secrets[2]}})
        log.info("repr", field=repr(secrets), nested={{"a": {{"b": secrets}}}})
        logging.getLogger("a.library").error("from %s", secrets)
        log.info("address", url="redis://u:pa%22ss%5Cw%C3%B6rd%20zebra@host")
        try:
            raise ValueError(" and ".join(secrets))
        except ValueError as error:
            log.exception("two", error=str(error))
            logging.getLogger("a.library").exception("three")
    """)
    assert "zebra" not in printed
    assert "****" in printed
    lines = [msgspec.json.decode(line) for line in printed.splitlines()]
    assert len(lines) == 6
    assert all("ValueError: ****" in line["exception"] for line in lines[-2:])
    assert lines[-2]["level"] == "error"


@pytest.mark.parametrize(
    ("level", "printed"),
    [
        ("DEBUG", ["debug", "info", "warning", "error", "critical"]),
        ("WARNING", ["warning", "error", "critical"]),
        ("CRITICAL", ["critical"]),
        ("CRITICAL + 10", []),
    ],
)
def test_a_level_lets_through_what_is_at_least_as_bad(level: str, printed: list[str]) -> None:
    found = lines_of(
        """
        for name in ("debug", "info", "warning", "error", "critical"):
            getattr(log, name)(name)
            for library in (
                *("slack_sdk", "urllib3", "apscheduler", "a.library"),
                *("dramatiq.worker.WorkerThread", "dramatiq.worker.ConsumerThread"),
            ):
                getattr(logging.getLogger(library), name)(name)
        """,
        level,
    )
    order = ["debug", "info", "warning", "error", "critical"]
    for library, least in (
        *((None, "debug"), ("a.library", "debug"), ("apscheduler", "warning")),
        *(("urllib3", "error"), ("slack_sdk", "critical")),
        *((f"dramatiq.worker.{thread}Thread", "error") for thread in ("Worker", "Consumer")),
    ):
        loud = [name for name in printed if order.index(name) >= order.index(least)]
        assert [line["event"] for line in found if line.get("logger") == library] == loud


@pytest.mark.parametrize(
    ("wish", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"PYTHONIOENCODING": "ascii"}, True),
    ],
)
def test_on_a_terminal_a_line_is_coloured_and_masked(wish: dict[str, str], coloured: bool) -> None:
    printed = on_a_terminal('log.info("hello ʕ", secret="signing-zebra")', **wish)
    assert ("\x1b[" in printed) is coloured
    assert ("hello \\u0295" if "PYTHONIOENCODING" in wish else "hello ʕ") in printed
    assert "zebra" not in printed


def test_a_traceback_on_a_terminal_shows_no_locals() -> None:
    printed = on_a_terminal("""
        def work(message):
            greeting = "good " + "morning"
            raise ValueError("broken")
        try:
            work("albatross".upper())
        except ValueError:
            log.exception("failed")
    """)
    assert "ValueError: broken" in printed
    assert "ALBATROSS" not in printed
    assert "good morning" not in printed


# The lines of a running worker.

WORDS = "albatross"
"""A word that members write, and that no log may repeat."""


def join_of(user: dict[str, Any]) -> bytes:
    envelope = {
        "event_id": "EvJoin",
        "event_time": int(time.time()),
        "event": {"type": "team_join", "user": user},
    }
    return msgspec.json.encode(envelope)


def test_neither_words_nor_addresses_nor_secrets_are_in_a_workers_log(
    slack: Simulator, inside: Inside, running_bot: RunningBot
) -> None:
    # What is logged at info is logged at trace, too.
    bot = running_bot("web", "worker", GOPHER_LOG_LEVEL="trace")
    # Once as it should be, and once with everything going wrong that can.
    slack.say(f"<@U0GOPHERBOT> {WORDS}")
    slack.say(f"xkcd:{WORDS}")
    slack.dm("help")
    member = slack.join_team("pelican")
    slack.wait_for_posts(3)
    for kind in ("ratelimited", "cut_after", "server_error", "wrong_content_type"):
        slack.faults.add(Fault(kind=kind, method="chat.postMessage", retry_after=0))
    slack.faults.add(Fault(kind="error", error="is_archived", method="chat.postMessage"))
    slack.faults.add(Fault(kind="server_error", method="conversations.open"))
    for number in range(5):
        slack.say(f"xkcd:{WORDS} {number}")
    slack.join_team("cormorant")
    unreadable = join_of({"id": ["U"], "profile": {"email": f"{WORDS}@gophers.example"}})
    inside.send("slack_team_join", "slack_team_join", unreadable)
    inside.put("slack_message_public", b'{"args":["' + WORDS.encode())
    odd = {"event_id": "E", "event": {"type": "message", "ts": WORDS, "text": {WORDS: WORDS}}}
    inside.send("slack_message_public", "slack_message_public", msgspec.json.encode(odd))
    ancient = {"event_id": "E", "event": {"type": "message", "ts": "1.0", "text": WORDS}}
    inside.send("slack_message_public", "slack_message_public", msgspec.json.encode(ancient))
    inside.send("slack_message_public", "nobody", msgspec.json.encode(ancient), sent_at=1.0)
    slack.deliveries.wait_idle()
    inside.wait_drained()

    printed = bot.printed.text()
    assert "@gophers.example" not in printed
    assert member.user.email not in printed
    assert BOT_TOKEN not in printed
    assert slack.signing_secret not in printed
    assert "simulated-verification-token" not in printed
    assert WORDS not in printed
    stray = [line for line in printed.splitlines() if line and not line.startswith("{")]
    assert not stray, "what is no JSON line"


def test_a_handled_event_is_one_full_line(slack: Simulator, running_bot: RunningBot) -> None:
    bot = running_bot(
        "web", "worker", DYNO="worker.7", HEROKU_SLUG_COMMIT="c0ffee", GOPHER_LOG_LEVEL="info"
    )
    said = slack.say("<@U0GOPHERBOT> help")
    line = bot.handled(said.event_id)
    assert line["level"] == "info"
    assert line["queue"] == line["actor"] == "slack_message_public"
    assert line["rules"] == ["command:help"]
    assert line["app"] == "gopherbot-dev"
    assert line["dyno"] == "worker.7"
    assert line["commit"] == "c0ffee"
    assert 0 < line["seconds"] < PATIENCE
    assert len(bot.printed.lines(event_id=said.event_id)) == 1


def test_a_gateway_with_its_log_disabled_is_silent(
    slack: Simulator, running_bot: RunningBot
) -> None:
    bot = running_bot("web", GOPHER_LOG_LEVEL="disabled")
    said = slack.say("hello")
    slack.deliveries.wait_idle()
    assert slack.deliveries.of(str(said.event_id))[0].status == 200
    assert bot.printed.text() == ""
