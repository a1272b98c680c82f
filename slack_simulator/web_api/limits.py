"""Slack's own rate limit on posting: about one message a second and channel.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import math
import threading
import time

import msgspec


class RateLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`per_second` messages a second in every channel, and up to `burst` at once."""

    per_second: float = 1.0
    burst: int = 1

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("per_second must be above 0 and burst at least 1")


class Buckets:
    """A token bucket per channel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def take(self, channel: str, limit: RateLimit) -> int:
        """Take a token; 0 if there was one, else the whole seconds until there is one."""
        cost = 1 / limit.per_second
        with self._lock:
            now = time.monotonic()
            full_at = max(self._full_at.get(channel, now), now) + cost
            wait = full_at - now - limit.burst * cost
            if wait > 1e-9:  # what rounding leaves over is not worth a second
                return math.ceil(wait)
            self._full_at[channel] = full_at
            return 0
