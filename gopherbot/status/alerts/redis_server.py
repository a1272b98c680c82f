"""Alerts about Redis: full, evicting, or refusing commands."""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot.settings import Platform
from gopherbot.status import durations
from gopherbot.status.alerts.alert import Alert, Severity, count
from gopherbot.status.platform import evict_nothing
from gopherbot.status.snapshot import StatusSnapshot

TIGHT, FULL = 0.8, 0.99
"""Shares of Redis's memory in use above which it is nearly full and full."""
REFUSED_SECONDS = 60.0
"""A command that Redis refused this recently is refused still: a worker tries all the time."""
_MIB = 1024 * 1024


def find(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    """Yield what is wrong with Redis."""
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
