"""What is in flight, asked and changed by many threads."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from gopherbot.queues.worker.deliveries import InFlight

pytestmark = pytest.mark.slow


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_it_may_be_asked_while_others_change_it() -> None:
    in_flight = InFlight()
    stopping = threading.Event()

    def come_and_go(name: int) -> None:
        ids = [f"{name}-{number}" for number in range(50)]
        while not stopping.is_set():
            for id in ids:
                in_flight.add(id)
            in_flight.discard(ids)

    threads = [threading.Thread(target=come_and_go, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 0.5
    try:
        while time.monotonic() < deadline:
            assert all(isinstance(id, str) for id in in_flight.ids())
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert len(in_flight) == 0


def test_capacity_is_waited_for() -> None:
    in_flight = InFlight()
    for id in ("a", "b", "c"):
        in_flight.add(id)
    assert in_flight.wait_for_capacity(3, 0)
    assert not in_flight.wait_for_capacity(1, 0.01)
    threading.Timer(0.05, in_flight.discard, [["a", "b"]]).start()
    assert in_flight.wait_for_capacity(1, 20)
    assert in_flight.ids() == {"c"}
