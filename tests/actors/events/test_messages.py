"""Mentions of the bot, where Slack's envelope does not say who the bot is."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from actors.conftest import edit, handle_one
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.events.messages import own_users
from gopherbot.errors import RetryLater
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope

Heard = list[EventEnvelope]
TOUR = "<@U0GOPHERBOT> go tour"
ELSEWHERE = {"enterprise_id": None, "team_id": "T0OTHER", "user_id": "U0ELSEWHERE", "is_bot": True}


def with_authorizations(event: EventEnvelope, *given: dict[str, Any]) -> EventEnvelope:
    whole = msgspec.json.decode(event.body) | {"authorizations": list(given)}
    return msgspec.structs.replace(event, body=msgspec.json.encode(whole))


@pytest.mark.parametrize("who", [ELSEWHERE, ELSEWHERE | {"user_id": "U0REGULAR", "is_bot": False}])
def test_a_mention_is_known_whomever_the_event_was_delivered_for(
    context: WorkerContext, slack: Simulator, heard: Heard, who: dict[str, Any]
) -> None:
    if who is ELSEWHERE:
        context.slack.own_user()
    slack.say(TOUR)
    handle_one(context, with_authorizations(heard[0], who))
    assert len(slack.posts()) == 1


def test_a_bot_of_no_name_is_nobody(
    context: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context.slack, "own_user", str)
    assert own_users(context, None) == frozenset()


def test_a_mention_waits_until_slack_says_who_the_bot_is(
    context: WorkerContext, slack: Simulator, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.faults.add(Fault(kind="server_error", method="auth.test"))
    edit(slack, slack.say("good morning"), TOUR)
    slack.say(TOUR)
    greeting, edited, mention = (
        with_authorizations(event) for event in heard if event.event_type == "message"
    )
    for event in (edited, mention):
        with pytest.raises(RetryLater):
            handle_one(context, event)
    handle_one(context, greeting)
    assert slack.posts() == []
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 60)
    monkeypatch.setattr("gopherbot.slack.objects.time", later)
    handle_one(context, mention)
    assert len(slack.posts()) == 1
