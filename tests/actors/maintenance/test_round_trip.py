"""The round trip through Slack: it comes back, its absence is told, and a quiet night is not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
import urllib3
from cases import cases
from commands import run
from conftest import RunningBot
from support import Bot, Inside, wait_until

from actors.conftest import NewWorker, handle_one
from gopherbot import table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import round_trip
from gopherbot.dev.bot import APP
from gopherbot.metrics.counters import RECEIVED, SLACK_HEARD
from gopherbot.status.advice import Alert
from gopherbot.status.alerts import find_alerts
from gopherbot.status.slack_alerts import EVERY_SECONDS
from gopherbot.status.snapshot import SnapshotCollector
from gopherbot.storage import keys
from slack_simulator import Fault, Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.web_api.faults import FaultKind

MINUTE = 60.0
PERIOD = 10 * MINUTE
KEY = f"{APP}:round_trip"
PROBE_CHANNEL = "C029RQSEE"


@pytest.mark.parametrize(
    ("state", "members_heard", "chosen"),
    [
        ({}, None, "update"),
        ({"unanswered": "2"}, 5.0, "update"),
        ({"unanswered": "3"}, 5.0, "post"),
        ({"unanswered": "3"}, 599.0, "post"),
        ({"unanswered": "3"}, 601.0, "update"),
        ({"unanswered": "3"}, None, "update"),
        ({"unanswered": "9", "ever": "update"}, 5.0, "update"),
        ({"way": "post", "unanswered": "0", "ever": "post"}, 5000.0, "post"),
    ],
)
def test_edits_are_given_up_on_only_if_they_never_came_while_members_did(
    state: dict[str, str], members_heard: float | None, chosen: str
) -> None:
    assert round_trip.way(state, members_heard) == chosen


def age(client: redis.Redis, minutes: float) -> None:
    """Let time pass for all that tells when Slack was heard."""
    for key, fields in (
        (KEY, ("sent", "came", "silent_from", "silent_until")),
        (keys.jobs(APP), (SLACK_HEARD,)),
    ):
        for field in fields:
            at = client.hget(key, field)
            if at is not None:
                client.hset(key, field, int(at) - int(minutes * MINUTE * 1000))


class Trips:
    """A bot that runs, whose scheduler is the test."""

    def __init__(
        self, bot: Bot, slack: Simulator, inside: Inside, collector: SnapshotCollector
    ) -> None:
        self.bot = bot
        self.slack = slack
        self.inside = inside
        self.client = inside.client
        self.collector = collector

    def comes_back(self) -> None:
        before = self.client.hget(KEY, "came")
        self.inside.send(table.BACKGROUND, "round_trip")
        wait_until(lambda: self.client.hget(KEY, "came") != before, "it came back")
        # Its event may be faster than the answer to its call, which tells what is parked.
        self.inside.wait_drained()

    def gets_lost(self) -> None:
        """Send one in a Slack that tells nobody, and wait until it was sent."""
        before = int(self.client.hget(KEY, "unanswered") or 0)
        with self.deaf():
            self.inside.send(table.BACKGROUND, "round_trip")
            wait_until(lambda: int(self.client.hget(KEY, "unanswered") or 0) > before, "it is sent")
            self.inside.wait_drained()
            self.slack.deliveries.wait_idle()

    @contextmanager
    def deaf(self) -> Iterator[None]:
        gateways, self.slack.deliveries.gateways = self.slack.deliveries.gateways, []
        yield
        self.slack.deliveries.gateways = gateways

    def member_is_heard(self) -> None:
        self.client.hdel(keys.jobs(APP), SLACK_HEARD)
        self.slack.say("good morning", channel="general")
        wait_until(lambda: self.client.hget(keys.jobs(APP), SLACK_HEARD), "a member is heard")

    def told(self) -> list[Alert]:
        found = find_alerts(self.collector.collect())
        return [each for each in found if "round trip" in each.text]

    def status(self) -> str:
        return run("status", more=self.bot.environment | {"COLUMNS": "150"}).stdout

    def get(self, path: str) -> str:
        headers = {"Authorization": "Bearer token"}
        return urllib3.request("GET", f"{self.bot.url}{path}", headers=headers).data.decode()


def is_ago(minutes: int, text: str) -> bool:
    """Return whether a text says twice, of members and the round trip, that it is so long ago."""
    found = [int(number) for number in re.findall(r"(\d+) min ago", text)]
    # A busy machine takes its time to look.
    return len(found) == 2 and all(minutes <= each < minutes + 3 for each in found)


@pytest.fixture
def trips(
    running_bot: RunningBot, slack: Simulator, inside: Inside, collector: SnapshotCollector
) -> Trips:
    channel = slack.workspace.conversation("golang-cls").id
    more = {"GOPHER_SLACK_PROBE_CHANNEL": channel, "GOPHER_METRICS_TOKEN": "token"}
    return Trips(running_bot("web", "worker", **more), slack, inside, collector)


def test_it_is_sent_every_ten_minutes() -> None:
    (row,) = (job for job in table.JOBS if job.name == "round_trip")
    assert row.every == PERIOD == EVERY_SECONDS


def test_it_changes_one_message_of_its_own(trips: Trips, slack: Simulator) -> None:
    for _ in range(3):
        trips.comes_back()
    calls = [call.method for call in slack.calls() if call.method.startswith("chat.")]
    assert calls == ["chat.postMessage", "chat.update", "chat.update"]
    [parked] = slack.posts("golang-cls")
    updates = slack.calls("chat.update")
    assert {call.arguments["ts"] for call in updates} == {parked.ts}
    found = trips.collector.collect()
    assert found.round_trip
    assert found.round_trip.misses == 0
    # The gateway tells what it received, and whom it heard, at its next heartbeat.
    name = f"{RECEIVED}:{table.MESSAGE_PUBLIC}"
    wait_until(lambda: trips.collector.collect().hour.get(name, 0) >= 3, "its events are counted")
    assert trips.collector.collect().heard is None, "no member was heard"


# One run of the job, in this process.


@pytest.fixture
def worker(new_worker: NewWorker) -> WorkerContext:
    return new_worker(GOPHER_SLACK_PROBE_CHANNEL=PROBE_CHANNEL)


@cases("kind", "error", "waits")
def test_only_a_call_of_unknown_outcome_is_waited_for(
    worker: WorkerContext, slack: Simulator, kind: FaultKind, error: str, waits: str
) -> None:
    done = kind == "server_error"
    slack.faults.add(Fault(kind=kind, method="chat.postMessage", error=error, done=done))
    round_trip.run(worker)
    assert worker.redis.hget(KEY, "unanswered") == waits.encode()


def test_a_post_that_returned_counts_though_its_deletion_fails(
    worker: WorkerContext, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack.deliveries, "send", lambda event: handle_one(worker, event))
    slack.faults.add(Fault(kind="ratelimited", method="chat.delete"))
    worker.redis.hset(KEY, items=["channel", PROBE_CHANNEL, "way", "post", "unanswered", 5])
    round_trip.run(worker)
    assert worker.redis.hget(KEY, "unanswered") == b"0"


@pytest.mark.parametrize(("minutes", "silent"), [(20, False), (30, True)])
def test_a_silence_is_longer_than_two_round_trips(
    worker: WorkerContext, minutes: int, silent: bool
) -> None:
    worker.redis.hset(KEY, "came", int(time.time() - minutes * MINUTE) * 1000)
    round_trip.notice(worker, PROBE_CHANNEL, own=True)
    assert worker.redis.hexists(KEY, "silent_from") is silent


def test_two_silences_in_a_row_are_one(worker: WorkerContext) -> None:
    now = int(time.time() * 1000)
    first = now - int(99 * MINUTE) * 1000
    worker.redis.hset(KEY, mapping={"came": now - int(40 * MINUTE) * 1000, "silent_from": first})
    round_trip.notice(worker, PROBE_CHANNEL, own=True)
    assert int(worker.redis.hget(KEY, "silent_from") or 0) == first


def test_other_channel_is_no_round_trip(worker: WorkerContext, redis_client: redis.Redis) -> None:
    round_trip.notice(worker, "C0OTHER", own=True)
    assert not redis_client.exists(KEY)


def test_a_failed_round_trip_is_no_success(worker: WorkerContext, slack: Simulator) -> None:
    for times in (1, 0):
        slack.faults.clear()
        slack.faults.add(Fault(kind="server_error", method="chat.postMessage", times=times))
        worker.counts.began("round_trip")
        round_trip.run(worker)
        worker.counts.ended("round_trip")
        assert ("round_trip" in worker.counts.take()[1]) is (times == 0)


def test_only_an_event_of_the_bots_own_is_a_round_trip(
    worker: WorkerContext, slack: Simulator, heard: list[EventEnvelope]
) -> None:
    said = slack.workspace.say_as_bot("hello")
    slack.workspace.edit(said.channel, said.ts, "hello again", said.author.id)
    slack.say("good morning")
    assert {said.channel} == {PROBE_CHANNEL}
    for event in heard:
        handle_one(worker, event)
    assert worker.redis.hget(KEY, "came") is None
    heard.clear()
    round_trip.run(worker)
    handle_one(worker, heard[0])
    assert worker.redis.hget(KEY, "came")


@pytest.mark.parametrize("error", ["edit_window_closed", "message_not_found"])
def test_a_parked_message_that_cannot_be_edited_is_replaced(
    worker: WorkerContext, slack: Simulator, error: str
) -> None:
    round_trip.run(worker)
    slack.faults.add(Fault(kind="error", method="chat.update", error=error))
    round_trip.run(worker)
    _, parked = (post.ts for post in slack.posts())
    assert worker.redis.hget(KEY, "ts") == parked.encode()


def test_new_probe_channel_starts_over(worker: WorkerContext, redis_client: redis.Redis) -> None:
    old: list[str | int] = ["channel", "C0OTHER", "unanswered", 5, "way", "post", "ts", "1.2"]
    redis_client.hset(KEY, items=[*old, "came", 1, "ever", "post"])
    round_trip.run(worker)
    assert redis_client.hmget(KEY, ["channel", "unanswered", "way", "came", "ever"]) == [
        *(PROBE_CHANNEL.encode(), b"1", b"update", None, None)
    ]


def test_deaf_slack_is_told_everywhere_until_well(trips: Trips, redis_client: redis.Redis) -> None:
    trips.comes_back()
    trips.member_is_heard()
    minute = 0
    while not trips.told():
        minute += 1
        assert minute <= 21
        age(redis_client, 1)
        if minute % 10 == 0:
            trips.gets_lost()
    [alert] = trips.told()
    assert alert.critical
    assert "Slack sends nothing: 2 round trips" in alert.text
    assert is_ago(minute, alert.text)
    assert "Event Subscriptions" in alert.text
    assert "request URL" in alert.text
    status = trips.status()
    assert "✗ Slack sends nothing" in status
    [heard] = (line for line in status.splitlines() if line.startswith("Slack last heard"))
    assert is_ago(minute, heard)
    ready = trips.get("/_ready").splitlines()
    assert ready[0] == "ready"
    assert is_ago(minute, ready[2])
    metrics = trips.get("/metrics")
    assert "gopherbot_round_trip_misses 2" in metrics
    for by in ("members", "probe"):
        seconds = re.search(rf'gopherbot_slack_heard_age_seconds{{by="{by}"}} (\d+)', metrics)
        assert seconds
        assert minute <= int(seconds[1]) / MINUTE < minute + 3
    trips.comes_back()
    assert not trips.told()
    assert "Slack sends nothing" not in trips.status()


def test_missing_own_edits_lead_to_posts_told_once(trips: Trips, slack: Simulator) -> None:
    for _ in range(3):
        trips.gets_lost()
        trips.member_is_heard()
    for _ in range(3):
        trips.comes_back()
    said = [
        line
        for line in trips.bot.printed.lines(level="warning")
        if "posts and deletes" in line["event"]
    ]
    assert len(said) == 1
    trips.inside.wait_drained()
    calls = [call.method for call in slack.calls() if call.method.startswith("chat.")]
    tried = ["chat.postMessage", "chat.update", "chat.update"]
    assert calls == [*tried, *3 * ["chat.postMessage", "chat.delete"]]
