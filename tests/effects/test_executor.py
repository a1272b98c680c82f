"""What handlers answer, carried out in the simulated Slack: what members see, and how often."""

from __future__ import annotations

import signal
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import redis
from conftest import SettingsFor
from support import no_redis

from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.executor import EffectExecutor, Ports
from gopherbot.effects.ledger import LEASE_SECONDS, Ledger
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import (
    Ask,
    Effects,
    Kind,
    Mention,
    MentionKind,
    Message,
    NoChannels,
    NoHelp,
    NoWeb,
    React,
    Reply,
)
from gopherbot.router import ChannelJoin, Command, Contains, Prefix, Reaction, Rule, TeamJoin
from gopherbot.rulebook.matching import Firing
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.metadata import ReplyMetadata
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.changes import Posted

APP = "gopherbot-dev"
NewExecutor = Callable[..., EffectExecutor]


@pytest.fixture
def new_executor(
    settings_for: SettingsFor,
    slack: Simulator,
    tls: ssl.SSLContext,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> NewExecutor:
    """Makes the executor of a worker that lives."""
    # Calls that nobody knows the end of are over at once, so that nothing has to be waited for.
    monkeypatch.setattr("gopherbot.effects.ledger.UNDER_WAY_SECONDS", 0)
    monkeypatch.setattr("gopherbot.effects.ledger.DOUBT_SECONDS", 0)

    def make(worker: str = "a", *, shadow: bool = False) -> EffectExecutor:
        redis_client.hset(keys.processes(APP), worker, 0)
        return EffectExecutor(
            Slack(settings_for(), HttpPool(slack.api_url, tls)),
            Ledger(RawConnections(redis_client, 1), APP, worker),
            Ports(NoChannels(), NoWeb(), NoHelp()),
            shadow=shadow,
        )

    return make


@pytest.fixture
def executor(new_executor: NewExecutor) -> EffectExecutor:
    return new_executor()


@pytest.fixture
def said(slack: Simulator) -> Posted:
    return slack.say("hello")


def message(said: Posted, **more: Any) -> Message:
    """Return the message as the actors read it."""
    user = said.author.id
    read = Message(
        said.event_id or f"Ev-{said.ts}",
        said.channel,
        user,
        said.ts,
        said.message.text,
        thread_ts=said.message.thread_ts,
        bot_users=frozenset({"U0GOPHERBOT"}),
    )
    return replace(read, **more)


class _Always(Rule):
    """A dynamic rule whose condition always holds."""

    kind = Kind.DYNAMIC


def firing(
    effects: Effects | Callable[[Ask], Effects],
    rule_class: type[Rule] = Command,
    trigger: str = "t",
) -> Firing:
    handler = effects if callable(effects) else lambda _ask: effects
    return Firing(rule_class(trigger=trigger, handler=handler, source="test.py"))


def mentioning(*ids: str) -> tuple[Mention, ...]:
    return tuple(Mention(MentionKind.USER, id) for id in ids)


def happened(act: Callable[[], object]) -> list[Happened]:
    """Return what an attempt says that it did: in the journal, the log and the counters."""
    journal.begin()
    act()
    attempt = journal.end()
    assert attempt
    return list(attempt.happened.elements())


# What it looks like.


def test_a_reply_goes_to_the_channel_and_unfurls_nothing(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(Reply("good day"))])
    [post] = slack.posts()
    assert (post.channel, post.text, post.thread_ts) == (said.channel, "good day", None)
    assert (post.unfurl_links, post.unfurl_media) == (False, False)
    assert (post.ephemeral, post.username, post.attachments) == (False, None, [])


def test_a_reply_to_a_thread_goes_into_it(slack: Simulator, executor: EffectExecutor) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts)
    executor.execute(message(child), [firing(Reply("good day"))])
    assert slack.posts()[0].thread_ts == parent.ts


