"""Alerts: the problems in a snapshot of a running bot, and where to look. Pure.

Those about Slack are in `slack_alerts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot import table
from gopherbot.metrics import counters
from gopherbot.settings import Platform
from gopherbot.status import durations, slack_alerts
from gopherbot.status.advice import Alert, Severity, count, evict_nothing, look_at, set_variable
from gopherbot.status.snapshot import RECENT, StatusSnapshot
from gopherbot.table import FRESH_SECONDS

TIGHT, FULL = 0.8, 0.99
"""Shares of Redis's memory in use above which it is nearly full and full."""
REFUSED_SECONDS = 60.0
"""A command that Redis refused this recently is still refused: workers keep trying."""
_MIB = 1024 * 1024

LATE_SECONDS = 110.0
"""Maximum age of the probe, which runs every minute. A standstill is noticed within two."""
_ROLES = {"web": "gateway", "worker": "worker", "scheduler": "scheduler"}
_STOPPED = {
    "web": "no gateway is alive: Slack's events are refused, and Slack retries each three times",
    "worker": "no worker is alive: events wait in their queues unanswered",
    "scheduler": "no scheduler is alive: no watcher runs, and no probe is sent",
}

STALE_EVENTS, STALE_SHARE = 3, 0.5
"""From this many stale events, and this share of all, members' questions go unanswered."""


def find_alerts(snapshot: StatusSnapshot, platform: Platform = Platform.MACHINE) -> list[Alert]:
    """Return all alerts, critical ones first, with the commands of this platform."""
    found = [
        *_redis_alerts(snapshot, platform),
        *_process_alerts(snapshot, platform),
        *_queue_alerts(snapshot),
        *slack_alerts.find_slack_alerts(snapshot),
    ]
    return sorted(found, key=lambda alert: not alert.critical)


