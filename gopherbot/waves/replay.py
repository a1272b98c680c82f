"""Looks for waves in messages that are at hand, with windows in memory instead of Redis. Pure."""

from __future__ import annotations

from collections import defaultdict, deque

from gopherbot.waves.detection import WaveLimits, wave
from gopherbot.waves.fingerprints import Fingerprints, Sighting

_DAY = 24 * 60 * 60
_NEW = b"new"


class Replay:
    """Hears messages in the order of their writing.

    It doesn't know who joined when. Whoever writes for the first time is new for some days; but if
    the first message is no older than that, nobody can tell. `all_new` takes each member for new,
    which finds more.
    """

    def __init__(
        self, fingerprints: Fingerprints, limits: WaveLimits, *, all_new: bool = False
    ) -> None:
        self.fingerprints = fingerprints
        self.limits = limits
        self._all_new = all_new
        self._windows: defaultdict[bytes, deque[Sighting]] = defaultdict(deque)
        self._hosts: dict[bytes, float] = {}
        self._members: dict[bytes, float] = {}
        self._begun: float | None = None

    def hear(self, ts: str, channel: str, user: str, text: str) -> list[Sighting]:
        """Return the messages that make a wave with this one; none if there is none."""
        taken = self.fingerprints.take(text, fewest_words=self.limits.words)
        member = self.fingerprints.member(user)
        latest = Sighting(ts, channel, member, taken.sketch, taken.hosts)
        is_new = self._is_new(member, latest.at)
        if not taken:
            return []
        begin = latest.at - self.limits.minutes * 60
        fresh = {host for host in taken.hosts if self._hosts.setdefault(host, latest.at) > begin}
        window = self._windows[_NEW if is_new else member]
        while window and window[0].at < begin:
            window.popleft()
        window.append(latest)
        return wave(latest, window, fresh, self.limits)

    def _is_new(self, member: bytes, at: float) -> bool:
        days = self.limits.new_days * _DAY
        if self._begun is None:
            self._begun = at
        if member not in self._members:
            # Of those who write in the first days, nobody knows since when they are there.
            self._members[member] = at if at > self._begun + days else at - days
        return self._all_new or self._members[member] > at - days
