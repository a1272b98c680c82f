"""Renders a snapshot in Prometheus's text format. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gopherbot.metrics.counters import (
    BY_QUEUE,
    DELIVERIES,
    HELP,
    REFUSALS,
    REJECTIONS,
    RETRIES,
    RETRY_REASONS,
    USES,
    Reason,
)
from gopherbot.status.snapshot import StatusSnapshot, by_label
from gopherbot.table import QUEUES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def render(snapshot: StatusSnapshot | None) -> str:
    """Return the metrics page. Without a snapshot it reports only that Redis is down."""
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
    yield from _metric("messages", "gauge", "Messages in each queue, by state.", by_state)
    oldest = [({"queue": queue.name}, queue.oldest or 0.0) for queue in snapshot.queues]
    yield from _metric(
        "oldest_message_seconds", "gauge", "Age of the oldest waiting message.", oldest
    )


def _processes(snapshot: StatusSnapshot) -> Iterator[str]:
    alive = [({"kind": kind}, len(snapshot.alive(kind))) for kind in ("web", "worker", "scheduler")]
    yield from _metric("processes", "gauge", "Live processes.", alive)
    shadow = [
        ({"kind": kind}, sum(process.shadow for process in snapshot.alive(kind)))
        for kind in ("web", "worker", "scheduler")
    ]
    yield from _metric("shadow_processes", "gauge", "Live processes in shadow mode.", shadow)
    builds = {(process.kind, process.commit) for process in snapshot.processes if process.alive}
    yield from _metric(
        "build_info",
        "gauge",
        "Running commits.",
        [({"kind": kind, "commit": commit}, 1) for kind, commit in sorted(builds)],
    )


def _counts(snapshot: StatusSnapshot) -> Iterator[str]:
    """Yield the counters, which survive restarts because Redis adds them up."""
    for name, help in HELP.items():
        if name in BY_QUEUE:
            # Export every series from the start: Prometheus misses a new series' first increase.
            samples = [({"queue": q}, snapshot.total.get(f"{name}:{q}", 0)) for q in QUEUES]
            samples += [({"queue": ""}, n) for n in [snapshot.total.get(name, 0)] if n]
        else:
            samples = [({}, snapshot.total.get(name, 0))]
        yield from _metric(f"{name}_total", "counter", help, samples)
    reasons = [({"reason": r}, snapshot.total.get(f"{REFUSALS}:{r}", 0)) for r in Reason]
    for name, label, help in (
        (REJECTIONS, "error", "Calls that Slack rejected."),
        (DELIVERIES, "type", "Events that Slack delivered, repeats included."),
        (RETRIES, "reason", "Repeated deliveries, by why the delivery before failed."),
    ):
        found = by_label(dict.fromkeys(_ALWAYS.get(name, ()), 0) | snapshot.total, name)
        labelled = [({label: value}, number) for value, number in found.items()]
        yield from _metric(f"{name}_total", "counter", help, labelled)
    uses = (each.partition(":") for each in by_label(snapshot.total, USES))
    named = [
        ({"what": use, "answer": name}, snapshot.total[f"{USES}:{use}:{name}"])
        for use, _, name in uses
    ]
    yield from _metric("uses_total", "counter", "What became of answers.", named)
    yield from _metric("refusals_total", "counter", "Requests that a gateway refused.", reasons)


def _times(snapshot: StatusSnapshot) -> Iterator[str]:
    # Not `job`: Prometheus uses that label for the scrape target.
    jobs = [({"task": j.name}, j.succeeded) for j in snapshot.jobs if j.succeeded is not None]
    yield from _metric(
        "task_success_age_seconds", "gauge", "Time since a periodic job last succeeded.", jobs
    )
    periods = [({"task": job.name}, float(job.every)) for job in snapshot.jobs]
    yield from _metric("task_period_seconds", "gauge", "Period of a periodic job.", periods)
    said = [
        ({"task": job.name}, max(0.0, snapshot.at - job.announced.at))
        for job in snapshot.jobs
        if job.announced
    ]
    yield from _metric(
        "task_announcement_age_seconds", "gauge", "Time since a watcher's last announcement.", said
    )
    rejected = [({"task": job.name}, job.rejected is not None) for job in snapshot.jobs]
    yield from _metric(
        "task_rejected", "gauge", "Whether Slack rejects a watcher's posts.", rejected
    )
    memory = [
        ({"what": "used"}, snapshot.memory.used),
        ({"what": "limit"}, snapshot.memory.limit),
    ]
    yield from _metric(
        "redis_memory_bytes", "gauge", "Memory of Redis; a limit of 0 means none.", memory
    )
    evicted: list[Sample] = [({}, snapshot.memory.evicted)]
    yield from _metric("redis_evicted_keys", "gauge", "Keys that Redis evicted.", evicted)
    yield from _metric("channels", "gauge", "Channels in the cache.", [({}, snapshot.channels)])
    trip = snapshot.round_trip
    ages = {"members": snapshot.heard, "probe": trip.came if trip else None}
    heard = [({"by": by}, age) for by, age in ages.items() if age is not None]
    yield from _metric(
        "slack_heard_age_seconds", "gauge", "Time since Slack was last heard.", heard
    )
    misses: list[Sample] = [({}, trip.misses if trip else 0)]
    yield from _metric("round_trip_misses", "gauge", "Consecutive failed round trips.", misses)
    if snapshot.probe:
        way = {"way": snapshot.probe.way}
        yield from _metric(
            "probe_age_seconds",
            "gauge",
            "Time since the last successful probe.",
            [({}, snapshot.probe.age)],
        )
        yield from _metric(
            "probe_seconds",
            "gauge",
            "Duration of the last successful probe.",
            [(way, snapshot.probe.took)],
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


_ALWAYS = {RETRIES: [f"{RETRIES}:{reason}" for reason in RETRY_REASONS]}
"""Series to export from the start: Prometheus misses a new one's first increase."""
