"""A snapshot in Prometheus' text format. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gopherbot.actors.table import QUEUES
from gopherbot.metrics.counters import BY_QUEUE, NAMES, REJECTIONS
from gopherbot.metrics.refusals import PREFIX, Reason
from gopherbot.status.snapshot import StatusSnapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def render(snapshot: StatusSnapshot | None) -> str:
    """Return the page. Without a snapshot, because Redis is away, it says just that."""
    lines = [*_metric("redis_up", "gauge", "Whether Redis answered.", [({}, snapshot is not None)])]
    if snapshot:
        for metric in (_queues, _processes, _counts, _times):
            lines += metric(snapshot)
    return "\n".join(lines) + "\n"


def _queues(snapshot: StatusSnapshot) -> Iterator[str]:
    by_state = [
        ({"queue": queue.name, "state": state}, getattr(queue, state))
        for queue in snapshot.queues
        for state in ("waiting", "delayed", "in_flight", "dead")
    ]
    yield from _metric("messages", "gauge", "Messages in a queue, by state.", by_state)
    oldest = [({"queue": queue.name}, queue.oldest or 0.0) for queue in snapshot.queues]
    yield from _metric(
        "oldest_message_seconds", "gauge", "How long the first that waits has waited.", oldest
    )


def _processes(snapshot: StatusSnapshot) -> Iterator[str]:
    alive = [({"kind": kind}, len(snapshot.alive(kind))) for kind in ("web", "worker", "scheduler")]
    yield from _metric("processes", "gauge", "Living processes.", alive)
    builds = {(process.kind, process.commit) for process in snapshot.processes if process.alive}
    yield from _metric(
        "build_info",
        "gauge",
        "The commits that run.",
        [({"kind": kind, "commit": commit}, 1) for kind, commit in sorted(builds)],
    )


def _counts(snapshot: StatusSnapshot) -> Iterator[str]:
    """Counters lose nothing when a process restarts: Redis adds them up."""
    for name in NAMES:
        if name in BY_QUEUE:
            # From the first look on all are there: Prometheus takes what appears for no increase.
            samples = [({"queue": q}, snapshot.total.get(f"{name}:{q}", 0)) for q in QUEUES]
            samples += [({"queue": ""}, n) for n in [snapshot.total.get(name, 0)] if n]
        else:
            samples = [({}, snapshot.total.get(name, 0))]
        yield from _metric(f"{name}_total", "counter", _HELP[name], samples)
    reasons = [({"reason": r}, snapshot.total.get(f"{PREFIX}:{r}", 0)) for r in Reason]
    start = f"{REJECTIONS}:"
    rejected = [
        ({"error": field.removeprefix(start)}, number)
        for field, number in snapshot.total.items()
        if field.startswith(start)
    ]
    yield from _metric("rejections_total", "counter", "Calls that Slack rejected.", rejected)
    yield from _metric("refusals_total", "counter", "Requests that a gateway refused.", reasons)


def _times(snapshot: StatusSnapshot) -> Iterator[str]:
    # Prometheus calls what it scrapes a job.
    jobs = [({"task": j.name}, j.succeeded) for j in snapshot.jobs if j.succeeded is not None]
    yield from _metric(
        "task_success_age_seconds", "gauge", "Since a periodic job last succeeded.", jobs
    )
    periods = [({"task": job.name}, float(job.every)) for job in snapshot.jobs]
    yield from _metric("task_period_seconds", "gauge", "How often a periodic job runs.", periods)
    said = [
        ({"task": job.name}, max(0.0, snapshot.at - job.announced.at))
        for job in snapshot.jobs
        if job.announced
    ]
    yield from _metric(
        "task_announcement_age_seconds", "gauge", "Since a watcher last announced something.", said
    )
    rejected = [({"task": job.name}, job.rejected is not None) for job in snapshot.jobs]
    yield from _metric("task_rejected", "gauge", "Whether Slack rejects its posts.", rejected)
    memory = [
        ({"what": "used"}, snapshot.memory.used),
        ({"what": "limit"}, snapshot.memory.limit),
    ]
    yield from _metric("redis_memory_bytes", "gauge", "Of Redis; a limit of 0 is none.", memory)
    yield from _metric("channels", "gauge", "Channels in the cache.", [({}, snapshot.channels)])
    trip = snapshot.round_trip
    ages = {"members": snapshot.heard, "probe": trip.came if trip else None}
    heard = [({"by": by}, age) for by, age in ages.items() if age is not None]
    yield from _metric("slack_heard_age_seconds", "gauge", "Since Slack was heard.", heard)
    misses: list[Sample] = [({}, trip.misses if trip else 0)]
    yield from _metric("round_trip_misses", "gauge", "Round trips that got lost in a row.", misses)
    if snapshot.probe:
        way = {"way": snapshot.probe.way}
        yield from _metric(
            "probe_age_seconds", "gauge", "Since a probe came through.", [({}, snapshot.probe.age)]
        )
        yield from _metric(
            "probe_seconds", "gauge", "How long the last probe took.", [(way, snapshot.probe.took)]
        )


def _metric(name: str, kind: str, help: str, samples: Iterable[Sample]) -> Iterator[str]:
    full = f"gopherbot_{name}"
    yield f"# HELP {full} {help}"
    yield f"# TYPE {full} {kind}"
    for labels, value in samples:
        pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        number = f"{value:.3f}" if isinstance(value, float) else str(int(value))
        yield f"{full}{f'{{{pairs}}}' if pairs else ''} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


_HELP = {
    "received": "Events that a gateway put into a queue.",
    "ignored": "Events of unhandled types.",
    "refused": "Events that a gateway could not queue; Slack sends them again.",
    "limited": "Notices that Slack holds events back.",
    "handled": "Messages that an actor was done with.",
    "answered": "Events that the bot answered.",
    "effects": "Replies and emoji that Slack took.",
    "stale": "Messages dropped because they were too old.",
    "retried": "Attempts that failed and were retried.",
    "failed": "Messages given up after an error, and rules that failed.",
    "dead": "Messages dead-lettered.",
}
