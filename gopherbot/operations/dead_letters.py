"""Dead letters: messages that no actor could process. Dramatiq keeps them in `APP:QUEUE.XQ`.

They can be listed, requeued or dropped. Each operation is atomic, so that two operators, or an
operator and a worker, cannot conflict.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import redis

from gopherbot import shapes
from gopherbot.actors import table
from gopherbot.logs import MASK, mask_tokens
from gopherbot.queues import messages
from gopherbot.queues.messages import QueuedMessage
from gopherbot.slack.events import AnyEnvelope
from gopherbot.storage import keys

_SCRIPT = Path(__file__).with_name("retry_dead.lua").read_text()
_OF_THE_PAST = frozenset({"eta", "retries", "died_of", "takeovers"})
"""The options of a message that it loses with a new start."""
_PRIVATE = frozenset({"token", "email", "phone"})
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,255}\.[A-Za-z]{2,}")
# Only in international form: other digits are more likely an id or a timestamp of Slack's.
_PHONE = re.compile(r"(?<![\w.+])(?:\+|tel:\+?)[0-9][0-9 ()./-]{5,24}[0-9]")
_FIELD = re.compile(r'("(?:token|email|phone)"\s*:\s*")[^"]*')


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. Its unreadable parts are None or empty."""

    queue: str
    key: bytes
    """Its id, as stored in Redis."""
    died: float
    """When it died, in Unix seconds."""
    data: bytes
    message: QueuedMessage | None
    envelope: AnyEnvelope | None

    @property
    def id(self) -> str:
        return self.key.decode("utf-8", "backslashreplace")

    @property
    def what(self) -> str:
        """Return the event's type, or the job's name."""
        if self.message is None:
            return "unreadable"
        if table.event_actor(self.message.actor_name) is None:
            return self.message.actor_name
        return (self.envelope and self.envelope.event.type) or "unreadable event"

    @property
    def sent(self) -> float:
        """Return when its event happened, in Unix seconds; 0 if unknown."""
        return messages.sent_at(self.message) if self.message else 0.0

    @property
    def cause(self) -> str:
        """Return why it died, or "" if nothing says so."""
        if self.message is None:
            return "unreadable"
        return str(self.message.options.get("died_of") or "")

    def is_stale(self) -> bool:
        """Return whether a worker would drop it as stale."""
        limit = table.max_age(self.message.actor_name) if self.message else None
        return limit is not None and time.time() - self.sent > limit

    def shown(self) -> str:
        """Return its content for an operator, with tokens, e-mail addresses and phones masked."""
        try:
            value = msgspec.json.decode(self.data)
            text = msgspec.json.format(msgspec.json.encode(_masked(value)), indent=2).decode()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            text = _FIELD.sub(rf"\1{MASK}", self.data.decode("utf-8", "backslashreplace"))
        return _PHONE.sub(MASK, _EMAIL.sub(MASK, mask_tokens(text)))


class DeadLetters:
    """The dead letters of an app. Redis errors propagate."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app
        self._retry = client.register_script(_SCRIPT)

    def all(self, queue_names: Sequence[str] = table.QUEUES) -> Iterator[DeadLetter]:
        """Yield the letters queue by queue, newest first."""
        for queue in queue_names:
            ids, bodies = self._keys(queue)
            with self.client.pipeline(transaction=True) as pipe:
                pipe.zrevrange(ids, 0, -1, withscores=True)
                pipe.hgetall(bodies)
                died, held = pipe.execute()
            for key, died_ms in died:
                yield _letter(queue, key, died_ms / 1000, held.get(key, b""))

    def count(self, queue_names: Sequence[str] = table.QUEUES) -> int:
        """Return the number of letters."""
        return sum(self.client.zcard(self._keys(queue)[0]) for queue in queue_names)

    def retry(self, letter: DeadLetter) -> bool:
        """Requeue a letter at the end of its queue, as if new; return whether it still existed.

        Raise `ValueError` if no worker could read it.
        """
        if letter.message is None:
            raise ValueError("no worker can read it: it would die again")
        id = uuid4().hex
        options = {k: v for k, v in letter.message.options.items() if k not in _OF_THE_PAST}
        message = msgspec.structs.replace(
            letter.message, queue_name=letter.queue, options=options | {"redis_message_id": id}
        )
        names = [
            *self._keys(letter.queue),
            keys.messages(self.app, letter.queue),
            keys.waiting(self.app, letter.queue),
        ]
        return bool(self._retry(keys=names, args=[letter.key, id, messages.encode(message)]))

    def drop(self, letter: DeadLetter) -> bool:
        """Delete a letter for good; return whether it still existed."""
        ids, bodies = self._keys(letter.queue)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zrem(ids, letter.key)
            pipe.hdel(bodies, letter.key)
            return bool(pipe.execute()[0])

    def _keys(self, queue: str) -> tuple[str, str]:
        return keys.dead_ids(self.app, queue), keys.dead_messages(self.app, queue)


def _letter(queue: str, key: bytes, died: float, data: bytes) -> DeadLetter:
    message = envelope = None
    try:
        message = messages.decode(data)
        if message.args:
            envelope = shapes.decode(message.args[0], AnyEnvelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass  # Which may be why it died.
    return DeadLetter(queue, key, died, data, message, envelope)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if key in _PRIVATE and inner else _masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return value
