"""The probe: an event of our own goes the whole way, and its absence is noticed."""

from __future__ import annotations

import re
import signal

import msgspec
import pytest
import redis
from conftest import RunningBot
from pace import load_adjusted
from support import Inside, wait_until

from actors.conftest import NewWorker, run_background
from gopherbot import table
from gopherbot.actors.maintenance import probe
from gopherbot.dev.bot import APP
from gopherbot.status.alerts import LATE_SECONDS, find_alerts
from gopherbot.status.snapshot import SnapshotCollector, StatusSnapshot
from slack_simulator import Simulator

PROBE = f"{APP}:probe"


def send(inside: Inside) -> None:
    inside.send(table.BACKGROUND, "probe")


def came(collector: SnapshotCollector) -> StatusSnapshot:
    wait_until(lambda: collector.collect().probe, "a probe came through")
    return collector.collect()


def grow_old(client: redis.Redis, seconds: float) -> None:
    at = int(client.hget(PROBE, "at") or 0)
    client.hset(PROBE, "at", at - int(seconds * 1000))


def words(collector: SnapshotCollector) -> str:
    return "\n".join(alert.text for alert in find_alerts(collector.collect()))


def test_it_goes_through_gateway_queue_and_worker_and_slack_is_not_called(
    running_bot: RunningBot, slack: Simulator, inside: Inside, collector: SnapshotCollector
) -> None:
    bot = running_bot("web", "worker")
    send(inside)
    snapshot = came(collector)
    assert snapshot.probe
    assert snapshot.probe.way == "gateway"
    assert snapshot.probe.took < load_adjusted(2.5)
    assert snapshot.probe.age < 20
    bot.printed.wait("handled", actor=table.BACKGROUND)
    inside.wait_drained()
    assert [call for call in slack.calls() if call.method != "auth.test"] == []
    assert inside.all_dead() == {}


def test_where_the_gateways_address_is_not_known_it_goes_through_queue_and_worker(
    new_worker: NewWorker, collector: SnapshotCollector
) -> None:
    context = new_worker(GOPHER_GATEWAY_URL="")
    probe.run(context)
    run_background(context)
    snapshot = collector.collect()
    assert snapshot.probe
    assert snapshot.probe.way == "queue"


@pytest.mark.parametrize(("ago", "took"), [(-3600, 0), (7, 7)], ids=["a clock ahead", ""])
def test_how_long_it_took_is_known_for_a_day(
    new_worker: NewWorker, collector: SnapshotCollector, ago: int, took: int
) -> None:
    context = new_worker()
    sent = msgspec.json.decode(probe.envelope(context, probe.BY_QUEUE), type=probe.ProbeEnvelope)
    sent.event.sent -= ago
    probe.handle(context, msgspec.json.encode(sent))
    snapshot = collector.collect()
    assert snapshot.probe
    assert took <= snapshot.probe.took < 60 * (took > 0) + 0.001
    assert 23 * table.HOUR < context.redis.ttl(PROBE) <= table.DAY


def test_a_gateway_that_does_not_take_it_is_told_and_is_no_success(
    running_bot: RunningBot, inside: Inside, collector: SnapshotCollector
) -> None:
    bot = running_bot("web")
    bot.start("worker", GOPHER_SLACK_REQUEST_SECRET="another")
    send(inside)
    bot.printed.wait("the gateway rejected the probe", status=401)
    inside.wait_drained()
    snapshot = collector.collect()
    assert snapshot.probe is None
    assert [job.name for job in snapshot.jobs if job.succeeded is not None] == []


def test_a_gateway_that_starts_after_the_worker_takes_it_soon(
    running_bot: RunningBot, inside: Inside, collector: SnapshotCollector
) -> None:
    bot = running_bot("worker")
    send(inside)
    bot.printed.wait("will try again", actor="probe")
    bot.start("web")
    assert came(collector).probe


def test_a_worker_that_stopped_is_noticed(
    running_bot: RunningBot, collector: SnapshotCollector, redis_client: redis.Redis
) -> None:
    bot = running_bot()
    came(collector)
    wait_until(lambda: not find_alerts(collector.collect()), "all is well")
    bot.dynos["worker"].signal_all(signal.SIGSTOP)
    # It cannot say so. Its silence is noticed after ten seconds, its probe's after two minutes.
    wait_until(lambda: "no worker is alive" in words(collector), "its silence is noticed")
    grow_old(redis_client, LATE_SECONDS)
    assert re.search(
        r"the probe is (1\d\d s|2 min) old: the workers have stopped", words(collector)
    )
