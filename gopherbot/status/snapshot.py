"""A snapshot of a running bot for `status` and `/metrics`, collected from Redis in one command.

`collect` reads Redis; the other classes are plain values. All ages are in seconds by Redis's clock,
except the age of the oldest message, which is based on its sender's clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from gopherbot import decoding, table
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.metrics.process_registry import GONE_SECONDS, read_entry
from gopherbot.storage import keys
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.client import text
from gopherbot.storage.watcher_state import REPORTS, WAVES, Announcement, Rejection
from gopherbot.storage.waves import KnownWave
from gopherbot.table import ScheduledJob

ON_ITS_WAY_SECONDS = 50.0
"""Seconds that a round trip through Slack may take."""
HOUR = 60
"""Minutes of counts to add up."""
RECENT = 10
"""Minutes of counts that describe the present."""

_SCRIPT = Path(__file__).with_name("snapshot.lua").read_text()


class QueueStatus(msgspec.Struct):
    """One queue: workers hold the `in_flight` messages; `delayed` ones wait for a retry."""

    name: str
    waiting: int
    delayed: int
    in_flight: int
    dead: int
    oldest: float | None
    """Age of the oldest waiting message."""
    events: list[str] = []
    """The Slack event types routed to the queue."""


class ProcessStatus(msgspec.Struct):
    """One process that is alive, or ended without signing off (crashed?) in the last hour."""

    kind: str
    dyno: str
    pid: int
    commit: str
    up: float
    silent: float
    alive: bool
    shadow: bool = False
    """Whether it is in shadow mode."""


class JobStatus(msgspec.Struct):
    """One periodic job: its period, and how long ago it last succeeded."""

    name: str
    every: int
    succeeded: float | None
    announced: Announcement | None = None
    """The last announcement, if the job is a watcher."""
    rejected: Rejection | None = None
    """Why Slack currently rejects the watcher's posts."""


class ProbeStatus(msgspec.Struct):
    """The last successful probe: its age, its duration, and its path."""

    age: float
    took: float
    way: str


class RoundTripStatus(msgspec.Struct):
    """Round trips through Slack: how long ago the last was sent, and the last came back."""

    sent: float
    came: float | None
    unanswered: int
    """Round trips sent since the last that came back."""
    way: str

    @property
    def misses(self) -> int:
        """Return how many failed in a row; the last one may still be in flight."""
        return max(0, self.unanswered - (self.sent < ON_ITS_WAY_SECONDS))


class RedisMemory(msgspec.Struct):
    """Memory of Redis in bytes: in use, and the limit (0: none)."""

    used: int
    limit: int
    policy: str = ""
    """What Redis does when it is full; "" if unknown."""
    evicted: int = 0
    """How many keys it has evicted since it started."""

    @property
    def share(self) -> float:
        """Return the share in use, from 0 to 1."""
        return self.used / self.limit if self.limit else 0.0


