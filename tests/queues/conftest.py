"""A worker in this process whose actor notes its runs, and a look into its Redis."""

from __future__ import annotations

from typing import Any

import msgspec
import redis
from support import InProcessWorker, Inside, Probe, wait_until

from gopherbot import table
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from gopherbot.storage import keys


class Station(InProcessWorker):
    """That worker, on a database of its own; `port` leads there by another way."""

    def __init__(self, server: RedisServer, database: int = 0, port: int = 0, **more: str) -> None:
        self.client = redis.Redis("127.0.0.1", port=server.port, db=database, protocol=2)
        self.client.flushdb()
        self.inside, self.probe = Inside(self.client), Probe()
        super().__init__(f"redis://127.0.0.1:{port or server.port}/{database}", **more)
        self.declare("notes", table.BACKGROUND, self.probe)

    def send(self, name: str, actor: str = "notes", **more: Any) -> str:
        """Send an actor of the background queue a message; return its id."""
        packed = messages.pack(table.BACKGROUND, actor, msgspec.json.encode(name), None, **more)
        return self.inside.put(table.BACKGROUND, packed.data, packed.id)

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

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.client.close()
