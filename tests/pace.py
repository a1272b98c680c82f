"""How long something may take here: a busy machine does it as well, only later."""

import os


def load_adjusted(seconds: float) -> float:
    """Return the limit to assert for what is promised within some seconds.

    Twice the promise on a machine with nothing else to do, and the more the busier it is.
    """
    return seconds * 2 * slowdown()


def slowdown() -> float:
    """Return how many processes want each core: the load of the last minute, but at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
