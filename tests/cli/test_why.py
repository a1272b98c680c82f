"""`gopherbot why`: each way in which an event can end is made, and told by its name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from commands import run
from conftest import RunningBot
from support import SAMPLE, Bot, Inside, wait_until

from gopherbot.commands import why
from gopherbot.commands.why.story import Subject
from gopherbot.commands.why.verdict import Conclusion
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.queues import messages
from slack_simulator import Simulator
from slack_simulator.web_api.faults import Fault

from .conftest import story, verdict

pytestmark = pytest.mark.slow

TEXT = "nobody may read this sentence in the journal"
FAILING_RULE = """
from gopherbot.content.commands import coin

@coin.router.command("fail", example=("fail", "a"))
def fail(ask):
    "fails"
    raise ValueError("no")
"""

UNDER_WAY = (Conclusion.WAITING, Conclusion.RETRYING)

Make = Callable[[], tuple[str, ...]]


def ask(bot: Bot, *what: str) -> str:
    """Ask `why` about something, and give its verdict."""
    found = run("why", *what, "--json", more=bot.environment, fresh=True)
    assert found.returncode == 0, found.stderr
    told: str = json.loads(found.stdout)["story"]["verdict"]
    return told


class Faults:
    """Makes each fault with a bot that runs, and gives what to ask `why` about."""

    def __init__(self, bot: Bot, slack: Simulator, inside: Inside) -> None:
        self.bot = bot
        self.slack = slack
        self.inside = inside

    def say(self, text: str) -> tuple[str, ...]:
        said = self.slack.say(text, channel="general")
        return said.channel, said.ts

    def mention(self, text: str = "flip a coin") -> tuple[str, ...]:
        return self.say(f"<@U0GOPHERBOT> {text}")

    def post(self, event_id: str, **more: object) -> tuple[str, ...]:
        """Post an event of one's own making, well signed."""
        event = {
            "type": "message",
            "channel": "C029RQSEE",
            "channel_type": "channel",
            "user": "U0REGULAR",
            "text": TEXT,
            "ts": f"{time.time():.6f}",
        }
        envelope = {
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(time.time()),
            "api_app_id": self.slack.identity.app_id,
            "team_id": self.slack.identity.team_id,
            "event": event | {name: value for name, value in more.items() if name in event},
        }
        body = json.dumps(envelope | {n: v for n, v in more.items() if n not in event}).encode()
        self.slack.deliver_raw(body, None)
        return (event_id,)

    def answered(self) -> tuple[str, ...]:
        return self.mention()

    def no_rule(self) -> tuple[str, ...]:
        return self.say("good morning to all of you")

    def other_app(self) -> tuple[str, ...]:
        return self.post("EvOTHERAPP", api_app_id="A0OTHER")

    def stale(self) -> tuple[str, ...]:
        return self.post("EvSTALE", ts=f"{time.time() - 100:.6f}")

    def dead(self) -> tuple[str, ...]:
        return self.post("EvDEAD", text=5)

    def rule_failed(self) -> tuple[str, ...]:
        return self.mention("fail")

    def rejected(self) -> tuple[str, ...]:
        self.slack.faults.add(
            Fault(kind="error", method="chat.postMessage", error="not_in_channel")
        )
        return self.mention()

    def partly_rejected(self) -> tuple[str, ...]:
        """The emoji is there, and what the asker wanted to read is not."""
        self.slack.faults.add(
            Fault(kind="error", method="chat.postEphemeral", error="user_not_in_channel")
        )
        return self.mention("define hello")

    def rate_limited(self) -> tuple[str, ...]:
        self.slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=1))
        return self.mention()

    def doubled(self) -> tuple[str, ...]:
        self.slack.deliveries.redeliver = 2
        what = self.mention()
        self.slack.deliveries.wait_idle()
        self.slack.deliveries.redeliver = 1
        return what

    def taken_over(self) -> tuple[str, ...]:
        self.slack.faults.add(Fault(kind="slow_after", method="chat.postMessage", seconds=3))
        what = self.mention()
        wait_until(lambda: any("flip" in str(e) for e in self.claims()), "it is claimed")
        time.sleep(0.3)
        self.bot.dynos["worker"].kill()
        self.bot.start("worker")
        return what

    def claims(self) -> list[object]:
        client = self.inside.client
        found = [client.hgetall(key) for key in client.keys("*:ledger:*")]
        return [entry for entry in found if b"claimed" in str(entry).encode()]

    def bad_signature(self) -> tuple[str, ...]:
        secret = self.slack.deliveries.signing_secret
        self.slack.deliveries.signing_secret = "another app's"
        what = self.mention()
        self.slack.deliveries.wait_idle()
        self.slack.deliveries.signing_secret = secret
        return what

    def never(self) -> tuple[str, ...]:
        # Long before the deliveries that were refused here.
        return "C029RQSEE", f"{time.time() - 3000:.6f}"

    def shadow(self) -> tuple[str, ...]:
        self.bot.dynos["worker"].kill()
        self.bot.start("worker", ENV="staging")
        return self.say("bbq")

    def dropped(self) -> tuple[str, ...]:
        self.bot.dynos["worker"].kill()
        # What it still fetches as it dies would be its own.
        time.sleep(1)
        name, event = "slack_message_public", "EvOLD"
        body = json.dumps({"event_id": event, "event": {"type": "message"}}).encode()
        packed = messages.pack(name, name, body, None, sent_at=time.time() - 60)
        self.inside.put(name, packed.data, packed.id)
        wait_until(lambda: packed.id not in self.inside.messages(name), "it is dropped")
        return (event,)


