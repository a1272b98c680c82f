"""What is wrong with a bot, in words, from its snapshot."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console

from gopherbot import table
from gopherbot.commands.status import view
from gopherbot.status import durations
from gopherbot.status.alerts import LATE_SECONDS, find_alerts
from gopherbot.status.snapshot import (
    JobStatus,
    ProbeStatus,
    ProcessStatus,
    QueueStatus,
    RedisMemory,
    RoundTripStatus,
    StatusSnapshot,
)
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_state import Announcement, Rejection

HOUR = 3600.0


def process(
    kind: str,
    *,
    up: float = HOUR,
    alive: bool = True,
    silent: float = 3,
    shadow: bool = False,
) -> ProcessStatus:
    return ProcessStatus(kind, f"{kind}.1", 7, "c0ffee", up, silent, alive, shadow)


def well(**more: Any) -> StatusSnapshot:
    """Return a snapshot of a bot that is well, but for what is given."""
    usual: dict[str, Any] = {
        "app": "gopherbot",
        "at": 1.7e9,
        "queues": [QueueStatus(name, 0, 0, 0, 0, None) for name in table.QUEUES],
        "processes": [process(kind) for kind in ("web", "worker", "scheduler")],
        "hour": {},
        "total": {},
        "jobs": [JobStatus(job.name, job.every, 30.0) for job in table.JOBS],
        "probe": ProbeStatus(30.0, 0.02, "gateway"),
        "channels": 17,
        "channels_age": 30.0,
    }
    return StatusSnapshot(**usual | more)


def told(snapshot: StatusSnapshot) -> str:
    return "\n".join(alert.text for alert in find_alerts(snapshot))


def without(*kinds: str) -> list[ProcessStatus]:
    return [process(k) for k in ("web", "worker", "scheduler") if k not in kinds]


def probe(age: float) -> ProbeStatus:
    return ProbeStatus(age, 0.02, "gateway")


def test_a_bot_that_is_well_has_no_alerts() -> None:
    assert find_alerts(well()) == []


@pytest.mark.parametrize(
    ("kind", "words"), [("web", "gateway"), ("worker", "worker"), ("scheduler", "scheduler")]
)
def test_a_kind_of_process_that_is_missing_is_named(kind: str, words: str) -> None:
    found = find_alerts(well(processes=without(kind)))
    assert [alert.critical for alert in found] == [True]
    assert found[0].text.startswith(f"no {words} is alive")


def test_it_says_when_a_lost_process_was_last_heard_of() -> None:
    gone = process("worker", alive=False, silent=180)
    assert "last seen 3 min ago" in told(well(processes=[*without("worker"), gone]))


def test_of_several_lost_processes_the_last_one_seen_counts() -> None:
    gone = [process("worker", alive=False, silent=silent) for silent in (180, 600)]
    assert "last seen 3 min ago" in told(well(processes=[*without("worker"), *gone]))


def test_a_job_that_never_ran_is_told_while_schedulers_come_and_go() -> None:
    jobs = [JobStatus("gerrit", 600, None)]
    young, old = process("scheduler", up=5), process("scheduler", up=2 * HOUR)
    processes = [*without("scheduler"), young, old]
    assert "`gerrit` never succeeded" in told(well(jobs=jobs, processes=processes))


def test_a_process_of_another_release_is_not_called_dead() -> None:
    [found] = find_alerts(well(processes=without("worker"), foreign=1))
    assert not found.critical
    assert "can't tell whether a worker is alive: 1 process of another release" in found.text
    assert "2 processes of another release" in told(well(processes=without("worker"), foreign=2))


@pytest.mark.parametrize(
    ("heard", "critical"),
    [
        # A member was heard between two round trips that got lost, an hour and a half ago.
        (500.0, False),
        (1300.0, True),
    ],
)
def test_slack_is_deaf_only_if_no_member_is_heard_either(heard: float, critical: bool) -> None:
    trip = RoundTripStatus(sent=60.0, came=1400.0, unanswered=2, way="update")
    [found] = find_alerts(well(round_trip=trip, heard=heard))
    assert found.critical is critical


def test_a_round_trip_that_is_on_its_way_is_not_missed() -> None:
    lost = RoundTripStatus(sent=60.0, came=1400.0, unanswered=2, way="update")
    assert find_alerts(well(round_trip=lost))
    assert not find_alerts(well(round_trip=msgspec.structs.replace(lost, sent=1.0)))


def test_a_redis_that_evicts_is_critical_once_it_has() -> None:
    def memory(policy: str, evicted: int) -> RedisMemory:
        return RedisMemory(1, 100, policy, evicted)

    [found] = find_alerts(well(memory=memory("allkeys-lru", 19)))
    assert found.critical
    assert "Redis has evicted 19 keys since it started (allkeys-lru)" in found.text
    [found] = find_alerts(well(memory=memory("volatile-ttl", 0)))
    assert not found.critical
    assert "maxmemory-policy noeviction" in found.text
    assert not find_alerts(well(memory=memory("noeviction", 19)))


def test_a_command_that_redis_refuses_is_critical_while_it_does() -> None:
    [found] = find_alerts(well(refuses=2.0))
    assert found.critical
    assert "Redis refuses a command of a worker (last 2 s ago)" in found.text
    assert not find_alerts(well(refuses=120.0))


@pytest.mark.parametrize(
    ("stale", "handled", "critical"), [(30, 0, True), (3, 2, True), (3, 3, False), (2, 0, False)]
)
def test_it_is_critical_that_most_events_are_dropped(
    stale: int, handled: int, critical: bool
) -> None:
    queue = table.MESSAGE_PUBLIC
    recent = {f"stale:{queue}": stale, f"handled:{queue}": handled, "handled:background": 90}
    assert any(each.critical for each in find_alerts(well(recent=recent))) is critical


def test_the_worker_s_death_is_told_of_a_dead_letter() -> None:
    dead = [msgspec.structs.replace(queue, dead=1) for queue in well().queues[:1]]
    causes = {"its worker died twice while it worked on it": 1}
    assert "1 dead letter (its worker died twice while it worked on it: 1): `gopherbot dead" in (
        told(well(queues=dead, causes=causes))
    )


@pytest.mark.parametrize(
    ("failed", "critical"), [(9, None), (60, None), (110, False), (700, True), (2000, True)]
)
def test_it_warns_long_before_slack_switches_the_app_off(
    failed: int, critical: bool | None
) -> None:
    hour = {"deliveries:message": 1000, "retries:http_timeout": failed - 1, "retries:other": 1}
    found = find_alerts(well(hour=hour))
    assert [each.critical for each in found] == ([] if critical is None else [critical])
    if found:
        assert "most for `http_timeout`: at 95% Slack switches the app off" in found[0].text
        assert found[0].text.startswith(f"{min(100, failed // 10)}% of Slack's deliveries")


def test_a_few_failed_deliveries_of_a_quiet_hour_are_no_alert() -> None:
    assert not find_alerts(well(hour={"deliveries:message": 10, "retries:http_error": 9}))


def test_it_warns_before_slack_withholds_events_and_names_what_there_is_most_of() -> None:
    hour = {"deliveries:message": 20_000, "deliveries:reaction_added": 3_999}
    assert not find_alerts(well(hour=hour))
    [found] = find_alerts(well(hour=hour | {"deliveries:reaction_added": 4_000}))
    assert not found.critical
    assert "24000 events in the last hour, most of them `message` (20000)" in found.text


def late(name: str) -> list[JobStatus]:
    return [JobStatus(name, 600, 9000.0)]


RED: dict[str, StatusSnapshot] = {
    "gopherbot": well(processes=[*without("worker"), process("worker", shadow=True)]),
    "queue": well(queues=[QueueStatus(name, 1, 0, 0, 0, 31.0) for name in table.QUEUES]),
    "process": well(processes=without("worker")),
    "events": well(hour={"failed": 1}),
    "also": well(hour={"refused": 1}),
    "deliveries": well(hour={"deliveries:message": 20, "retries:http_error": 19}),
    "Slack last heard": well(round_trip=RoundTripStatus(60.0, None, 2, "update")),
    "calls rejected by Slack": well(hour={"rejections:not_in_channel": 1}),
    "refused requests": well(hour={"refusals:signature": 9}, refused=1.0),
    "job": well(jobs=late("gerrit")),
    "probe": well(probe=None),
    "channel cache": well(jobs=late("channel_cache")),
    "redis": well(memory=RedisMemory(100, 100)),
}
"""For each line of `status`, or table by its first heading, where all is not well."""


def printed(snapshot: StatusSnapshot) -> str:
    file = StringIO()
    Console(file=file, width=200).print(view(snapshot, find_alerts(snapshot)))
    return file.getvalue()


def test_each_line_of_status_can_be_red() -> None:
    lines: list[str] = []
    for block in re.sub(r" +\n", "\n", printed(well())).split("\n\n"):
        first, *rest = block.splitlines()
        # The rows of a table, and what "in the last hour" is about.
        lines += rest if first == "in the last hour" else [first]
        lines += [] if first.startswith(TABLES) or first == "in the last hour" else rest
    heads = {re.split(r":|,|  ", line)[0] for line in lines} - {"✓ all is well"}
    assert heads == RED.keys()


TABLES = ("queue ", "process ", "job ")


@pytest.mark.parametrize("line", RED)
def test_a_line_that_is_red_is_not_called_well(line: str) -> None:
    assert find_alerts(RED[line])
    assert "all is well" not in printed(RED[line])


def test_the_probe_is_old_before_two_minutes_are_over() -> None:
    assert LATE_SECONDS < 120
    assert not find_alerts(well(probe=probe(LATE_SECONDS)))
    found = find_alerts(well(probe=probe(LATE_SECONDS + 1)))
    assert found[0].critical
    assert "the probe is 111 s old" in found[0].text


def test_an_old_probe_is_explained_by_a_worker_that_stopped() -> None:
    assert "old: the workers have stopped" in told(
        well(probe=probe(150), processes=without("worker"))
    )


def test_an_old_probe_is_explained_by_a_worker_that_hangs() -> None:
    waiting = [
        QueueStatus(name, int(name == table.BACKGROUND), 0, 0, 0, None) for name in table.QUEUES
    ]
    assert "a worker hangs" in told(well(probe=probe(150), queues=waiting))


def test_an_old_probe_is_explained_by_a_missing_scheduler() -> None:
    assert "no scheduler is alive to send one" in told(
        well(probe=probe(150), processes=without("scheduler"))
    )


def test_an_old_probe_is_explained_by_a_gateway_that_takes_none() -> None:
    jobs = [
        JobStatus(job.name, job.every, 500.0 if job.name == "probe" else 30.0) for job in table.JOBS
    ]
    assert "is GOPHER_GATEWAY_URL right?" in told(well(probe=probe(500), jobs=jobs))


def test_a_bot_just_started_need_not_have_sent_a_probe() -> None:
    young = [process(kind, up=20) for kind in ("web", "worker", "scheduler")]
    jobs = [JobStatus(job.name, job.every, None) for job in table.JOBS]
    assert find_alerts(well(probe=None, processes=young, jobs=jobs)) == []
    assert "no probe has come through" in told(well(probe=None))


def test_a_second_scheduler_just_started_does_not_hide_that_no_probe_came_through() -> None:
    more = [process("scheduler"), process("scheduler", up=5)]
    assert "no probe has come" in told(well(probe=None, processes=[*without("scheduler"), *more]))


def test_a_queue_that_is_not_worked_off_in_time_is_critical() -> None:
    slow = [QueueStatus(name, 3, 0, 0, 0, 31.0) for name in table.QUEUES]
    found = find_alerts(well(queues=slow))
    assert len(found) == len(table.QUEUES)
    assert all(alert.critical for alert in found)


def test_a_job_may_miss_once_and_not_twice() -> None:
    def jobs(periods: float) -> list[JobStatus]:
        return [JobStatus("gerrit", 600, 600 * periods)]

    assert find_alerts(well(jobs=jobs(1.9))) == []
    found = find_alerts(well(jobs=jobs(2.2)))
    assert not found[0].critical
    assert "`gerrit` last succeeded 22 min ago, but runs every 10 min" in found[0].text


def test_dead_letters_and_failures_are_to_be_looked_at_but_do_not_stop_the_bot() -> None:
    dead = [msgspec.structs.replace(queue, dead=2) for queue in well().queues]
    found = find_alerts(well(queues=dead, hour={"failed": 1, "failed:slack_team_join": 2}))
    assert not any(alert.critical for alert in found)
    assert "10 dead letters: `gopherbot dead list`" in found[0].text
    assert found[1].text.startswith("3 failed in the last hour")


def test_what_periodic_work_counts_is_not_counted_with_the_events() -> None:
    snapshot = well(hour={"stale:background": 5, "stale:slack_team_join": 1})
    assert snapshot.last_hour("stale") == 1


def test_a_wrong_secret_is_critical_and_named_though_the_probe_comes_through() -> None:
    """Also where members' events were accepted until a minute ago: the secret was just changed."""
    for heard in (None, 60.0, 5000.0):
        found = find_alerts(well(hour={"refusals:signature": 3}, heard=heard, refused=2.0))
        assert found[0].critical
        assert "no delivery from Slack was accepted" in found[0].text
        assert "GOPHER_SLACK_REQUEST_SECRET is not this app's signing secret" in found[0].text


