"""Slack's rate limit for posting: about one message per second and channel.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import math
import threading
import time

import msgspec


class RateLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Allow `per_second` messages per second and channel, and bursts of up to `burst`."""

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
        """Take a token and return 0, or return the seconds until one is available, rounded up."""
        cost = 1 / limit.per_second
        with self._lock:
            now = time.monotonic()
            full_at = max(self._full_at.get(channel, now), now) + cost
            wait = full_at - now - limit.burst * cost
            if wait > 1e-9:  # a rounding error must not cost a second
                return math.ceil(wait)
            self._full_at[channel] = full_at
            return 0