CASES = {
    "answered": Conclusion.ANSWERED,
    "no_rule": Conclusion.NO_RULE,
    "other_app": Conclusion.OTHER_APP,
    "stale": Conclusion.STALE,
    "dead": Conclusion.DEAD,
    "rule_failed": Conclusion.RULE_FAILED,
    "rejected": Conclusion.REJECTED,
    "partly_rejected": Conclusion.REJECTED,
    "rate_limited": Conclusion.RATE_LIMITED,
    "doubled": Conclusion.DOUBLED,
    "taken_over": Conclusion.TAKEN_OVER,
    "bad_signature": Conclusion.BAD_SIGNATURE,
    "never": Conclusion.NEVER,
    "shadow": Conclusion.SHADOW,
    "dropped": Conclusion.DROPPED,
}


@pytest.fixture
def faults(running_bot: RunningBot, slack: Simulator, inside: Inside, tmp_path: Path) -> Faults:
    (tmp_path / "sitecustomize.py").write_text(FAILING_RULE)
    bot = running_bot("web", "worker", PYTHONPATH=str(tmp_path))
    return Faults(bot, slack, inside)


def test_each_ending_is_told_by_its_name(faults: Faults) -> None:
    """The confusion matrix: what was made against what is told, nothing beside the diagonal."""
    told: dict[str, str] = {}
    for name, expected in CASES.items():
        make: Make = getattr(faults, name)
        what = make()
        deadline = time.monotonic() + 30
        told[name] = verdict(faults.bot, *what)
        while told[name] != expected and time.monotonic() < deadline:
            time.sleep(0.2)
            told[name] = verdict(faults.bot, *what)
    width = max(map(len, CASES))
    for name in CASES:
        row = ("■" if told[name] == each else "·" for each in CASES.values())
        print(f"{name:{width}} {' '.join(row)}  {told[name]}")  # noqa: T201
    assert told == CASES
    ring = faults.inside.client.lrange(f"{faults.inside.app}:journal", 0, -1)
    assert TEXT not in str(ring)
    assert "coin" in str(ring)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot that is well, about whose answers the tests ask."""
    folder = tmp_path_factory.mktemp("asked")
    more = {"DYNO": "somewhere.7", "GOPHER_CONTENT": str(SAMPLE)}
    with (
        RedisServer() as server,
        Simulator(setup=GOPHERS) as slack,
        Bot(server.url, slack, folder, names=("web", "worker"), more=more) as bot,
    ):
        yield bot


def told(bot: Bot, what: tuple[str, ...], step: str = "") -> str:
    """Wait until the journal has it, and a step with these words; give what is printed."""

    def is_over() -> bool:
        found = story(bot, *what)
        steps = "\n".join(each.text for each in found.steps)
        return str(found.verdict) not in {*UNDER_WAY, Conclusion.NEVER} and step in steps

    wait_until(is_over, f"{what} is over, with {step!r}", every=0.1)
    return run("why", *what, more=bot.environment).stdout


def test_the_story_names_the_processes_and_what_the_rules_say_of_the_text_now(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    said = slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    line = bot.handled(said.event_id)
    printed = told(bot, (said.channel, said.ts), "performed")
    assert printed.count("the gateway on somewhere.7 received it from Slack") == 1
    assert "worker on somewhere.7: after" in printed
    assert "ledger: command:flip a coin#0 settled" in printed
    assert "the answer of command:flip a coin is in C029RQSEE" in printed
    assert "fires: command:flip a coin" in printed
    # The page's trace is told from this line: it says the same.
    for note in line["did"]:
        assert note in printed

    near = slack.say("<@U0GOPHERBOT> flip a coim", channel="general")
    bot.handled(near.event_id)
    assert "nearly fires: command:flip a coin" in told(bot, (near.channel, near.ts))


def test_edits_and_crosses_belong_to_the_story(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    said = slack.say("<@U0GOPHERBOT> go tour", channel="general")
    bot.handled(said.event_id)
    post = slack.posts()[-1]
    slack.workspace.edit(said.channel, said.ts, "<@U0GOPHERBOT> books", user="regular")
    printed = told(bot, (said.channel, said.ts), "updated command:")
    assert printed.startswith(Conclusion.ANSWERED)

    slack.workspace.react(post.channel, post.ts, "x", user="regular")
    printed = told(bot, (said.channel, said.ts), "removed command:")
    assert printed.startswith(Conclusion.TAKEN_AWAY)
    assert "an answer was taken back in C029RQSEE" in printed


def test_an_answer_s_own_link_tells_of_what_was_asked(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    said = slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    bot.handled(said.event_id)
    post = slack.posts()[-1]
    link = f"https://gophers.slack.com/archives/{post.channel}/p{post.ts.replace('.', '')}"
    assert told(bot, (link,), "performed command:flip a coin").startswith(Conclusion.ANSWERED)


def test_what_a_killed_worker_had_not_written_down_is_told_by_the_ledger(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    before = len(slack.posts())
    said = slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    slack.wait_for_posts(before + 1)
    bot.dynos["worker"].kill()
    bot.start("worker")
    where = (said.channel, said.ts)
    wait_until(lambda: verdict(bot, *where) not in UNDER_WAY, "it is over", every=0.1)
    found = ask(bot, *where)
    assert found in (Conclusion.ANSWERED, Conclusion.TAKEN_OVER)


def test_without_a_token_the_text_is_not_fetched(
    asked: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, slack = asked, asked.slack
    said = slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    bot.handled(said.event_id)
    told(bot, (said.channel, said.ts), "performed")
    environment = bot.environment | {"GOPHER_SLACK_BOT_ACCESS_TOKEN": ""}
    found = run("why", said.channel, said.ts, "--json", more=environment)
    assert json.loads(found.stdout)["now"] is None
    monkeypatch.setattr(slack.web_api, "scopes", ["chat:write"])
    found = run("why", said.channel, said.ts, more=bot.environment)
    assert "its text can't be fetched from Slack" in found.stdout
    assert found.stdout.startswith(Conclusion.ANSWERED)


@pytest.mark.parametrize(
    ("what", "subject"),
    [
        (
            ("https://gophers.slack.com/archives/C029RQSEE/p1700000000123456?thread_ts=1.2",),
            Subject(channel="C029RQSEE", ts="1700000000.123456", thread_ts="1.2"),
        ),
        (("C029RQSEE", "1700000000.123456"), Subject(channel="C029RQSEE", ts="1700000000.123456")),
        (("Ev0PV52K25",), Subject(event="Ev0PV52K25")),
    ],
)
def test_a_link_a_ts_and_an_id_are_understood(what: tuple[str, ...], subject: Subject) -> None:
    assert why.parse(what) == subject


def test_anything_else_is_told_what_to_give() -> None:
    with pytest.raises(click.UsageError, match="a message's link"):
        why.parse(("https://example.org/",))
