"""Redis away, hanging or full: refused in time, nothing half-done, and well again by itself."""

import shlex
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from pace import load_adjusted
from support import Bot, Inside, wait_until

from gopherbot.dev.redis_server import RedisServer
from gopherbot.web.monitoring import ANSWER_SECONDS
from slack_simulator import Simulator

from .client import Answer, Gateway
from .conftest import Start

PROMISED = 2.5


@pytest.fixture(scope="module")
def troubled(server: RedisServer, start: Start) -> Bot:
    return start(server.url)


@pytest.fixture
def gate(troubled: Bot, server: RedisServer, web_slack: Simulator) -> Iterator[Gateway]:
    """The gateway; afterwards Redis is well again, and the gateway knows."""
    yield Gateway(troubled.port, web_slack)
    if server.process is None or server.process.poll() is not None:
        server.start()
    server.signal(signal.SIGCONT)
    troubled.wait_until_ready()


@pytest.fixture
def inside(server: RedisServer) -> Iterator[Inside]:
    with server.client() as client:
        client.flushall()
        yield Inside(client)


@contextmanager
def frozen(server: RedisServer) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


def is_turned_away(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.seconds < load_adjusted(PROMISED)
    assert answer.headers["retry-after"]
    assert len(answer.body) < 120


def not_ready(gate: Gateway) -> Answer:
    """Return the first answer that says so: it asks Redis once a second."""

    def answer() -> Answer | None:
        answer = gate.send("GET", "/_ready")
        return answer if answer.status == 503 else None

    found = wait_until(answer, "it is not ready", 10)
    assert found
    return found


def test_with_redis_gone_events_are_refused_until_it_is_back(
    gate: Gateway, server: RedisServer, inside: Inside
) -> None:
    assert gate.post_signed(gate.envelope()).status == 200
    server.signal(signal.SIGKILL)
    for _ in range(3):
        is_turned_away(gate.post_signed(gate.envelope()))
    assert gate.send("GET", "/_ruok").body == b"imok"
    ready = not_ready(gate)
    assert "redis" in ready.words
    # What needs no queue is answered as ever.
    assert gate.post_signed({"type": "url_verification", "challenge": "c"}).body == b"c"
    assert gate.post_signed(gate.envelope({"type": "nobody_reads_it"})).status == 200
    server.start()
    event = gate.envelope()
    wait_until(lambda: gate.post_signed(event).status == 200, "an event is taken again", 5)
    assert len(inside.ids("slack_message_public")) == 1
    wait_until(lambda: gate.send("GET", "/_ready").status == 200, "it is ready again", 5)


def test_with_redis_hanging_events_are_refused_in_time_and_come_at_most_once(
    gate: Gateway, server: RedisServer, inside: Inside
) -> None:
    events = [gate.envelope() for _ in range(6)]
    with frozen(server), ThreadPoolExecutor(6) as pool:
        # The second half arrives while the first one is being given up.
        answers = list(pool.map(gate.post_signed, events[:3]))
        answers += pool.map(gate.post_signed, events[3:])
    for answer in answers:
        is_turned_away(answer)
    event = gate.envelope()
    wait_until(lambda: gate.post_signed(event).status == 200, "an event is taken again", 5)
    bodies = b" ".join(inside.messages("slack_message_public").values())
    for refused in events:
        assert bodies.count(refused["event_id"].encode()) <= 1
    # A list without its message, or a message without its place, would be half a job.
    assert set(inside.ids("slack_message_public")) == set(inside.messages("slack_message_public"))


def test_with_redis_hanging_it_is_alive_but_not_ready(gate: Gateway, server: RedisServer) -> None:
    with frozen(server), ThreadPoolExecutor(3) as pool:
        not_ready(gate)
        time.sleep(ANSWER_SECONDS)
        start = time.monotonic()
        asked = [pool.submit(gate.send, "GET", "/_ready") for _ in range(3)]
        assert gate.send("GET", "/_ruok").body == b"imok"
        assert time.monotonic() - start < load_adjusted(0.5)
        for ready in asked:
            answer = ready.result()
            # Not the words of the writer of the queues, which waits longer.
            assert (answer.status, answer.words) == (503, "redis does not answer: TimeoutError")
            assert answer.seconds < load_adjusted(1), "Redis has a second to answer"


@pytest.mark.parametrize(
    ("breaking", "repairing"),
    [
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("CONFIG SET requirepass rotated", 'CONFIG SET requirepass ""'),
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
    ],
    ids=["full", "another password", "a replica"],
)
def test_with_redis_taking_nothing_events_are_refused_whole_and_it_is_not_ready(
    gate: Gateway, server: RedisServer, inside: Inside, breaking: str, repairing: str
) -> None:
    inside.client.execute_command(*breaking.split())  # type: ignore[no-untyped-call]
    try:
        inside.client.client_kill_filter(_type="normal", skipme=True)
        is_turned_away(gate.post_signed(gate.envelope()))
        assert str(server.port) not in not_ready(gate).words
    finally:
        inside.client.execute_command(*shlex.split(repairing))  # type: ignore[no-untyped-call]
    assert not inside.pending()
    wait_until(lambda: gate.send("GET", "/_ready").status == 200, "it is ready again", 5)
    assert gate.post_signed(gate.envelope()).status == 200
    assert len(inside.ids("slack_message_public")) == 1


def test_a_connection_that_redis_closed_costs_no_event(gate: Gateway, inside: Inside) -> None:
    assert gate.post_signed(gate.envelope()).status == 200
    # As Heroku's Redis does with idle ones.
    inside.client.client_kill_filter(_type="normal", skipme=True)
    statuses = [gate.post_signed(gate.envelope()).status for _ in range(2)]
    assert statuses[-1] == 200
    assert len(inside.ids("slack_message_public")) == 1 + statuses.count(200)
