"""Joins as Slack tells of them: who is welcomed, once, whatever fails meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cases import cases
from conftest import RunningBot
from support import Inside

from actors.conftest import Hear, NewWorker, handle_one
from gopherbot import table
from gopherbot.actors.context import WorkerContext
from gopherbot.effects import interactions, ledger
from gopherbot.errors import RetryLater
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope

MISSED = {"GOPHER_WELCOME_MISSED": "60"}


@pytest.fixture
def joined(slack: Simulator, heard: list[EventEnvelope]) -> EventEnvelope:
    """The event of somebody who joined."""
    slack.join_team("ada")
    return next(each for each in heard if each.event_type == "team_join")


def welcomes(slack: Simulator) -> int:
    return sum("Welcome to the Gophers" in post.text for post in slack.posts())


@pytest.mark.parametrize("more", [{}, MISSED], ids=["", "with welcomes remembered"])
@cases("method", "error")
def test_a_welcome_that_slack_puts_off_comes_later(
    new_worker: NewWorker,
    slack: Simulator,
    joined: EventEnvelope,
    method: str,
    error: str,
    more: dict[str, str],
) -> None:
    worker = new_worker(**more)
    slack.faults.add(Fault(kind="error" if error else "ratelimited", method=method, error=error))
    with pytest.raises(RetryLater):
        handle_one(worker, joined)
    assert welcomes(slack) == 0
    for _ in range(2):
        handle_one(worker, joined)
    assert welcomes(slack) == 1


def test_a_welcome_waits_until_slack_says_who_the_bot_is(
    context: WorkerContext, slack: Simulator, joined: EventEnvelope
) -> None:
    slack.faults.add(Fault(kind="server_error", method="auth.test"))
    with pytest.raises(RetryLater):
        handle_one(context, joined)
    assert welcomes(slack) == 0


def test_a_join_that_is_delivered_again_hours_later_is_not_welcomed_again(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    joined: EventEnvelope,
    pass_hours: Callable[[int], None],
) -> None:
    handle_one(context, joined)
    for hours in range(3):
        pass_hours(8)
        handle_one(new_worker(), joined.dated(time.time() - hours * 8 * table.HOUR))
    assert welcomes(slack) == 1


def test_a_join_that_slack_could_not_deliver_is_welcomed_hours_later_and_once(
    running_bot: RunningBot, slack: Simulator, inside: Inside
) -> None:
    bot = running_bot("web", "worker")
    gateways, slack.deliveries.gateways = slack.deliveries.gateways, []
    missed = str(slack.join_team("ada").event_id)
    slack.deliveries.gateways = gateways
    for hours in (5, 6):
        slack.deliveries.send_late(missed, age=hours * table.HOUR)
        slack.deliveries.wait_idle()
    bot.handled(missed)
    inside.wait_drained()
    assert welcomes(slack) == 1


def test_the_ledger_keeps_an_effect_for_as_long_as_its_event_may_come_again() -> None:
    for row in table.EVENT_ACTORS:
        is_join = row.rules in ("team_join", "channel_join")
        kept = ledger.JOIN_KEPT_SECONDS if is_join else ledger.KEPT_SECONDS
        if row.type == table.CASE_EVENT:
            kept = interactions.KEPT_SECONDS
        assert kept >= row.max_age or row.watcher
        assert kept >= row.max_age + table.HOUR or not is_join


def test_no_bot_is_welcomed(
    context: WorkerContext, slack: Simulator, joined: EventEnvelope
) -> None:
    whole: dict[str, Any] = msgspec.json.decode(joined.body)
    whole["event"]["user"]["is_bot"] = True
    bots = msgspec.structs.replace(joined, body=msgspec.json.encode(whole))
    handle_one(context, bots)
    assert welcomes(slack) == 0
    handle_one(context, joined)
    assert welcomes(slack) == 1


@pytest.mark.parametrize(
    ("channel", "user", "posts"),
    [("newbies", "U0GOPHERBOT", 0), ("newbies", "U0REVIEWER", 1), ("devops", "U0REVIEWER", 0)],
)
def test_members_are_welcomed_to_a_channel_that_has_a_welcome_and_the_bot_is_not(
    slack: Simulator, heard: list[EventEnvelope], hear: Hear, channel: str, user: str, posts: int
) -> None:
    slack.leave_channel(channel, user)
    heard.clear()
    slack.join_channel(channel, user)
    hear()
    assert len(slack.posts()) == posts


def test_a_missed_member_is_not_welcomed_again_by_slacks_own_event(
    new_worker: NewWorker,
    slack: Simulator,
    joined: EventEnvelope,
    pass_hours: Callable[[int], None],
) -> None:
    worker = new_worker(**MISSED)
    whole: dict[str, Any] = msgspec.json.decode(joined.body)
    missed = msgspec.json.encode(whole | {"event_id": "missed-1"})
    handle_one(worker, msgspec.structs.replace(joined, body=missed))
    pass_hours(26)
    handle_one(new_worker(**MISSED), joined)
    assert welcomes(slack) == 1


@pytest.mark.parametrize("is_limited", [False, True])
def test_a_first_welcome_names_channels_if_slack_lists_them_at_once(
    new_worker: NewWorker,
    slack: Simulator,
    joined: EventEnvelope,
    monkeypatch: pytest.MonkeyPatch,
    is_limited: bool,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("gopherbot.slack.client.time.sleep", slept.append)
    if is_limited:
        slack.faults.add(Fault(kind="ratelimited", method="conversations.list", retry_after=30))
    handle_one(new_worker(), joined)
    assert (welcomes(slack), slept) == (1, [])
    names = any("<#C" in f"{post.text}{post.attachments}" for post in slack.posts())
    assert names is not is_limited


def test_a_channels_welcome_waits_until_its_name_is_known(
    new_worker: NewWorker, slack: Simulator, heard: list[EventEnvelope]
) -> None:
    worker = new_worker()
    slack.leave_channel("newbies", "U0REVIEWER")
    heard.clear()
    slack.join_channel("newbies", "U0REVIEWER")
    (event,) = (each for each in heard if each.event_type == "member_joined_channel")
    slack.faults.add(Fault(kind="ratelimited", method="conversations.list"))
    with pytest.raises(RetryLater):
        handle_one(worker, event)
    for _ in range(2):
        handle_one(worker, event)
    assert len(slack.posts()) == 1
    assert len(slack.calls("conversations.list")) == 2, "a cache that is full is not filled again"
