"""Alerts about events that wait, are dropped, failed or are dead letters."""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot.metrics import counters
from gopherbot.status import durations
from gopherbot.status.alerts.alert import Alert, Severity, count
from gopherbot.status.snapshot import RECENT, StatusSnapshot
from gopherbot.table import FRESH_SECONDS

LOST, LOST_SHARE = 3, 0.5
"""So many events that were too old, and such a share of all, mean that what is asked is dropped."""


def find(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Yield what happens to events that should be answered."""
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
    if stale >= LOST and stale > LOST_SHARE * total:
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
