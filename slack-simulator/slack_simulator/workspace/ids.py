"""IDs and secrets as Slack makes them: random, or always the same with a seed."""

import base64
import random
import threading
import uuid


class Ids:
    """Make IDs. With `seed`, the same calls in the same order return the same IDs."""

    def __init__(self, seed: int | None = None) -> None:
        self.is_seeded = seed is not None
        self._random = random.SystemRandom() if seed is None else random.Random(seed)
        self._lock = threading.Lock()

    def new(self, prefix: str, digits: int = 8) -> str:
        """Return an object's ID: `prefix` and `digits` hexadecimal digits."""
        return prefix + self.hex(digits).upper()

    def hex(self, digits: int) -> str:
        """Return a hexadecimal number of `digits` digits."""
        with self._lock:
            return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def token(self, size: int = 24) -> str:
        """Return `size` bytes as text that fits into a URL."""
        with self._lock:
            raw = self._random.getrandbits(8 * size).to_bytes(size, "big")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def short(self) -> str:
        """Return the ID of a block or an action."""
        return self.token(4)

    def number(self) -> int:
        """Return a number of up to twelve digits."""
        with self._lock:
            return self._random.randrange(10**12)

    def uuid(self) -> str:
        """Return a random UUID."""
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def between(self, low: float, high: float) -> float:
        """Return a number of this range."""
        with self._lock:
            return self._random.uniform(low, high)
