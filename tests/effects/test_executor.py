"""What handlers answer, carried out in the simulated Slack: what members see, and how often."""

from __future__ import annotations

import signal
import ssl
import time
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
from gopherbot.effects.ledger import LEASE_SECONDS, LOCK, Attempt, ClaimState, Ledger
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import (
    Ask,
    Audience,
    Effects,
    Kind,
    Mention,
    MentionKind,
    Message,
    NoChannels,
    NoHelp,
    NoWeb,
    Persona,
    React,
    Reply,
)
from gopherbot.router import ChannelJoin, Command, Contains, Prefix, Reaction, Rule, TeamJoin
from gopherbot.rulebook.matching import Match
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected, Retryable
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.objects import ReplyMetadata
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
    monkeypatch.setattr("gopherbot.effects.ledger.HISTORY_SECONDS", 0)

    def make(worker: str = "a", *, shadow: bool = False) -> EffectExecutor:
        redis_client.hset(keys.processes(APP), worker, 0)
        return EffectExecutor(
            Slack(settings_for(), HttpPool(slack.api_url, tls)),
            Ledger(RawConnections(redis_client, 1), APP, worker),
            Ports(NoChannels(), NoWeb(), NoWeb(), NoHelp()),
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


def match(
    effects: Effects | Callable[[Ask], Effects],
    rule_class: type[Rule] = Command,
    trigger: str = "t",
) -> Match:
    handler = effects if callable(effects) else lambda _ask: effects
    return Match(rule_class(trigger=trigger, handler=handler, source="test.py"))


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
    executor.execute(message(said), [match(Reply("good day"))])
    [post] = slack.posts()
    assert (post.channel, post.text, post.thread_ts) == (said.channel, "good day", None)
    assert (post.unfurl_links, post.unfurl_media) == (False, False)
    assert (post.ephemeral, post.username, post.attachments) == (False, None, [])


def test_a_reply_to_a_thread_goes_into_it(slack: Simulator, executor: EffectExecutor) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts)
    executor.execute(message(child), [match(Reply("good day"))])
    assert slack.posts()[0].thread_ts == parent.ts


