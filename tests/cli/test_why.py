"""`gopherbot why`: each way in which an event can end is made, and told by its name."""

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import msgspec
import pytest
import redis
from cases import cases
from commands import run
from conftest import RunningBot
from support import BOT_TOKEN, SAMPLE, Bot, Inside, wait_until

from gopherbot import table
from gopherbot.commands import why
from gopherbot.commands.why import Sources
from gopherbot.commands.why.story import Subject
from gopherbot.commands.why.verdict import Conclusion
from gopherbot.dev.bot import APP, environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.metrics.journal import Ended, Record, RecordKind, now_ms
from gopherbot.queues import messages
from gopherbot.storage import keys
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


class Faults:
    """Makes each fault with a bot that runs, and gives what to ask `why` about."""

    def __init__(self, bot: Bot, slack: Simulator, inside: Inside) -> None:
        self.bot = bot
        self.slack = slack
        self.inside = inside

    def mention(self, text: str = "flip a coin") -> tuple[str, ...]:
        said = self.slack.say(f"<@U0GOPHERBOT> {text}", channel="general")
        return said.channel, said.ts

    def post(self, event_id: str, **more: object) -> tuple[str, ...]:
        """Post an event of one's own making, well signed."""
        place = {"type": "message", "channel": "C029RQSEE", "channel_type": "channel"}
        event = place | {"user": "U0REGULAR", "text": TEXT, "ts": f"{time.time():.6f}"}
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

    def taken_over(self) -> tuple[str, ...]:
        after = self.slack.feed.seq
        self.slack.faults.add(Fault(kind="slow_after", method="chat.postMessage", seconds=3))
        what = self.mention()
        self.slack.wait_for_posts(1, after=after)
        self.bot.dynos["worker"].kill()
        self.bot.start("worker")
        return what

    def bad_signature(self) -> tuple[str, ...]:
        secret = self.slack.deliveries.signing_secret
        self.slack.deliveries.signing_secret = "another app's"
        what = self.mention()
        self.slack.deliveries.wait_idle()
        self.slack.deliveries.signing_secret = secret
        return what

    def dropped(self) -> tuple[str, ...]:
        self.bot.dynos["worker"].kill()
        # What Redis still gives to one that died would be its own.
        clients = self.inside.client.client_list
        wait_until(lambda: "blmove" not in str(clients()), "it fetches no more")
        name, event = "slack_message_public", "EvOLD"
        body = json.dumps({"event_id": event, "event": {"type": "message"}}).encode()
        packed = messages.pack(name, name, body, None, sent_at=time.time() - 60)
        self.inside.put(name, packed.data, packed.id)
        wait_until(lambda: packed.id not in self.inside.messages(name), "it is dropped")
        return (event,)


CASES: dict[Conclusion, Callable[[Faults], tuple[str, ...]]] = {
    Conclusion.OTHER_APP: lambda faults: faults.post("EvOTHERAPP", api_app_id="A0OTHER"),
    Conclusion.STALE: lambda faults: faults.post("EvSTALE", ts=f"{time.time() - 100:.6f}"),
    Conclusion.DEAD: lambda faults: faults.post("EvDEAD", text=5),
    Conclusion.RULE_FAILED: lambda faults: faults.mention("fail"),
    Conclusion.TAKEN_OVER: Faults.taken_over,
    Conclusion.BAD_SIGNATURE: Faults.bad_signature,
    # Long before the deliveries that were refused here.
    Conclusion.NEVER: lambda faults: ("C029RQSEE", f"{time.time() - 3000:.6f}"),
    Conclusion.DROPPED: Faults.dropped,
}


@pytest.fixture
def faults(running_bot: RunningBot, slack: Simulator, inside: Inside, tmp_path: Path) -> Faults:
    (tmp_path / "sitecustomize.py").write_text(FAILING_RULE)
    bot = running_bot("web", "worker", PYTHONPATH=str(tmp_path))
    return Faults(bot, slack, inside)


