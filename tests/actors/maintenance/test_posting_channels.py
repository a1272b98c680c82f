"""Where the bot is to speak and cannot is told before anything was to be said there."""

from __future__ import annotations

from actors.conftest import NewWorker
from gopherbot.actors.maintenance import channel_cache
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import SnapshotCollector
from slack_simulator import Simulator


def told(collector: SnapshotCollector) -> list[str]:
    return [each.text for each in find_alerts(collector.collect()) if "should post" in each.text]


def test_a_channel_without_the_bot_is_told_with_what_to_write(
    new_worker: NewWorker, slack: Simulator, collector: SnapshotCollector
) -> None:
    context = new_worker()
    for channel in ("golang-cls", "newbies", "security"):
        slack.workspace.leave_channel(channel, "U0GOPHERBOT")
    channel_cache.run(context)
    assert told(collector) == [
        (
            "@gopher should post in #golang-cls (gerrit) but isn't a member: "
            "write `/invite @gopher` in #golang-cls"
        ),
        (
            "@gopher should post in #newbies (the welcome) but isn't a member: "
            "write `/invite @gopher` in #newbies"
        ),
        (
            "@gopher should post in #security (vulnerabilities) but isn't a member: "
            "write `/invite @gopher` in #security"
        ),
    ]
    for channel in ("golang-cls", "newbies", "security"):
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
        (
            "@gopher should post in #golang-cls (gerrit), which isn't a public channel: create "
            "or unarchive #golang-cls, or name another channel in watchers.toml"
        ),
        (
            "@gopher should post in #newbies (the welcome), which isn't a public channel: create "
            "or unarchive #newbies, or name another channel in welcome.toml"
        ),
    ]


def test_in_shadow_mode_it_speaks_nowhere(
    new_worker: NewWorker, slack: Simulator, collector: SnapshotCollector
) -> None:
    slack.workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    channel_cache.run(new_worker(ENV="staging"))
    assert told(collector) == []
