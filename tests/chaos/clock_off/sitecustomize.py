"""Sleep in a way that libfaketime leaves alone: Python imports this as it starts.

Python's own `sleep` waits until a moment. libfaketime makes that a length of time, which is
negative when the moment has passed by then, and the kernel refuses it: workers died of that.
"""

from __future__ import annotations

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex, /) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
