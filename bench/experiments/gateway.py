"""Events that the gateway accepts into the queue, compared with slack-bolt's Falcon adapter.

Ours is loaded with an empty queue, and with a backlog that no worker takes. All get the same
gunicorn settings and the same load, in turn. Ours has every event in Redis when it answers; bolt
queues nothing. The rate also depends on the load generator and Redis, which share the machine, so
the CPU time of the gateway's own processes is compared, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench import figures, traffic
from bench.curves import Curves, Series
from bench.load import Generator, LoadError, Order
from bench.processes import cpu_seconds
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, gunicorn
from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import Dyno
from slack_simulator.apps.running import free_port

_CONNECTIONS = 16
_WARM = 200
_BACKLOG = 5000
_PROCESSES = {"WEB_CONCURRENCY": "2"}
"""As many as bolt has."""
_BOLT = "bench.baselines.bolt:app"


@dataclass(frozen=True)
class Round:
    """One load on one gateway: events per second, and CPU seconds per event of each process."""

    rate: float
    cpu: float
    load_cpu: float
    redis_cpu: float


class _Gateway:
    """A running gateway, loaded round by round."""

    def __init__(
        self, stage: Stage, dyno: Dyno, port: int, *, queues: bool, backlog: int = 0
    ) -> None:
        self.stage = stage
        self.dyno = dyno
        self.port = port
        self.queues = queues
        self.backlog = backlog
        """Messages that wait in the queue when a round begins."""
        self.rounds: list[Round] = []

    def load(self, count: int, connections: int = _CONNECTIONS) -> Round:
        order = Order(port=self.port, count=count, connections=connections)
        pids = self.dyno.pids()
        queue, waiting = table.MESSAGE_PUBLIC, traffic.events(self.backlog)
        self.stage.fill(APP, queue, queue, waiting)
        with Generator(order) as generator:
            before, redis_before = cpu_seconds(pids), self._redis_cpu()
            report = generator.go()
            cpu, redis_cpu = cpu_seconds(pids) - before, self._redis_cpu() - redis_before
        if report.accepted != count:
            raise LoadError(f"{report.statuses} instead of {count} times 200")
        if self.queues:
            self._check(count)
        return Round(report.rate, cpu / count, report.cpu_seconds / count, redis_cpu / count)

    def _redis_cpu(self) -> float:
        used = self.stage.redis.info("cpu")
        return float(used["used_cpu_user"] + used["used_cpu_sys"])

    def _check(self, count: int) -> None:
        queued = self.stage.waiting(APP) - self.backlog
        self.stage.redis.flushall()
        if queued != count:
            raise LoadError(f"{count} events were acknowledged, {queued} are in the queue")


def run(sizes: Sizes) -> Outcome:
    """Load ours and bolt in turn, then both with more and more connections."""
    with Stage() as stage:
        bot, _ = stage.bot("web", more=_PROCESSES)
        ours = _Gateway(stage, bot.dynos["web"], bot.port, queues=True)
        behind = _Gateway(stage, bot.dynos["web"], bot.port, queues=True, backlog=_BACKLOG)
        bolt, threads = _bolt(stage, "gevent"), _bolt(stage, "gthread")
        everyone = (ours, behind, bolt, threads)
        for gateway in everyone:
            gateway.load(_WARM)
        for _ in range(sizes.gateway_rounds):
            for gateway in everyone:
                gateway.rounds.append(gateway.load(sizes.gateway_events))
        curves = _curves(ours, bolt, sizes)
    share = figures.median([r.load_cpu for r in ours.rounds])
    note = (
        f"gateway: the load generator takes {figures.seconds(share)} of CPU per event on the same "
        "machine, for both sides alike."
    )
    why = "gateway-redis: README.md has what the microseconds go into; on a slow machine it's more."
    return Outcome(_rows(ours, behind, bolt, threads), [curves], [note, why])


def _bolt(stage: Stage, worker_class: str) -> _Gateway:
    port = free_port()
    dyno = stage.peer(gunicorn(_BOLT, port, worker_class), port=port)
    return _Gateway(stage, dyno, port, queues=False)


def _curves(ours: _Gateway, bolt: _Gateway, sizes: Sizes) -> Curves:
    points: dict[str, list[tuple[float, float]]] = {"gopherbot, queued": [], "slack-bolt": []}
    count = max(60, sizes.gateway_events // 4)
    for connections in sizes.gateway_connections:
        for name, gateway in zip(points, (ours, bolt), strict=True):
            cpu = gateway.load(count, connections).cpu
            points[name].append((float(connections), cpu * 1e6))
    return Curves(
        title="The gateway's cost against connections",
        x_label="connections",
        y_label="µs of CPU an event",
        series=[Series(name, line) for name, line in points.items()],
    )


def _rows(ours: _Gateway, behind: _Gateway, bolt: _Gateway, threads: _Gateway) -> list[Row]:
    faster_behind, _ = _ratios(behind, bolt)
    redis_cpu, redis_cpu_behind = _redis_cpu(ours), _redis_cpu(behind)
    faster, cheaper = _ratios(ours, bolt)
    faster_threads, cheaper_threads = _ratios(ours, threads)
    return [
        Row(
            name="gateway",
            measured="events into the queue, 16 connections; slack-bolt on Falcon under the same "
            "gunicorn (2 workers, gevent), which queues nothing",
            ours=_rate(ours),
            baseline=_rate(bolt),
            ratio=figures.three_digits(faster),
            target="≥ 2 (aim 3)",
            reached=faster >= 2,
        ),
        Row(
            name="gateway-backlog",
            measured=f"the same while {_BACKLOG:,} events wait",
            ours=_rate(behind),
            baseline=_rate(bolt),
            ratio=figures.three_digits(faster_behind),
            target="≥ 2",
            reached=faster_behind >= 2,
        ),
        Row(
            name="gateway-redis",
            measured=f"CPU of Redis an event while {_BACKLOG:,} wait; while none do at first",
            ours=figures.seconds(redis_cpu_behind),
            baseline=figures.seconds(redis_cpu),
            ratio=figures.three_digits(redis_cpu_behind / redis_cpu),
            target="≤ 20 µs",
            reached=redis_cpu_behind <= 20e-6,
        ),
        Row(
            name="gateway-cpu",
            measured="the same, CPU of the gateway's processes an event",
            ours=_cpu(ours),
            baseline=_cpu(bolt),
            ratio=figures.three_digits(cheaper),
        ),
        Row(
            name="gateway-gthread",
            measured="events into the queue; slack-bolt under gthread (2 workers, 8 threads)",
            ours=_rate(ours),
            baseline=_rate(threads),
            ratio=figures.three_digits(faster_threads),
        ),
        Row(
            name="gateway-gthread-cpu",
            measured="the same, CPU of the gateway's processes an event",
            ours=_cpu(ours),
            baseline=_cpu(threads),
            ratio=figures.three_digits(cheaper_threads),
        ),
    ]


def _ratios(ours: _Gateway, theirs: _Gateway) -> tuple[float, float]:
    """Return how many times more events per second, and how many times less CPU."""
    pairs = list(zip(ours.rounds, theirs.rounds, strict=True))
    return (
        figures.median([a.rate / b.rate for a, b in pairs]),
        figures.median([b.cpu / a.cpu if a.cpu else 0.0 for a, b in pairs]),
    )


def _rate(gateway: _Gateway) -> str:
    return figures.rate(figures.median([r.rate for r in gateway.rounds]))


def _cpu(gateway: _Gateway) -> str:
    return figures.seconds(figures.median([r.cpu for r in gateway.rounds]))


def _redis_cpu(gateway: _Gateway) -> float:
    return figures.median([r.redis_cpu for r in gateway.rounds])
