"""Questions in help channels that nobody has answered: who is on the list, whatever happens."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from support import wait_until

from actors.conftest import Hear, edit, handle_one
from actors.events.test_edits import changed
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.named_channels import NamedChannels
from gopherbot.actors.watchers import unanswered
from gopherbot.model import Overlooked
from gopherbot.rulebook.watchers import Watcher
from gopherbot.table.watches import UnansweredWatch
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope, wrap
from slack_simulator.workspace.changes import Posted

ASKED = "how do I close a response body twice?"
HOUR = 3600.0
Act = Callable[[Simulator, Posted], object]
Later = Callable[..., list[str]]


@pytest.fixture
def overlooked(context: WorkerContext, monkeypatch: pytest.MonkeyPatch) -> Later:
    """Return the `ts` of the questions that are on the list after some hours."""

    def look(hours: float = 3) -> list[str]:
        later = SimpleNamespace(time=lambda: time.time() + hours * HOUR)
        monkeypatch.setattr("gopherbot.storage.waiting.time", later)
        found = [place(each) for each in context.help_desk.overlooked()]
        monkeypatch.setattr("gopherbot.storage.waiting.time", time)
        return found

    return look


def place(question: Overlooked) -> str:
    digits = question.link.rpartition("/p")[2]
    return f"{digits[:10]}.{digits[10:]}"


def everything(client: Any) -> Iterator[bytes]:
    """Yield all keys, fields and values."""
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": lambda key: [client.get(key)],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"hash": lambda key: chain(*client.hgetall(key).items()),
    }
    for key in client.scan_iter():
        yield key
        yield from read[client.type(key)](key)


def nothing(slack: Simulator, said: Posted) -> None:
    """Let it wait."""


# What happens after a question of the member "regular", and whether it waits.
AFTERWARDS: list[tuple[str, Act, bool]] = [
    ("nothing", nothing, True),
    (
        "a reply in its thread",
        lambda s, q: s.say("use defer", user="newcomer", thread_ts=q.ts),
        False,
    ),
    ("the asker's own reply", lambda s, q: s.say("anyone?", thread_ts=q.ts), True),
    ("an emoji", lambda s, q: s.workspace.react(q.channel, q.ts, "eyes", "newcomer"), False),
    ("the bot's emoji", lambda s, q: s.workspace.react(q.channel, q.ts, "eyes", "gopher"), True),
    ("a deletion", lambda s, q: s.workspace.delete(q.channel, q.ts, q.author.id), False),
    ("an edit", lambda s, q: edit(s, q, ASKED + " I mean in Go 1.27"), True),
    ("an edit into no question", lambda s, q: edit(s, q, "solved, thank you all"), False),
    ("an edit into a command", lambda s, q: edit(s, q, "<@U0GOPHERBOT> unanswered"), False),
    ("what comes next in the channel", lambda s, q: s.say("use defer", user="newcomer"), False),
    (
        "what comes next, and is edited",
        lambda s, q: edit(s, s.say("use defr", user="newcomer"), "use defer"),
        False,
    ),
    ("another question", lambda s, q: s.say("which router should I use?", user="newcomer"), True),
    ("a command", lambda s, q: s.say("<@U0GOPHERBOT> books", user="newcomer"), True),
    ("more by the asker", lambda s, q: s.say("it is for work"), True),
    (
        "two others who talk",
        lambda s, q: (s.say("how big is a rune?", user="newcomer"), s.say("bbq", user="moderator")),
        True,
    ),
    (
        "a mention, later",
        lambda s, q: (
            s.say("how big is a rune?", user="newcomer"),
            s.say(f"<@{q.author.id}> use defer", user="newcomer"),
        ),
        False,
    ),
    ("talk elsewhere", lambda s, q: s.say("use defer", "random", "newcomer"), True),
]


def in_order(events: list[EventEnvelope]) -> list[EventEnvelope]:
    return events


def backwards(events: list[EventEnvelope]) -> list[EventEnvelope]:
    return events[::-1]


def thrice_in_any_order(events: list[EventEnvelope]) -> list[EventEnvelope]:
    return random.Random(0).sample(events * 3, 3 * len(events))


@pytest.mark.parametrize("delivered", [in_order, backwards, thrice_in_any_order])
@pytest.mark.parametrize(
    ("act", "waits"), [row[1:] for row in AFTERWARDS], ids=[row[0] for row in AFTERWARDS]
)
def test_what_counts_as_an_answer(
    act: Act,
    waits: bool,
    delivered: Callable[[list[EventEnvelope]], list[EventEnvelope]],
    slack: Simulator,
    heard: list[EventEnvelope],
    context: WorkerContext,
    overlooked: Later,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gopherbot.actors.help_desk._MOST_LOOKUPS", 0)
    said = slack.say(ASKED)
    act(slack, said)
    for event in delivered(heard):
        handle_one(context, event)
    assert (said.ts in overlooked()) is waits
    assert overlooked(1) == []


def test_a_question_with_replies_may_be_edited_into_none(
    slack: Simulator, hear: Hear, context: WorkerContext, overlooked: Later
) -> None:
    said = slack.say(ASKED)
    slack.say("anyone?", thread_ts=said.ts)
    hear()
    event = changed(said, "solved, thank you all", {"thread_ts": said.ts})
    handle_one(context, wrap(slack.identity, event))
    assert overlooked() == []


def test_an_edit_into_a_question_waits_while_it_is_in_a_help_channel(
    slack: Simulator, hear: Hear, context: WorkerContext, overlooked: Later
) -> None:
    said = slack.say("my body is closed")
    slack.say("`resp.Body.Close()`", thread_ts=said.ts)
    edit(slack, said, ASKED)
    hear()
    assert overlooked() == [said.ts]
    context.help_desk._here = NamedChannels(["random"], context.channels)
    assert overlooked() == []


@pytest.mark.parametrize(
    ("text", "waits"),
    [("<@U0GOPHERBOT> go tour", False), ("<@U0GOPHERBOT> how do I sort a map?", True)],
)
def test_the_bots_public_answer_counts_and_its_private_suggestion_does_not(
    text: str, waits: bool, slack: Simulator, hear: Hear, overlooked: Later
) -> None:
    said = slack.say(text)
    hear()
    assert slack.posts()
    assert overlooked() == ([said.ts] if waits else [])


def test_unheard_answer_is_found_in_slack(slack: Simulator, hear: Hear, overlooked: Later) -> None:
    answered, seen, gone, open_ = (slack.say(f"how do I sort {n} maps?") for n in range(4))
    hear()
    slack.say("use slices", user="newcomer", thread_ts=answered.ts)
    slack.say("please", thread_ts=open_.ts)
    slack.workspace.react(open_.channel, open_.ts, "wave", "gopher")
    slack.workspace.react(seen.channel, seen.ts, "eyes", "newcomer")
    slack.workspace.delete(gone.channel, gone.ts, gone.author.id)
    assert overlooked() == overlooked() == [open_.ts]
    assert len(slack.calls("conversations.replies")) == 4 + 2 + 2, "found once, others are closed"


@pytest.mark.parametrize(("count", "looked"), [(3, 3), (20, 15)])
def test_of_many_the_first_are_looked_up_and_whatever_slack_says_all_are_told(
    count: int, looked: int, slack: Simulator, hear: Hear, overlooked: Later
) -> None:
    asked = [slack.say(f"how do I sort {number} maps?").ts for number in range(count)]
    hear()
    slack.faults.add(Fault(kind="server_error", method="conversations.replies", times=None))
    assert overlooked() == asked
    assert len(slack.calls("conversations.replies")) == looked


def test_the_list_is_shown_to_its_asker_alone_with_links_and_without_pings(
    slack: Simulator, hear: Hear, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = slack.say(ASKED)
    hear()
    later = SimpleNamespace(time=lambda: time.time() + 5 * HOUR)
    monkeypatch.setattr("gopherbot.storage.waiting.time", later)
    slack.say("<@U0GOPHERBOT> unanswered", user="newcomer")
    hear()
    (post,) = slack.posts()
    assert post.ephemeral
    (attachment,) = post.attachments
    link = f"/archives/{said.channel}/p{said.ts.replace('.', '')}|5 hours ago>"
    assert link in attachment["text"]
    assert f"asked by <@{said.author.id}>" in attachment["text"]


def test_no_text_of_a_member_is_in_redis_and_all_of_it_expires(
    slack: Simulator,
    hear: Hear,
    context: WorkerContext,
    redis_client: redis.Redis,
    overlooked: Later,
) -> None:
    for _, act, _ in AFTERWARDS:
        act(slack, slack.say(ASKED))
    hear()
    stored = b" ".join(everything(redis_client))
    assert b":questions" in stored
    assert not re.search(rb"response body|defer|solved|router|rune", stored)
    keys = list(redis_client.scan_iter("*:questions"))
    assert all(0 < redis_client.ttl(key) <= 3 * 24 * HOUR for key in keys)
    assert overlooked()
    assert overlooked(74) == []
    later = SimpleNamespace(time=lambda: time.time() + 74 * HOUR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gopherbot.storage.waiting.time", later)
        channel_cache.run(context)
    assert not list(redis_client.scan_iter("*:questions"))


def test_once_a_day_the_list_is_posted_for_helpers(
    slack: Simulator, hear: Hear, context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = (each for each in context.content.watchers if each.name == "unanswered")
    watcher = Watcher(found.job, UnansweredWatch(channel="random", hour=0))
    unanswered.run(context, watcher)
    said = slack.say(ASKED)
    for number in range(unanswered.MOST):
        slack.say(f"how do I sort {number} maps?")
    hear()
    later = SimpleNamespace(time=lambda: time.time() + 3 * HOUR)
    monkeypatch.setattr("gopherbot.storage.waiting.time", later)
    unanswered.run(context, watcher)
    unanswered.run(context, watcher)
    (post,) = slack.posts()
    assert post.channel_name == "random"
    listed = post.attachments[0]["text"]
    assert said.ts.replace(".", "") in listed
    assert said.author.id not in post.text + listed
    assert listed.splitlines()[unanswered.MOST :] == ["… and 1 more"]


def test_unknown_channels_cost_one_look(context: WorkerContext, redis_client: redis.Redis) -> None:
    def looked() -> int:
        return int(redis_client.info("commandstats").get("cmdstat_hget", {}).get("calls", 0))

    redis_client.delete(context.channels.by_name, context.channels.by_id)
    before = looked()
    for number in range(1000):
        assert not context.help_desk.is_here(f"C{number}")
    assert 0 < looked() - before < 500
    channel_cache.fill(context, max_wait=0)
    id = context.channels.id_of("general")
    assert id
    wait_until(lambda: context.help_desk.is_here(id), "it's known soon")
    before = looked()
    for _ in range(1000):
        assert context.help_desk.is_here(id)
    assert looked() - before < 100