def _redis_alerts(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    yield from _memory(snapshot)
    yield from _evictions(snapshot, platform)
    yield from _refused_commands(snapshot)


def _memory(snapshot: StatusSnapshot) -> Iterator[Alert]:
    memory = snapshot.memory
    used = f"{memory.used / _MIB:.1f} of {memory.limit / _MIB:.1f} MiB used"
    if memory.share >= FULL:
        yield Alert(
            f"Redis is full ({used}): the gateway refuses events, and jobs can't record their "
            "results; see the queues above, start workers, or move to a larger plan"
        )
    elif memory.share >= TIGHT:
        yield Alert(f"Redis is nearly full ({used}): see the queues above", Severity.WARNING)


def _evictions(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    memory = snapshot.memory
    if memory.policy in ("", "noeviction"):
        return
    if memory.evicted:
        yield Alert(
            f"Redis has evicted {count(memory.evicted, 'key')} since it started "
            f"({memory.policy}): queued events are lost; {evict_nothing(platform)}"
        )
    elif memory.limit:
        yield Alert(
            f"Redis will evict keys when it is full ({memory.policy}), and queued events with "
            f"them; {evict_nothing(platform)}",
            Severity.WARNING,
        )


def _refused_commands(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if snapshot.refuses is not None and snapshot.refuses <= REFUSED_SECONDS:
        yield Alert(
            f"Redis refuses a command of a worker (last {durations.ago(snapshot.refuses)}): "
            "`gopherbot check` tries what the bot needs; look for `redis refuses a command` in "
            "the workers' logs"
        )


def _process_alerts(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    yield from _stopped(snapshot, platform)
    yield from _probe(snapshot)
    yield from _jobs(snapshot)
    yield from _shadow(snapshot, platform)


def _stopped(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    for kind, words in _STOPPED.items():
        if not snapshot.alive(kind) and snapshot.memory.share >= FULL:
            # A new process cannot register, but a registered one can renew its entry.
            yield Alert(
                f"can't tell whether a {_ROLES[kind]} is alive: Redis is full, so a new one can't "
                f"register; {look_at(platform, kind)}",
                Severity.WARNING,
            )
        elif not snapshot.alive(kind) and snapshot.foreign:
            yield Alert(
                f"can't tell whether a {_ROLES[kind]} is alive: "
                f"{count(snapshot.foreign, 'process')} of another release registered; run "
                "`gopherbot status` of that release",
                Severity.WARNING,
            )
        elif not snapshot.alive(kind):
            last = [process.silent for process in snapshot.processes if process.kind == kind]
            since = f" (last seen {durations.ago(min(last))})" if last else ""
            yield Alert(f"{words}{since}; {look_at(platform, kind)}")


def _shadow(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    if snapshot.shadow:
        yield Alert(
            "shadow mode: the bot only does what it is asked to, and withholds everything else; "
            f"{set_variable(platform, 'ENV', 'production')}, unless this is the staging bot",
            Severity.WARNING,
        )


def _probe(snapshot: StatusSnapshot) -> Iterator[Alert]:
    probe = snapshot.probe
    if probe and probe.age <= LATE_SECONDS:
        return
    started = [process.up for process in snapshot.alive("scheduler")]
    if not probe and started and max(started) <= LATE_SECONDS:
        return  # The first probe is still in flight.
    age = f"the probe is {durations.words(probe.age)} old" if probe else "no probe has come through"
    yield Alert(f"{age}: {_why_no_probe(snapshot)}")


def _why_no_probe(snapshot: StatusSnapshot) -> str:
    if not snapshot.alive("scheduler"):
        return "no scheduler is alive to send one"
    if not snapshot.alive("worker"):
        return "the workers have stopped"
    background = next(queue for queue in snapshot.queues if queue.name == table.BACKGROUND)
    if background.waiting:
        return (
            f"the queue `{table.BACKGROUND}` isn't being processed: a worker hangs or is overloaded"
        )
    sent = next((job.succeeded for job in snapshot.jobs if job.name == "probe"), None)
    if sent is None or sent > LATE_SECONDS:
        return "no gateway accepts it; is GOPHER_GATEWAY_URL right? The workers' logs say more"
    return "it is sent but doesn't arrive: do all processes use the same Redis and HEROKU_APP_NAME?"


def _jobs(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if not snapshot.alive("scheduler") or not snapshot.alive("worker"):
        return  # Another alert reports that.
    up = max(process.up for process in snapshot.alive("scheduler"))
    for job in snapshot.jobs:
        limit = 2 * job.every + 60
        if (
            job.name == "probe"
            or job.rejected
            or (up if job.succeeded is None else job.succeeded) <= limit
        ):
            continue
        last = (
            f"last succeeded {durations.ago(job.succeeded)}" if job.succeeded else "never succeeded"
        )
        yield Alert(
            f"`{job.name}` {last}, but runs every {durations.words(job.every)}: is its service "
            "down? See the response in the workers' logs",
            Severity.WARNING,
        )


def _queue_alerts(snapshot: StatusSnapshot) -> Iterator[Alert]:
    yield from _queues(snapshot)
    yield from _dropped(snapshot)
    yield from _dead(snapshot)
    yield from _hour(snapshot)


def _queues(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for queue in snapshot.queues:
        # A worker that has just started may have a backlog of younger messages.
        if queue.oldest and queue.oldest > FRESH_SECONDS:
            yield Alert(
                f"`{queue.name}`: {queue.waiting} waiting, the oldest for "
                f"{durations.words(queue.oldest)}; start more workers, or find out why they're slow"
            )


def _dropped(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report that most events are too old when their turn comes: nobody gets an answer."""
    stale = snapshot.recently(counters.STALE)
    total = stale + snapshot.recently(counters.HANDLED)
    if stale >= STALE_EVENTS and stale > STALE_SHARE * total:
        yield Alert(
            f"{stale} of {total} events in the last {RECENT} min were dropped as too old: were the "
            "workers down, or is a clock off? `gopherbot check` compares the clocks"
        )


def _dead(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if snapshot.dead_letters:
        why = ", ".join(f"{cause}: {number}" for cause, number in snapshot.causes.items())
        yield Alert(
            f"{count(snapshot.dead_letters, 'dead letter')}{f' ({why})' if why else ''}: "
            "`gopherbot dead list` shows what could not be read or processed",
            Severity.WARNING,
        )


def _hour(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for name, words in (
        (
            counters.FAILED,
            "failed in the last hour: look for `rule failed` and `discarded` in the logs",
        ),
        (
            counters.REFUSED,
            "refused in the last hour: Redis was unreachable, slow or full; Slack sent them again",
        ),
        (counters.LIMITED, "rate limits in the last hour: Slack withheld some events"),
    ):
        number = snapshot.last_hour(name)
        if number:
            yield Alert(f"{number} {words}", Severity.WARNING)
