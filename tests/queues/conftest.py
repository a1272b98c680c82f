"""A worker in this process whose actor notes its runs, and a look into its Redis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
import msgspec
import pytest
import redis
from support import PATIENCE, InProcessWorker, Inside, Probe, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from gopherbot.storage import keys


def message(*args: object, queue: str = table.BACKGROUND) -> dramatiq.Message[Any]:
    return dramatiq.Message(queue_name=queue, actor_name="notes", args=args, kwargs={}, options={})


class Station(InProcessWorker):
    """That worker, on a database of its own; `port` leads there by another way."""

    def __init__(self, server: RedisServer, database: int = 0, port: int = 0, **more: str) -> None:
        self.client = redis.Redis("127.0.0.1", port=server.port, db=database, protocol=2)
        self.client.flushdb()
        self.inside, self.probe = Inside(self.client), Probe()
        super().__init__(f"redis://127.0.0.1:{port or server.port}/{database}", **more)
        self.declare("notes", table.BACKGROUND, self.probe)

    def send(
        self,
        name: str,
        actor: str = "notes",
        queue: str = table.BACKGROUND,
        *,
        then: Callable[[], object] | None = None,
        deaths: int = 0,
        **more: Any,
    ) -> str:
        """Send an actor a message that lost so many workers; return its id.

        `then` is what its runs do, once they are noted.
        """
        if then:
            self.probe.then[name] = then
        packed = messages.pack(queue, actor, msgspec.json.encode(name), "request-17", **more)
        data = packed.data
        if deaths:
            data = data.replace(b'"options":{', b'"options":{"takeovers":%d,' % deaths)
        return self.inside.put(queue, data, packed.id)

    @contextmanager
    def holding(self, *names: str) -> Iterator[None]:
        """Have runs of these names last until the block ends."""
        go_on = threading.Event()
        self.probe.then |= dict.fromkeys(names, lambda: go_on.wait(PATIENCE))
        yield
        go_on.set()

    def run(self, *names: str) -> None:
        """Send messages of these names, and wait until they have run."""
        for name in names:
            self.send(name)
        for name in names:
            self.probe.wait(name)

    def wait_delayed(self) -> dict[str, Any]:
        """Wait until a message is delayed; return its options."""
        delayed = keys.delayed(table.BACKGROUND)
        [data] = wait_until(lambda: self.inside.messages(delayed).values(), "it is delayed")
        return messages.decode(data).options

    def wait_counted(self, name: str, number: int) -> None:
        """Wait until that many messages are counted in Redis under a name of `counters`."""
        total, field = keys.counters(APP, "total"), f"{name}:{table.BACKGROUND}"
        wait_until(lambda: int(self.client.hget(total, field) or 0) >= number, "they are counted")

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.client.close()


@pytest.fixture
def station(shared_station: Station) -> Iterator[Station]:
    """The worker that a file's tests share. After each, nothing is left to do or dead."""
    yield shared_station
    shared_station.inside.wait_drained()
    assert shared_station.inside.all_dead() == {}