def test_mentioned_users_are_put_in_front_but_not_the_bot(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    mentions = mentioning("U0GOPHERBOT", "U0NEWCOMER", "U0REVIEWER", "U0NEWCOMER")
    executor.execute(message(said, mentions=mentions), [match(Reply("look", mentions=True))])
    executor.execute(message(said, mentions=mentions), [match(Reply("quiet"), trigger="u")])
    texts = [post.text for post in slack.posts()]
    assert texts == ["<@U0NEWCOMER> <@U0REVIEWER> look", "quiet"]


def test_the_asker_is_put_in_front_once(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    both = Reply("look", mentions=True, mention_asker=True)
    executor.execute(message(said), [match(both)])
    executor.execute(
        message(said, mentions=mentioning("U0REGULAR", "U0NEWCOMER")), [match(both, trigger="u")]
    )
    texts = [post.text for post in slack.posts()]
    assert texts == ["<@U0REGULAR> look", "<@U0REGULAR> <@U0NEWCOMER> look"]


def test_a_reply_pings_ten_of_those_that_are_mentioned(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    crowd = mentioning(*(f"U{number}CROWD" for number in range(40)))
    reply = Reply("look", mentions=True, mention_asker=True)
    executor.execute(message(said, mentions=crowd), [match(reply)])
    [post] = slack.posts()
    first_ten = " ".join(f"<@U{number}CROWD>" for number in range(10))
    assert post.text == f"{first_ten} <@U0REGULAR> look"


def test_an_ephemeral_reply_is_for_the_asker_alone(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(
        message(said), [match(Reply("psst", to=Audience.ASKER_ONLY, attachment="more"))]
    )
    [post] = slack.posts()
    assert (post.ephemeral, post.user, post.text) == (True, "U0REGULAR", "psst")
    assert post.attachments[0]["text"] == "more"


def test_an_ephemeral_reply_to_a_thread_goes_into_it(
    slack: Simulator, executor: EffectExecutor
) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts)
    executor.execute(message(child), [match(Reply("psst", to=Audience.ASKER_ONLY))])
    assert slack.posts()[0].thread_ts == parent.ts


def test_a_reply_by_dm_goes_to_the_asker_and_into_no_thread(
    slack: Simulator, executor: EffectExecutor
) -> None:
    parent = slack.say("a question")
    child = slack.say("an answer", thread_ts=parent.ts, user="newcomer")
    executor.execute(message(child), [match(Reply("between us", to=Audience.DM))])
    [post] = slack.posts()
    dm = slack.workspace.conversation(post.channel)
    assert (dm.kind, set(dm.members)) == ("im", {"U0GOPHERBOT", "U0NEWCOMER"})
    assert post.thread_ts is None


def test_a_long_text_is_an_attachment_under_its_lead(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply("lead", attachment="*long* text"))])
    [post] = slack.posts()
    [attachment] = post.attachments
    assert (post.text, attachment["text"]) == ("lead", "*long* text")
    assert attachment["fallback"]
    assert "text" in attachment["mrkdwn_in"]


def test_a_reply_unfurls_and_takes_a_name_when_it_says_so(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    reply = Reply("https://go.dev", unfurl=True, persona=Persona("Changelog"))
    executor.execute(message(said), [match(reply)])
    [post] = slack.posts()
    assert (post.unfurl_links, post.unfurl_media, post.username) == (True, True, "Changelog")


def test_every_post_carries_its_message_rule_and_number(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match([Reply("one"), Reply("two")], trigger="count")])
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
    executor.execute(message(said), [match(None), match([]), match(())])
    assert slack.calls() == []


def test_a_handler_gets_the_message_its_argument_and_the_same_chance_again(
    executor: EffectExecutor, said: Posted
) -> None:
    asked: list[Ask] = []

    def handler(ask: Ask) -> None:
        asked.append(ask)

    rule = Prefix(trigger="p:", handler=handler)
    for _ in range(2):
        executor.execute(message(said), [Match(rule, "the rest")])
    assert [(ask.argument, ask.message) for ask in asked] == [("the rest", message(said))] * 2
    assert asked[0].random.random() == asked[1].random.random()


# How often.


def test_a_repeated_event_shows_nothing_twice(
    slack: Simulator, new_executor: NewExecutor, said: Posted
) -> None:
    effects: list[Reply | React] = [
        *(
            Reply("one"),
            React("wave"),
            Reply("psst", to=Audience.ASKER_ONLY),
            Reply("dm", to=Audience.DM),
        ),
    ]
    for worker in ("a", "b", "a"):
        new_executor(worker).execute(message(said), [match(effects)])
    assert [post.text for post in slack.posts()] == ["one", "psst", "dm"]
    assert len(slack.calls("reactions.add")) == 1


def test_the_same_emoji_of_several_rules_is_added_once(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(
        message(said),
        [
            match([React("wave"), React("gopher")], Reaction, "a"),
            match([React("gopher"), React("beer")], Reaction, "b"),
        ],
    )
    assert [reaction.emoji for reaction in slack.reactions()] == ["wave", "gopher", "beer"]
    assert len(slack.calls("reactions.add")) == 3


def test_rules_act_in_the_order_in_which_they_fire(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply(str(n)), trigger=str(n)) for n in range(5)])
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
        [match(broken), match(halfway, trigger="h"), match(Reply("fine"), trigger="u")],
    )
    assert slack.posts()[-1].text == "fine"


def test_what_surely_was_not_done_is_tried_again_and_the_rest_is_not_repeated(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    matches = [
        match(Reply("first"), trigger="a"),
        match(Reply("second"), trigger="b"),
        match(React("wave"), Reaction, "c"),
        match(Reply("third"), trigger="d"),
    ]
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", skip=1, retry_after=2))
    slack.faults.add(Fault(kind="ratelimited", method="reactions.add", retry_after=7))
    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), matches)
    assert caught.value.delay == 7, "the longer of the two waits"
    assert [post.text for post in slack.posts()] == ["first", "third"]
    executor.execute(message(said), matches)
    assert [post.text for post in slack.posts()] == ["first", "third", "second"]
    assert len(slack.reactions()) == 1
    calls = len(slack.calls())
    executor.execute(message(said), matches)
    assert len(slack.calls()) == calls


