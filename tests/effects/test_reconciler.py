"""What an attempt that ended halfway leaves to the next: the corners that chance seldom finds."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import redis
from conftest import SettingsFor

from gopherbot.effects.reconciler import VOID
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.workspace.changes import Posted

from .test_answers_stay_true import Worker

Hear = Callable[[], None]


@pytest.fixture
def hear(
    heard: list[EventEnvelope],
    settings_for: SettingsFor,
    redis_client: redis.Redis,
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> Hear:
    """Handles what was heard, oldest first. Raises `RetryLater`, and what led to it stays first."""
    monkeypatch.setattr("gopherbot.effects.ledger.DOUBT_SECONDS", 0)
    monkeypatch.setattr("gopherbot.effects.ledger.HISTORY_SECONDS", 0)
    worker = Worker("a", settings_for(), redis_client, tls)

    def handle() -> None:
        while heard:
            worker.handle(heard[0])
            heard.pop(0)

    return handle


def visible(slack: Simulator) -> list[str]:
    messages = slack.workspace.conversation("general").messages.values()
    return [message.text for message in messages if message.bot_id]


def edit(slack: Simulator, said: Posted, text: str) -> None:
    slack.workspace.edit(said.channel, said.ts, text, said.author.id)


@pytest.mark.parametrize("kind", ["cut_after", "server_error"])
def test_an_update_of_unknown_outcome_is_not_trusted_by_the_next_edit(
    slack: Simulator, hear: Hear, heard: list[EventEnvelope], kind: str
) -> None:
    said = slack.say("say:a")
    hear()
    slack.faults.add(Fault(kind=kind, method="chat.update", done=True))  # type: ignore[arg-type]
    edit(slack, said, "say:b")
    with pytest.raises(RetryLater):
        hear()
    assert visible(slack) == ["said b"], "though nobody knows"
    heard.clear()  # the worker died
    edit(slack, said, "say:a")
    hear()
    assert visible(slack) == ["said a"]


def test_a_cross_on_one_answer_does_not_make_another_one_certain(
    slack: Simulator, hear: Hear, heard: list[EventEnvelope]
) -> None:
    said = slack.say("lorem say:a")
    edit(slack, said, "say:a lorem")
    hear()
    slack.faults.add(Fault(kind="cut_after", method="chat.update"))
    edit(slack, said, "say:b lorem")
    with pytest.raises(RetryLater):
        hear()
    unfinished = heard[0]
    heard.clear()
    ipsum = next(post for post in slack.posts() if post.text == "ipsum")
    slack.workspace.react(said.channel, ipsum.ts, "x", "regular")
    with pytest.raises(RetryLater):
        hear()
    cross = heard[0]
    heard.clear()
    edit(slack, said, "say:a lorem")
    hear()
    heard += [cross, unfinished]
    hear()
    assert visible(slack) == ["said a"]


def test_a_cross_waits_for_an_edit_that_is_unfinished(
    slack: Simulator, hear: Hear, heard: list[EventEnvelope]
) -> None:
    said = slack.say("say:a")
    hear()
    slack.faults.add(Fault(kind="cut_after", method="chat.update"))
    edit(slack, said, "say:b")
    with pytest.raises(RetryLater):
        hear()
    unfinished = heard[0]
    heard.clear()
    slack.workspace.react(said.channel, slack.posts()[0].ts, "x", "regular")
    with pytest.raises(RetryLater):
        hear()
    # What stands is newer than what was noted; this is what is taken back.
    heard.insert(0, unfinished)
    hear()
    assert visible(slack) == []
    edit(slack, said, "say:b ")
    hear()
    assert visible(slack) == []


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_an_emoji_of_unknown_outcome_is_there_if_the_new_text_asks_for_it(
    slack: Simulator, hear: Hear, heard: list[EventEnvelope], kind: str
) -> None:
    slack.faults.add(Fault(kind=kind, method="reactions.add"))  # type: ignore[arg-type]
    said = slack.say("a wave")
    with pytest.raises(RetryLater):
        hear()
    heard.clear()
    edit(slack, said, "one more wave")
    hear()
    reactions = slack.workspace.message(said.channel, said.ts).reactions
    assert reactions == {"wave": ["U0GOPHERBOT"]}


def test_an_answer_that_took_anothers_place_is_not_taken_for_it(
    slack: Simulator, hear: Hear
) -> None:
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


def kept(hear: Hear) -> bool:
    """Return whether an attempt says that an answer stays, and of none that it is gone."""
    journal.begin()
    hear()
    attempt = journal.end()
    assert attempt
    return Happened.KEPT in attempt.happened and Happened.REMOVED not in attempt.happened


def test_an_answer_that_slack_refuses_to_delete_says_so_and_is_used_again(
    slack: Simulator, hear: Hear
) -> None:
    said = slack.say("say:a")
    hear()
    refuse(slack, "chat.delete")
    edit(slack, said, "hello")
    assert kept(hear)
    assert visible(slack) == [VOID.text]
    for text, answer in (("say:a", "said a"), ("lorem", "ipsum")):
        edit(slack, said, text)
        hear()
        assert visible(slack) == [answer]
        edit(slack, said, "hello")
        assert kept(hear)
    edit(slack, said, "lorem")
    hear()
    edit(slack, said, "hello")
    assert kept(hear)
    slack.faults.clear()
    slack.workspace.delete(said.channel, said.ts, said.author.id)
    hear()
    assert visible(slack) == []
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("new", ["say:b", "hello"])
def test_an_answer_that_slack_refuses_to_touch_is_not_doubled(
    slack: Simulator, hear: Hear, new: str
) -> None:
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
def test_an_answer_that_slack_refuses_to_remove_for_good_is_void(
    slack: Simulator, hear: Hear, way: str
) -> None:
    said = slack.say("say:a")
    hear()
    refuse(slack, "chat.delete")
    if way == "cross":
        slack.workspace.react(said.channel, slack.posts()[0].ts, "x", "regular")
        assert kept(hear)
        edit(slack, said, "say:a again")
        assert kept(hear), "it does not come back"
    else:
        slack.workspace.delete(said.channel, said.ts, said.author.id)
        assert kept(hear)
    assert visible(slack) == [VOID.text]
    assert len(slack.calls("chat.postMessage")) == 1


def test_an_emoji_that_slack_refuses_to_remove_does_not_stop_an_edit(
    slack: Simulator, hear: Hear
) -> None:
    said = slack.say("say:b waves")
    hear()
    refuse(slack, "reactions.remove", "invalid_name")
    edit(slack, said, "say:a")
    assert kept(hear)
    assert visible(slack) == ["said a"]
    slack.faults.clear()
    edit(slack, said, "say:a again")
    hear()
    assert slack.workspace.message(said.channel, said.ts).reactions == {}


def test_a_refused_look_for_replies_does_not_keep_the_answers_of_a_deleted_question(
    slack: Simulator, hear: Hear
) -> None:
    said = slack.say("say:b lorem")
    hear()
    refuse(slack, "conversations.replies", "missing_scope")
    slack.workspace.delete(said.channel, said.ts, said.author.id)
    hear()
    assert visible(slack) == []


def test_an_answer_that_slack_will_not_change_is_replaced(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:a")
    hear()
    slack.faults.add(Fault(kind="error", error="edit_window_closed", method="chat.update"))
    edit(slack, said, "say:b")
    hear()
    assert visible(slack) == ["said b"]


def test_an_answer_that_somebody_deleted_stays_away(slack: Simulator, hear: Hear) -> None:
    said = slack.say("say:a")
    hear()
    slack.workspace.delete(said.channel, slack.posts()[0].ts, "moderator")
    edit(slack, said, "say:b")
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
