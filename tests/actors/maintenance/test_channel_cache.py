"""The channel cache holds what Slack lists, and keeps it while Slack fails."""

from __future__ import annotations

import pytest

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.slack.errors import SlackError
from slack_simulator import Fault, Simulator


def test_public_channel_has_its_name_and_id(context: WorkerContext, slack: Simulator) -> None:
    places = slack.workspace.conversations.values()
    public = [place for place in places if place.kind == "channel" and not place.is_archived]
    assert 10 < len(public) < len(places)
    for place in places:
        name, id = (place.name, place.id) if place in public else (None, None)
        assert (context.channels.name_of(place.id), context.channels.id_of(place.name)) == (
            name,
            id,
        )


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="server_error"),
        Fault(kind="cut_before"),
        Fault(kind="wrong_content_type"),
        Fault(kind="error", error="missing_scope"),
        # The first page comes, and then no more.
        Fault(kind="server_error", skip=1),
    ],
    ids=lambda fault: f"{fault.kind} after {fault.skip}",
)
def test_a_fill_that_fails_keeps_what_there_was_and_the_next_one_replaces_it(
    context: WorkerContext, slack: Simulator, fault: Fault
) -> None:
    for number in range(250):
        slack.workspace.add_channel(f"more-{number}")
    context.channels.fill({"C1": "an-old-channel"})
    fault.method = "conversations.list"
    slack.faults.add(fault)
    with pytest.raises(SlackError):
        channel_cache.run(context)
    assert (context.channels.id_of("an-old-channel"), context.channels.id_of("general")) == (
        "C1",
        None,
    )
    channel_cache.run(context)
    assert context.channels.id_of("an-old-channel") is None
    assert context.channels.id_of("more-249")
