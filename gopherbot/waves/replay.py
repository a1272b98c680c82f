"""Looks for waves in messages that are at hand, with windows in memory instead of Redis. Pure."""

from __future__ import annotations

from collections import defaultdict, deque

from gopherbot.waves.detection import WaveLimits, wave
from gopherbot.waves.fingerprints import Fingerprints, Sighting

_DAY = 24 * 60 * 60


class Replay:
    """Hears messages in the order of their writing. Each member counts as new.

    So it finds no fewer waves than the bot would have found.
    """

    def __init__(self, fingerprints: Fingerprints, limits: WaveLimits) -> None:
        self.fingerprints = fingerprints
        self.limits = limits
        self._window: deque[Sighting] = deque()
        self._hosts: defaultdict[bytes, float] = defaultdict(lambda: float("inf"))

    def hear(self, ts: str, channel: str, user: str, text: str) -> list[Sighting]:
        """Return the messages that make a wave with this one; none if there is none."""
        taken = self.fingerprints.take(text, fewest_words=self.limits.words)
        if not taken:
            return []
        member = self.fingerprints.member(user)
        latest = Sighting(ts, channel, member, taken.sketch, taken.hosts)
        for host in taken.hosts:
            self._hosts[host] = min(self._hosts[host], latest.at)
        fresh = {host for host in taken.hosts if self._hosts[host] > latest.at - _DAY}
        while self._window and self._window[0].at < latest.at - self.limits.minutes * 60:
            self._window.popleft()
        self._window.append(latest)
        return wave(latest, self._window, fresh, self.limits)
