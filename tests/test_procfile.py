"""The Procfile's three lines, with nothing but environment variables: events in, calls out."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from conftest import RunningBot
from support import PATIENCE, Bot, Inside, wait_until
from web.client import message

from gopherbot.dev.procfile import Dyno
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator
from slack_simulator.events import envelopes

pytestmark = pytest.mark.slow

DATABASE = 7
BOT = "<@U0GOPHERBOT>"


def start(
    shared_redis: RedisServer, slack: Simulator, folder: Path, database: int, env: str
) -> Bot:
    more = {"ENV": env, "REDIS_URL": f"{shared_redis.url}/{database}"}
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=database, protocol=2) as client:
        client.flushdb()
    # The Procfile is the same for both.
    fresh = env == "production"
    return Bot(shared_redis.url, slack, folder, more=more, fresh=fresh)


@pytest.fixture(scope="module")
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        slack.deliveries.delays = (0.1, 0.2, 0.4)
        yield slack


@pytest.fixture(scope="module")
def bot(
    shared_redis: RedisServer, slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("production")
    with start(shared_redis, slack, folder, DATABASE, "production") as bot:
        bot.printed.wait("channel cache filled")
        yield bot


@pytest.fixture(scope="module")
def inside(bot: Bot, shared_redis: RedisServer) -> Iterator[Inside]:
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        yield Inside(client)


def test_the_gateway_passes_slacks_own_test(slack: Simulator, bot: Bot) -> None:
    assert slack.verify_url()


def test_a_request_id_follows_an_event_into_the_workers_log(slack: Simulator, bot: Bot) -> None:
    envelope = envelopes.wrap(slack.identity, message())
    headers = slack.sign(envelope.body) | {"X-Request-ID": "request-17 of these tests"}
    answer = slack.deliver_raw(envelope.body, headers)
    echoed = {name.lower(): value for name, value in answer.headers.items()}["x-request-id"]
    assert (answer.status, echoed) == (200, "request-17 of these tests")
    assert bot.handled(envelope.event_id)["request_id"] == "request-17 of these tests"


def test_worker_keeps_to_one_core_if_asked_to(fresh_bot: RunningBot) -> None:
    worker = fresh_bot("worker", GOPHER_ONE_CORE="1").dynos["worker"]
    threads = [int(each.name) for each in Path(f"/proc/{worker.pid}/task").iterdir()]
    assert {len(os.sched_getaffinity(thread)) for thread in threads} == {1}


def test_nothing_died_on_the_way(bot: Bot, inside: Inside) -> None:
    inside.wait_drained()
    assert inside.all_dead() == {}
    assert not [line for line in bot.printed.lines() if line["level"] in ("error", "critical")]
    assert "Traceback" not in bot.printed.text()


def test_its_processes_hold_few_connections_to_redis(shared_redis: RedisServer, bot: Bot) -> None:
    with shared_redis.client() as client:
        held = [c for c in client.client_list() if c["db"] == str(DATABASE)]
    # Section "Chosen parts" of the design: under 20 with two gateway processes; here is one.
    assert len(held) < 18


# In shadow mode.


@pytest.fixture(scope="module")
def shadow_slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        yield slack


@pytest.fixture(scope="module")
def shadow(
    shared_redis: RedisServer, shadow_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("staging")
    with start(shared_redis, shadow_slack, folder, DATABASE + 1, "staging") as bot:
        yield bot


def test_in_shadow_mode_it_does_only_what_is_asked(shadow_slack: Simulator, shadow: Bot) -> None:
    silent = [
        shadow_slack.say("a bbq with proverbs").event_id,
        shadow_slack.say("xkcd:927").event_id,
        shadow_slack.join_team("gopherling").event_id,
        shadow_slack.join_channel("newbies", "newcomer").event_id,
    ]
    for event_id in silent:
        shadow.handled(event_id)
    assert shadow_slack.posts() == []
    assert shadow_slack.reactions() == []
    rules = {line["rule"] for line in shadow.printed.lines("shadow mode: would have acted")}
    assert rules >= {
        *("reaction:bbq", "contains:proverbs", "prefix:xkcd:"),
        *("team_join:team", "channel_join:newbies"),
    }
    asked = [
        shadow_slack.say(f"{BOT} flip a coin").event_id,
        shadow_slack.say(f"{BOT} xkcd:927").event_id,
        shadow_slack.say(f"{BOT} bbq").event_id,
        shadow_slack.dm("the proverbs").event_id,
    ]
    for event_id in asked:
        shadow.handled(event_id)
    assert len(shadow_slack.posts()) == 3
    assert [reaction.emoji for reaction in shadow_slack.reactions()] == ["bbqgopher"]


def test_a_dyno_that_has_ended_signals_nobody() -> None:
    dyno = Dyno("true", {})
    assert dyno.process.wait(PATIENCE) == 0
    # Another process may have its id by now.
    assert dyno.pids() == []
    assert dyno.stop() == 0
    dyno.kill()


def test_a_dynos_processes_are_found_while_threads_of_it_end(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import subprocess, threading\n"
        "subprocess.Popen(['sleep', '60'])\n"
        "while True:\n"
        "    threading.Thread(target=int).start()\n"
    )
    dyno = Dyno(f"python {tmp_path}/run.py", {})
    try:
        wait_until(lambda: len(dyno.pids()) == 2, "both run")
        assert {len(dyno.pids()) for _ in range(500)} == {2}
    finally:
        dyno.kill()
