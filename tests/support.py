"""What tests of running processes share: a bot whose logs can be read, and a look into Redis."""

from __future__ import annotations

import os
import re
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import dramatiq
import msgspec
import redis
from dramatiq.middleware import TimeLimit
from dynos import CRASHED, ForkedBot
from pace import slowdown
from redis.backoff import NoBackoff
from redis.retry import Retry

import glossary
from gopherbot import table
from gopherbot.actors import new_broker
from gopherbot.dev.bot import APP, environment
from gopherbot.dev.procfile import Dyno
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.queues import messages
from gopherbot.settings import CONTENT_FOLDER, Role, Settings
from gopherbot.storage.client import text
from slack_simulator import Simulator

Line = dict[str, Any]
Found = TypeVar("Found")

PATIENCE = float(os.environ.get("TEST_PATIENCE", "60"))
"""Seconds after which a wait has failed: far more than a busy machine needs."""
BOT_TOKEN = "xoxb-the-token-of-the-tests"
SAMPLE = Path(__file__).parent / "cli" / "content"
"""A folder for GOPHER_CONTENT with a file of each kind, but few words and no feeds.

A bot that reads it needs a quarter less CPU time to start than one that reads the Gophers'.
"""

# Signed by nobody, for 127.0.0.1, and of no use anywhere else.
UNTRUSTED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgymvnQvQiAWAFUARe
FPMZu8u+G1PrDxzoavfcpzArd+OhRANCAARW+og9dd1c30Zve2zxPcCHcG5pZOsY
GCjIZkdTvTDgDvAhUCVEEirbTgSQwsM/8K0z9QhTLvnstRmhedHbH/vq
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBujCCAV+gAwIBAgIUSNoA7O0vN5p0edoHBLCtysbrY5AwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYYW4gdW50cnVzdGVkIHRlc3Qgc2VydmVyMCAXDTI2MTEyMzIz
MDI0OFoYDzIxMjYxMDMwMjMwMjQ4WjAjMSEwHwYDVQQDDBhhbiB1bnRydXN0ZWQg
dGVzdCBzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARW+og9dd1c30Zv
e2zxPcCHcG5pZOsYGCjIZkdTvTDgDvAhUCVEEirbTgSQwsM/8K0z9QhTLvnstRmh
edHbH/vqo28wbTAdBgNVHQ4EFgQU68tWkmNIQY70gkXV2rAho2DFo14wHwYDVR0j
BBgwFoAU68tWkmNIQY70gkXV2rAho2DFo14wDwYDVR0TAQH/BAUwAwEB/zAaBgNV
HREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSQAwRgIhAND+v/5B
9vdWcfJqC42SqfaDQcTXhkXWbWheKRIO6jlJAiEA7U43DzAumUOacqDirkYxkNTB
cPUtiSEv0q3i/XcwtMo=
-----END CERTIFICATE-----
"""


def untrusted_server(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server that nobody trusts."""
    file = folder / "untrusted.pem"
    file.write_text(UNTRUSTED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def wait_until(
    what: Callable[[], Found], why: str, seconds: float = PATIENCE, *, every: float = 0.01
) -> Found:
    """Wait until something is true, and give it. Fails with `why`.

    A busy machine has longer than `seconds`. `every` is the pause in seconds between two looks:
    longer for a look that takes long itself.
    """
    started = time.monotonic()
    while not (found := what()):
        waited = time.monotonic() - started
        assert waited < seconds * slowdown(), f"not within {waited:.0f} s: {why}"
        time.sleep(every)
    return found


def every_watcher_in(folder: Path) -> Path:
    """Fill a folder with the Gophers' content and the watchers that it has as comments."""
    for file in CONTENT_FOLDER.glob("*.t*"):
        text = file.read_text("utf-8")
        if file.name == "watchers.toml":
            text = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
        (folder / file.name).write_text(text, "utf-8")
    (folder / "glossary").mkdir()
    (folder / "glossary" / "words.toml").write_text(
        '[lurking]\ndefinition = "reading along without writing."\nlinks = ["https://a.example"]\n'
    )
    return folder


_MODERATION = """
[reports]
channel = "moderators"
per_hour = 1000

[waves]
channel = "moderators"
shadow = false

[channels.jobs]
text = "Please say what it pays and where it is."
must = ["/salary|pay/", "/remote|office/"]
example = "remote, good pay"

[notes.guys]
words = ["guys"]
text = "How about _everyone_?"
"""


def with_moderators(folder: Path) -> Path:
    """Fill a folder with the Gophers' content, with all that there is for moderators."""
    for data in (*CONTENT_FOLDER.glob("*.toml"), CONTENT_FOLDER / "reference"):
        (folder / data.name).symlink_to(data)
    (folder / "glossary").symlink_to(glossary.FOLDER)
    (folder / "moderation.toml").write_text(_MODERATION, "utf-8")
    return folder


def no_redis() -> redis.Redis:
    """Return a client of a server that is not there, and that says so at once."""
    return redis.Redis("127.0.0.1", port=1, protocol=2, retry=Retry(NoBackoff(), 0))


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
        """Return the JSON lines, those of one event and with these facts only."""
        wanted = facts | ({"event": event} if event else {})
        # Most lines are others. To search their bytes takes far less time than to decode them.
        words = [msgspec.json.encode(word) for word in wanted.values() if isinstance(word, str)]
        return [
            line
            for line in self._objects(since, words)
            if all(line.get(name) == value for name, value in wanted.items())
        ]

    def wait(self, event: str, count: int = 1, since: int = 0, **facts: object) -> list[Line]:
        """Wait until so many lines of this event were printed, and give them."""

        def enough() -> list[Line]:
            found = self.lines(event, since, **facts)
            return found if len(found) >= count else []

        return wait_until(
            enough, f"{count} times {event!r} with {facts} in:\n{self.text()[-3000:]}"
        )

    def _objects(self, since: int, words: Sequence[bytes]) -> Iterator[Line]:
        for line in self.path.read_bytes()[since:].splitlines():
            if all(word in line for word in words):
                with suppress(msgspec.DecodeError):
                    entry = msgspec.json.decode(line)
                    if isinstance(entry, dict):
                        yield entry


class Bot(ForkedBot):
    """Some of the Procfile's lines, with their logs in `printed`."""

    def __init__(
        self,
        redis_url: str,
        slack: Simulator,
        folder: Path,
        *,
        names: Sequence[str] = ("web", "worker", "scheduler"),
        more: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> None:
        self.fresh = fresh
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

    def new_dyno(self, command: str, environment: Mapping[str, str]) -> Dyno:
        """Start a command as a dyno, forked unless it has to be `fresh`."""
        if self.fresh:
            return Dyno(command, environment, self.output)
        return super().new_dyno(command, environment)

    def stop(self) -> None:
        """End it at once: nothing waits for an orderly stop here. Fails if a process crashed."""
        for dyno in self.dynos.values():
            dyno.kill()
        self.printed.file.close()
        assert CRASHED not in self.printed.text()

    def handled(self, event_id: str | None) -> Line:
        """Wait until a worker is done with an event, and give the line that says so."""
        return self.printed.wait("handled", event_id=event_id)[0]


class Inside:
    """What stands in Redis, as an operator sees it: Dramatiq's lists and hashes."""

    def __init__(self, client: redis.Redis, app: str = APP) -> None:
        self.client = client
        self.app = app

    def ids(self, queue: str) -> list[str]:
        """Return the ids of the messages that wait in a queue, the next one first."""
        return [text(id) for id in self.client.lrange(f"{self.app}:{queue}", 0, -1)]

    def messages(self, queue: str) -> dict[str, bytes]:
        """Return the messages of a queue, waiting or in a worker's hands."""
        return self._hash(f"{self.app}:{queue}.msgs")

    def dead(self, queue: str) -> dict[str, bytes]:
        """Return the dead letters of a queue."""
        return self._hash(f"{self.app}:{queue}.XQ.msgs")

    def all_dead(self) -> dict[str, bytes]:
        return {id: data for queue in table.QUEUES for id, data in self.dead(queue).items()}

    def put(self, queue: str, data: bytes, id: str = "") -> str:
        """Put anything at all into a queue; give its id."""
        id = id or uuid4().hex
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(f"{self.app}:{queue}.msgs", id, data)
            pipe.rpush(f"{self.app}:{queue}", id)
            pipe.execute()
        return id

    def send(
        self, queue: str, actor: str, *args: bytes | str | None, sent_at: float | None = None
    ) -> str:
        """Send an actor a message as the gateway and the scheduler do; give its id."""
        packed = messages.pack(queue, actor, *args, sent_at=sent_at)
        return self.put(queue, packed.data, packed.id)

    def pending(self) -> int:
        """How many messages wait, are in somebody's hands, or are delayed."""
        names = [name for queue in table.QUEUES for name in (queue, f"{queue}.DQ")]
        with self.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hlen(f"{self.app}:{name}.msgs")
            return sum(pipe.execute())

    def wait_drained(self) -> None:
        """Wait until nothing is left to do."""
        wait_until(lambda: self.pending() == 0, "every message is done")

    def _hash(self, key: str) -> dict[str, bytes]:
        found: dict[Any, Any] = self.client.hgetall(key)
        return {text(id): data for id, data in found.items()}


class Probe:
    """An actor that notes when it ran for which argument, and then does as it is told."""

    def __init__(self) -> None:
        self.runs: defaultdict[str, list[float]] = defaultdict(list)
        self.then: dict[str, Callable[[], object]] = {}
        self._ran = threading.Condition()

    def __call__(self, name: msgspec.Raw, *_: object) -> None:
        key = msgspec.json.decode(name, type=str)
        with self._ran:
            self.runs[key].append(time.monotonic())
            self._ran.notify_all()
        self.then.get(key, lambda: None)()

    def wait(self, name: str, runs: int = 1, seconds: float = PATIENCE) -> list[float]:
        """Return when it ran for a name, at least so often."""
        with self._ran:
            ran = self._ran.wait_for(lambda: len(self.runs[name]) >= runs, seconds)
            assert ran, f"{name} ran {len(self.runs[name])} times of {runs}"
            return list(self.runs[name])


class InProcessWorker:
    """A worker in this process: the bot's own broker and actors, and actors of the tests."""

    def __init__(self, redis_url: str, **more: str) -> None:
        self.slack = Simulator(setup=GOPHERS)
        self.slack.start()
        self._encoder = dramatiq.get_encoder()
        token = {"GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN}
        variables = environment(redis_url, self.slack, 8000) | token | more
        self.broker = new_broker(Settings.read(Role.WORKER, variables))
        self.worker = dramatiq.Worker(self.broker, worker_threads=4, worker_timeout=100)

    def declare(self, name: str, queue: str, run: Callable[..., object], **options: Any) -> None:
        """Declare one more actor; its messages are fresh unless its options say otherwise."""
        usual: dict[str, Any] = {"max_age": 600, "max_backoff": 0.05, "time_limit": 60_000}
        declare = dramatiq.actor(
            actor_name=name, queue_name=queue, broker=self.broker, **(usual | options)
        )
        declare(lambda *arguments: run(*arguments) and None)

    def start(self) -> None:
        for middleware in self.broker.middleware:
            if isinstance(middleware, TimeLimit):
                # The others would take the signals of the tests' process.
                middleware.after_process_boot(self.broker)  # type: ignore[no-untyped-call]
        self.worker.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop(timeout=5000)
        self.broker.close()
        dramatiq.set_encoder(self._encoder)
        self.slack.stop()