def test_mentioned_users_are_put_in_front_but_not_the_bot(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    mentions = mentioning("U0GOPHERBOT", "U0NEWCOMER", "U0REVIEWER", "U0NEWCOMER")
    executor.execute(message(said, mentions=mentions), [firing(Reply("look", mentions=True))])
    executor.execute(message(said, mentions=mentions), [firing(Reply("quiet"), trigger="u")])
    texts = [post.text for post in slack.posts()]
    assert texts == ["<@U0NEWCOMER> <@U0REVIEWER> look", "quiet"]


def test_the_asker_is_put_in_front_once(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    both = Reply("look", mentions=True, to_asker=True)
    executor.execute(message(said), [firing(both)])
    executor.execute(
        message(said, mentions=mentioning("U0REGULAR", "U0NEWCOMER")), [firing(both, trigger="u")]
    )
    texts = [post.text for post in slack.posts()]
    assert texts == ["<@U0REGULAR> look", "<@U0REGULAR> <@U0NEWCOMER> look"]


def test_a_reply_pings_ten_of_those_that_are_mentioned(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    crowd = mentioning(*(f"U{number}CROWD" for number in range(40)))
    reply = Reply("look", mentions=True, to_asker=True)
    executor.execute(message(said, mentions=crowd), [firing(reply)])
    [post] = slack.posts()
    first_ten = " ".join(f"<@U{number}CROWD>" for number in range(10))
    assert post.text == f"{first_ten} <@U0REGULAR> look"


def test_an_ephemeral_reply_is_for_the_asker_alone(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(Reply("psst", ephemeral=True, attachment="more"))])
    [post] = slack.posts()
    assert (post.ephemeral, post.user, post.text) == (True, "U0REGULAR", "psst")
    assert post.attachments[0]["text"] == "more"


def test_an_ephemeral_reply_to_a_thread_goes_into_it(
    slack: Simulator, executor: EffectExecutor
) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts)
    executor.execute(message(child), [firing(Reply("psst", ephemeral=True))])
    assert slack.posts()[0].thread_ts == parent.ts


def test_a_reply_by_dm_goes_to_the_asker_and_into_no_thread(
    slack: Simulator, executor: EffectExecutor
) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts, user="newcomer")
    executor.execute(message(child), [firing(Reply("between us", dm=True))])
    [post] = slack.posts()
    dm = slack.workspace.conversation(post.channel)
    assert (dm.kind, set(dm.members)) == ("im", {"U0GOPHERBOT", "U0NEWCOMER"})
    assert post.thread_ts is None


def test_a_long_text_is_an_attachment_under_its_lead(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(Reply("lead", attachment="*long* text"))])
    [post] = slack.posts()
    [attachment] = post.attachments
    assert (post.text, attachment["text"]) == ("lead", "*long* text")
    assert attachment["fallback"]
    assert "text" in attachment["mrkdwn_in"]


def test_a_reply_unfurls_and_takes_a_name_when_it_says_so(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    reply = Reply("https://go.dev", unfurl=True, username="Changelog")
    executor.execute(message(said), [firing(reply)])
    [post] = slack.posts()
    assert (post.unfurl_links, post.unfurl_media, post.username) == (True, True, "Changelog")


def test_every_post_carries_its_message_rule_and_number(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing([Reply("one"), Reply("two")], trigger="count")])
    payloads = [(post.metadata or {})["event_payload"] for post in slack.posts()]
    assert payloads == [
        {
            "event_id": said.event_id,
            "message": f"{said.channel}:{said.ts}",
            "rule": "command:count",
            "number": number,
        }
        for number in (0, 1)
    ]


def test_a_handler_may_answer_nothing(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(None), firing([]), firing(())])
    assert slack.calls() == []


def test_a_handler_gets_the_message_its_argument_and_the_same_chance_again(
    executor: EffectExecutor, said: Posted
) -> None:
    asked: list[Ask] = []

    def handler(ask: Ask) -> None:
        asked.append(ask)

    rule = Prefix(trigger="p:", handler=handler)
    for _ in range(2):
        executor.execute(message(said), [Firing(rule, "the rest")])
    assert [(ask.argument, ask.message) for ask in asked] == [("the rest", message(said))] * 2
    assert asked[0].random.random() == asked[1].random.random()


# How often.


def test_a_repeated_event_shows_nothing_twice(
    slack: Simulator, new_executor: NewExecutor, said: Posted
) -> None:
    effects: list[Reply | React] = [
        *(Reply("one"), React("wave"), Reply("psst", ephemeral=True), Reply("dm", dm=True)),
    ]
    for worker in ("a", "b", "a"):
        new_executor(worker).execute(message(said), [firing(effects)])
    assert [post.text for post in slack.posts()] == ["one", "psst", "dm"]
    assert len(slack.calls("reactions.add")) == 1