def test_what_was_refused_because_redis_was_away_is_slacks_to_send_again() -> None:
    [found] = find_alerts(well(hour={"refusals:queue": 9}, refused=1.0))
    assert not found.critical
    assert found.text.startswith("9 deliveries refused in the last hour, most for `queue`")


def test_a_forged_delivery_among_those_of_slack_is_no_outage() -> None:
    [found] = find_alerts(well(hour={"refusals:signature": 50}, heard=1.0, refused=2.0))
    assert not found.critical
    [found] = find_alerts(well(hour={"refusals:signature": 1}, heard=5000.0, refused=2.0))
    assert not found.critical


def test_a_token_that_slack_revokes_is_critical_while_it_runs() -> None:
    found = find_alerts(well(hour={"rejections:token_revoked": 4}, revoked=30.0))
    assert found[0].critical
    assert "Slack rejects the bot token (token_revoked" in found[0].text
    mended = find_alerts(well(hour={"rejections:token_revoked": 4}, revoked=2000.0))
    assert not any(each.critical for each in mended)


def test_four_unanswered_mentions_in_a_row_are_not_well() -> None:
    [found] = find_alerts(well(hour={"rejections:not_in_channel": 4}))
    assert "4 calls rejected by Slack in the last hour (not_in_channel 4)" in found.text


