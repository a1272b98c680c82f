"""The names: which event goes to which actor on which queue, and which job to which actor.

Also the one place that knows how a message for an actor looks in Redis, so that the gateway and
the scheduler can send one without loading Dramatiq or the actors: Dramatiq's own format, a hash
`APP:QUEUE.msgs` of encoded messages and a list `APP:QUEUE` of their ids.
"""

from __future__ import annotations

import itertools
import os
import time
import uuid
from dataclasses import dataclass

import msgspec

MESSAGE_PRIVATE = "slack_message_private"
MESSAGE_PUBLIC = "slack_message_public"
TEAM_JOIN = "slack_team_join"
CHANNEL_JOIN = "slack_channel_join"
BACKGROUND = "background"

QUEUES = (MESSAGE_PRIVATE, MESSAGE_PUBLIC, TEAM_JOIN, CHANNEL_JOIN, BACKGROUND)
"""Every queue. The actor of an event has the name of its queue."""

_MINUTE = 60

MAX_AGE = {
    MESSAGE_PRIVATE: 30,
    MESSAGE_PUBLIC: 30,
    CHANNEL_JOIN: 10 * _MINUTE,
    TEAM_JOIN: 24 * 60 * _MINUTE,
    BACKGROUND: _MINUTE,
}
"""By queue, how many seconds old an event may be to be worked on."""

_PRIVATE_CHANNELS = frozenset({"im", "mpim", "group", "app_home"})
PULSE_EVENT = "gopherbot_pulse"
"""The type of an event of our own (`actors/pulse.py`); Slack has none like it."""
_BY_TYPE = {
    "team_join": TEAM_JOIN,
    "member_joined_channel": CHANNEL_JOIN,
    PULSE_EVENT: BACKGROUND,
}

# Ids need to be unique among senders, not unguessable; a random one for each would cost a system
# call. A process that forks shares the first part, so the process's id stands in it too.
_SENDER_RANDOM = uuid.uuid4().hex[:16]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic actor: a file of this name in `actors/`, sent to every `every` seconds."""

    name: str
    every: int
    every_in_shadow: int = 0
    """Seconds between runs in shadow mode; 0 stands for `every`."""
    watcher: bool = False
    """Runs only if the content has a table of its name in `watchers.toml`."""

    def period(self, *, shadow: bool) -> int:
        return self.every_in_shadow if shadow and self.every_in_shadow else self.every


JOBS = (
    Job("pulse", every=_MINUTE),
    Job("channel_cache", every=10 * _MINUTE),
    Job("gerrit", every=10 * _MINUTE, every_in_shadow=60 * _MINUTE, watcher=True),
    Job("gotime_live", every=_MINUTE, watcher=True),
    Job("gotime_social", every=5 * _MINUTE, watcher=True),
)
"""The table of periodic work. A new one is a row here and a file `actors/NAME.py`."""


def route(event_type: str, channel_type: object) -> str | None:
    """Give the queue for an event of this type, or None for one that nobody reads."""
    if event_type == "message":
        private = isinstance(channel_type, str) and channel_type in _PRIVATE_CHANNELS
        return MESSAGE_PRIVATE if private else MESSAGE_PUBLIC
    return _BY_TYPE.get(event_type)


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


def list_key(app: str, queue: str) -> str:
    """The Redis key of a queue's list of message ids."""
    return f"{app}:{queue}"


def messages_key(app: str, queue: str) -> str:
    """The Redis key of a queue's hash of messages."""
    return f"{app}:{queue}.msgs"
