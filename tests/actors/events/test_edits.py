"""Edits, deletions and crosses as Slack tells of them: what is followed, and what is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import redis
from structlog.contextvars import get_contextvars

from actors.conftest import Hear, NewWorker, edit, handle_one, visible
from gopherbot.actors.context import WorkerContext
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.storage import keys
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope, wrap
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.objects import Draft

Heard = list[EventEnvelope]
TOUR, BOOKS = "<@U0GOPHERBOT> go tour", "<@U0GOPHERBOT> books"


@pytest.fixture
def context(new_worker: NewWorker) -> WorkerContext:
    return new_worker()


def changed(
    said: Posted, text: str, inner: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return an edit as Slack tells of it, with anything replaced: `inner` in the message."""
    now = f"{time.time():.6f}"
    message = {"type": "message", "user": said.author.id, "ts": said.ts, "text": text}
    edited = {"edited": {"user": said.author.id, "ts": now.partition(".")[0] + ".000000"}}
    new = message | edited | (inner or {})
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": said.channel,
        "channel_type": "channel",
        "ts": now,
        "event_ts": now,
        "message": {name: value for name, value in new.items() if value is not None},
        "previous_message": message | {"text": said.message.text},
    }
    return event | more


# What an edit leads to.


def test_an_answer_follows_an_edit_in_its_place(slack: Simulator, hear: Hear) -> None:
    said = slack.say(TOUR)
    hear()
    [before] = visible(slack)
    edit(slack, said, BOOKS)
    hear()
    [after] = visible(slack)
    assert before != after
    assert len(slack.calls("chat.postMessage")) == len(slack.calls("chat.update")) == 1
    [attachment] = slack.workspace.conversation("general").messages[slack.posts()[0].ts].attachments
    assert "gopl.io" in attachment["text"]
    edit(slack, said, TOUR)
    hear()
    assert visible(slack) == [before]
    message = slack.workspace.conversation("general").messages[slack.posts()[0].ts]
    assert message.attachments == [], "what the new answer has not goes"


# Only a member's new words count: Slack tells of much else in the same way.


@pytest.fixture
def answered(slack: Simulator, hear: Hear) -> Posted:
    """A message with an answer."""
    said = slack.say(TOUR)
    hear()
    assert len(visible(slack)) == 1
    return said


def an_unfurl_after_an_edit(said: Posted) -> dict[str, Any]:
    event = changed(said, said.message.text)
    return event | {"previous_message": event["message"]}


def later(said: Posted, minutes: float) -> dict[str, Any]:
    ts = f"{float(said.ts) + minutes * 60:.6f}"
    return changed(said, "never mind", ts=ts, event_ts=ts)


Shape = Callable[[Posted], dict[str, Any]]


def in_the_same_words(**inner: Any) -> Shape:
    return lambda said: changed(said, said.message.text, {"edited": None, **inner})


def in_others(**inner: Any) -> Shape:
    return lambda said: changed(said, "never mind", inner)


def broken(**fields: Any) -> Shape:
    return lambda said: changed(said, "never mind") | fields


NO_NEW_TEXT: dict[str, Shape] = {
    "an unfurl": in_the_same_words(attachments=[{"id": 1, "text": "a card"}]),
    "an unfurl after an edit": an_unfurl_after_an_edit,
    "a language": in_the_same_words(language={"locale": "de", "is_reliable": True}),
    "a counter": in_the_same_words(thread_ts="1.0", reply_count=1, latest_reply="2.0"),
    "by a bot": in_others(bot_id="B0OTHERBOT"),
    "by an app in the member's name": in_others(edited={"user": "U0OTHERBOT", "ts": "1.0"}),
    "of the bot's own": in_others(user="U0GOPHERBOT", edited={"user": "U0GOPHERBOT", "ts": "1.0"}),
    "eleven minutes later": lambda said: later(said, 11),
    "no message": broken(message=None),
    "little of it": broken(previous_message=None, message={"ts": "1.0"}),
    "an odd time": broken(ts="soon"),
    "no time": broken(ts=None),
    "no channel": broken(channel=None),
    "an odd message": broken(message={"user": "U1", "text": "x", "ts": "soon", "edited": {}}),
    "an odd tombstone": broken(message={"subtype": "tombstone", "ts": "soon"}),
    "a deletion of nothing": broken(subtype="message_deleted"),
    "a deletion at an odd time": broken(subtype="message_deleted", deleted_ts="x"),
    "a deletion of another": broken(
        subtype="message_deleted", deleted_ts="1.0", previous_message=None
    ),
}


