"""The button below a private answer: who shares what with it, and that it's shared once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import with_moderators

from actors.conftest import Hear, NewWorker, visible
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from slack_simulator import Fault, Simulator

from .conftest import Desk

TERM = "mutex"


@pytest.fixture
def moderated(tmp_path: Path) -> Path:
    return with_moderators(tmp_path)


def ask(slack: Simulator) -> str:
    """Ask the bot, and return the question's `ts`."""
    return slack.say(f"<@{slack.identity.bot_user_id}> what is a {TERM}?").ts


@pytest.fixture
def asked(desk: Desk, slack: Simulator, hear: Hear) -> str:
    """The `ts` of a question that was answered to its asker alone, with a button."""
    question = ask(slack)
    hear()
    assert visible(slack) == []
    return question


def click(slack: Simulator, user: str = "regular", *, ts: str = "") -> None:
    """Click as a member; of another's button, as a forged click would be."""
    [shown] = [post for post in slack.posts("general") if post.ephemeral and post.blocks]
    button = shown.blocks[-1]["elements"][0]
    action = {"action_id": button["action_id"], "value": ts or button["value"], "type": "button"}
    slack.interactivity.act_on_message(action, shown.channel, shown.ts, user, {})


def told(slack: Simulator) -> list[str]:
    return [post.text for post in slack.posts("general") if post.ephemeral and not post.blocks]


def test_a_click_shows_everyone_and_the_next_ones_do_nothing(slack: Simulator, asked: str) -> None:
    for _ in range(3):
        click(slack)
    [answer] = visible(slack)
    assert TERM in answer
    [post] = [post for post in slack.posts("general") if not post.ephemeral]
    assert (post.metadata or {})["event_payload"]["event_id"].startswith("In"), "`why` finds it"
    assert told(slack) == []


def test_refused_click_is_told_until_slack_accepts_one(slack: Simulator, asked: str) -> None:
    slack.faults.add(
        Fault(kind="error", method="chat.postMessage", times=2, error="restricted_action")
    )
    for _ in range(3):
        click(slack)
    assert told(slack) == ["Slack doesn't let me post that here."] * 2
    assert len(visible(slack)) == 1


def test_refused_emoji_leaves_the_answer_unshared(slack: Simulator, hear: Hear, asked: str) -> None:
    slack.faults.add(
        Fault(kind="error", method="chat.postMessage", times=1, error="restricted_action")
    )
    channel = slack.workspace.conversation("general").id
    slack.workspace.react(channel, asked, "mega", "regular")
    hear()
    assert visible(slack) == []
    click(slack)
    assert len(visible(slack)) == 1


def test_answer_taken_back_is_not_shared_again(slack: Simulator, hear: Hear, asked: str) -> None:
    click(slack)
    [posted] = [post for post in slack.posts("general") if not post.ephemeral]
    slack.workspace.react(posted.channel, posted.ts, "x", "regular")
    journal.begin()
    hear()
    attempt = journal.end()
    assert attempt
    assert attempt.uses == {f"taken back:define {TERM}": 1}
    click(slack)
    assert visible(slack) == []
    assert [text.split(".")[0] for text in told(slack)] == ["I can't share that anymore"]


def test_clicks_that_two_workers_handle_share_it_once(
    desk: Desk, another_worker: Callable[[], WorkerContext], slack: Simulator, asked: str
) -> None:
    desk.holds = True
    slack.faults.add(Fault(kind="cut_after", method="chat.postMessage", times=1))
    click(slack)
    click(slack)
    desk.work()
    desk.work(another_worker())
    desk.work(another_worker())
    assert not desk.queued
    assert len(visible(slack)) == 1


def test_nobody_else_shares_it(slack: Simulator, asked: str) -> None:
    click(slack, "newcomer")
    assert visible(slack) == []
    assert told(slack) == ["Only the member who asked can share that."]


def test_deleted_or_edited_question_shares_nothing(slack: Simulator, asked: str) -> None:
    conversation = slack.workspace.conversation("general")
    slack.workspace.edit(conversation.id, asked, "never mind", "U0REGULAR")
    click(slack)
    conversation.messages.pop(asked)
    click(slack)
    assert visible(slack) == []
    assert len([text for text in told(slack) if text.startswith("I can't share that anymore")]) == 2


def test_an_hour_later_it_says_to_ask_again(slack: Simulator, asked: str) -> None:
    click(slack, ts=f"{float(asked) - 3601:.6f}")
    assert visible(slack) == []
    assert told(slack)[0].startswith("I can't share that anymore.")


def test_a_click_outlasts_a_rate_limit(desk: Desk, slack: Simulator, asked: str) -> None:
    desk.limit("conversations.replies", retry_after=7)
    click(slack)
    assert [error.delay for error in desk.failed if isinstance(error, RetryLater)] == [7]
    desk.work()
    assert len(visible(slack)) == 1
    assert told(slack) == []


def test_a_click_before_the_answer_is_in_the_ledger_waits(
    desk: Desk, slack: Simulator, hear: Hear, asked: str
) -> None:
    later = ask(slack)
    desk.holds = True
    click(slack, ts=later)
    desk.work()
    assert len(desk.queued) == 1
    hear()
    desk.work()
    assert len(visible(slack)) == 1


def test_without_interactivity_there_is_no_button(
    new_worker: NewWorker, moderated: Path, slack: Simulator, hear: Hear
) -> None:
    (moderated / "moderation.toml").unlink()
    ask(slack)
    hear(new_worker(GOPHER_CONTENT=str(moderated)))
    [shown] = [post for post in slack.posts("general") if post.ephemeral]
    assert not shown.blocks
    assert "react to your message with :mega:" in shown.text