def test_the_same_emoji_of_several_rules_is_added_once(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(
        message(said),
        [
            firing([React("wave"), React("gopher")], Reaction, "a"),
            firing([React("gopher"), React("beer")], Reaction, "b"),
        ],
    )
    assert [reaction.emoji for reaction in slack.reactions()] == ["wave", "gopher", "beer"]
    assert len(slack.calls("reactions.add")) == 3


def test_rules_act_in_the_order_in_which_they_fire(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(Reply(str(n)), trigger=str(n)) for n in range(5)])
    assert [post.text for post in slack.posts()] == ["0", "1", "2", "3", "4"]


def test_a_rule_that_fails_stops_no_other(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    def broken(ask: Ask) -> Effects:
        raise RuntimeError("a bug")

    def halfway(ask: Ask) -> Effects:
        yield Reply("half")
        raise RuntimeError("a bug")

    executor.execute(
        message(said),
        [firing(broken), firing(halfway, trigger="h"), firing(Reply("fine"), trigger="u")],
    )
    assert slack.posts()[-1].text == "fine"


def test_what_surely_was_not_done_is_tried_again_and_the_rest_is_not_repeated(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    firings = [
        firing(Reply("first"), trigger="a"),
        firing(Reply("second"), trigger="b"),
        firing(React("wave"), Reaction, "c"),
        firing(Reply("third"), trigger="d"),
    ]
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", skip=1, retry_after=2))
    slack.faults.add(Fault(kind="ratelimited", method="reactions.add", retry_after=7))
    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), firings)
    assert caught.value.delay == 7, "the longer of the two waits"
    assert [post.text for post in slack.posts()] == ["first", "third"]
    executor.execute(message(said), firings)
    assert [post.text for post in slack.posts()] == ["first", "third", "second"]
    assert len(slack.reactions()) == 1
    calls = len(slack.calls())
    executor.execute(message(said), firings)
    assert len(slack.calls()) == calls


def test_with_slack_away_it_is_tried_again_when_slack_is_back(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    with slack.away(), pytest.raises(RetryLater):
        executor.execute(message(said), [firing([Reply("one"), React("wave")])])
    executor.execute(message(said), [firing([Reply("one"), React("wave")])])
    assert len(slack.posts()) == len(slack.reactions()) == 1


def test_a_handler_may_ask_to_be_run_again(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    def not_yet(ask: Ask) -> Effects:
        raise RetryLater("the file is not there yet", delay=3)

    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), [firing(not_yet), firing(Reply("fine"), trigger="u")])
    assert caught.value.delay == 3
    assert [post.text for post in slack.posts()] == ["fine"]


@pytest.mark.parametrize(
    "word",
    ["channel_not_found", "not_in_channel", "is_archived", "missing_scope", "invalid_auth"],
)
def test_a_permanent_refusal_is_the_end_of_it(
    slack: Simulator, executor: EffectExecutor, said: Posted, word: str
) -> None:
    slack.faults.add(Fault(kind="error", error=word, times=None))
    answer = partial(executor.execute, message(said), [firing([Reply("one"), React("wave")])])
    assert happened(answer) == [Happened.REJECTED] * 2
    assert happened(answer) == [Happened.SETTLED] * 2
    assert [call.method for call in slack.calls()] == ["chat.postMessage", "reactions.add"]


def test_a_text_that_slack_finds_too_long_is_given_up(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing([Reply("x" * 50_000), Reply("short")])])
    assert [post.text for post in slack.posts()] == ["short"]


@pytest.mark.parametrize("kind", ["cut_after", "cut_during"])
@pytest.mark.parametrize("place", ["channel", "thread", "dm"])
def test_a_post_that_was_made_in_doubt_is_found_and_not_repeated(
    slack: Simulator, executor: EffectExecutor, said: Posted, kind: Any, place: str
) -> None:
    if place == "thread":
        said = slack.say("more", thread_ts=said.ts)
    reply = Reply("one", dm=place == "dm")
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    answer = partial(executor.execute, message(said), [firing(reply)])
    with pytest.raises(RetryLater):
        answer()
    assert happened(answer) == [Happened.PERFORMED]
    assert [post.text for post in slack.posts()] == ["one"]
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("kind", ["cut_before", "server_error", "wrong_content_type"])
@pytest.mark.parametrize("place", ["channel", "thread", "dm"])
def test_a_post_that_was_not_made_in_doubt_is_made_again(
    slack: Simulator, executor: EffectExecutor, said: Posted, kind: Any, place: str
) -> None:
    if place == "thread":
        said = slack.say("more", thread_ts=said.ts)
    reply = Reply("one", dm=place == "dm")
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [firing(reply)])
    executor.execute(message(said), [firing(reply)])
    assert [post.text for post in slack.posts()] == ["one"]


