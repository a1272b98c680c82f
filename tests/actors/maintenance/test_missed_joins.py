"""Who joins while Slack is not heard is welcomed once it is heard again, and nobody else."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import redis
from conftest import RunningBot
from structlog.testing import capture_logs
from support import Bot, Inside, wait_until

from actors.conftest import NewWorker, warnings
from gopherbot import table
from gopherbot.actors.maintenance import missed_joins
from gopherbot.dev.bot import APP
from gopherbot.queues import messages
from gopherbot.slack.errors import Retryable
from gopherbot.storage import keys
from gopherbot.storage.members import WELCOMED_SECONDS, Members
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.objects import User

MINUTE = 60.0
TRIP, LIST = f"{APP}:round_trip", f"{APP}:members"
DELAYED = f"{APP}:slack_team_join.DQ.msgs"
PROBE_CHANNEL = "C029RQSEE"
ON = {"GOPHER_WELCOME_MISSED": "60", "GOPHER_SLACK_PROBE_CHANNEL": PROBE_CHANNEL}


class Community:
    """A bot in a Slack that can go deaf, and what its members were told."""

    def __init__(self, slack: Simulator, inside: Inside) -> None:
        self.slack = slack
        self.inside = inside
        self.client = inside.client

    def job(self, name: str) -> None:
        key = f"{APP}:jobs"
        self.client.hdel(key, name)
        self.inside.send(table.BACKGROUND, name)
        wait_until(lambda: self.client.hget(key, name), f"{name} has run")

    def round_trip(self) -> None:
        before = self.client.hget(TRIP, "came")
        self.inside.send(table.BACKGROUND, "round_trip")
        wait_until(lambda: self.client.hget(TRIP, "came") != before, "it came back")

    def list_members(self) -> None:
        """Have a list made, and confirmed by a round trip."""
        self.round_trip()
        self.job("missed_joins")
        assert not self.client.exists(LIST), "it is not confirmed yet"
        self.round_trip()
        self.job("missed_joins")
        assert self.client.exists(LIST)

    def be_silent(self, *names: str) -> dict[str, str]:
        """Let members join within 40 minutes, undelivered. Return their ids and the events'."""
        gateways, self.slack.deliveries.gateways = self.slack.deliveries.gateways, []
        joined = [self.slack.join_team(name) for name in names]
        self.client.hset(TRIP, "came", int((time.time() - 40 * MINUTE) * 1000))
        self.client.hset(LIST, "at", time.time() - 50 * MINUTE)
        self.slack.deliveries.gateways = gateways
        self.round_trip()
        return {each.user.id: str(each.event_id) for each in joined}

    def welcomed(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for post in self.slack.posts():
            place = self.slack.workspace.conversations[post.channel]
            if place.kind == "im" and "Welcome to the Gophers" in post.text:
                found.update(member for member in place.members if member != "U0GOPHERBOT")
        return found

    def wait_welcomed(self, ids: Iterable[str]) -> None:
        wait_until(lambda: set(ids) <= self.welcomed().keys(), "all are welcomed")


@pytest.fixture
def community(slack: Simulator, inside: Inside) -> Community:
    return Community(slack, inside)


def add(slack: Simulator, id: str, **more: object) -> str:
    """Let somebody be there whom no event told of."""
    person = User(id=id, name=id.lower(), real_name=id, updated=int(time.time()))
    for name, value in more.items():
        setattr(person, name, value)
    slack.workspace.users[id] = person
    return id


def test_who_joined_meanwhile_is_welcomed_once(
    running_bot: RunningBot, community: Community, slack: Simulator
) -> None:
    bot = running_bot("web", "worker", **ON)
    community.list_members()
    for id, what in (("UGUEST", "is_guest"), ("UGONE", "is_deleted"), ("UBOT", "bot_id")):
        add(slack, id, **{what: "B0OTHER" if what == "bot_id" else True})
    joined = community.be_silent("ada", "grace")
    assert not community.welcomed()
    community.job("missed_joins")
    community.wait_welcomed(joined)
    # Slack sends one of the joins after all, and the job runs once more.
    late = next(iter(joined.values()))
    slack.deliveries.send_late(late, age=0)
    bot.handled(late)
    community.job("missed_joins")
    community.inside.wait_drained()
    assert community.welcomed() == Counter(joined.keys())
    assert not community.client.hexists(TRIP, "silent_from")


def test_killed_worker_welcomes_nobody_twice(running_bot: RunningBot, community: Community) -> None:
    bot: Bot = running_bot("web", "worker", **ON)
    community.list_members()
    joined = community.be_silent("ada", "grace", "barbara", "frances", "jean")
    silence = community.client.hmget(TRIP, ["silent_from", "silent_until"])
    community.job("missed_joins")
    wait_until(community.welcomed, "the first is welcomed")
    bot.dynos["worker"].kill()
    # As if it had been killed before the silence was forgotten, too.
    for field, value in zip(("silent_from", "silent_until"), silence, strict=True):
        community.client.hset(TRIP, field, value or 0)
    bot.start("worker")
    community.job("missed_joins")
    community.wait_welcomed(joined)
    community.inside.wait_drained()
    assert community.welcomed() == Counter(joined.keys())


# The rest looks at one run of the job, in this process.


class Silence:
    """A worker that was switched on an hour ago, and heard Slack again just now."""

    def __init__(self, slack: Simulator, client: redis.Redis, new_worker: NewWorker) -> None:
        self.slack = slack
        self.client = client
        self.new_worker = new_worker
        self.members = Members(client, APP)
        self.worker = new_worker(**ON)
        everyone = [member.id for page in self.worker.slack.members() for member in page]
        self.members.propose(everyone, time.time() - 50 * MINUTE)
        self.members.confirm()
        silent(client, 40 * MINUTE)

    def add(self, id: str, **more: object) -> str:
        return add(self.slack, id, **more)

    def run(self, **more: str) -> None:
        """Run the job, in a worker with another environment if there is any."""
        missed_joins.run(self.new_worker(**ON | more) if more else self.worker)

    @property
    def sent(self) -> dict[str, float]:
        """Whom an event was sent for, and when it is due (Unix seconds)."""
        values: list[Any] = self.client.hvals(DELAYED)
        found = [messages.decode(data) for data in values]
        return {
            json.loads(bytes(each.args[0]))["event"]["user"]["id"]: each.options["eta"] / 1000
            for each in found
        }


@pytest.fixture
def silence(slack: Simulator, redis_client: redis.Redis, new_worker: NewWorker) -> Silence:
    return Silence(slack, redis_client, new_worker)


def silent(client: redis.Redis, seconds: float) -> None:
    now = time.time()
    times = {"silent_from": now - seconds, "silent_until": now, "came": now}
    client.hset(TRIP, items=[x for k, at in times.items() for x in (k, int(at * 1000))])


def test_no_more_are_welcomed_in_a_minute_than_the_setting_says(silence: Silence) -> None:
    ids = {silence.add(f"UNEW{number}") for number in range(7)}
    silence.run(GOPHER_WELCOME_MISSED="3")
    due = silence.sent
    assert due.keys() == ids
    times = sorted(due.values())
    assert all(later - sooner >= 19.9 for sooner, later in itertools.pairwise(times))


def test_unwelcomed_newcomer_counts_as_new(silence: Silence, tmp_path: Path) -> None:
    """Spammers may have joined while Slack sent no events."""
    (tmp_path / "workspace.toml").write_text('name = "Gophers"\n')
    (tmp_path / "moderation.toml").write_text('[waves]\nchannel = "moderators"\n')
    ids = {silence.add(f"UNEW{number}") for number in range(3)}
    watching = silence.new_worker(**ON, GOPHER_CONTENT=str(tmp_path))
    missed_joins.run(watching)
    assert watching.waves
    new = silence.client.zrange(keys.wave_memory(APP, "new"), 0, -1)
    assert set(new) == {watching.waves._fingerprints.member(id) for id in ids}


def test_known_member_with_a_new_profile_is_not_new(silence: Silence) -> None:
    silence.slack.workspace.user("regular").updated = int(time.time())
    silence.members.welcome(silence.add("UKNOWN"))
    silence.run()
    assert silence.sent == {}


@pytest.mark.parametrize(
    ("ago", "more", "welcomed"),
    [
        (0, {}, True),
        (40 * MINUTE + 20, {}, True),
        (45 * MINUTE, {}, False),
        *((0, what, False) for what in ({"is_guest": 1}, {"is_deleted": 1}, {"bot_id": "B0NEW"})),
    ],
)
def test_active_regular_members_who_changed_since_the_silence_began_are_welcomed(
    silence: Silence, ago: float, more: dict[str, object], welcomed: bool
) -> None:
    """Whoever changed nothing since then cannot have joined in it."""
    new = silence.add("UNEW", updated=int(time.time() - ago), **more)
    silence.run()
    assert (new in silence.sent) is welcomed


def test_a_silence_is_remembered_until_slack_has_listed_its_members(silence: Silence) -> None:
    new = silence.add("UNEW")
    silence.slack.faults.add(Fault(kind="ratelimited", method="users.list", retry_after=100))
    with pytest.raises(Retryable) as caught:
        silence.run()
    assert caught.value.retry_after == 100, "Slack said how long"
    silence.run()
    assert silence.sent.keys() == {new}


@pytest.mark.parametrize(
    ("seconds", "listed", "welcomed"),
    [
        (6 * table.DAY, 7 * table.DAY, True),
        (8 * table.DAY, 9 * table.DAY, False),
        (40 * MINUTE, 20 * MINUTE, False),
    ],
    ids=["almost a week", "more than a week", "listed in the silence"],
)
def test_a_silence_counts_if_it_is_no_longer_than_a_week_and_began_after_the_list(
    silence: Silence, seconds: float, listed: float, welcomed: bool
) -> None:
    new = silence.add("UNEW")
    silent(silence.client, seconds)
    silence.client.hset(LIST, "at", time.time() - listed)
    silence.run()
    assert silence.sent.keys() == ({new} if welcomed else set())


def test_list_is_renewed_daily_and_confirmed_by_later_round_trips(silence: Silence) -> None:
    silence.client.hdel(TRIP, "silent_from", "silent_until")
    silence.run()
    assert silence.members.proposed_at() is None, "the list is not a day old"
    silence.client.hset(LIST, "at", time.time() - table.DAY - 1)
    silence.run()
    proposed = silence.members.proposed_at()
    assert proposed
    assert 0 < silence.client.ttl(f"{LIST}:next") <= WELCOMED_SECONDS
    silence.run()
    assert silence.members.proposed_at() == proposed, "no round trip has returned since"
    silence.client.hset(TRIP, "came", int((proposed + 1) * 1000))
    silence.run()
    assert silence.members.listed_at() == proposed


def test_once_switched_off_it_forgets(silence: Silence) -> None:
    silence.members.welcome("U1")
    missed_joins.run(silence.new_worker())
    assert not silence.client.exists(LIST, f"{LIST}:next", f"{APP}:welcomed")
    assert not silence.client.hexists(TRIP, "silent_from")


def test_next_welcome_drops_those_of_long_ago(redis_client: redis.Redis) -> None:
    members = Members(redis_client, APP)
    redis_client.zadd(f"{APP}:welcomed", {"UOLD": time.time() - WELCOMED_SECONDS - 1})
    members.welcome("UNEW")
    assert not members.was_welcomed("UOLD")
    assert members.was_welcomed("UNEW")


def test_nobody_is_listed_before_a_round_trip(new_worker: NewWorker, slack: Simulator) -> None:
    with capture_logs() as logs:
        missed_joins.run(new_worker(**ON))
    assert warnings(logs) == ["cannot look for missed joins: no round trip has returned yet"]
    assert slack.calls("users.list") == []


def test_to_switch_it_on_welcomes_no_one(new_worker: NewWorker, redis_client: redis.Redis) -> None:
    worker = new_worker(**ON)
    silent(redis_client, 40 * MINUTE)
    for _ in range(3):
        missed_joins.run(worker)
    assert redis_client.hvals(DELAYED) == []


def test_a_list_that_may_hold_who_was_missed_is_thrown_away(silence: Silence) -> None:
    """It was made in the silence, before anybody knew of it."""
    new = silence.add("UNEW")
    silence.members.propose([new], time.time() - 10 * MINUTE)
    silence.run()
    assert silence.sent.keys() == {new}
    assert silence.members.proposed_at() is None


def test_in_shadow_mode_nobody_is_welcomed(silence: Silence) -> None:
    silence.add("UNEW")
    silence.run(ENV="staging")
    assert silence.sent == {}
