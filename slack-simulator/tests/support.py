"""What the tests share: how long a wait may take, and how to wait."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = float(os.environ.get("TEST_PATIENCE", "60"))
"""Seconds after which a wait has failed: far more than a busy machine needs."""


def wait_until(
    what: Callable[[], Found], why: str, seconds: float = PATIENCE, *, every: float = 0.01
) -> Found:
    """Wait until something is true and return it. Fail with `why`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {why}"
        time.sleep(every)
    return found
