"""Faults to inject into deliveries of events."""

import fnmatch
import threading
from typing import Literal

import msgspec


class EventFault(msgspec.Struct, kw_only=True):
    """A fault in deliveries of events of type `event` (`*`: any), for `times` of them (None: all).

    `lost` ones never come, `twice` ones come again at once, `late` ones after `seconds`.
    """

    kind: Literal["lost", "twice", "late"]
    event: str = "*"
    times: int | None = 1
    seconds: float = 10.0
    hits: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether the fault has applied `times` times."""
        return self.times is not None and self.hits >= self.times


class EventFaults:
    """The active faults. If several match an event, the first one added applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[EventFault] = []

    def add(self, fault: EventFault) -> None:
        """Activate a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, event_type: str) -> EventFault | None:
        """Return the fault for an event and count a hit."""
        with self._lock:
            for fault in self._faults:
                if not fault.exhausted and fnmatch.fnmatchcase(event_type, fault.event):
                    fault.hits += 1
                    return fault
        return None