class StatusSnapshot(msgspec.Struct):
    """The whole state. Counts are by name, plus the queue if known: `stale:slack_team_join`."""

    app: str
    at: float
    queues: list[QueueStatus]
    processes: list[ProcessStatus]
    hour: dict[str, int]
    total: dict[str, int]
    jobs: list[JobStatus]
    probe: ProbeStatus | None
    channels: int
    channels_age: float | None
    heard: float | None = None
    """How long ago a gateway last accepted an event signed by Slack."""
    refused: float | None = None
    """How long ago a gateway last refused a request that may have been Slack's."""
    round_trip: RoundTripStatus | None = None
    revoked: float | None = None
    """How long ago Slack last rejected the bot token itself."""
    refuses: float | None = None
    """How long ago Redis last refused a worker's command."""
    memory: RedisMemory = msgspec.field(default_factory=lambda: RedisMemory(0, 0))
    unusable: list[UnusableChannel] = []
    """The channels that the bot must post to, but cannot."""
    recent: dict[str, int] = {}
    """The counts of the last `RECENT` minutes."""
    causes: dict[str, int] = {}
    """Why the latest letters of each queue are dead, where that is known."""
    waves: list[KnownWave] = []
    """The waves of the last 7 days, oldest first."""
    reports: Rejection | None = None
    """Why members' reports don't reach the moderators."""
    wave_cards: Rejection | None = None
    """Why the cards of waves don't."""
    foreign: int = 0
    """Registered processes of a release whose entries can't be read."""

    def last_hour(self, name: str) -> int:
        """Return a count of the last hour, summed over the queues of Slack's events."""
        return _of_events(self.hour, name)

    def recently(self, name: str) -> int:
        """Return a count of the last `RECENT` minutes, summed likewise."""
        return _of_events(self.recent, name)

    def refusals(self) -> dict[Reason, int]:
        """Return the number of requests refused in the last hour, by reason."""
        found = {reason: self.hour.get(f"{counters.REFUSALS}:{reason}", 0) for reason in Reason}
        return {reason: number for reason, number in found.items() if number}

    def rejections(self) -> dict[str, int]:
        """Return the number of calls that Slack rejected in the last hour, by error code."""
        return by_label(self.hour, counters.REJECTIONS)

    def deliveries(self) -> dict[str, int]:
        """Return the number of events that Slack delivered in the last hour, by type."""
        return by_label(self.hour, counters.DELIVERIES)

    def retries(self) -> dict[str, int]:
        """Return how many of those deliveries are repeats, by why the one before failed."""
        return by_label(self.hour, counters.RETRIES)

    @property
    def failed_share(self) -> float:
        """Return the share of deliveries that failed in the last hour, from 0 to 1."""
        delivered = sum(self.deliveries().values())
        return min(1.0, sum(self.retries().values()) / delivered) if delivered else 0.0

    @property
    def shadow(self) -> bool:
        """Return whether a worker that is alive is in shadow mode."""
        return any(process.shadow for process in self.alive("worker"))

    def alive(self, kind: str) -> list[ProcessStatus]:
        """Return the live processes of a kind."""
        return [process for process in self.processes if process.alive and process.kind == kind]

    @property
    def dead_letters(self) -> int:
        return sum(queue.dead for queue in self.queues)


class SnapshotCollector:
    """Collects snapshots of one app. `jobs` should run, with the periods of shadow mode or not."""

    def __init__(
        self, client: redis.Redis, app: str, jobs: Sequence[ScheduledJob], *, shadow: bool = False
    ) -> None:
        self.app = app
        self.jobs = [(job.name, job.period(shadow=shadow)) for job in jobs]
        self._script = client.register_script(_SCRIPT)

    def collect(self) -> StatusSnapshot:
        """Return a snapshot, from a single call. Redis errors pass through."""
        answer = self._script(keys=[keys.prefix(self.app)], args=[HOUR, RECENT, *table.QUEUES])
        now_ms, depths, living, gone, hour, total, jobs, probe, channels, *more = answer
        said, refused, trip, unusable, used, limit, policy, evicted, recent, causes = more
        now = now_ms / 1000
        ages = {name: now - int(at) / 1000 for name, at in _pairs(jobs).items()}
        return StatusSnapshot(
            app=self.app,
            at=now,
            queues=[
                _queue(name, depth, now) for name, depth in zip(table.QUEUES, depths, strict=True)
            ],
            processes=_processes(_pairs(living), _pairs(gone), now),
            hour=_numbers(hour),
            total=_numbers(total),
            jobs=self._jobs(ages, _pairs(said), _pairs(refused)),
            probe=_probe(_pairs(probe), now),
            channels=channels,
            channels_age=ages.get("channel_cache"),
            heard=ages.get(counters.SLACK_HEARD),
            refused=ages.get(counters.SLACK_REFUSED),
            round_trip=_round_trip(_pairs(trip), now),
            revoked=ages.get(counters.SLACK_REVOKED),
            refuses=ages.get(counters.REDIS_REFUSED),
            memory=RedisMemory(used, limit, text(policy), evicted),
            unusable=decoding.decode(unusable, list[UnusableChannel]),
            recent=_numbers(recent),
            reports=Rejection.read(_pairs(refused).get(REPORTS)),
            wave_cards=Rejection.read(_pairs(refused).get(WAVES)),
            causes=_numbers(causes),
            foreign=sum(read_entry(entry) is None for entry in _pairs(living).values()),
        )

    def _jobs(
        self, ages: dict[str, float], said: dict[str, str], refused: dict[str, str]
    ) -> list[JobStatus]:
        return [
            JobStatus(
                name,
                every,
                ages.get(name),
                decoding.decode(said[name], Announcement) if name in said else None,
                Rejection.read(refused.get(name)),
            )
            for name, every in self.jobs
        ]


