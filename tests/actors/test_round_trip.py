"""The round trip through Slack: it comes back, its absence is told, and a quiet night is not."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
import redis
from conftest import RunningBot
from status.test_alerts import well
from support import Inside, wait_until

from gopherbot.actors import table
from gopherbot.actors.maintenance import round_trip
from gopherbot.dev.bot import APP
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.status.alerts import Alert, find_alerts
from gopherbot.status.snapshot import RoundTripStatus, SnapshotCollector
from slack_simulator import Simulator

MINUTE = 60.0
PERIOD = 10 * MINUTE
LOOK = MINUTE
KEY = f"{APP}:round_trip"


class VirtualTime:
    """A bot and a Slack in time that a test makes up; only what `status` reads of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.deaf = False
        self.sent = self.came = self.members = 0.0
        self.unanswered = 0

    def minutes(self, count: float) -> Iterator[list[Alert]]:
        """Let time pass; give what is told at each minute."""
        end = self.now + count * MINUTE
        while self.now < end:
            self.now += LOOK
            if self.now % PERIOD == 0:
                self.sent = self.now
                self.unanswered += 1
                if not self.deaf:
                    self.came, self.unanswered = self.now, 0
            yield self.told()

    def told(self) -> list[Alert]:
        trip = RoundTripStatus(
            self.now - self.sent, self.now - self.came, self.unanswered, "update"
        )
        found = find_alerts(well(round_trip=trip, heard=self.now - self.members))
        return [alert for alert in found if "round trip" in alert.text]


def test_a_slack_that_goes_deaf_is_told_within_21_minutes_and_well_again_at_one_round_trip() -> (
    None
):
    for offset in range(10):
        bot = VirtualTime()
        assert not any(bot.minutes(20 + offset))
        bot.members = bot.now
        bot.deaf = True
        began = bot.now
        first = next(told for told in bot.minutes(60) if told)
        assert bot.now - began <= 21 * MINUTE
        assert first[0].critical
        assert "Event Subscriptions" in first[0].text
        bot.deaf = False
        told = list(bot.minutes(11))
        assert not told[-1]


def test_a_week_of_quiet_nights_raises_no_alarm() -> None:
    bot, chance = VirtualTime(), random.Random(7)
    while bot.now < 7 * 24 * 60 * MINUTE:
        hours = chance.choice([0.02, 0.5, 3, 11, 12, 51])
        assert not any(bot.minutes(hours * 60))
        bot.members = bot.now


def test_one_that_got_lost_is_no_alarm() -> None:
    bot = VirtualTime()
    list(bot.minutes(25))
    bot.deaf = True
    told = list(bot.minutes(10))
    bot.deaf = False
    assert not any([*told, *bot.minutes(60)])


@pytest.mark.parametrize(
    ("state", "members_heard", "chosen"),
    [
        ({}, None, "update"),
        ({"unanswered": "2"}, 5.0, "update"),
        ({"unanswered": "3"}, 5.0, "post"),
        ({"unanswered": "3"}, 5000.0, "update"),
        ({"unanswered": "3"}, None, "update"),
        ({"unanswered": "9", "ever": "update"}, 5.0, "update"),
        ({"way": "post", "unanswered": "0", "ever": "post"}, 5000.0, "post"),
    ],
)
def test_edits_are_given_up_on_only_if_they_never_came_while_members_did(
    state: dict[str, str], members_heard: float | None, chosen: str
) -> None:
    assert round_trip.way(state, members_heard) == chosen


def test_what_it_sends_comes_back_by_slack(
    running_bot: RunningBot, slack: Simulator, inside: Inside, redis_client: redis.Redis
) -> None:
    channel = slack.workspace.conversation("general").id
    running_bot("web", "worker", GOPHER_SLACK_PROBE_CHANNEL=channel)
    collector = SnapshotCollector(redis_client, APP, scheduled_jobs(CONTENT_FOLDER))

    def trip() -> None:
        before = redis_client.hget(KEY, "came")
        inside.send(table.BACKGROUND, "round_trip")
        wait_until(lambda: redis_client.hget(KEY, "came") != before, "it came back")
        found = collector.collect()
        assert found.round_trip
        assert found.round_trip.misses == 0
        assert found.heard is None, "no member was heard"

    def sent_since(before: object) -> None:
        wait_until(lambda: redis_client.hget(KEY, "unanswered") != before, "one is sent")

    trip()
    parked = wait_until(lambda: redis_client.hget(KEY, "ts"), "it is parked")
    trip()
    assert redis_client.hget(KEY, "ts") == parked, "the second time it was changed"

    redis_client.hset(KEY, "way", "post")
    trip()

    slack.deliveries.gateways = []
    for _ in range(2):
        before = redis_client.hget(KEY, "unanswered")
        inside.send(table.BACKGROUND, "round_trip")
        sent_since(before)
    redis_client.hset(KEY, "sent", int(time.time() * 1000) - 60_000)
    [told] = [each for each in find_alerts(collector.collect()) if "round trip" in each.text]
    assert told.critical
    assert "Slack sends nothing" in told.text
