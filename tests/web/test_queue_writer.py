"""The writer of the queues while Redis is slow, and after it died."""

from collections.abc import Sequence
from typing import Any

import gevent
import pytest
from gevent.event import Event
from support import no_redis

from gopherbot.queues.messages import pack
from gopherbot.web import queue_writer
from gopherbot.web.queue_writer import DEADLINE_SECONDS, QueueUnreachable, QueueWriter

PROMISED = 2.5


class SlowRedis:
    """Takes what is written once it is let."""

    def __init__(self) -> None:
        self.answers = Event()
        self.asked = Event()
        self.taken: list[Any] = []

    def run_script(self, script: object, keys: Sequence[str], args: Sequence[Any]) -> None:
        self.asked.set()
        self.answers.wait()
        self.taken += args[::2]


@pytest.fixture
def slow() -> SlowRedis:
    return SlowRedis()


@pytest.fixture
def writer(slow: SlowRedis) -> QueueWriter:
    writer = QueueWriter(no_redis(), "app")
    connection: Any = slow
    writer._connection = connection
    return writer


def test_what_was_refused_while_a_write_hung_is_not_written_later(
    writer: QueueWriter, slow: SlowRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DEADLINE_SECONDS < PROMISED, "a request that waits from the start is answered in time"
    written, refused, later = (pack("q", "actor", b"{}") for _ in range(3))
    waiting = gevent.spawn(writer.put, written)
    slow.asked.wait()
    monkeypatch.setattr(queue_writer, "DEADLINE_SECONDS", 0.01)
    with pytest.raises(QueueUnreachable):
        writer.put(refused)
    monkeypatch.undo()
    slow.answers.set()
    waiting.get()
    writer.put(later)
    assert slow.taken == [written.id, later.id]


def test_all_of_a_batch_are_counted(writer: QueueWriter, slow: SlowRedis) -> None:
    slow.answers.set()
    together = [gevent.spawn(writer.put, pack("q", "actor", b"{}")) for _ in range(3)]
    gevent.joinall(together, raise_error=True)
    assert writer.counts.take()[0] == {"received:q": 3}


def test_a_bug_refuses_its_batch_alone(
    writer: QueueWriter, slow: SlowRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow.answers.set()
    with monkeypatch.context() as broken:
        broken.setattr(slow, "run_script", None)
        with pytest.raises(QueueUnreachable, match="the writer failed"):
            writer.put(pack("q", "actor", b"{}"))
    later = pack("q", "actor", b"{}")
    writer.put(later)
    assert slow.taken == [later.id]


def test_the_next_message_replaces_a_dead_writer(writer: QueueWriter, slow: SlowRedis) -> None:
    slow.answers.set()
    first, second = (pack("q", "actor", b"{}") for _ in range(2))
    writer.put(first)
    assert writer._writer
    writer._writer.kill()
    writer.put(second)
    assert slow.taken == [first.id, second.id]
