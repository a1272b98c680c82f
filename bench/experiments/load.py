"""Reply time against offered load, in commands per second at a fixed rate, each answered."""

from __future__ import annotations

from bench import figures
from bench.curves import Curves, Series
from bench.load import Generator, Order, Report
from bench.processes import cpu_seconds
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage


def run(sizes: Sizes) -> Outcome:
    """Offer each of the rates in turn."""
    p50, p95, acknowledged = [], [], []
    table = []
    with Stage() as stage:
        bot, _ = stage.bot()
        _offer(stage, bot.port, 20, 20)
        for rate in sizes.load_rates:
            count = max(10, int(rate * sizes.load_seconds))
            workers = bot.dynos["worker"].pids()
            before = cpu_seconds(workers)
            report, replies = _offer(stage, bot.port, rate, count)
            cpu = (cpu_seconds(workers) - before) / count
            acks = [sent.acknowledged - sent.posted for sent in report.sent]
            middle, high = figures.median(replies), figures.percentile(replies, 0.95)
            p50.append((float(rate), middle * 1000))
            p95.append((float(rate), high * 1000))
            acknowledged.append((float(rate), figures.median(acks) * 1000))
            table.append((rate, middle, high, cpu))
    rate, middle, high, cpu = table[len(table) // 2]
    row = Row(
        name="load",
        measured=f"reply with {rate} commands a second offered, p50 / p95; "
        f"worker's CPU a reply {figures.seconds(cpu)}",
        ours=f"{figures.seconds(middle)} / {figures.seconds(high)}",
    )
    curves = Curves(
        title="Reply time against offered load",
        x_label="commands/s",
        y_label="ms",
        series=[
            Series("reply, p95", p95),
            Series("reply, p50", p50),
            Series("acknowledged, p50", acknowledged),
        ],
    )
    return Outcome([row], [curves])


def _offer(stage: Stage, port: int, rate: int, count: int) -> tuple[Report, list[float]]:
    position = stage.slack.position()
    order = Order(port=port, count=count, rate=rate, commands_every=1, connections=64)
    with Generator(order) as generator:
        report = generator.go()
    stage.slack.wait_for_posts(count, position)
    arrivals = stage.slack.posts(position)
    return report, [arrivals[sent.event_id] - sent.posted for sent in report.sent]
