"""Slack's events about channels keep the channel cache right between two fills."""

from __future__ import annotations

import time
from itertools import chain, repeat
from types import SimpleNamespace

import msgspec
import pytest

from actors.conftest import job
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.events import channel_changes
from gopherbot.actors.maintenance import channel_cache
from gopherbot.errors import Unreadable
from gopherbot.slack.errors import SlackError
from slack_simulator import Fault, Simulator


def envelope(event: dict[str, object]) -> bytes:
    return msgspec.json.encode(
        {"event_id": "Ev0CHANNEL", "event_time": int(time.time()), "event": event}
    )


def told(context: WorkerContext, kind: str, channel: object, ts: float | None = None) -> None:
    """Let one event of this type be handled."""
    moment = {"event_ts": f"{time.time() if ts is None else ts:.6f}"}
    channel_changes.handle(
        context, envelope({"type": f"channel_{kind}", "channel": channel, **moment})
    )


def test_each_event_is_taken_into_the_cache(context: WorkerContext, slack: Simulator) -> None:
    id = slack.workspace.conversation("devops").id
    channels = context.channels
    told(context, "rename", {"id": id, "name": "platform", "created": 1})
    assert (channels.id_of("platform"), channels.id_of("devops")) == (id, None)
    told(context, "archive", id)
    assert channels.name_of(id) is None
    told(context, "unarchive", id)
    assert channels.name_of(id) == "devops"
    told(context, "deleted", id)
    assert channels.name_of(id) is None
    told(context, "created", {"id": "C0NEW", "name": "wasm", "created": 1, "creator": "U1"})
    assert channels.id_of("wasm") == "C0NEW"


def test_late_redelivery_undoes_nothing(context: WorkerContext, slack: Simulator) -> None:
    id, now = slack.workspace.conversation("devops").id, time.time()
    told(context, "rename", {"id": id, "name": "second"}, now + 2)
    told(context, "rename", {"id": id, "name": "first"}, now + 1)
    told(context, "rename", {"id": id, "name": "second"}, now + 2)
    assert context.channels.name_of(id) == "second"
    assert context.channels.id_of("first") is None


def test_channel_archived_again_stays_out(context: WorkerContext, slack: Simulator) -> None:
    id = slack.workspace.conversation("devops").id
    slack.workspace.archive_channel("devops")
    told(context, "unarchive", id)
    assert context.channels.name_of(id) is None
    told(context, "unarchive", "C0NOWHERE")
    assert context.channels.name_of("C0NOWHERE") is None


@pytest.mark.parametrize(("then", "posts"), [((), 1), (("deleted",), 0)])
def test_an_archived_channel_that_is_deleted_is_not_announced(
    context: WorkerContext, slack: Simulator, then: tuple[str, ...], posts: int
) -> None:
    id = slack.workspace.conversation("devops").id
    for kind in ("archive", *then):
        told(context, kind, id)
    job("channel_archived")(context)
    assert len(slack.posts()) == posts


def test_a_rename_during_a_long_listing_outlasts_it(
    context: WorkerContext, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = slack.workspace.conversation("devops").id
    # It begins a minute ago, and ends now.
    clock = SimpleNamespace(time=chain([time.time() - 60], repeat(time.time())).__next__)
    monkeypatch.setattr("gopherbot.actors.maintenance.channel_cache.time", clock)
    told(context, "rename", {"id": id, "name": "platform"}, time.time() - 40)
    channel_cache.fill(context, max_wait=0)
    assert context.channels.name_of(id) == "platform"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="server_error", method="conversations.info"),
        Fault(kind="error", error="missing_scope", method="conversations.info"),
    ],
    ids=lambda fault: str(fault.kind),
)
def test_a_slack_that_does_not_say_that_it_is_gone_is_asked_again_for_the_name(
    context: WorkerContext, slack: Simulator, fault: Fault
) -> None:
    id = slack.workspace.conversation("devops").id
    told(context, "archive", id)
    slack.faults.add(fault)
    with pytest.raises(SlackError):
        told(context, "unarchive", id)
    told(context, "unarchive", id)
    assert context.channels.name_of(id) == "devops"


@pytest.mark.parametrize("channel", [None, 7, {"id": "C1"}, []])
def test_what_is_no_such_event_is_unreadable(context: WorkerContext, channel: object) -> None:
    with pytest.raises(Unreadable):
        told(context, "rename", channel)
