"""A worker in this process whose actor notes its runs, and a look into its Redis."""

from __future__ import annotations

import redis
from support import InProcessWorker, Inside, Probe

from gopherbot import table
from gopherbot.dev.redis_server import RedisServer


class Station(InProcessWorker):
    """That worker, on a database of its own; `port` leads there by another way."""

    def __init__(self, server: RedisServer, database: int = 0, port: int = 0, **more: str) -> None:
        self.client = redis.Redis("127.0.0.1", port=server.port, db=database, protocol=2)
        self.client.flushdb()
        self.inside, self.probe = Inside(self.client), Probe()
        super().__init__(f"redis://127.0.0.1:{port or server.port}/{database}", **more)
        self.declare("notes", table.BACKGROUND, self.probe)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.client.close()
