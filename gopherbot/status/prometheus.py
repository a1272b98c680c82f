"""The figures in Prometheus' text format. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gopherbot.actors.table import QUEUES
from gopherbot.metrics.counters import BY_QUEUE, NAMES, REJECTIONS
from gopherbot.metrics.refusals import PREFIX, Reason
from gopherbot.status.snapshot import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def render(figures: Figures | None) -> str:
    """Give the page. Without figures, since Redis is away, it says just that."""
    lines = [*_metric("redis_up", "gauge", "Whether Redis answered.", [({}, figures is not None)])]
    if figures:
        for metric in (_queues, _processes, _counts, _times):
            lines += metric(figures)
    return "\n".join(lines) + "\n"


def _queues(figures: Figures) -> Iterator[str]:
    by_state = [
        ({"queue": queue.name, "state": state}, getattr(queue, state))
        for queue in figures.queues
        for state in ("waiting", "delayed", "held", "dead")
    ]
    yield from _metric("messages", "gauge", "Messages in a queue, by state.", by_state)
    oldest = [({"queue": queue.name}, queue.oldest or 0.0) for queue in figures.queues]
    yield from _metric(
        "oldest_message_seconds", "gauge", "How long the first that waits has waited.", oldest
    )


def _processes(figures: Figures) -> Iterator[str]:
    alive = [({"kind": kind}, len(figures.alive(kind))) for kind in ("web", "worker", "scheduler")]
    yield from _metric("processes", "gauge", "Living processes.", alive)
    builds = {(process.kind, process.commit) for process in figures.processes if process.alive}
    yield from _metric(
        "build_info",
        "gauge",
        "The commits that run.",
        [({"kind": kind, "commit": commit}, 1) for kind, commit in sorted(builds)],
    )


def _counts(figures: Figures) -> Iterator[str]:
    """Counters lose nothing when a process restarts: Redis adds them up."""
    for name in NAMES:
        if name in BY_QUEUE:
            # From the first look on all are there: Prometheus takes what appears for no increase.
            samples = [({"queue": q}, figures.total.get(f"{name}:{q}", 0)) for q in QUEUES]
            samples += [({"queue": ""}, n) for n in [figures.total.get(name, 0)] if n]
        else:
            samples = [({}, figures.total.get(name, 0))]
        yield from _metric(f"{name}_total", "counter", _HELP[name], samples)
    reasons = [({"reason": r}, figures.total.get(f"{PREFIX}:{r}", 0)) for r in Reason]
    start = f"{REJECTIONS}:"
    rejected = [
        ({"error": field.removeprefix(start)}, number)
        for field, number in figures.total.items()
        if field.startswith(start)
    ]
    yield from _metric("rejections_total", "counter", "Calls that Slack rejected.", rejected)
    yield from _metric("refusals_total", "counter", "Requests that a gateway refused.", reasons)


def _times(figures: Figures) -> Iterator[str]:
    # Prometheus calls what it scrapes a job.
    jobs = [({"task": j.name}, j.succeeded) for j in figures.jobs if j.succeeded is not None]
    yield from _metric(
        "task_success_age_seconds", "gauge", "Since a periodic job last succeeded.", jobs
    )
    periods = [({"task": job.name}, float(job.every)) for job in figures.jobs]
    yield from _metric("task_period_seconds", "gauge", "How often a periodic job runs.", periods)
    said = [
        ({"task": job.name}, max(0.0, figures.at - job.announced.at))
        for job in figures.jobs
        if job.announced
    ]
    yield from _metric(
        "task_announcement_age_seconds", "gauge", "Since a watcher last announced something.", said
    )
    rejected = [({"task": job.name}, job.rejected is not None) for job in figures.jobs]
    yield from _metric("task_rejected", "gauge", "Whether Slack rejects its posts.", rejected)
    yield from _metric("channels", "gauge", "Channels in the cache.", [({}, figures.channels)])
    trip = figures.round_trip
    ages = {"members": figures.heard, "probe": trip.came if trip else None}
    heard = [({"by": by}, age) for by, age in ages.items() if age is not None]
    yield from _metric("slack_heard_age_seconds", "gauge", "Since Slack was heard.", heard)
    misses: list[Sample] = [({}, trip.misses if trip else 0)]
    yield from _metric("round_trip_misses", "gauge", "Round trips that got lost in a row.", misses)
    if figures.probe:
        way = {"way": figures.probe.way}
        yield from _metric(
            "probe_age_seconds", "gauge", "Since a probe came through.", [({}, figures.probe.age)]
        )
        yield from _metric(
            "probe_seconds", "gauge", "How long the last probe took.", [(way, figures.probe.took)]
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
