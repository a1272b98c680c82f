"""Today's code reads what each release has left in Redis.

When one of these fails, that release and this one cannot run side by side: keep what is written as
it was, add to it, or say in `docs/upgrading.md` what the deploy needs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from support import InProcessWorker, Inside, every_watcher_in, wait_until

from gopherbot import table
from gopherbot.commands.why.story import Subject, build_history
from gopherbot.commands.why.verdict import Conclusion
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.ledger import ClaimState, Ledger
from gopherbot.metrics import journal
from gopherbot.queues import messages
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.status.snapshot import SnapshotCollector
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.raw_connection import RawConnections
from slack_simulator import Simulator
from slack_simulator.workspace.objects import Conversation, User

from .recording import publish
from .sample import Sample, load_all

AGE_SECONDS = 8
"""How old a sample is when it is read: its worker counts as dead, and its messages are fresh."""
SAID = Counter(
    {
        # A coin, the channels, and a link that was edited; a term, for the asker's eyes.
        ("general", False): 3,
        ("general", True): 1,
        # The coin that a worker died over, and the new emoji.
        ("random", False): 2,
        # To #newbies, and by DM: a coin and a welcome.
        ("newbies", True): 1,
        ("", False): 2,
    }
)


@pytest.fixture(params=load_all(), ids=lambda sample: sample.release[:12])
def sample(request: pytest.FixtureRequest, redis_client: redis.Redis) -> Sample:
    """A release's sample, in the empty Redis."""
    kept: Sample = request.param
    kept.restore(redis_client, AGE_SECONDS)
    return kept


@pytest.fixture
def inside(sample: Sample, redis_client: redis.Redis) -> Inside:
    return Inside(redis_client)


@pytest.fixture
def station(sample: Sample, redis_server: RedisServer, tmp_path: Path) -> Iterator[InProcessWorker]:
    """A worker of today that has not started yet."""
    more = {"GOPHER_CONTENT": str(every_watcher_in(tmp_path)), "GOPHER_WELCOME_MISSED": "20"}
    with InProcessWorker(redis_server.url, **more) as station:
        publish(station.slack)
        yield station


@pytest.mark.slow
def test_a_worker_does_all_that_waits_once(station: InProcessWorker, inside: Inside) -> None:
    _settle_in(station.slack, _events(inside))
    dead = inside.all_dead()
    station.start()
    wait_until(lambda: not any(map(inside.messages, table.QUEUES)), "nothing waits", every=0.05)
    assert inside.all_dead() == dead
    posts = Counter((post.channel_name, post.ephemeral) for post in station.slack.posts())
    assert posts == SAID
    assert {each.emoji for each in station.slack.reactions()} == {"bbqgopher", "ghost", "dragon"}


def _events(inside: Inside) -> list[dict[str, Any]]:
    """Return the events that wait."""
    found = [data for queue in table.QUEUES for data in inside.messages(queue).values()]
    arguments = [message.args for message in map(messages.decode, found) if len(message.args) > 1]
    return [msgspec.json.decode(envelope)["event"] for envelope, *_ in arguments]


NEWER = {"vulnerabilities"}
"""Jobs that the release of the oldest sample doesn't have."""


def _settle_in(slack: Simulator, events: Iterable[dict[str, Any]]) -> None:
    """Give a workspace the members, conversations and messages that events are about."""
    for event in events:
        user, channel = event.get("user"), str(event.get("channel", ""))
        if isinstance(user, dict):
            member = User(id=user["id"], name=user["id"], real_name="", email="")
            slack.workspace.users[member.id] = member
        if event.get("channel_type") == "im":
            members = dict.fromkeys([slack.identity.bot_user_id, str(user)])
            direct = Conversation(id=channel, name="", kind="im", members=members)
            slack.workspace.conversations[channel] = direct
        if event["type"] == "message" and not event.get("subtype"):
            slack.workspace.say(event["text"], channel, str(user), ts=event["ts"])


def test_status_shows_processes_jobs_and_queues(sample: Sample, redis_client: redis.Redis) -> None:
    jobs = scheduled_jobs(CONTENT_FOLDER)
    snapshot = SnapshotCollector(redis_client, APP, jobs).collect()
    commits = {(each.kind, each.commit) for each in snapshot.processes}
    assert commits == {(kind, sample.release) for kind in ("web", "worker", "scheduler")}
    assert snapshot.alive("web")
    assert snapshot.alive("scheduler")
    assert {job.name for job in snapshot.jobs if job.succeeded is None} <= NEWER
    (gerrit,) = (job for job in snapshot.jobs if job.name == "gerrit")
    assert gerrit.announced
    assert gerrit.rejected
    assert snapshot.probe
    assert snapshot.round_trip
    assert snapshot.heard is not None
    assert snapshot.channels
    assert snapshot.total["answered"]
    assert snapshot.dead_letters == 1
    assert {queue.name for queue in snapshot.queues if queue.waiting} == set(table.EVENT_QUEUES)
    assert [queue.name for queue in snapshot.queues if queue.delayed] == [table.TEAM_JOIN]
    assert [queue.name for queue in snapshot.queues if queue.in_flight] == [table.MESSAGE_PUBLIC]


def test_why_reads_its_journal(sample: Sample, redis_client: redis.Redis) -> None:
    records = journal.read(redis_client, APP)
    chunks = sample.keys[keys.journal(APP)].value
    assert len(records) == sum(chunk.count("\n") for chunk in chunks)
    answered = {each.event for each in records if any(map(_performed, each.notes))}
    assert len(answered) > 5
    assert {build_history(records, Subject(event=event)).verdict for event in answered} == {
        Conclusion.ANSWERED
    }


def _performed(note: str) -> bool:
    return note.startswith("performed ")


def test_what_it_settled_is_settled(sample: Sample, inside: Inside) -> None:
    ledger = Ledger(RawConnections(inside.client, 1), APP, "today")
    prefix = keys.ledger(APP, "")
    settled = []
    for key in map(text, inside.client.scan_iter(f"{prefix}*")):
        entries = {text(k): text(v) for k, v in inside.client.hgetall(key).items()}
        with ledger.claimant(key.removeprefix(prefix)) as claimant:
            settled += [
                claimant.claim(effect).state for effect in entries if entries[effect] == "settled"
            ]
    assert settled == [ClaimState.SETTLED] * len(settled)
    assert len(settled) > 10


def test_what_stands_is_read(sample: Sample, inside: Inside) -> None:
    ledger = Ledger(RawConnections(inside.client, 1), APP, "today")
    posted = [
        answer.kind
        for message in map(text, inside.client.zrange(keys.answered(APP), 0, -1))
        for answer in ledger.read(message).posted.values()
    ]
    assert set(posted) == {"reply", "ephemeral", "emoji", "taken"}