def test_each_ending_is_told_by_its_name(faults: Faults) -> None:
    for expected, make in CASES.items():
        what = make(faults)
        is_told = partial(_is_told, faults.bot, what, expected)
        wait_until(is_told, f"it is told as {expected}", every=0.2)
    ring = faults.inside.client.lrange(f"{faults.inside.app}:journal", 0, -1)
    assert TEXT not in str(ring)
    assert "coin" in str(ring)


def _is_told(bot: Bot, what: tuple[str, ...], expected: Conclusion) -> bool:
    return verdict(bot, *what) == expected


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
    assert "the answer of command:flip a coin is in C029RQSEE" in printed
    assert "fires: command:flip a coin" in printed
    # The page's trace is told from this line: it says the same.
    for note in line["did"]:
        assert note in printed


def test_edits_and_crosses_belong_to_the_story(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    said = slack.say("<@U0GOPHERBOT> go tour", channel="general")
    bot.handled(said.event_id)
    post = slack.posts()[-1]
    slack.workspace.edit(said.channel, said.ts, "<@U0GOPHERBOT> books", user="regular")
    printed = told(bot, (said.channel, said.ts), "updated command:")
    assert printed.startswith(Conclusion.ANSWERED)
    assert f"the answer of command:books is in {post.channel} at {post.ts}" in printed
    assert "@" not in printed, "the ledger's own fields are no effects"
    assert printed.count("received it from Slack") == 1
    assert printed.count("received an edit of it from Slack") == 1
    slack.workspace.react(post.channel, post.ts, "x", user="regular")
    # The link of an answer stands for its question.
    link = f"https://gophers.slack.com/archives/{post.channel}/p{post.ts.replace('.', '')}"
    printed = told(bot, (link,), "removed command:")
    assert printed.startswith(Conclusion.TAKEN_AWAY)
    assert printed.count("received a reaction to it from Slack") == 1
    assert f"an answer was taken back in {post.channel} at {post.ts}" in printed
    bbq = slack.say("so much bbq", channel="general")
    assert "react:bbqgopher is in place" in told(bot, (bbq.channel, bbq.ts), "is in place")


def test_what_a_killed_worker_had_not_written_down_is_told_by_the_ledger(asked: Bot) -> None:
    bot, slack = asked, asked.slack
    before = len(slack.posts())
    said = slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    slack.wait_for_posts(before + 1)
    bot.dynos["worker"].kill()
    bot.start("worker")
    where = (said.channel, said.ts)
    wait_until(lambda: verdict(bot, *where) not in UNDER_WAY, "it is over", every=0.1)
    found = run("why", *where, more=bot.environment, fresh=True).stdout
    assert found.startswith((Conclusion.ANSWERED, Conclusion.TAKEN_OVER))


Asking = Callable[..., str]


@pytest.fixture
def asking(redis_server: RedisServer, slack: Simulator) -> Asking:
    """Runs `why` beside a simulated Slack, without a bot; keywords replace variables."""

    def asking(*what: str, status: int = 0, **more: str) -> str:
        token = {"GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN, "GOPHER_CONTENT": str(SAMPLE)}
        variables = environment(redis_server.url, slack, 8000) | token | more
        found = run("why", *what, more=variables)
        assert found.returncode == status, found.stderr
        return found.stdout + found.stderr

    return asking


@cases("text", "channel", "env", "said")
def test_the_rules_are_asked_about_the_text_that_is_there_now(
    asking: Asking, slack: Simulator, text: str, channel: str, env: str, said: str
) -> None:
    asked = slack.say(text, channel) if channel else slack.dm(text)
    printed = asking(asked.channel, asked.ts, ENV=env)
    assert re.search(re.escape(f"by its text now          {said}").replace("…", ".*"), printed)
    assert printed.startswith(Conclusion.NEVER)
    assert "\n→ Slack never sent it." in printed


def test_a_reply_is_found_in_its_thread_by_its_link(asking: Asking, slack: Simulator) -> None:
    first = slack.say("so much bbq")
    reply = slack.say("<@U0GOPHERBOT> flip a coin", thread_ts=first.ts)
    link = f"https://gophers.slack.com/archives/{reply.channel}/p{reply.ts.replace('.', '')}"
    link = f"<{link}?cid={reply.channel}&thread_ts={first.ts}>"
    assert "fires: command:flip a coin" in asking(link)


def test_what_the_bot_does_not_read_is_told(
    asking: Asking, slack: Simulator, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = slack.say("<@U0GOPHERBOT> flip a coin")
    record = Record(RecordKind.HANDLED, now_ms(), "Ev1", Ended.DONE, said.channel, said.ts)
    redis_client.rpush(keys.journal(APP), msgspec.json.encode(record))
    assert "fires: command:flip a coin" in asking("Ev1")
    own = slack.workspace.say("hello", "general", "U0GOPHERBOT")
    printed = asking(own.channel, own.ts, status=1)
    assert "the bot doesn't read such messages: no member wrote it" in printed
    assert '"now":null' in asking("Ev1", "--json", GOPHER_SLACK_BOT_ACCESS_TOKEN="")
    monkeypatch.setattr(slack.web_api, "scopes", ["chat:write"])
    assert "its text can't be fetched from Slack (" in asking("Ev1")


def test_of_what_nobody_has_heard_nothing_is_invented(
    asking: Asking, slack: Simulator, redis_client: redis.Redis
) -> None:
    redis_client.hset(keys.channels_by_name(APP), "general", "C029RQSEE")
    for what in (("EvNOTHING",), ("#general", f"{time.time():.6f}")):
        printed = asking(*what, status=1)
        assert printed.startswith(Conclusion.UNHEARD)
        assert "→ Is it the right message? The journal goes back 48 hours." in printed
    assert "it's no longer in Slack" in printed
    said = slack.say("<@U0GOPHERBOT> flip a coin")
    assert asking("general", said.ts).startswith(Conclusion.NEVER), "Slack has it"
    unread = asking("general", said.ts, status=1, GOPHER_SLACK_BOT_ACCESS_TOKEN="")
    assert unread.startswith(Conclusion.UNHEARD)
    assert "The bot knows no channel #nowhere: give" in asking("#nowhere", said.ts, status=2)


LINK = "https://gophers.slack.com/archives/C029RQSEE/p1700000000123456"
PLACE = Subject(channel="C029RQSEE", ts="1700000000.123456")


@pytest.mark.parametrize(
    ("what", "subject"),
    [
        ((LINK,), PLACE),
        ((f"<{LINK}?thread_ts=1.2>",), msgspec.structs.replace(PLACE, thread_ts="1.2")),
        (("C029RQSEE", "1700000000.123456"), PLACE),
        (("Ev0PV52K25",), Subject(event="Ev0PV52K25")),
        (("In00cdfc6def8fc91f4421",), Subject(event="In00cdfc6def8fc91f4421")),
        (("https://example.org/",), None),
        ((LINK, LINK), None),
        (("C029RQSEE", "yesterday"), None),
        (("hello",), None),
    ],
)
def test_links_timestamps_and_ids_are_parsed(
    what: tuple[str, ...], subject: Subject | None
) -> None:
    if subject:
        assert why.parse(what) == subject
        return
    with pytest.raises(click.UsageError, match="a message's link"):
        why.parse(what)


def test_a_report_that_waits_is_found_by_its_id_alone(inside: Inside) -> None:
    packed = messages.pack(table.INTERACTION, "report_submitted", "sealed", None, "In17")
    inside.put(table.INTERACTION, packed.data, packed.id)
    sources = Sources(inside.client, APP)
    [found] = sources.queued(Subject(event="In17"), set())
    assert (found.queue, found.event, found.dead) == (table.INTERACTION, "In17", False)
    for other in (Subject(event="In18"), Subject(channel="C1", ts="1.0"), Subject()):
        assert sources.queued(other, set()) == []
