"""A worker whose threads stand still, or whose heartbeat does, ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from gopherbot.dev.bot import APP
from gopherbot.effects.ledger import SEND_SECONDS
from gopherbot.metrics import heartbeat as any_heartbeat
from gopherbot.metrics.counters import Counts
from gopherbot.queues.recovery.heartbeat import LEASE_SECONDS, WorkerHeartbeat
from gopherbot.settings import Identity, RedisSettings
from gopherbot.storage.client import RedisAvailability, connect

IDENTITY = Identity(app=APP, dyno="worker.1", commit="c0ffee")


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The statuses with which this process would have ended."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    return ended


@pytest.fixture
def unstarted() -> WorkerHeartbeat:
    """A heartbeat of a worker whose Redis is away."""
    client = connect(RedisSettings("127.0.0.1", 1), connections=1)
    return WorkerHeartbeat(client, IDENTITY, Counts(), RedisAvailability(), threading.Event())


def test_workers_beat_more_often_than_their_time_to_send(unstarted: WorkerHeartbeat) -> None:
    """Whoever is silent for its lease is dead, and another may repeat its calls."""
    unstarted._script = lambda **_: []  # type: ignore[assignment]
    unstarted.after_beat = lambda others: None  # type: ignore[method-assign]
    began = time.monotonic()
    assert unstarted._beat()
    # It wakes up every LOOK_SECONDS, and beats if this has come.
    assert unstarted._next + any_heartbeat.LOOK_SECONDS - began < LEASE_SECONDS - SEND_SECONDS


def test_a_worker_whose_thread_is_stuck_ends(unstarted: WorkerHeartbeat, ended: list[int]) -> None:
    unstarted.deadlines[1] = time.monotonic() + 60
    for _ in range(2):
        unstarted.check_threads()
    unstarted.deadlines[2] = time.monotonic() - 1
    unstarted.check_threads()
    assert ended == [], "one that was frozen until now may still be interrupted"
    unstarted.check_threads()
    assert ended == [1]


@pytest.mark.parametrize("is_stopping", [False, True])
def test_dead_thread_ends_the_worker(
    unstarted: WorkerHeartbeat, ended: list[int], is_stopping: bool
) -> None:
    unstarted.threads = [threading.current_thread()]
    unstarted.check_threads()
    assert ended == []
    unstarted.threads.append(threading.Thread())
    if is_stopping:
        unstarted.stopping.set()
    unstarted.check_threads()
    assert ended == [1] * (not is_stopping)


def test_name_lookup_is_no_stuck_thread(
    unstarted: WorkerHeartbeat, ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def look_up(*_: object) -> list[object]:
        asked.set()
        answer.wait()
        return []

    monkeypatch.setattr("_socket.getaddrinfo", look_up)
    thread = threading.Thread(target=socket.getaddrinfo, args=("slack.com", 443))
    thread.start()
    asked.wait()
    unstarted.deadlines[thread.ident or 0] = time.monotonic() - 1
    for _ in range(2):
        unstarted.check_threads()
    answer.set()
    thread.join()
    assert ended == []


_STANDS_STILL = """
import ctypes, sys, time
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.settings import Identity, RedisSettings
from gopherbot.storage.client import connect

class Dies(Heartbeat):
    lease = 1.5
    def check_threads(self):
        if sys.argv[1] == "is stopped":
            return
        if sys.argv[1] == "dies":
            raise SystemExit
        if sys.argv[1] == "keeps the interpreter":
            ctypes.PyDLL(None).sleep(60)
        time.sleep(60)

one = Dies(connect(RedisSettings("127.0.0.1", 1), connections=1), Identity("a", "b", ""), "web")
one.guards_process = True
one.start()
if sys.argv[1] == "is stopped":
    one.stop()
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "seconds", "status", "told"),
    [
        ("dies", 60, 1, b"the heartbeat thread died"),
        ("keeps the interpreter", 60, 1, b"Timeout (0:00:03)!"),
        ("waits for the network", 5, 0, b""),
        ("is stopped", 4, 0, b""),
    ],
)
def test_dead_heartbeat_ends_a_process(how: str, seconds: float, status: int, told: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STANDS_STILL, how, str(seconds)],
        capture_output=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == status
    assert told in done.stdout + done.stderr
