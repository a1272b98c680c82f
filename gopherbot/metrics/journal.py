"""The journal of event outcomes: a ring buffer in Redis, read by `gopherbot why`.

A record holds ids, times and outcomes, never message text. Records wait in memory for the process's
next heartbeat (`heartbeat.lua`), so the journal adds no round trips. The ring is a list of chunks,
each with a few records as JSON lines. It holds at most `CHUNKS` of `CHUNK_BYTES`, about 1 MiB.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import msgspec
import redis

from gopherbot import decoding, logs
from gopherbot.storage import keys

CHUNKS = 480
CHUNK_BYTES = 2048
KEPT_SECONDS = 48 * 60 * 60
_MOST_WAITING = 5000
"""Most records that a process keeps while Redis is unreachable; the oldest are dropped first."""
_MOST_NOTES = 8


class RecordKind(StrEnum):
    """What a record describes."""

    HANDLED = "h"
    """A worker's attempt at an event; `outcome` is an `Ended`."""
    TAKEN_OVER = "t"
    """The event was in flight in a worker that died."""
    DROPPED = "d"
    """The event was stale before a worker got to it."""
    REFUSED = "r"
    """A gateway refused the event; `outcome` is a `Reason`. No id if it could not be trusted."""


class Ended(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    STALE = "stale"
    RETRY = "retry"
    GAVE_UP = "gave_up"
    DEAD = "dead"


class Happened(StrEnum):
    """What became of one effect of a rule, or of the rule: the first word of a note.

    Counters, log lines, `why` and the page count nothing as done unless it is a success.
    """

    PERFORMED = "performed"
    """Slack has it: it accepted the call, or a lookup found the effect."""
    UPDATED = "updated"
    REMOVED = "removed"
    ANNOUNCED = "announced"
    """A watcher's item is posted. It is no answer to anybody."""
    SETTLED = "settled"
    """An earlier attempt dealt with it, whatever came of it."""
    KEPT = "kept"
    """An obsolete answer stays: others replied to it, or Slack refuses to remove it."""
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """It may have been performed, but Slack refuses the lookup. It is not repeated."""
    SUPERSEDED = "superseded"
    """A newer text is followed instead."""
    WITHHELD = "shadow"
    """Shadow mode."""
    FAILED = "failed"
    """The rule raised an error."""
    IGNORED = "ignored"
    """The member may not ask for it."""

    @property
    def is_success(self) -> bool:
        """Return whether Slack now shows what was wanted because of this attempt."""
        return self in _SUCCESSES


ANSWERS = frozenset({Happened.PERFORMED, Happened.UPDATED})
_SUCCESSES = ANSWERS | {Happened.REMOVED, Happened.ANNOUNCED}


class Record(msgspec.Struct, array_like=True, omit_defaults=True):
    """One outcome. Trailing defaults are not written."""

    kind: RecordKind
    at: int
    """Time of the outcome, in Unix milliseconds by the clock of the process that wrote it."""
    event: str = ""
    outcome: str = ""
    channel: str = ""
    ts: str = ""
    """The `ts` of the message that the event is about."""
    queue: str = ""
    process: str = ""
    queued: int = 0
    """Milliseconds in the queue."""
    worked: int = 0
    """Milliseconds of work."""
    attempt: int = 0
    rules: list[str] = []
    """The rules that fired."""
    notes: list[str] = []
    """Their results: `WORD SUBJECT`, where the word is a `Happened`."""
    error: str = ""
    count: int = 1
    gateway: str = ""
    """The process that received the event from Slack."""
    change: str = ""
    """What the event reports of its message, if it isn't the message itself: `events.change`."""


class Journal:
    """Records not yet in Redis. Thread-safe."""

    def __init__(self) -> None:
        self.process = ""
        """The default process of a record: the one that writes it."""
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, record: Record) -> None:
        record.process = record.process or self.process
        self._waiting.append(msgspec.json.encode(record))

    def take(self) -> list[bytes]:
        """Return the records in chunks, and clear them."""
        chunks: list[bytes] = []
        while self._waiting:
            line = self._waiting.popleft() + b"\n"
            if chunks and len(chunks[-1]) + len(line) <= CHUNK_BYTES:
                chunks[-1] += line
            else:
                chunks.append(line)
        return chunks


class Span:
    """An attempt at a message, as its thread records it: times, rules, and what they led to."""

    def __init__(self) -> None:
        self.started = time.time()
        self._stopwatch, self._cpu = logs.Stopwatch(), time.thread_time()
        self.rules: list[str] = []
        self.notes: list[str] = []
        self.happened: Counter[Happened] = Counter()
        self.uses: Counter[str] = Counter()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._stopwatch.seconds

    @property
    def computed(self) -> float:
        """How many seconds of CPU time it has taken so far, as seen by its own thread."""
        return time.thread_time() - self._cpu


_span: ContextVar[Span | None] = ContextVar("span", default=None)


def begin() -> None:
    _span.set(Span())


def end() -> Span | None:
    """End this thread's span, if there is one, and return it."""
    span = _span.get()
    _span.set(None)
    return span


def note(happened: Happened, subject: str) -> None:
    """Record what a rule led to, if this thread has a span."""
    span = _span.get()
    if span:
        span.happened[happened] += 1
        if len(span.notes) >= _MOST_NOTES and not _make_room(span.notes, happened):
            return
        span.notes.append(f"{happened} {subject}"[:120])


def note_uses(uses: Iterable[tuple[str, str]]) -> None:
    """Record what became of answers: `USE:NAME` is counted at the span's end."""
    span = _span.get()
    if span:
        span.uses.update(f"{use}:{name}" for use, name in uses)


def _make_room(notes: list[str], happened: Happened) -> bool:
    """Drop the last success for something else: of many notes, `why` must not miss the bad ones."""
    successes = [at for at, each in enumerate(notes) if each.partition(" ")[0] in _SUCCESSES]
    if happened.is_success or not successes:
        return False
    del notes[successes[-1]]
    return True


def note_rules(names: Iterable[str]) -> None:
    span = _span.get()
    if span:
        span.rules = list(names)[:_MOST_NOTES]


def now_ms() -> int:
    return int(time.time() * 1000)


def read(client: redis.Redis, app: str) -> list[Record]:
    """Return all records, oldest first. Raise `REDIS_ERRORS`."""
    chunks: list[Any] = client.lrange(keys.journal(app), 0, -1)
    before = now_ms() - KEPT_SECONDS * 1000
    records = (record for chunk in chunks for record in _decoded(chunk) if record.at >= before)
    return sorted(records, key=lambda record: record.at)


def _decoded(chunk: bytes) -> Iterator[Record]:
    for line in chunk.splitlines():
        try:
            yield decoding.decode(line, Record)
        except msgspec.MsgspecError:
            continue  # Possibly written by another version.
