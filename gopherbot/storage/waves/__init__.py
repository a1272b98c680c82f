"""The fingerprints of the last minutes' messages, and the waves of the last days.

No text and no member's id, except those of moderators who pressed a button. Redis errors pass
through.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import redis

from gopherbot import decoding
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.waves.detection import WaveLimits
from gopherbot.waves.fingerprints import Sighting

DAY = 24 * 60 * 60
KEPT_SECONDS = 7 * DAY
FINE_SECONDS = 30 * DAY
"""How long a text that moderators called fine is left alone."""
_MOST_NEW = 5_000
_MOST_WAVES = 100
_NOTE, _GATHER = (
    Path(__file__).with_name(f"{name}.lua").read_text() for name in ("note_message", "gather_wave")
)


@dataclass(frozen=True, slots=True)
class Window:
    """What a message may make a wave with."""

    seen: list[Sighting]
    fresh: frozenset[bytes]
    """Those of its hosts that nobody linked to before the window began."""


class WaveWindows:
    """The windows of an app's members. All methods may be repeated."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self._app = app
        self._new, self._hosts = keys.wave_memory(app, "new"), keys.wave_memory(app, "hosts")
        self._note = client.register_script(_NOTE)

    def note(self, sighting: Sighting, limits: WaveLimits, *, pasted: bool = False) -> Window:
        """Note a message, and return its author's window; that of all new members for a new one.

        What is `pasted` never belongs to that of all: many may have the same output of a tool.
        """
        own = sighting.member.hex()
        ofs = (own, own if pasted else "new")
        window, of_new = (keys.wave_window(self._app, of) for of in ofs)
        seen, fresh = self._note(
            keys=[window, of_new, self._new, self._hosts],
            args=[
                sighting.ts,
                limits.minutes * 60,
                limits.new_days * DAY,
                sighting.member,
                sighting.encode(),
                *sighting.hosts,
            ],
        )
        return Window(list(_sightings(seen)), frozenset(fresh))

    def joined(self, member: bytes, limits: WaveLimits) -> None:
        """Note that a member is new."""
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self._new, {member: now}, nx=True)
            pipe.zremrangebyscore(self._new, "-inf", now - limits.new_days * DAY)
            pipe.zremrangebyrank(self._new, 0, -_MOST_NEW - 1)
            pipe.expire(self._new, limits.new_days * DAY)
            pipe.execute()


class Handled(msgspec.Struct, frozen=True):
    """What a moderator said about a wave, and when (Unix seconds)."""

    user: str
    at: int


class KnownWave(msgspec.Struct, frozen=True):
    """A wave that was found."""

    id: str
    places: list[tuple[str, str]]
    """The channel and `ts` of each of its messages, oldest first."""
    members: int
    """How many wrote them."""
    by_link: bool = False
    """Whether only their links are the same."""
    card: tuple[str, str] | None = None
    """The channel and `ts` of the moderators' card, once it's posted."""
    on_it: Handled | None = None
    fine: Handled | None = None

    def looks_like(self, other: KnownWave) -> bool:
        """Return whether both are shown the same, wherever their card is."""
        return msgspec.structs.replace(self, card=None) == msgspec.structs.replace(other, card=None)

    @property
    def channels(self) -> int:
        """The number of channels it went through."""
        return len({channel for channel, _ in self.places})

    @property
    def at(self) -> float:
        """When its last message was written, in Unix seconds."""
        return float(self.places[-1][1])

    @property
    def seconds(self) -> float:
        """The time from its first message to its last."""
        return self.at - float(self.places[0][1])


class WaveLog:
    """An app's waves. They're kept for 7 days; what moderators called fine, for 30."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self._app = app
        self._waves, self._fine = keys.waves(app), keys.wave_memory(app, "fine")
        self._gather = client.register_script(_GATHER)

    def gather(self, messages: Sequence[Sighting], *, by_link: bool) -> str:
        """Note that messages make a wave, or belong to one of the last hour. Return its id.

        `by_link` says that only their links are the same.
        """
        pairs = ((f"{each.channel} {each.ts}", each.member.hex()) for each in messages)
        found = self._gather(
            keys=[self._waves],
            args=[
                f"{time.time():.3f}",
                KEPT_SECONDS,
                _MOST_WAVES,
                keys.wave(self._app, ""),
                messages[-1].encode().hex(),
                int(by_link),
                *(piece for pair in pairs for piece in pair),
            ],
        )
        return text(found)

    def read(self, id: str) -> KnownWave | None:
        """Return a wave, or None if it is unknown."""
        fields = self.client.hgetall(keys.wave(self._app, id))
        return _wave(id, {text(name): text(value) for name, value in fields.items()})

    def recent(self) -> list[KnownWave]:
        """Return the waves of the last 7 days, oldest first."""
        ids = self.client.zrangebyscore(self._waves, time.time() - KEPT_SECONDS, "+inf")
        return [wave for wave in map(self.read, map(text, ids)) if wave]

    def posted(self, id: str, channel: str, ts: str) -> None:
        self._set(id, "@card", f"{channel} {ts}")

    def taken(self, id: str, user: str) -> None:
        self._set(id, "@on_it", _by(user))

    def leave_alone(self, id: str, user: str) -> None:
        """Note that a moderator called a wave fine. What resembles it is left alone from now on."""
        sighting = self.client.hget(keys.wave(self._app, id), "@sighting")
        if sighting:
            self.client.hset(self._fine, id, sighting)
            self.client.expire(self._fine, FINE_SECONDS)
        self._set(id, "@fine", _by(user))

    def fine(self) -> list[Sighting]:
        """Return what is left alone."""
        encoded = self.client.hvals(self._fine)
        return list(_sightings(bytes.fromhex(text(each)) for each in encoded))

    def _set(self, id: str, field: str, value: str | bytes) -> None:
        key = keys.wave(self._app, id)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(key, field, value)
            pipe.expire(key, KEPT_SECONDS)
            pipe.execute()


def _sightings(encoded: Iterable[bytes]) -> Iterator[Sighting]:
    """Yield sightings, without those that another version wrote differently."""
    for each in encoded:
        with suppress(ValueError, IndexError):
            yield Sighting.decode(each)


def _by(user: str) -> bytes:
    return msgspec.json.encode(Handled(user, int(time.time())))


def _wave(id: str, fields: Mapping[str, str]) -> KnownWave | None:
    places = {name: by for name, by in fields.items() if not name.startswith("@")}
    if not places:
        return None
    card = fields.get("@card")
    return KnownWave(
        id,
        sorted((_pair(place) for place in places), key=lambda place: float(place[1])),
        members=len(set(places.values())),
        by_link=fields.get("@by_link") == "1",
        card=_pair(card) if card else None,
        on_it=_handled(fields.get("@on_it")),
        fine=_handled(fields.get("@fine")),
    )


def _pair(place: str) -> tuple[str, str]:
    channel, _, ts = place.partition(" ")
    return channel, ts


def _handled(value: str | None) -> Handled | None:
    return decoding.decode(value, Handled) if value else None
