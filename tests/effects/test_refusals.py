"""Edits, deletions and crosses as a worker hears them: what Slack refuses or leaves in doubt."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

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
from slack_simulator.workspace.changes import Posted

from .conftest import delay
from .pausing import Worker


@dataclass
class Asker:
    """A member who is answered at once by a worker."""

    slack: Simulator
    worker: Worker
    heard: list[EventEnvelope]

    def hear(self) -> None:
        """Handle what was heard, oldest first. On `RetryLater`, what led to it stays first."""
        while self.heard:
            self.worker.handle(self.heard[0])
            self.heard.pop(0)

    def say(self, text: str) -> Posted:
        self.said = self.slack.say(text)
        self.hear()
        return self.said

    def edit(self, text: str) -> None:
        edit(self.slack, self.said, text)
        self.hear()

    def delete(self) -> None:
        self.slack.workspace.delete(self.said.channel, self.said.ts, self.said.author.id)
        self.hear()


@pytest.fixture
def asker(
    slack: Simulator,
    heard: list[EventEnvelope],
    settings_for: SettingsFor,
    redis_client: redis.Redis,
    tls: ssl.SSLContext,
    no_waiting: None,
) -> Asker:
    return Asker(slack, Worker("a", settings_for(), redis_client, tls), heard)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_an_emoji_of_unknown_outcome_is_there_if_the_new_text_asks_for_it(
    slack: Simulator, asker: Asker, kind: FaultKind
) -> None:
    slack.faults.add(Fault(kind=kind, method="reactions.add"))
    with pytest.raises(RetryLater):
        asker.say("a wave")
    asker.heard.clear()  # the worker dies before it can try again
    asker.edit("one more wave")
    said = asker.said
    reactions = slack.workspace.message(said.channel, said.ts).reactions
    assert reactions == {"wave": ["U0GOPHERBOT"]}


def test_replacement_is_not_taken_for_the_original(slack: Simulator, asker: Asker) -> None:
    asker.say("lorem")
    asker.edit("say:a")
    assert len(slack.calls("chat.postMessage")) == 1
    slack.faults.add(Fault(kind="cut_before", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        asker.edit("say:a lorem")
    asker.hear()
    assert sorted(visible(slack)) == ["ipsum", "said a"]


REFUSED = "compliance_exports_prevent_deletion"


def refuse(slack: Simulator, method: str, error: str = REFUSED) -> None:
    slack.faults.add(Fault(kind="error", error=error, method=method, times=None))


def kept(act: Callable[..., object], *arguments: str, error: str = REFUSED) -> bool:
    """Return whether an attempt says that an answer stays, and why, and of none that it is gone."""
    journal.begin()
    act(*arguments)
    attempt = journal.end()
    assert attempt
    told = any(note.startswith("kept ") and note.endswith(error) for note in attempt.notes)
    return told and Happened.REMOVED not in attempt.happened


def test_undeletable_answer_says_so_and_is_used_again(slack: Simulator, asker: Asker) -> None:
    asker.say("say:a")
    refuse(slack, "chat.delete")
    for text, answer in (("say:a", "said a"), ("lorem", "ipsum"), ("lorem", "ipsum")):
        assert kept(asker.edit, "hello")
        assert visible(slack) == [VOID.text]
        asker.edit(text)
        assert visible(slack) == [answer]
    assert kept(asker.edit, "hello")
    slack.faults.clear()
    asker.delete()
    assert visible(slack) == []
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("new", ["say:b", "hello"])
def test_untouchable_answer_is_not_doubled(slack: Simulator, asker: Asker, new: str) -> None:
    asker.say("say:a")
    refuse(slack, "chat.update", "edit_window_closed")
    refuse(slack, "chat.delete")
    for text in (new, f"{new} again", "say:c"):
        assert kept(asker.edit, text)
        assert visible(slack) == ["said a"]
    slack.faults.clear()
    asker.edit("say:d")
    assert visible(slack) == ["said d"]


@pytest.mark.parametrize("way", ["cross", "deletion"])
def test_answer_that_must_go_and_cannot_is_void(slack: Simulator, asker: Asker, way: str) -> None:
    said = asker.say("say:a")
    [post] = slack.posts()
    refuse(slack, "chat.delete")
    if way == "cross":
        slack.workspace.react(said.channel, post.ts, "x", "regular")
        assert kept(asker.hear)
        assert kept(asker.edit, "say:a again"), "it does not come back"
    else:
        assert kept(asker.delete)
    assert visible(slack) == [VOID.text]
    assert len(slack.calls("chat.postMessage")) == 1
    before, after = (
        call.arguments["metadata"]["event_payload"]
        for call in (slack.calls("chat.postMessage")[0], slack.calls("chat.update")[0])
    )
    assert [after[name] for name in ("rule", "number")] == [before["rule"], before["number"]]


def test_unremovable_emoji_does_not_stop_an_edit(slack: Simulator, asker: Asker) -> None:
    said = asker.say("say:b waves")
    refuse(slack, "reactions.remove", "invalid_name")
    assert kept(asker.edit, "say:a", error="invalid_name")
    assert visible(slack) == ["said a"]
    slack.faults.clear()
    asker.edit("say:a again")
    assert slack.workspace.message(said.channel, said.ts).reactions == {}


def test_unreadable_thread_keeps_no_answer_of_a_deletion(slack: Simulator, asker: Asker) -> None:
    asker.say("say:b lorem")
    refuse(slack, "conversations.replies", "missing_scope")
    asker.delete()
    assert visible(slack) == []


def test_an_answer_that_somebody_deleted_stays_away(slack: Simulator, asker: Asker) -> None:
    said = asker.say("say:a")
    slack.workspace.delete(said.channel, slack.posts()[0].ts, "moderator")
    for text in ("say:b", "say:b again"):
        asker.edit(text)
        assert visible(slack) == []


def test_a_limited_call_is_made_again_when_slack_says(slack: Simulator, asker: Asker) -> None:
    asker.say("say:a")
    slack.faults.add(Fault(kind="ratelimited", method="chat.update", retry_after=7))
    assert delay(asker.edit, "say:b") == 7
    asker.hear()
    assert visible(slack) == ["said b"]
    assert len(slack.calls("chat.update")) == 2