def test_with_slack_away_it_is_tried_again_when_slack_is_back(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    with slack.away(), pytest.raises(RetryLater):
        executor.execute(message(said), [match([Reply("one"), React("wave")])])
    executor.execute(message(said), [match([Reply("one"), React("wave")])])
    assert len(slack.posts()) == len(slack.reactions()) == 1


def test_a_handler_may_ask_to_be_run_again(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    def not_yet(ask: Ask) -> Effects:
        raise RetryLater("the file is not there yet", delay=3)

    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), [match(not_yet), match(Reply("fine"), trigger="u")])
    assert caught.value.delay == 3
    assert [post.text for post in slack.posts()] == ["fine"]


AWAY = (RetryLater("a file"), redis.ConnectionError(), redis.ReadOnlyError(), Retryable("a call"))


def failing(error: Exception) -> Callable[[Ask], Effects]:
    def handler(ask: Ask) -> Effects:
        raise error

    return handler


@pytest.mark.parametrize("away", AWAY, ids=lambda error: type(error).__name__)
def test_a_rule_whose_service_is_away_is_run_again(
    slack: Simulator, executor: EffectExecutor, said: Posted, away: Exception
) -> None:
    journal.begin()
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(failing(away))])
    attempt = journal.end()
    assert attempt
    assert not attempt.happened, "the rule is all right"
    executor.execute(message(said), [match(Reply("one"))])
    assert [post.text for post in slack.posts()] == ["one"]


def test_the_replies_of_a_rule_keep_their_order_though_the_first_is_limited(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=0))
    rules = [match([Reply("one"), Reply("two")]), match(Reply("other"), trigger="u")]
    with pytest.raises(RetryLater):
        executor.execute(message(said), rules)
    executor.execute(message(said), rules)
    assert [post.text for post in slack.posts()] == ["other", "one", "two"]


@pytest.mark.parametrize(
    "word",
    ["channel_not_found", "not_in_channel", "is_archived", "missing_scope", "no_permission"],
)
def test_a_permanent_refusal_is_the_end_of_it(
    slack: Simulator, executor: EffectExecutor, said: Posted, word: str
) -> None:
    slack.faults.add(Fault(kind="error", error=word, times=None))
    answer = partial(executor.execute, message(said), [match([Reply("one"), React("wave")])])
    assert happened(answer) == [Happened.REJECTED] * 2
    assert happened(answer) == [Happened.SETTLED] * 2
    assert [call.method for call in slack.calls()] == ["chat.postMessage", "reactions.add"]


def test_a_text_that_slack_finds_too_long_is_given_up(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match([Reply("x" * 50_000), Reply("short")])])
    assert [post.text for post in slack.posts()] == ["short"]


@pytest.mark.parametrize("kind", ["cut_after", "cut_during"])
@pytest.mark.parametrize("place", ["channel", "thread", "dm"])
def test_a_post_that_was_made_in_doubt_is_found_and_not_repeated(
    slack: Simulator, executor: EffectExecutor, said: Posted, kind: Any, place: str
) -> None:
    if place == "thread":
        said = slack.say("more", thread_ts=said.ts)
    reply = Reply("one", to=Audience.DM if place == "dm" else Audience.CHANNEL)
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    answer = partial(executor.execute, message(said), [match(reply)])
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
    reply = Reply("one", to=Audience.DM if place == "dm" else Audience.CHANNEL)
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(reply)])
    executor.execute(message(said), [match(reply)])
    assert [post.text for post in slack.posts()] == ["one"]


