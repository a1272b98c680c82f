"""What tests of running processes share: a bot whose logs can be read, and a look into Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import redis

from gopherbot import queues
from gopherbot.dev.bot import APP, LocalBot
from gopherbot.simulator import Simulator

Line = dict[str, Any]
Found = TypeVar("Found")

PATIENCE = 20.0
"""Seconds after which a wait has failed: far more than a busy machine needs."""
BOT_TOKEN = "xoxb-the-token-of-the-tests"


def wait_until(what: Callable[[], Found], why: str, seconds: float = PATIENCE) -> Found:
    """Wait until something is true, and give it. Fails with `why`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {why}"
        time.sleep(0.01)
    return found


class Printed:
    """What processes print, read from the file that it goes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab")

    def text(self, since: int = 0) -> str:
        return self.path.read_bytes()[since:].decode("utf-8", "replace")

    def size(self) -> int:
        return self.path.stat().st_size

    def lines(self, event: str = "", since: int = 0, **facts: object) -> list[Line]:
        """Give the JSON lines, those of one event and with these facts only."""
        return [
            line
            for line in self._objects(since)
            if (not event or line.get("event") == event)
            and all(line.get(name) == value for name, value in facts.items())
        ]

    def wait(self, event: str, count: int = 1, since: int = 0, **facts: object) -> list[Line]:
        """Wait until so many lines of this event were printed, and give them."""

        def enough() -> list[Line]:
            found = self.lines(event, since, **facts)
            return found if len(found) >= count else []

        return wait_until(enough, f"{count} times {event!r} with {facts} in:\n{self.text()[-3000:]}")

    def _objects(self, since: int) -> Iterator[Line]:
        for line in self.text(since).splitlines():
            with suppress(msgspec.DecodeError):
                entry = msgspec.json.decode(line)
                if isinstance(entry, dict):
                    yield entry


class Bot(LocalBot):
    """Some of the Procfile's lines, with their logs in `printed`."""

    def __init__(
        self,
        redis_url: str,
        slack: Simulator,
        folder: Path,
        *,
        names: Sequence[str] = ("web", "worker", "scheduler"),
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.printed = Printed(folder / f"bot-{uuid4().hex[:8]}.log")
        token = {"GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN, "WEB_CONCURRENCY": "1"}
        super().__init__(
            redis_url, slack, names=names, more=token | dict(more or {}), output=self.printed.file
        )

    def __enter__(self) -> Bot:
        super().__enter__()
        try:
            if "worker" in self.names:
                self.printed.wait("worker started")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it at once: nothing waits for an orderly stop here."""
        for dyno in self.dynos.values():
            dyno.kill()
        self.printed.file.close()

    def handled(self, event_id: str | None) -> Line:
        """Wait until a worker is done with an event, and give the line that says so."""
        return self.printed.wait("handled", event_id=event_id)[0]


class Inside:
    """What stands in Redis, as an operator sees it: Dramatiq's lists and hashes."""

    def __init__(self, client: redis.Redis, app: str = APP) -> None:
        self.client = client
        self.app = app

    def ids(self, queue: str) -> list[str]:
        """Give the ids of the messages that wait in a queue, the next one first."""
        return [id.decode() for id in self.client.lrange(f"{self.app}:{queue}", 0, -1)]

    def messages(self, queue: str) -> dict[str, bytes]:
        """Give the messages of a queue, waiting or in a worker's hands."""
        return self._hash(f"{self.app}:{queue}.msgs")

    def dead(self, queue: str) -> dict[str, bytes]:
        """Give the dead letters of a queue."""
        return self._hash(f"{self.app}:{queue}.XQ.msgs")

    def all_dead(self) -> dict[str, bytes]:
        return {id: data for queue in queues.QUEUES for id, data in self.dead(queue).items()}

    def put(self, queue: str, data: bytes, id: str = "") -> str:
        """Put anything at all into a queue; give its id."""
        id = id or uuid4().hex
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(f"{self.app}:{queue}.msgs", id, data)
            pipe.rpush(f"{self.app}:{queue}", id)
            pipe.execute()
        return id

    def send(self, queue: str, actor: str, *args: bytes | str | None) -> str:
        """Send an actor a message as the gateway and the scheduler do; give its id."""
        parcel = queues.pack(queue, actor, *args)
        return self.put(queue, parcel.data, parcel.id)

    def pending(self) -> int:
        """How many messages wait, are in somebody's hands, or are delayed."""
        names = [name for queue in queues.QUEUES for name in (queue, f"{queue}.DQ")]
        with self.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hlen(f"{self.app}:{name}.msgs")
            return sum(pipe.execute())

    def wait_drained(self) -> None:
        """Wait until nothing is left to do."""
        wait_until(lambda: self.pending() == 0, "every message is done")

    def _hash(self, key: str) -> dict[str, bytes]:
        return {id.decode(): data for id, data in self.client.hgetall(key).items()}


