"""Edits, deletions and crosses as a worker hears them: what Slack refuses or leaves in doubt."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import redis
from actors.conftest import edit, visible
from conftest import SettingsFor

from gopherbot.effects.reconciler import VOID
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.web_api.faults import FaultKind

from .pausing import Worker

Hear = Callable[[], None]


@pytest.fixture
def hear(
    heard: list[EventEnvelope],
    settings_for: SettingsFor,
    redis_client: redis.Redis,
    tls: ssl.SSLContext,
    no_waiting: None,
) -> Hear:
    """Handles what was heard, oldest first. Raises `RetryLater`, and what led to it stays first."""
    worker = Worker("a", settings_for(), redis_client, tls)

    def handle() -> None:
        while heard:
            worker.handle(heard[0])
            heard.pop(0)

    return handle


def interrupt(hear: Hear, heard: list[EventEnvelope]) -> EventEnvelope:
    """Have the worker die before it can try again; return the event."""
    with pytest.raises(RetryLater):
        hear()
    event, *_ = heard
    heard.clear()
    return event


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_an_emoji_of_unknown_outcome_is_there_if_the_new_text_asks_for_it(
    slack: Simulator, hear: Hear, heard: list[EventEnvelope], kind: FaultKind
) -> None:
    slack.faults.add(Fault(kind=kind, method="reactions.add"))
    said = slack.say("a wave")
    interrupt(hear, heard)
    edit(slack, said, "one more wave")
    hear()
    reactions = slack.workspace.message(said.channel, said.ts).reactions
    assert reactions == {"wave": ["U0GOPHERBOT"]}


def test_replacement_is_not_taken_for_the_original(slack: Simulator, hear: Hear) -> None:
    said = slack.say("lorem")
    hear()
    edit(slack, said, "say:a")
    hear()
    assert len(slack.calls("chat.postMessage")) == 1
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    edit(slack, said, "say:a lorem")
    with pytest.raises(RetryLater):
        hear()
    hear()
    assert sorted(visible(slack)) == ["ipsum", "said a"]


REFUSED = "compliance_exports_prevent_deletion"


def refuse(slack: Simulator, method: str, error: str = REFUSED) -> None:
    slack.faults.add(Fault(kind="error", error=error, method=method, times=None))


def kept(hear: Hear, error: str = REFUSED) -> bool:
    """Return whether an attempt says that an answer stays, and why, and of none that it is gone."""
    journal.begin()
    hear()
    attempt = journal.end()
    assert attempt
    told = any(note.startswith("kept ") and note.endswith(error) for note in attempt.notes)
    return told and Happened.REMOVED not in attempt.happened


def test_undeletable_answer_says_so_and_is_used_again(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:a")
    hear()
    refuse(slack, "chat.delete")
    for text, answer in (("say:a", "said a"), ("lorem", "ipsum"), ("lorem", "ipsum")):
        edit(slack, said, "hello")
        assert kept(hear)
        assert visible(slack) == [VOID.text]
        edit(slack, said, text)
        hear()
        assert visible(slack) == [answer]
    edit(slack, said, "hello")
    assert kept(hear)
    slack.faults.clear()
    slack.workspace.delete(said.channel, said.ts, said.author.id)
    hear()
    assert visible(slack) == []
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("new", ["say:b", "hello"])
def test_untouchable_answer_is_not_doubled(slack: Simulator, hear: Hear, new: str) -> None:
    said = slack.say("say:a")
    hear()
    refuse(slack, "chat.update", "edit_window_closed")
    refuse(slack, "chat.delete")
    for text in (new, f"{new} again", "say:c"):
        edit(slack, said, text)
        assert kept(hear)
        assert visible(slack) == ["said a"]
    slack.faults.clear()
    edit(slack, said, "say:d")
    hear()
    assert visible(slack) == ["said d"]


@pytest.mark.parametrize("way", ["cross", "deletion"])
def test_answer_that_must_go_and_cannot_is_void(slack: Simulator, hear: Hear, way: str) -> None:
    said = slack.say("say:a")
    hear()
    [post] = slack.posts()
    refuse(slack, "chat.delete")
    if way == "cross":
        slack.workspace.react(said.channel, post.ts, "x", "regular")
        assert kept(hear)
        edit(slack, said, "say:a again")
        assert kept(hear), "it does not come back"
    else:
        slack.workspace.delete(said.channel, said.ts, said.author.id)
        assert kept(hear)
    assert visible(slack) == [VOID.text]
    assert len(slack.calls("chat.postMessage")) == 1
    before, after = (
        call.arguments["metadata"]["event_payload"]
        for call in (slack.calls("chat.postMessage")[0], slack.calls("chat.update")[0])
    )
    assert [after[name] for name in ("rule", "number")] == [before["rule"], before["number"]]


def test_unremovable_emoji_does_not_stop_an_edit(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:b waves")
    hear()
    refuse(slack, "reactions.remove", "invalid_name")
    edit(slack, said, "say:a")
    assert kept(hear, "invalid_name")
    assert visible(slack) == ["said a"]
    slack.faults.clear()
    edit(slack, said, "say:a again")
    hear()
    assert slack.workspace.message(said.channel, said.ts).reactions == {}


def test_unreadable_thread_keeps_no_answer_of_a_deletion(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:b lorem")
    hear()
    refuse(slack, "conversations.replies", "missing_scope")
    slack.workspace.delete(said.channel, said.ts, said.author.id)
    hear()
    assert visible(slack) == []


def test_an_answer_that_somebody_deleted_stays_away(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:a")
    hear()
    slack.workspace.delete(said.channel, slack.posts()[0].ts, "moderator")
    for text in ("say:b", "say:b again"):
        edit(slack, said, text)
        hear()
        assert visible(slack) == []


def test_a_limited_call_is_made_again_when_slack_says(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:a")
    hear()
    slack.faults.add(Fault(kind="ratelimited", method="chat.update", retry_after=7))
    edit(slack, said, "say:b")
    with pytest.raises(RetryLater) as caught:
        hear()
    assert caught.value.delay == 7
    hear()
    assert visible(slack) == ["said b"]
    assert len(slack.calls("chat.update")) == 2