def test_what_cannot_be_looked_up_is_left_silent(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(Reply("one"))])
    slack.web_api.scopes = {"chat:write"}
    answer = partial(executor.execute, message(said), [match(Reply("one"))])
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
            executor.execute(message(said), [match(Reply("one"))])
    executor.execute(message(said), [match(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


def test_a_look_that_is_limited_waits_as_long_as_slack_says(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    slack.faults.add(Fault(kind="ratelimited", method="conversations.history", retry_after=4))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(Reply("one"))])
    with pytest.raises(RetryLater) as caught:
        executor.execute(message(said), [match(Reply("one"))])
    assert caught.value.delay == 4


def test_a_look_that_fails_leaves_the_effect_to_whoever_comes_next(
    slack: Simulator, new_executor: NewExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    slack.faults.add(Fault(kind="cut_before", method="conversations.history"))
    for _ in range(2):
        with pytest.raises(RetryLater):
            new_executor("a").execute(message(said), [match(Reply("one"))])
    # Another worker, while the first one lives: its lease is not waited for.
    new_executor("b").execute(message(said), [match(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


def test_what_was_struck_in_the_middle_is_looked_for_first(
    slack: Simulator, new_executor: NewExecutor, said: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TimeIsUp(BaseException):
        pass

    executor = new_executor("a")
    post = executor.slack.post

    def struck(*arguments: Any, **more: Any) -> str:
        post(*arguments, **more)
        raise TimeIsUp

    with monkeypatch.context() as limited:
        limited.setattr(executor.slack, "post", struck)
        with pytest.raises(TimeIsUp):
            executor.execute(message(said), [match(Reply("one"))])
    new_executor("b").execute(message(said), [match(Reply("one"))])
    assert len(slack.posts()) == len(slack.calls("chat.postMessage")) == 1


HISTORY = "gopherbot.effects.ledger.HISTORY_SECONDS"


@pytest.mark.parametrize("how", ["first answer", "edit"])
def test_what_slacks_history_shows_late_is_not_said_again(
    slack: Simulator,
    executor: EffectExecutor,
    said: Posted,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    read = message(said)
    with pytest.raises(RetryLater):
        executor.execute(read, [match(Reply("one"))])
    act = executor.execute if how == "first answer" else executor.follow_edit
    read = read if how == "first answer" else edited(said)
    with monkeypatch.context() as late:
        late.setattr(HISTORY, 6.0)
        late.setattr(executor.slack, "find", lambda *_arguments, **_more: "")
        late.setattr(executor.reconciler.slack, "find", lambda *_arguments, **_more: "")
        with pytest.raises(RetryLater) as caught:
            act(read, [match(Reply("one"))])
    assert caught.value.delay
    assert 3 < caught.value.delay <= 6, "it is looked up once more"
    act(read, [match(Reply("one"))])
    assert [post.text for post in slack.posts()] == ["one"]
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("how", ["first answer", "edit"])
@pytest.mark.parametrize("first_look", ["finds nothing", "fails"])
def test_how_long_a_look_is_repeated_counts_from_the_call(
    slack: Simulator,
    executor: EffectExecutor,
    redis_client: redis.Redis,
    said: Posted,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    first_look: str,
) -> None:
    monkeypatch.setattr(HISTORY, 6.0)
    called = int(time.time() * 1000) - 4000
    redis_client.hset(keys.ledger(APP, message(said).id), "command:t#0", f"doubtful {called}")
    if first_look == "fails":
        slack.faults.add(Fault(kind="server_error", method="conversations.history"))
    act = executor.execute if how == "first answer" else executor.follow_edit
    read = message(said) if how == "first answer" else edited(said)
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            act(read, [match(Reply("one"))])
    assert caught.value.delay
    assert caught.value.delay <= 2


def test_what_a_look_did_not_find_is_not_looked_up_again_after_a_refusal(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=0))
    for _ in range(2):
        with pytest.raises(RetryLater):
            executor.execute(message(said), [match(Reply("one"))])
    executor.execute(message(said), [match(Reply("one"))])
    assert len(slack.calls("conversations.history")) == 1
    assert [post.text for post in slack.posts()] == ["one"]


def test_an_answer_that_would_come_too_late_after_a_second_look_comes_after_the_first(
    slack: Simulator, executor: EffectExecutor, said: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    monkeypatch.setattr(HISTORY, 6.0)
    old = message(said, ts=f"{time.time() - 26:.6f}")
    with pytest.raises(RetryLater):
        executor.execute(old, [match(Reply("one"))])
    executor.execute(old, [match(Reply("one"))])
    assert [post.text for post in slack.posts()] == ["one"]


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
        slow.execute(read, [match(Reply("one"))])
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
        slow.execute(read, [match(Reply("one"))])
    assert slack.posts() == []


def test_an_ephemeral_in_doubt_is_said_again(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="chat.postEphemeral"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(Reply("psst", to=Audience.ASKER_ONLY))])
    executor.execute(message(said), [match(Reply("psst", to=Audience.ASKER_ONLY))])
    assert len(slack.posts()) == 2


def test_a_reaction_in_doubt_is_done_if_it_is_there(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    slack.faults.add(Fault(kind="cut_after", method="reactions.add"))
    with pytest.raises(RetryLater):
        executor.execute(message(said), [match(React("wave"))])
    executor.execute(message(said), [match(React("wave"))])
    executor.execute(message(said), [match(React("wave"))])
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
            executor.execute(message(said), [match(Reply("one"))])
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
    new_executor("heir").execute(message(said), [match(Reply("one"))])
    assert [post.text for post in slack.posts()] == ["one"]
    assert len(slack.calls("conversations.history")) == 1


# Redis loses its data, or is away when something is to be noted.


def test_what_this_worker_said_is_not_said_again_when_redis_lost_all_it_knew(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", skip=1, retry_after=0))
    rules = [match([Reply("psst", to=Audience.ASKER_ONLY), Reply("one"), Reply("two")])]
    with pytest.raises(RetryLater):
        executor.execute(message(said), rules)
    assert [post.text for post in slack.posts()] == ["psst", "one"]
    executor.exactly_once.memory.record_pending()  # as the middleware does before a retry
    redis_client.flushall()
    redis_client.hset(keys.processes(APP), "a", 0)
    executor.execute(message(said), rules)
    assert [post.text for post in slack.posts()] == ["psst", "one", "two"]
    assert slack.calls("conversations.history") == [], "it need not look"


@pytest.mark.parametrize("when", ["during the call", "before the retry", "away"])
@pytest.mark.parametrize("posted", [True, False])
def test_what_this_worker_doubts_is_looked_up_though_redis_lost_all_it_knew(
    slack: Simulator,
    executor: EffectExecutor,
    redis_client: redis.Redis,
    said: Posted,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    posted: bool,
) -> None:
    def lose_all() -> None:
        redis_client.flushall()
        redis_client.hset(keys.processes(APP), "a", 0)

    post, memory = executor.slack.post, executor.exactly_once.memory

    def empty(*arguments: Any, **more: Any) -> str:
        try:
            return post(*arguments, **more)
        finally:
            lose_all()

    def away(*arguments: Any) -> bool:
        raise redis.ConnectionError("away")

    fault = Fault(kind="cut_after" if posted else "cut_before", method="chat.postMessage")
    slack.faults.add(fault)
    answer = partial(executor.execute, message(said), [match(Reply("one"))])
    with monkeypatch.context() as patch:
        if when == "during the call":
            patch.setattr(executor.slack, "post", empty)
        if when == "away":
            patch.setattr(Attempt, "doubt", away)
        with pytest.raises((RetryLater, redis.ConnectionError)):
            answer()
    memory.record_pending()  # as the middleware does before a retry
    if when != "during the call":
        lose_all()
    answer()
    assert [post.text for post in slack.posts()] == ["one"]
    assert len(slack.calls("conversations.history")) == 1
    assert len(slack.calls("chat.postMessage")) == (1 if posted else 2)


@pytest.mark.parametrize("second", ["ratelimited", "cut_before"])
def test_a_worker_tells_redis_what_it_did_and_doubts_before_another_one_tries_again(
    slack: Simulator,
    new_executor: NewExecutor,
    redis_client: redis.Redis,
    said: Posted,
    second: Any,
) -> None:
    a, b = new_executor("a"), new_executor("b")
    rules = [match(Reply("one"), trigger="t"), match(Reply("two"), trigger="u")]
    slack.faults.add(Fault(kind=second, method="chat.postMessage", skip=1, retry_after=0))
    with pytest.raises(RetryLater):
        a.execute(message(said), rules)
    redis_client.flushall()
    for name in ("a", "b"):
        redis_client.hset(keys.processes(APP), name, 0)
    a.exactly_once.memory.record_pending()
    b.execute(message(said), rules)
    assert [post.text for post in slack.posts()] == ["one", "two"]
    assert len(slack.calls("conversations.history")) == (second == "cut_before")


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
            act(a, read, [match([Reply("one"), Reply("two")])])
    with pytest.raises(redis.ConnectionError):
        a.exactly_once.memory.record_pending()
    mortal_redis.start()
    for name in ("a", "b"):
        mortal_redis.client().hset(keys.processes(APP), name, 0)
    a.exactly_once.memory.record_pending()
    act(b, read, [match([Reply("one"), Reply("two")])])
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
            memory.mark_unrecorded(id)
    assert [memory.find(id, "command:t#0") is not None for id in ids] == [False, True, True]
    memory.record_pending()
    assert memory.find(ids[1], "command:u#0") is None
    monkeypatch.setattr("gopherbot.effects.exactly_once.KEPT_SECONDS", 0)
    assert memory.find(ids[1], "command:t#0") is None, "no longer than the ledger does"


def test_a_doubt_that_comes_while_another_is_being_written_is_kept(
    executor: EffectExecutor, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, ledger = executor.exactly_once.memory, executor.exactly_once.ledger
    settle = Attempt.settle

    def meanwhile(attempt: Attempt, effect: str, posted: Any) -> bool:
        written = settle(attempt, effect, posted)
        if effect == "command:t#0":
            memory.add(attempt, "command:u#0", {})
            memory.mark_unrecorded("C1:1.0")
        return written

    with ledger.attempt("C1:1.0") as attempt:
        memory.add(attempt, "command:t#0", {})
        memory.mark_unrecorded("C1:1.0")
        with monkeypatch.context() as patch:
            patch.setattr(Attempt, "settle", meanwhile)
            memory.record_pending()
        memory.record_pending()
    assert redis_client.hkeys(keys.ledger(APP, "C1:1.0")) == [b"command:t#0", b"command:u#0"]


def test_with_redis_away_nothing_is_said(
    slack: Simulator, settings_for: SettingsFor, tls: ssl.SSLContext, said: Posted
) -> None:
    with no_redis() as nowhere:
        executor = EffectExecutor(
            Slack(settings_for(), HttpPool(slack.api_url, tls)),
            Ledger(RawConnections(nowhere, 1), APP, "a"),
            Ports(NoChannels(), NoWeb(), NoWeb(), NoHelp()),
            shadow=False,
        )
        with pytest.raises(redis.ConnectionError):
            executor.execute(message(said), [match(Reply("one"))])
    assert slack.calls() == []


# Edits, and answers taken back (`test_answers_stay_true.py` has every order of events).


def edited(said: Posted) -> Message:
    return message(said, edited_ts=f"{float(said.ts) + 1:.6f}")


def answer(slack: Simulator) -> list[str]:
    """Return the bot's posts as members see them now."""
    return [
        post.text
        for place in slack.workspace.conversations.values()
        for post in place.messages.values()
        if post.bot_id == "B0GOPHERBOT"
    ]


def test_an_edit_waits_for_an_answer_that_is_under_way(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    redis_client.hset(keys.processes(APP), "b", 0)
    other = Ledger(RawConnections(redis_client, 1), APP, "b")
    with other.attempt(message(said).id) as attempt:
        # Another rule's: what the new text asks for is free.
        attempt.claim("command:u#0")
        with pytest.raises(RetryLater):
            executor.follow_edit(edited(said), [match(Reply("two"))])
        assert slack.calls() == []
        attempt.release("command:u#0")
    executor.follow_edit(edited(said), [match(Reply("two"))])
    assert [post.text for post in slack.posts()] == ["two"]


def test_an_answer_that_was_taken_back_does_not_come_again_with_an_edit(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply("one"))])
    [post] = slack.posts()
    assert executor.retract(
        post.channel, post.ts, said.author.id, moderators=frozenset(), patient=False
    )
    assert len(slack.calls("chat.delete")) == 1
    executor.follow_edit(edited(said), [match(Reply("one"))])
    assert len(slack.calls("chat.postMessage")) == 1


def later(said: Posted, seconds: float) -> Message:
    return message(said, edited_ts=f"{float(said.ts) + seconds:.6f}")


@pytest.mark.parametrize("away", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("old", [Reply("one"), React("wave")], ids=["reply", "emoji"])
def test_what_an_undecided_rule_answered_stays_until_the_rule_has_decided(
    slack: Simulator,
    executor: EffectExecutor,
    said: Posted,
    old: Reply | React,
    away: Exception,
) -> None:
    executor.execute(message(said), [match(old)])
    with pytest.raises(RetryLater):
        executor.follow_edit(edited(said), [match(failing(away))])
    assert slack.calls("chat.delete") == slack.calls("reactions.remove") == []
    executor.follow_edit(edited(said), [match(Reply("two"))])
    assert answer(slack) == ["two"]
    assert len(slack.calls("reactions.remove")) == isinstance(old, React)


def test_an_edit_that_changes_an_attachment_alone_is_followed(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply("see", attachment="one"))])
    executor.follow_edit(edited(said), [match(Reply("see", attachment="two"))])
    [post] = slack.posts()
    [attachment] = slack.workspace.message(post.channel, post.ts).attachments
    assert attachment["text"] == "two"


@pytest.mark.parametrize("age", [40, 300])
def test_an_old_edit_that_slack_refuses_posts_nothing_new(
    slack: Simulator, executor: EffectExecutor, said: Posted, age: int
) -> None:
    executor.execute(message(said), [match(Reply("one"))])
    slack.faults.add(Fault(kind="error", method="chat.update", error="cant_update_message"))
    executor.follow_edit(later(said, -age), [match(Reply("two"))])
    assert answer(slack) == []
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_reply_whose_deletion_is_in_doubt_is_replaced(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply("one"))])
    slack.faults.add(Fault(kind="error", method="chat.update", error="cant_update_message"))
    slack.faults.add(Fault(kind="cut_after", method="chat.delete"))
    with pytest.raises(RetryLater):
        executor.follow_edit(edited(said), [match(Reply("two"))])
    executor.follow_edit(edited(said), [match(Reply("two"))])
    assert answer(slack) == ["two"]


@pytest.mark.parametrize("seconds", [1, 25])
def test_an_edit_that_overtakes_its_message_is_the_one_that_counts(
    slack: Simulator, executor: EffectExecutor, said: Posted, seconds: int
) -> None:
    executor.follow_edit(later(said, seconds), [])
    executor.execute(message(said), [match(Reply("one"))])
    assert slack.posts() == []


def test_an_edit_that_meets_another_one_is_tried_again_soon(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    redis_client.hset(keys.processes(APP), "b", 0)
    other = Ledger(RawConnections(redis_client, 1), APP, "b")
    with other.attempt(message(said).id) as attempt:
        attempt.claim(LOCK)
        with pytest.raises(RetryLater) as caught:
            executor.follow_edit(edited(said), [match(Reply("two"))])
    assert caught.value.delay
    assert caught.value.delay <= 1


def test_an_edit_that_loses_its_lock_changes_nothing_more(
    slack: Simulator,
    executor: EffectExecutor,
    redis_client: redis.Redis,
    said: Posted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = [match(Reply(text), trigger=text) for text in ("one", "two")]
    executor.execute(message(said), rules)
    update = Slack.update

    def frozen(slack: Slack, *arguments: Any, **more: Any) -> None:
        """Slack changes it, and the worker wakes up after its lease."""
        update(slack, *arguments, **more)
        with monkeypatch.context() as late:
            late.setattr("gopherbot.effects.ledger.LEASE_SECONDS", 0)
            with Ledger(RawConnections(redis_client, 1), APP, "b").attempt(message(said).id) as b:
                b.claim(LOCK)

    monkeypatch.setattr(Slack, "update", frozen)
    changed = [match(Reply(f"new {text}"), trigger=text) for text in ("one", "two")]
    with pytest.raises(RetryLater):
        executor.follow_edit(edited(said), changed)
    assert answer(slack) == ["new one", "two"]


@pytest.mark.parametrize(
    ("reply", "trigger"),
    [(Reply("psst", to=Audience.DM), "t"), (Reply("one"), "c#")],
    ids=["dm", "hash"],
)
def test_a_reply_in_doubt_goes_with_the_edit_that_does_not_ask_for_it(
    slack: Simulator, executor: EffectExecutor, said: Posted, reply: Reply, trigger: str
) -> None:
    asked = message(said, thread_ts=said.ts)
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        executor.execute(asked, [match(reply, trigger=trigger)])
    executor.follow_edit(replace(asked, edited_ts=edited(said).edited_ts), [])
    assert answer(slack) == []


def test_an_edit_waits_for_a_look_that_is_under_way(
    slack: Simulator,
    executor: EffectExecutor,
    redis_client: redis.Redis,
    said: Posted,
) -> None:
    redis_client.hset(keys.processes(APP), "b", 0)
    other = Ledger(RawConnections(redis_client, 1), APP, "b")
    for _ in range(2):
        with other.attempt(message(said).id) as attempt:
            state = attempt.claim("command:u#0").state
            if state is ClaimState.MINE:
                attempt.doubt("command:u#0")
                continue
            assert state is ClaimState.DOUBTFUL
            with pytest.raises(RetryLater):
                executor.follow_edit(edited(said), [match(Reply("two"))])
    assert slack.calls() == []


def test_a_dm_that_its_asker_replied_to_stays_when_the_question_goes(
    slack: Simulator, executor: EffectExecutor, said: Posted
) -> None:
    asked = message(said, thread_ts=said.ts)
    executor.execute(asked, [match(Reply("psst", to=Audience.DM))])
    slack.dm("thanks", thread_ts=slack.posts()[0].ts)
    executor.follow_deletion(replace(asked, edited_ts=edited(said).edited_ts))
    assert answer(slack) == ["psst"]


def test_a_question_that_is_deleted_after_the_ledgers_hour_takes_its_answers_along(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    executor.execute(message(said), [match(Reply("one"))])
    redis_client.delete(keys.ledger(APP, message(said).id))
    executor.follow_deletion(later(said, 4000))
    assert answer(slack) == []


def test_the_answered_messages_of_a_day_are_counted(
    executor: EffectExecutor, redis_client: redis.Redis, said: Posted
) -> None:
    answered, now = keys.answered(APP), time.time()
    for age in (120, 23 * 3600, 25 * 3600):
        redis_client.zadd(answered, {f"C1:{age}.1": int((now - age) * 1000)})
    executor.execute(message(said), [match(Reply("one"))])
    assert redis_client.zcard(answered) == 3


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
    new_executor(shadow=True).execute(asked, [match(handler, rule_class)])
    expected = acts[how != "beside it"]
    assert bool(slack.posts()) is bool(ran) is expected
    assert ("shadow mode" in capsys.readouterr().out) is not expected


def test_in_shadow_mode_a_cross_is_dealt_with_at_once(new_executor: NewExecutor) -> None:
    retract = new_executor(shadow=True).retract
    assert retract("C1", "1.0", "U1", moderators=frozenset(), patient=True)


def test_a_watcher_announces_in_production_once_within_an_hour(
    slack: Simulator, executor: EffectExecutor, redis_client: redis.Redis
) -> None:
    """A show may be on the air again the next day."""
    for _ in range(2):
        executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", Reply("cl 1"))
    assert [post.text for post in slack.posts("golang-cls")] == ["cl 1"]
    assert 0 < redis_client.ttl(keys.ledger(APP, "gerrit/1")) <= 3600


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