def test_what_cannot_be_looked_up_is_left_silent(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [firing(Reply("one"))])
    slack.web_api.scopes = {"chat:write"}
    answer = partial(executor.execute, message(said), [firing(Reply("one"))])
    assert happened(answer) == [Happened.UNKNOWN]
    assert happened(answer) == [Happened.SETTLED]
    assert slack.posts() == []
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_look_that_fails_is_tried_again_before_anything_is_said(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    slack.faults.add(Fault(kind="ratelimited", method="conversations.history", retry_after=4))
    slack.faults.add(Fault(kind="cut_before", method="conversations.history"))
    for _ in range(3):
        with pytest.raises(RetryLater):
            executor.execute(message(said), [firing(Reply("one"))])
    executor.execute(message(said), [firing(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


def test_a_look_that_is_limited_waits_as_long_as_slack_says(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    slack.faults.add(Fault(kind="ratelimited", method="conversations.history", retry_after=4))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [firing(Reply("one"))])
    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), [firing(Reply("one"))])
    assert caught.value.delay == 4


def test_a_look_that_fails_leaves_the_effect_to_whoever_comes_next(
    slack: Simulator, new_executor: NewExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    slack.faults.add(Fault(kind="cut_before", method="conversations.history"))
    for _ in range(2):
        with pytest.raises(RetryLater):
            new_executor("a").execute(message(said), [firing(Reply("one"))])
    # Another worker, while the first one lives: its lease is not waited for.
    new_executor("b").execute(message(said), [firing(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


def test_what_was_struck_in_the_middle_is_looked_for_first(
    slack: Simulator, executor: EffectExecutor, said: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TimeIsUp(BaseException):
        pass

    post = executor.slack.post

    def struck(*arguments: Any, **more: Any) -> str:
        post(*arguments, **more)
        raise TimeIsUp

    with monkeypatch.context() as limited:
        limited.setattr(executor.slack, "post", struck)
        with pytest.raises(TimeIsUp):
            executor.execute(message(said), [firing(Reply("one"))])
    executor.execute(message(said), [firing(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


def test_a_look_that_outlasts_the_claim_is_followed_by_nothing(
    slack: Simulator,
    new_executor: NewExecutor,
    redis_client: redis.Redis,
    said: Posted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    slow, other = new_executor("a"), Ledger(RawConnections(redis_client, 1), APP, "b")
    read = message(said)
    with pytest.raises(RetryLater):
        slow.execute(read, [firing(Reply("one"))])
    redis_client.hset(keys.processes(APP), "b", 0)
    find = slow.slack.find

    def slowly(*arguments: Any, **more: Any) -> str:
        found = find(*arguments, **more)
        # Meanwhile its lease ends, and another takes the effect.
        with monkeypatch.context() as later:
            later.setattr("gopherbot.effects.ledger.LEASE_SECONDS", 0)
            with other.attempt(read.id) as attempt:
                attempt.claim("command:t#0")
        return found

    monkeypatch.setattr(slow.slack, "find", slowly)
    with pytest.raises(RetryLater):
        slow.execute(read, [firing(Reply("one"))])
    assert slack.posts() == []


def test_an_ephemeral_in_doubt_is_said_again(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postEphemeral"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [firing(Reply("psst", ephemeral=True))])
    executor.execute(message(said), [firing(Reply("psst", ephemeral=True))])
    assert len(slack.posts()) == 2


def test_a_reaction_in_doubt_is_done_if_it_is_there(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="reactions.add"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [firing(React("wave"))])
    executor.execute(message(said), [firing(React("wave"))])
    executor.execute(message(said), [firing(React("wave"))])
    assert len(slack.reactions()) == 1
    assert len(slack.calls("reactions.add")) == 2


def test_what_another_living_worker_is_at_is_left_to_it_for_now(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    redis_client.hset(keys.processes(APP), "b", 0)
    other = Ledger(RawConnections(redis_client, 1), APP, "b")
    with other.attempt(message(said).id) as attempt:
        attempt.claim("command:t#0")
        with pytest.raises(RetryLater) as caught:
            executor.execute(message(said), [firing(Reply("one"))])
    assert caught.value.delay
    assert caught.value.delay < LEASE_SECONDS / 2, "it may be done any moment"
    assert slack.posts() == []


@pytest.mark.parametrize("posted", [True, False])
def test_what_a_dead_worker_was_at_is_looked_for_first(
    slack: Simulator,
    new_executor: NewExecutor,
    redis_client: redis.Redis,
    said: Posted,
    posted: bool,
) -> None:
    dead = Ledger(RawConnections(redis_client, 1), APP, "dead")
    with dead.attempt(message(said).id) as attempt:
        attempt.claim("command:t#0")
    if posted:
        # All that it did, but for settling it.
        new_executor("dead").slack.post(
            said.channel, "one", ReplyMetadata(message(said).id, "command:t", 0)
        )
        redis_client.hdel(keys.processes(APP), "dead")
    new_executor("heir").execute(message(said), [firing(Reply("one"))])
    assert [post.text for post in slack.posts()] == ["one"]
    assert len(slack.calls("conversations.history")) == 1


# Redis loses its data, or is away when something is to be noted.


def test_what_this_worker_said_is_not_said_again_when_redis_lost_all_it_knew(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", skip=1, retry_after=0))
    rules = [firing([Reply("one"), Reply("two"), Reply("psst", ephemeral=True)])]
    with pytest.raises(RetryLater):
        executor.execute(message(said), rules)
    assert sorted(post.text for post in slack.posts()) == ["one", "psst"]
    redis_client.flushall()
    redis_client.hset(keys.processes(APP), "a", 0)
    executor.execute(message(said), rules)
    assert sorted(post.text for post in slack.posts()) == ["one", "psst", "two"]
    assert slack.calls("conversations.history") == [], "it need not look"


@pytest.fixture
def mortal_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def on(server: RedisServer, executor: EffectExecutor, worker: str) -> EffectExecutor:
    """Give the same executor another Redis."""
    connections = RawConnections(server.client(), 1)
    server.client().hset(keys.processes(APP), worker, 0)
    ledger = Ledger(connections, APP, worker)
    return EffectExecutor(executor.slack, ledger, executor.ports, shadow=False)


@pytest.mark.parametrize("how", ["first answer", "edit"])
def test_what_could_not_be_noted_is_noted_before_another_worker_tries_again(
    slack: Simulator,
    new_executor: NewExecutor,
    mortal_redis: RedisServer,
    said: Posted,
    how: str,
) -> None:
    a, b = (on(mortal_redis, new_executor(name), name) for name in ("a", "b"))
    read = message(said) if how == "first answer" else edited(said)
    act = EffectExecutor.execute if how == "first answer" else EffectExecutor.follow_edit
    post, posted = a.slack.post, []

    def post_and_die(*arguments: Any, **more: Any) -> str:
        """Slack does it, and Redis dies before that is noted."""
        posted.append(post(*arguments, **more))
        if len(posted) == 2:
            mortal_redis.signal(signal.SIGKILL)
        return posted[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(a.slack, "post", post_and_die)
        with pytest.raises(redis.ConnectionError):
            act(a, read, [firing([Reply("one"), Reply("two")])])
    with pytest.raises(redis.ConnectionError):
        a.exactly_once.memory.settle()
    mortal_redis.start()
    for name in ("a", "b"):
        mortal_redis.client().hset(keys.processes(APP), name, 0)
    a.exactly_once.memory.settle()
    act(b, read, [firing([Reply("one"), Reply("two")])])
    assert sorted(post.text for post in slack.posts()) == ["one", "two"]


def test_a_worker_remembers_no_more_than_it_has_to(
    executor: EffectExecutor, said: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gopherbot.effects.exactly_once.MOST_REMEMBERED", 2)
    memory = executor.exactly_once.memory
    ids = [f"C1:{number}.0" for number in range(3)]
    for id in ids:
        with executor.exactly_once.ledger.attempt(id) as attempt:
            memory.add(attempt, "command:t#0", {})
            memory.doubt(id)
    assert [memory.find(id, "command:t#0") is not None for id in ids] == [False, True, True]
    memory.settle()
    assert memory.find(ids[1], "command:u#0") is None
    monkeypatch.setattr("gopherbot.effects.exactly_once.KEPT_SECONDS", 0)
    assert memory.find(ids[1], "command:t#0") is None, "no longer than the ledger does"


def test_with_redis_away_nothing_is_said(
    slack: Simulator, settings_for: SettingsFor, tls: ssl.SSLContext, said: Posted
) -> None:
    with no_redis() as nowhere:
        executor = EffectExecutor(
            Slack(settings_for(), HttpPool(slack.api_url, tls)),
            Ledger(RawConnections(nowhere, 1), APP, "a"),
            Ports(NoChannels(), NoWeb(), NoHelp()),
            shadow=False,
        )
        with pytest.raises(redis.ConnectionError):
            executor.execute(message(said), [firing(Reply("one"))])
    assert slack.calls() == []


# Edits, and answers taken back (`test_answers_stay_true.py` has every order of events).


def edited(said: Posted) -> Message:
    return message(said, edited_ts=f"{float(said.ts) + 1:.6f}")


def test_an_edit_waits_for_an_answer_that_is_under_way(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    redis_client.hset(keys.processes(APP), "b", 0)
    other = Ledger(RawConnections(redis_client, 1), APP, "b")
    with other.attempt(message(said).id) as attempt:
        # Another rule's: what the new text asks for is free.
        attempt.claim("command:u#0")
        with pytest.raises(RetryLater):
            executor.follow_edit(edited(said), [firing(Reply("two"))])
        assert slack.calls() == []
        attempt.release("command:u#0")
    executor.follow_edit(edited(said), [firing(Reply("two"))])
    assert [post.text for post in slack.posts()] == ["two"]


def test_an_answer_that_was_taken_back_does_not_come_again_with_an_edit(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [firing(Reply("one"))])
    [post] = slack.posts()
    assert executor.take_back(
        post.channel, post.ts, said.author.id, moderators=frozenset(), patient=False
    )
    assert len(slack.calls("chat.delete")) == 1
    executor.follow_edit(edited(said), [firing(Reply("one"))])
    assert len(slack.calls("chat.postMessage")) == 1


# Shadow mode: `docs/behaviour.md` as a table.

ALWAYS, ADDRESSED, NEVER = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("rule_class", "acts"),
    [
        (Command, ALWAYS),  # it fires only when addressed
        (Reaction, ADDRESSED),
        (Contains, ADDRESSED),
        (Prefix, ADDRESSED),
        (_Always, NEVER),
        (TeamJoin, NEVER),
        (ChannelJoin, NEVER),
    ],
)
@pytest.mark.parametrize("how", ["beside it", "by mention", "by dm"])
def test_in_shadow_mode_a_rule_acts_only_where_it_was_asked_to(
    slack: Simulator,
    new_executor: NewExecutor,
    said: Posted,
    capsys: pytest.CaptureFixture[str],
    rule_class: type[Rule],
    acts: tuple[bool, bool],
    how: str,
) -> None:
    ran: list[Ask] = []

    def handler(ask: Ask) -> Effects:
        ran.append(ask)
        return Reply("one")

    more: dict[str, Any] = {"by mention": {"mentions": mentioning("U0GOPHERBOT")}}.get(how, {})
    asked = message(said, direct=how == "by dm", **more)
    new_executor(shadow=True).execute(asked, [firing(handler, rule_class)])
    expected = acts[how != "beside it"]
    assert bool(slack.posts()) is bool(ran) is expected
    assert ("shadow mode" in capsys.readouterr().out) is not expected


def test_a_watcher_announces_in_production_once(slack: Simulator, executor: EffectExecutor) -> None:
    for _ in range(2):
        executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", Reply("cl 1"))
    assert [post.text for post in slack.posts("golang-cls")] == ["cl 1"]


def test_a_watchers_post_in_doubt_is_found(slack: Simulator, executor: EffectExecutor) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", Reply("cl 1"))
    executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", Reply("cl 1"))
    assert len(slack.posts("golang-cls")) == 1


def test_a_watchers_post_that_slack_rejects_is_told_and_may_be_tried_again(
    slack: Simulator, executor: EffectExecutor
) -> None:
    slack.faults.add(Fault(kind="error", error="not_in_channel", method="chat.postMessage"))
    announce = partial(executor.announce, "gerrit/1", "watcher:gerrit", "C0VP8EF3R", Reply("cl 1"))
    with pytest.raises(Rejected, match="not_in_channel"):
        announce()
    assert slack.posts("golang-cls") == []
    assert [announce(), announce()] == [Happened.ANNOUNCED, Happened.SETTLED]
    assert len(slack.posts("golang-cls")) == 1


def test_in_shadow_mode_a_watcher_only_says_what_it_would_have_done(
    slack: Simulator, new_executor: NewExecutor, capsys: pytest.CaptureFixture[str]
) -> None:
    shadow = new_executor(shadow=True)
    assert shadow.announce("gerrit/1", "w", "C0VP8EF3R", Reply("cl 1")) is Happened.WITHHELD
    assert slack.posts() == []
    assert "gerrit/1" in capsys.readouterr().out
