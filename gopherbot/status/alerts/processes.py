"""Alerts about the processes, their mode, the probe and the jobs."""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot import table
from gopherbot.settings import Platform
from gopherbot.status import durations
from gopherbot.status.alerts.alert import Alert, Severity, count
from gopherbot.status.alerts.redis_server import FULL
from gopherbot.status.platform import look_at, set_variable
from gopherbot.status.snapshot import StatusSnapshot

LATE_SECONDS = 110.0
"""Maximum age of the probe, which runs every minute. A standstill is noticed within two."""
_ROLES = {"web": "gateway", "worker": "worker", "scheduler": "scheduler"}
_STOPPED = {
    "web": "no gateway is alive: Slack's events are refused, and Slack retries each three times",
    "worker": "no worker is alive: events wait in their queues unanswered",
    "scheduler": "no scheduler is alive: no watcher runs, and no probe is sent",
}


def find(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    """Yield what doesn't run, or doesn't do all of its work."""
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