def test_what_a_scanner_of_the_net_sends_is_no_alert() -> None:
    scanned = {"refusals:unsigned": 900, "refusals:method": 40, "refusals:unreadable": 5}
    assert find_alerts(well(hour=scanned)) == []


def test_the_worst_comes_first() -> None:
    dead = [msgspec.structs.replace(queue, dead=1) for queue in well().queues]
    found = find_alerts(well(queues=dead, probe=probe(500)))
    assert [alert.critical for alert in found] == [True, False]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.04, "40 ms"), (1, "1 s"), (59.4, "59 s"), (60, "1 min"), (90, "90 s")),
        *((120, "2 min"), (3600, "1 h"), (7200, "2 h"), (100_000, "28 h"), (172_800, "2 days")),
    ],
)
def test_a_span_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert durations.words(seconds) == words


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("not_in_channel", "write `/invite @gopher` in #general"),
        ("is_archived", "unarchive #general, or name another `channel` in watchers.toml"),
        ("channel_not_found", "#general isn't a public channel: create it, or name another"),
        ("missing_scope", "`gopherbot check` says which scope is missing"),
        ("something_new", "see https://docs.slack.dev/reference/methods/chat.postMessage#errors"),
    ],
)
def test_a_watcher_that_slack_rejects_is_told_with_what_to_do(error: str, remedy: str) -> None:
    at = 1.7e9
    rejected = Rejection(error, "general", "gopher", at=at - 10, since=at - 7200)
    jobs = [JobStatus("feeds.Blog", 600, 9000.0, rejected=rejected)]
    (found,) = find_alerts(well(jobs=jobs))
    assert not found.critical
    assert found.text.startswith(
        f"Slack rejects the posts of `feeds.Blog` in #general ({error}, first 2 h ago): {remedy}"
    )


