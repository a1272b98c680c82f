"""Reports that Slack refuses or whose channel has changed: each is shown once, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cases import cases

from actors.conftest import NewWorker
from gopherbot.actors.context import WorkerContext
from slack_simulator import Fault
from slack_simulator.web_api.faults import FaultKind

from .conftest import MODERATORS, SPAM, Desk

Workers = Callable[[], WorkerContext]


def test_a_further_report_goes_where_reports_go_now(
    desk: Desk, moderated: Path, new_worker: NewWorker
) -> None:
    said = desk.reported()
    now = desk.slack.workspace.add_channel("modteam", private=True)
    (moderated / "moderation.toml").write_text(f'[reports]\nchannel = "{now.id}"\n')
    desk.context = new_worker(GOPHER_CONTENT=str(moderated))
    desk.report(said, "reviewer", details="for few eyes")
    assert len(desk.there) == 1
    [card] = desk.slack.workspace.conversations[now.id].messages.values()
    assert "for few eyes" in str(card.blocks)


def test_a_card_whose_post_was_cut_off_is_found_and_not_posted_again(
    desk: Desk, another_worker: Workers
) -> None:
    desk.slack.faults.add(Fault(method="chat.postMessage", kind="cut_after"))
    said = desk.reported()
    for _ in range(3):
        desk.work(another_worker())
    assert desk.queued == []
    desk.report(said, "reviewer")
    [card] = desk.cards()
    assert "2 reports" in card


def test_a_notice_whose_post_was_cut_off_days_ago_is_found_and_not_posted_again(
    desk: Desk, another_worker: Workers
) -> None:
    desk.slack.faults.add(Fault(method="chat.postMessage", kind="cut_after", skip=1))
    desk.reported()
    there = desk.slack.workspace.open_dm(desk.slack.workspace.user("regular")).messages
    [notice] = there.values()
    notice.ts = f"{float(notice.ts) - 6 * 24 * 60 * 60:.6f}"
    there.clear()
    there[notice.ts] = notice
    for _ in range(3):
        desk.work(another_worker())
    assert desk.queued == []
    assert desk.told() == [notice.text]


@cases("error", "times")
def test_a_form_that_does_not_open_is_answered_where_it_was_asked_for(
    desk: Desk, error: str, times: int
) -> None:
    desk.holds = True
    if error:
        desk.slack.faults.add(Fault(kind="error", method="views.open", error=error))
    else:
        desk.slack.interactivity.triggers.seconds = -1.0
    desk.open_form(desk.slack.say(SPAM, "general", "newcomer"))
    desk.queued *= times
    desk.work()
    [late] = [post for post in desk.slack.posts("general") if post.ephemeral]
    assert late.text == (
        "Sorry, I couldn't open the form. Please try again, or write to mods@example.org."
    )
    assert late.user == "U0REGULAR"


def test_a_late_global_shortcut_is_answered_by_dm(desk: Desk) -> None:
    desk.slack.interactivity.triggers.seconds = -1.0
    desk.slack.shortcut("tell_moderators", "regular")
    [late] = desk.told()
    assert late.startswith("Sorry, I couldn't open the form.")


@cases("before", "spoilt")
def test_a_report_goes_nowhere_else_and_its_reporter_is_told_whom_to_write_to(
    desk: Desk, before: bool, spoilt: dict[str, Any]
) -> None:
    if before:
        desk.reported()
    seen = len(desk.slack.posts())
    for name, value in spoilt.items():
        setattr(desk.slack.workspace.conversations[MODERATORS], name, value)
    desk.reported("reviewer")
    desk.work(times=3)
    [failed] = desk.told("reviewer")
    assert failed.endswith("please don't wait for me: write to mods@example.org.")
    assert [post.text for post in desk.slack.posts()[seen:]] == [failed]
    assert "reports" in desk.context.watcher_log.rejections()
    assert desk.queued, "it is tried again"


def test_a_channel_with_members_of_another_organization_gets_no_report(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = desk.context.slack.channel(MODERATORS)
    assert channel
    shared = replace(channel, is_shared=True)
    monkeypatch.setattr(desk.context.slack, "channel", lambda id: shared)
    desk.reported()
    assert desk.cards() == []
    assert "reports" in desk.context.watcher_log.rejections()


def test_unshown_report_is_shown_once_the_channel_is_fixed(desk: Desk) -> None:
    members = desk.slack.workspace.conversations[MODERATORS].members
    bot = desk.slack.identity.bot_user_id
    members.pop(bot)
    desk.reported()
    members[bot] = None
    desk.work()
    assert (len(desk.cards()), len(desk.told())) == (1, 2)
    assert not desk.context.watcher_log.rejections()


def test_a_report_that_slack_does_not_take_for_ten_minutes_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.limit(channel=MODERATORS, times=None)
    desk.reported()
    assert desk.told() == []
    monkeypatch.setattr("gopherbot.actors.interactions.reports.PATIENCE_SECONDS", -1)
    desk.work(times=2)
    [failed] = desk.told()
    assert failed.startswith("I can't reach the moderators' channel")
    desk.slack.faults.clear()
    desk.work()
    assert len(desk.cards()) == 1
    assert not desk.context.watcher_log.rejections()


def test_another_channel_that_takes_the_name_gets_no_report(desk: Desk) -> None:
    desk.reported()
    desk.slack.workspace.conversations[MODERATORS].name = "old-moderators"
    taken = desk.slack.workspace.add_channel("moderators", private=True)
    desk.reported("reviewer")
    assert len(desk.cards()) == 2
    assert not desk.slack.workspace.conversations[taken.id].messages


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.info"])
@pytest.mark.parametrize("kind", ["ratelimited", "cut_after"])
def test_a_call_that_fails_is_made_up_for(desk: Desk, method: str, kind: FaultKind) -> None:
    said = desk.slack.say(SPAM, "general", "newcomer")
    desk.report(said, "reviewer")
    desk.slack.faults.add(Fault(kind=kind, method=method))
    desk.report(said)
    desk.work()
    desk.slack.faults.add(Fault(kind=kind, method=method))
    desk.click("Done")
    desk.work(times=4)
    assert not desk.queued
    [card] = desk.cards()
    assert "Done" in card
    assert desk.heard() == [2, 2]
