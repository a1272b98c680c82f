"""Mentions of the bot, where Slack's envelope does not say who the bot is."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from actors.conftest import handle_one
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope

TOUR = "<@U0GOPHERBOT> go tour"
ELSEWHERE = {"enterprise_id": None, "team_id": "T0OTHER", "user_id": "U0ELSEWHERE", "is_bot": True}


def with_authorizations(event: EventEnvelope, *given: dict[str, Any]) -> EventEnvelope:
    whole = msgspec.json.decode(event.body) | {"authorizations": list(given)}
    return msgspec.structs.replace(event, body=msgspec.json.encode(whole))


def test_in_a_channel_shared_with_another_workspace_it_knows_its_mention(
    context: WorkerContext, slack: Simulator, heard: list[EventEnvelope]
) -> None:
    context.slack.own_user()
    slack.say(TOUR)
    handle_one(context, with_authorizations(heard[0], ELSEWHERE))
    assert len(slack.posts()) == 1


def test_a_member_for_whom_the_event_was_delivered_is_not_the_bot(
    context: WorkerContext, slack: Simulator, heard: list[EventEnvelope]
) -> None:
    said = slack.say(TOUR)
    member = ELSEWHERE | {"user_id": said.author.id, "is_bot": False}
    handle_one(context, with_authorizations(heard[0], member))
    assert len(slack.posts()) == 1


def test_a_mention_in_an_edit_waits_until_slack_says_who_the_bot_is(
    context: WorkerContext, slack: Simulator, heard: list[EventEnvelope]
) -> None:
    said = slack.say("hm")
    slack.workspace.edit(said.channel, said.ts, TOUR, said.author.id)
    slack.faults.add(Fault(kind="server_error", method="auth.test"))
    with pytest.raises(RetryLater):
        handle_one(context, with_authorizations(heard[-1]))


def test_a_mention_waits_until_slack_says_who_the_bot_is(
    context: WorkerContext,
    slack: Simulator,
    heard: list[EventEnvelope],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slack.faults.add(Fault(kind="server_error", method="auth.test"))
    slack.say(TOUR)
    slack.say("good morning")
    mention, greeting = (
        with_authorizations(event) for event in heard if event.event_type == "message"
    )
    with pytest.raises(RetryLater):
        handle_one(context, mention)
    handle_one(context, greeting)
    assert slack.posts() == []
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 60)
    monkeypatch.setattr("gopherbot.slack.objects.time", later)
    handle_one(context, mention)
    assert len(slack.posts()) == 1
