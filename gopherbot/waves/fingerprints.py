"""Fingerprints of messages: keyed digests that show resemblance, and can't be turned back. Pure.

A text's sketch are the smallest of the keyed digests of its pairs of words. What two sketches share
estimates how many pairs the texts share (Broder's bottom-k sketches, 1997). Without the key, which
is derived from the signing secret and never stored, nobody can compare a sketch with a text.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from gopherbot.waves import wording

_SKETCH = 16
_PAIR_BYTES = 4
_HOST_BYTES = _MEMBER_BYTES = 6


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What remains of a message: a sketch of its text, b"" if it is short; and its links' hosts."""

    sketch: bytes = b""
    hosts: tuple[bytes, ...] = ()
    pasted: bool = False
    """Whether it is a tool's output, a quotation or code, with few words around it and no host."""

    def __bool__(self) -> bool:
        """Return whether there is anything to recognize."""
        return bool(self.sketch or self.hosts)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A fingerprint, where it was seen, and a digest of who wrote it."""

    ts: str
    channel: str
    member: bytes
    sketch: bytes
    hosts: tuple[bytes, ...]

    @property
    def at(self) -> float:
        """When it was written, in Unix seconds."""
        return float(self.ts)

    def encode(self) -> bytes:
        """Return it in the form in which it is stored: its `ts` and channel, and then digests."""
        head = f"{self.ts} {self.channel} ".encode()
        return b"".join((head, self.member, bytes((len(self.hosts),)), *self.hosts, self.sketch))

    @classmethod
    def decode(cls, data: bytes) -> Sighting:
        """Return what `encode` encoded. Raise `ValueError`."""
        ts, channel, digests = data.split(b" ", 2)
        member, count, rest = digests[:_MEMBER_BYTES], digests[_MEMBER_BYTES], _MEMBER_BYTES + 1
        ends = [rest + _HOST_BYTES * number for number in range(count + 1)]
        hosts = tuple(digests[start:end] for start, end in pairwise(ends))
        return cls(ts.decode(), channel.decode(), member, digests[ends[-1] :], hosts)


class Fingerprints:
    """Takes the fingerprints of a workspace's messages."""

    def __init__(self, secret: str, *, hosts: Iterable[str] = ()) -> None:
        """`secret` never leaves this object. Common hosts and these leave no fingerprint."""
        key = hashlib.blake2b(secret.encode("utf-8", "replace"), person=b"gopherbot waves").digest()
        self._keyed = hashlib.blake2b(key=key, digest_size=8)
        self._common = common_hosts().union(hosts)

    def take(self, text: str, *, fewest_words: int) -> Fingerprint:
        """Return the fingerprint of a text; its sketch only if it has enough words."""
        hosts = [
            host for host in wording.hosts(text) if self._common.isdisjoint(wording.parents(host))
        ]
        sketch, pasted = b"", False
        # Most messages are short. A word has two letters, or one that isn't Latin.
        if len(text) >= 3 * fewest_words - 1 or not text.isascii():
            own = wording.own(text)
            words = wording.words(own)
            if len(words) < fewest_words and own != text:
                words, pasted = wording.words(text), True
            sketch = self._sketch(words) if len(words) >= fewest_words else b""
        digests = tuple(self._digest(f"h{host}", _HOST_BYTES) for host in hosts)
        return Fingerprint(sketch, digests, pasted and bool(sketch) and not digests)

    def member(self, user: str) -> bytes:
        """Return the digest of a member's id."""
        return self._digest(f"m{user}", _MEMBER_BYTES)

    def _sketch(self, words: list[str]) -> bytes:
        pairs = {f"{one} {two}" for one, two in pairwise(words)}
        digests = {int.from_bytes(self._digest(pair, _PAIR_BYTES), "little") for pair in pairs}
        return array("I", sorted(digests)[:_SKETCH]).tobytes()

    def _digest(self, text: str, size: int) -> bytes:
        digest = self._keyed.copy()
        digest.update(text.encode())
        return digest.digest()[:size]


@cache
def common_hosts() -> frozenset[str]:
    """Return the hosts that any community of programmers links to."""
    lines = Path(__file__).with_name("common_hosts.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def resemblance(one: bytes, two: bytes) -> float:
    """Return about which part of the pairs of two texts both have, from 0 to 1."""
    ours, theirs = set(memoryview(one).cast("I")), memoryview(two).cast("I")
    if ours.isdisjoint(theirs):
        return 0.0
    smallest = sorted(ours.union(theirs))[:_SKETCH]
    return len(ours.intersection(theirs, smallest)) / len(smallest)
