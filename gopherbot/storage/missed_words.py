"""Words that members searched for in vain, in plain text once three members have used one.

Until then there are only digests, which cannot be computed without the bot's token. What a worker
notes waits in memory for its next heartbeat, so no message waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import redis

from gopherbot import logs
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, text

KEPT_SECONDS = 31 * 24 * 60 * 60
_MOST_DIGESTS, _MOST_WORDS = 2000, 200
_MOST_WAITING = 200
"""Most words that a worker keeps while Redis is unreachable."""

log = logs.get_logger(__name__)


class MissedWords:
    """The words of an app. `digest` makes keyed digests of texts. Thread-safe."""

    def __init__(self, client: redis.Redis, app: str, digest: Callable[..., str]) -> None:
        self._client = client
        self._keys = [keys.missed_words(app, what) for what in ("digests", "words")]
        self._digest = digest
        self._note = client.register_script(Path(__file__).with_suffix(".lua").read_text())
        self._lock = threading.Lock()
        self._waiting: set[tuple[str, str, str]] = set()

    def add(self, user: str, words: Iterable[str]) -> None:
        """Note words that a member asked for in vain; each counts once a member."""
        for word in words:
            found = (self._digest("missed", word), self._digest("missed", word, user), word)
            with self._lock:
                if len(self._waiting) < _MOST_WAITING:
                    self._waiting.add(found)

    def flush(self) -> None:
        """Write what waits. If Redis refuses it, as a full one does, it waits for the next time."""
        with self._lock:
            waiting = sorted(self._waiting)
        if not waiting:
            return
        pieces = (piece for found in waiting for piece in found)
        try:
            self._note(keys=self._keys, args=[KEPT_SECONDS, _MOST_DIGESTS, _MOST_WORDS, *pieces])
        except REDIS_ERRORS as error:
            # The heartbeat that calls this has succeeded: this must not look like an outage.
            log.info("words not noted", error=str(error))
            return
        with self._lock:
            self._waiting.difference_update(waiting)


def read(client: redis.Redis, app: str) -> list[str]:
    """Return the words that three members used within the last month, the latest first."""
    return [text(word) for word in client.zrevrange(keys.missed_words(app, "words"), 0, -1)]