def heard_ages(client: redis.Redis, app: str) -> tuple[float | None, float | None, float | None]:
    """Return the ages of the last successful probe, event from a member, and round trip."""
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hget(keys.probe(app), "at")
        pipe.hget(keys.jobs(app), counters.SLACK_HEARD)
        pipe.hget(keys.round_trip(app), "came")
        (seconds, microseconds), *times = pipe.execute()
    now = seconds + microseconds / 1e6
    probe, members, trip = (None if at is None else max(0.0, now - int(at) / 1000) for at in times)
    return probe, members, trip


def by_label(counts: Mapping[str, int], name: str) -> dict[str, int]:
    """Return the counts `NAME:LABEL`, by label."""
    start = f"{name}:"
    return {
        field.removeprefix(start): number
        for field, number in counts.items()
        if field.startswith(start)
    }


def _of_events(counts: Mapping[str, int], name: str) -> int:
    queues = (queue for queue in table.QUEUES if queue != table.BACKGROUND)
    return sum(counts.get(field, 0) for field in (name, *(f"{name}:{queue}" for queue in queues)))


def _queue(name: str, depth: list[int], now: float) -> QueueStatus:
    waiting, delayed, not_done, dead, oldest = depth
    return QueueStatus(
        name=name,
        waiting=waiting,
        delayed=delayed,
        in_flight=max(0, not_done - waiting),
        dead=dead,
        oldest=max(0.0, now - oldest / 1000) if waiting and oldest else None,
        events=list(table.event_types(name)),
    )


def _processes(living: dict[str, str], gone: dict[str, str], now: float) -> list[ProcessStatus]:
    found = []
    for id, value in {**gone, **living}.items():
        entry = read_entry(value)
        silent = max(0.0, now - entry.seen) if entry else 0.0
        if entry is None or silent > GONE_SECONDS:
            continue
        info = entry.info
        found.append(
            ProcessStatus(
                kind=info.kind,
                dyno=info.dyno or id.partition("/")[0],
                pid=info.pid,
                commit=info.commit,
                up=max(0.0, now - info.started),
                silent=silent,
                # Only a live worker removes dead processes from the registry.
                alive=id in living and silent <= entry.lease,
                shadow=info.shadow,
            )
        )
    return sorted(found, key=lambda process: (process.kind, process.dyno, process.pid))


def _probe(fields: dict[str, str], now: float) -> ProbeStatus | None:
    if not fields:
        return None
    return ProbeStatus(
        age=max(0.0, now - int(fields["at"]) / 1000),
        took=int(fields["took"]) / 1000,
        way=fields["way"],
    )


def _round_trip(fields: dict[str, str], now: float) -> RoundTripStatus | None:
    if "sent" not in fields:
        return None
    came = fields.get("came")
    return RoundTripStatus(
        sent=max(0.0, now - int(fields["sent"]) / 1000),
        came=None if came is None else max(0.0, now - int(came) / 1000),
        unanswered=int(fields.get("unanswered", 0)),
        way=fields.get("way", ""),
    )


def _pairs(flat: list[Any]) -> dict[str, str]:
    return {text(key): text(value) for key, value in zip(flat[::2], flat[1::2], strict=True)}


def _numbers(flat: list[Any]) -> dict[str, int]:
    return {name: int(number) for name, number in sorted(_pairs(flat).items())}
