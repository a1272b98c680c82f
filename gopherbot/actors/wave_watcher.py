"""Watches public channels for the same text or link in many of them within minutes.

A message that is no part of a wave costs its fingerprint and, unless it's short, one command to
Redis.
"""

from __future__ import annotations

import redis

from gopherbot import logs
from gopherbot.model import Message
from gopherbot.rulebook.moderation import Waves
from gopherbot.rulebook.schema import Data
from gopherbot.settings import Secret
from gopherbot.storage.waves import WaveLog, WaveWindows
from gopherbot.waves.detection import is_alike, wave
from gopherbot.waves.fingerprints import Fingerprints, Sighting

log = logs.get_logger(__name__)


class WaveWatcher:
    """The watcher of a workspace."""

    def __init__(self, waves: Waves, data: Data, secret: Secret, client: redis.Redis, app: str):
        self.waves = waves
        self.log = WaveLog(client, app)
        self._windows = WaveWindows(client, app)
        self._fingerprints = Fingerprints(secret.reveal(), hosts=data.linked_hosts())

    def watch(self, message: Message) -> str:
        """Note a message of a public channel. Return the id of its wave, if it is part of one."""
        taken = self._fingerprints.take(message.text, fewest_words=self.waves.words)
        if not taken:
            return ""
        member = self._fingerprints.member(message.user)
        latest = Sighting(message.ts, message.channel, member, taken.sketch, taken.hosts)
        window = self._windows.note(latest, self.waves, pasted=taken.pasted)
        found = wave(latest, window.seen, window.fresh, self.waves)
        if not found or any(is_alike(latest, fine, fine.hosts) for fine in self.log.fine()):
            return ""
        by_link = not any(is_alike(latest, each) for each in found if each != latest)
        id = self.log.gather(found, by_link=by_link)
        log.info("a wave", wave=id, messages=len(found), shadow=self.waves.shadow)
        return id

    def welcome(self, user: str) -> None:
        """Note that a member is new."""
        self._windows.joined(self._fingerprints.member(user), self.waves)
