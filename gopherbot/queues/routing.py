"""Which event goes to which actor, by the table of actors, and how a message for it looks in Redis.

The gateway and the scheduler send one without loading Dramatiq or the actors: Dramatiq's own
format, a hash `APP:QUEUE.msgs` of encoded messages and a list `APP:QUEUE` of their ids.
"""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass

import msgspec

from gopherbot.actors.table import EVENT_ACTORS, EventActor

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # The row without channel types takes what the others leave, wherever it stands.
    _ROWS[_row.type].sort(key=lambda row: not row.channel_types)

# Ids need to be unique among senders, not unguessable; a random one for each would cost a system
# call. A process that forks shares the first part, so the process's id stands in it too.
_SENDER_RANDOM = uuid.uuid4().hex[:16]
_numbers = itertools.count(1)


def route(event_type: str, channel_type: object) -> EventActor | None:
    """Return the actor for an event of this type, or None for one that nobody reads."""
    for row in _ROWS.get(event_type, ()):
        if not row.channel_types or (
            isinstance(channel_type, str) and channel_type in row.channel_types
        ):
            return row
    return None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message for an actor, encoded: what is written to Redis."""

    queue: str
    id: str
    data: bytes


def pack(queue: str, actor: str, *args: bytes | str | None) -> Parcel:
    """Encode a message for an actor. An argument of type bytes is JSON and is sent as it is."""
    id = f"{_SENDER_RANDOM}-{os.getpid():x}-{next(_numbers):x}"
    encoded = b",".join(a if isinstance(a, bytes) else msgspec.json.encode(a) for a in args)
    data = b"".join(
        (
            b'{"queue_name":"%s","actor_name":"%s","args":[' % (queue.encode(), actor.encode()),
            encoded,
            b'],"kwargs":{},"options":{"redis_message_id":"%s"},' % id.encode(),
            b'"message_id":"%s","message_timestamp":%d}' % (id.encode(), time.time() * 1000),
        )
    )
    return Parcel(queue, id, data)