@pytest.mark.parametrize("shape", NO_NEW_TEXT.values(), ids=NO_NEW_TEXT)
def test_what_is_no_new_text_of_a_member_changes_nothing(
    slack: Simulator, context: WorkerContext, answered: Posted, shape: Shape
) -> None:
    envelope, calls = wrap(slack.identity, shape(answered)), len(slack.calls())
    handle_one(context, envelope)
    assert get_contextvars()["event_id"] == envelope.event_id, "each line of its log names it"
    assert len(visible(slack)) == 1
    assert len(slack.calls()) == calls


def test_nine_minutes_later_the_answer_still_follows_and_nothing_new_is_said(
    slack: Simulator, context: WorkerContext, answered: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 540
    event = changed(answered, "never mind", ts=f"{later:.6f}")
    handle_one(context, wrap(slack.identity, event))
    assert visible(slack) == []
    event = changed(answered, TOUR, ts=f"{later + 1:.6f}")
    monkeypatch.setattr("time.time", lambda: later + 60)
    handle_one(context, wrap(slack.identity, event))
    assert visible(slack) == [], "an answer that comes late is worse than none"


# Taking an answer back.


@pytest.mark.parametrize("name", ["x", "wastebasket"])
def test_the_asker_takes_an_answer_back_for_good(
    slack: Simulator, heard: Heard, context: WorkerContext, new_worker: NewWorker, name: str
) -> None:
    said = slack.say(TOUR)
    first = heard[0]
    handle_one(context, first)
    slack.workspace.react(said.channel, slack.posts()[0].ts, name, "regular")
    for worker in (context, new_worker()):
        for event in (heard[-1], first):
            handle_one(worker, event)
            assert visible(slack) == []
    assert len(slack.calls("chat.delete")) == 1


def test_a_moderator_takes_an_answer_back_and_nobody_else(
    slack: Simulator, hear: Hear, answered: Posted, context: WorkerContext
) -> None:
    context.content.workspace.moderators = ("U0MODERATOR",)
    post = slack.posts()[0]
    for user, name in (("newcomer", "x"), ("reviewer", "wastebasket"), ("regular", "thumbsdown")):
        slack.workspace.react(post.channel, post.ts, name, user)
    hear()
    assert len(visible(slack)) == 1
    slack.workspace.react(post.channel, post.ts, "x", "moderator")
    hear()
    assert visible(slack) == []


def test_a_cross_that_is_faster_than_the_worker_is_not_lost(
    slack: Simulator, heard: Heard, context: WorkerContext
) -> None:
    said = slack.say(TOUR)
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        handle_one(context, heard[0])
    slack.workspace.react(said.channel, slack.posts()[0].ts, "x", "regular")
    message, cross = heard[0], heard[-1]
    with pytest.raises(RetryLater):
        handle_one(context, cross)
    for event in (message, cross):
        handle_one(context, event)
    assert visible(slack) == []


@pytest.mark.parametrize(("age", "waits"), [(20, True), (90, False)])
def test_a_cross_waits_a_minute_for_the_ledger_to_know_the_answer(
    slack: Simulator, heard: list[EventEnvelope], context: WorkerContext, age: float, waits: bool
) -> None:
    place, bot = slack.workspace.conversation("general"), slack.workspace.user("U0GOPHERBOT")
    draft = Draft(text="an answer", ts=f"{time.time() - age:.6f}")
    posted = slack.workspace.post(place, bot, draft)
    slack.workspace.react(place.id, posted.ts, "x", "regular")
    with pytest.raises(RetryLater) if waits else nullcontext():
        handle_one(context, heard[-1])


def test_a_cross_waits_for_an_edit_in_doubt(
    slack: Simulator,
    heard: Heard,
    answered: Posted,
    context: WorkerContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gopherbot.effects.ledger.DOUBT_SECONDS", 0)
    slack.faults.add(Fault(kind="cut_after", method="chat.update"))
    edit(slack, answered, BOOKS)
    slack.workspace.react(answered.channel, slack.posts()[0].ts, "x", "regular")
    for event, why in zip(heard[-2:], ("chat.update", "an edit is being processed"), strict=True):
        with pytest.raises(RetryLater, match=why):
            handle_one(context, event)


def test_a_cross_on_what_is_no_answer_is_nothing(slack: Simulator, hear: Hear) -> None:
    said = slack.say("hm")
    slack.workspace.react(said.channel, said.ts, "x", "regular")
    hear()
    assert slack.calls() == []


# Sharing what only the asker sees.

CLONE = "<@U0GOPHERBOT> how do I copy a slice?"


@pytest.fixture
def shown(slack: Simulator, hear: Hear) -> Posted:
    """A question whose answer its asker alone has seen."""
    said = slack.say(CLONE)
    hear()
    assert [post.ephemeral for post in slack.posts()] == [True]
    return said


def test_an_edit_while_it_is_shared_ends_with_one_true_answer(
    slack: Simulator, heard: Heard, shown: Posted, context: WorkerContext
) -> None:
    slack.workspace.react(shown.channel, shown.ts, "mega", "regular")
    edit(slack, shown, "<@U0GOPHERBOT> how do I reverse a string?")
    shares, edits = heard
    for event in (shares, edits, shares):
        handle_one(context, event)
    [post] = visible(slack)
    assert "slices.Reverse" in post


@pytest.mark.parametrize(
    ("error", "again"), [("service_unavailable", True), ("channel_not_found", False)]
)
def test_a_question_that_cannot_be_read_is_tried_again_if_slack_is_away(
    slack: Simulator, heard: Heard, shown: Posted, context: WorkerContext, error: str, again: bool
) -> None:
    slack.workspace.react(shown.channel, shown.ts, "mega", "regular")
    slack.faults.add(Fault(kind="error", method="conversations.replies", error=error))
    with pytest.raises(RetryLater) if again else nullcontext():
        handle_one(context, heard[0])
    assert visible(slack) == []
    handle_one(context, heard[0])
    assert len(visible(slack)) == 1


def test_what_the_asker_saw_is_read_again_once(slack: Simulator, hear: Hear, shown: Posted) -> None:
    talk = slack.say("<@U0GOPHERBOT> lol")
    slack.workspace.react(shown.channel, shown.ts, "mega", "newcomer")
    hear()
    assert visible(slack) == []
    for said in (talk, shown):
        for _ in range(3):
            slack.workspace.react(said.channel, said.ts, "mega", "regular")
            hear()
            slack.workspace.unreact(said.channel, said.ts, "mega", "regular")
    assert len(visible(slack)) == 1
    assert len(slack.calls("conversations.replies")) == 1


def test_neither_an_old_question_nor_one_that_is_gone_is_answered_for_all(
    slack: Simulator, heard: list[EventEnvelope], hear: Hear, context: WorkerContext
) -> None:
    place, asker = slack.workspace.conversation("general"), slack.workspace.user("regular")
    old = slack.workspace.post(place, asker, Draft(text=CLONE, ts=f"{time.time() - 4000:.6f}"))
    gone = slack.say(CLONE)
    hear()
    assert len(slack.calls("chat.postEphemeral")) == 2
    for said in (old, gone):
        slack.workspace.react(place.id, said.ts, "mega", "regular")
    slack.workspace.delete(place.id, gone.ts, "regular")
    for event in heard:
        if b"reaction_added" in event.body:
            handle_one(context, event)
    assert slack.calls("chat.postMessage") == []


# What is kept.


def test_what_is_kept_of_a_message_is_where_and_who_and_for_a_day(
    slack: Simulator, answered: Posted, redis_client: redis.Redis
) -> None:
    [post] = slack.posts()
    message = f"{answered.channel}:{answered.ts}"
    kept: Any = redis_client.hgetall(keys.answers(APP, message))
    assert kept[b"@asker"] == b"U0REGULAR"
    everything = b" ".join((*kept.keys(), *kept.values())).decode()
    assert post.ts in everything
    assert not set(everything.split()) & {*answered.message.text.split(), *post.text.split()}
    answer = keys.answer(APP, post.channel, post.ts)
    for key in (keys.answers(APP, message), keys.answered(APP), answer):
        assert 23 * 3600 < redis_client.ttl(key) <= 24 * 3600, key
