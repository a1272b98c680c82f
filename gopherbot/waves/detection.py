"""Decides when messages make a wave. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated

import msgspec

from gopherbot.waves.fingerprints import Sighting, resemblance

ALIKE = 0.5
"""The resemblance from which two texts count as the same. Of texts with nothing to do with each
other, one in forty has 0.1, and none that was tried 0.35."""


class WaveLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes a wave."""

    channels: Annotated[int, msgspec.Meta(ge=2)] = 4
    """In how many channels one member says the same."""
    members: Annotated[int, msgspec.Meta(ge=2)] = 3
    """How many new members say the same, in as many channels."""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    words: Annotated[int, msgspec.Meta(ge=8)] = 12
    """Shorter texts are left alone: many say "thanks" or "hello everyone"."""
    new_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 7
    """How long a member counts as new."""


def wave(
    latest: Sighting, seen: Iterable[Sighting], fresh: Collection[bytes], limits: WaveLimits
) -> list[Sighting]:
    """Return the messages that make a wave together with the latest one; none if there is none.

    `seen` are messages of the latest one's author and, if the author is new, those of other new
    members. `fresh` are those of its hosts that nobody linked to before the last minutes.
    """
    alike = {
        (each.channel, each.ts): each
        for each in (latest, *seen)
        if abs(latest.at - each.at) <= limits.minutes * 60 and is_alike(latest, each, fresh)
    }
    own = {each.channel for each in alike.values() if each.member == latest.member}
    # Many may talk about the same site: by links alone, new members make no wave in few channels.
    texts = [each for each in alike.values() if is_alike(latest, each)]
    if (
        len(own) >= limits.channels
        or _reach(texts, limits.members, limits.members)
        or _reach(alike.values(), limits.members, limits.channels)
    ):
        return sorted(alike.values(), key=lambda each: each.at)
    return []


def _reach(messages: Collection[Sighting], members: int, channels: int) -> bool:
    """Return whether so many members wrote messages, in so many channels."""
    return (
        len({each.member for each in messages}) >= members
        and len({each.channel for each in messages}) >= channels
    )


def is_alike(one: Sighting, two: Sighting, fresh: Collection[bytes] = ()) -> bool:
    """Return whether two messages resemble each other, or both link to one of these hosts."""
    if any(host in fresh for host in two.hosts if host in one.hosts):
        return True
    return bool(one.sketch) and resemblance(one.sketch, two.sketch) >= ALIKE
