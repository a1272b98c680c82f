"""How long a promise may take here: a busy machine keeps it as well, only later."""

from __future__ import annotations

import os


def load_adjusted(seconds: float) -> float:
    """Return the limit to assert for what is promised within some seconds.

    Twice the promise on a machine with nothing else to do, and the more the more processes want its
    cores: the load of the last minute counts, of which these tests are a part.
    """
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * 2 * max(1.0, load)