OVENS = UnusableChannel("ovens", ["feeds.Bread"], "crumb", exists=True, at=1.7e9 - 60)


def bread(**more: Any) -> StatusSnapshot:
    """Return the snapshot of a bot whose watcher of bread is to speak in #ovens."""
    return well(jobs=[JobStatus("feeds.Bread", 600, 30.0, **more)], unusable=[OVENS])


def test_a_channel_without_the_bot_is_told_before_slack_rejects_a_post_there() -> None:
    assert told(bread()) == (
        "@crumb should post in #ovens (feeds.Bread) but isn't a member: "
        "write `/invite @crumb` in #ovens"
    )


def test_what_slack_rejected_is_told_once_whether_the_channel_was_looked_at_or_not() -> None:
    rejected = Rejection("not_in_channel", "ovens", "crumb", at=1.7e9 - 5, since=1.7e9 - 5)
    assert told(bread(rejected=rejected)) == (
        "Slack rejects the posts of `feeds.Bread` in #ovens (not_in_channel, first 5 s ago): "
        "write `/invite @crumb` in #ovens"
    )


def test_a_channel_in_which_a_watcher_spoke_since_it_was_looked_at_is_well() -> None:
    assert told(bread(announced=Announcement("*Rye*", at=1.7e9 - 5))) == ""
    assert "should post" in told(bread(announced=Announcement("*Rye*", at=1.7e9 - 500)))


def test_a_process_that_could_not_register_with_a_full_redis_is_not_called_dead() -> None:
    full = RedisMemory(25 * 1024**2, 25 * 1024**2)
    found = find_alerts(well(processes=without("web"), memory=full))
    assert found[0].text.startswith("Redis is full (25.0 of 25.0 MiB used)")
    assert found[0].critical
    assert "can't tell whether a gateway is alive" in found[1].text
    assert not found[1].critical
    tight = RedisMemory(21 * 1024**2, 25 * 1024**2)
    [warning] = find_alerts(well(memory=tight))
    assert "nearly full" in warning.text
    assert not warning.critical
    assert not find_alerts(well(memory=RedisMemory(10**9, 0)))
