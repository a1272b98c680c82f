"""The channel cache holds what Slack lists, and shows where the bot is to post and can't."""

from __future__ import annotations

import pytest

from actors.conftest import NewWorker
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.slack.errors import SlackError
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import SnapshotCollector
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


def told(collector: SnapshotCollector) -> list[str]:
    return [each.text for each in find_alerts(collector.collect()) if "should post" in each.text]


def test_a_channel_without_the_bot_is_told_with_what_to_write(
    new_worker: NewWorker, slack: Simulator, collector: SnapshotCollector
) -> None:
    context = new_worker()
    missing = {"golang-cls": "gerrit", "newbies": "the welcome", "security": "vulnerabilities"}
    for channel in missing:
        slack.workspace.leave_channel(channel, "U0GOPHERBOT")
    channel_cache.run(context)
    assert told(collector) == [
        f"@gopher should post in #{name} ({what}) but isn't a member: "
        f"write `/invite @gopher` in #{name}"
        for name, what in missing.items()
    ]
    for channel in missing:
        slack.workspace.join_channel(channel, "U0GOPHERBOT")
    channel_cache.run(context)
    assert told(collector) == []


def test_a_channel_that_is_not_there_is_told_with_the_file_that_names_it(
    new_worker: NewWorker, slack: Simulator, collector: SnapshotCollector
) -> None:
    slack.workspace.archive_channel("golang-cls")
    slack.workspace.rename_channel("newbies", "beginners")
    channel_cache.run(new_worker())
    assert told(collector) == [
        f"@gopher should post in #{name} ({what}), which isn't a public channel: create "
        f"or unarchive #{name}, or name another channel in {file}"
        for name, what, file in (
            ("golang-cls", "gerrit", "watchers.toml"),
            ("newbies", "the welcome", "welcome.toml"),
        )
    ]


def test_in_shadow_mode_it_speaks_nowhere(
    new_worker: NewWorker, slack: Simulator, collector: SnapshotCollector
) -> None:
    slack.workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    channel_cache.run(new_worker(ENV="staging"))
    assert told(collector) == []
