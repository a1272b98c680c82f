"""Accepts connections so that the processes listening on one socket share them evenly."""

from __future__ import annotations

from typing import Any

import gevent
from gevent.server import StreamServer

_PAUSE_SECONDS = 0.001
_MOST_AT_ONCE = 64


class Listener(StreamServer):
    """Accepts one connection, then pauses briefly to leave the next one to the other processes.

    Without pauses, a process that is already awake would accept them all. If connections are still
    waiting after a pause, the other processes are busy, and this one accepts twice as many as
    before.
    """

    max_accept = 1
    _taken = 0

    def do_read(self) -> Any:
        """Accept a connection, if there is one."""
        accepted: Any = super().do_read()
        if accepted:
            self._taken += 1
            if self._taken >= self.max_accept:
                self._pause(min(2 * self.max_accept, _MOST_AT_ONCE))
        elif self._taken:
            self._pause(1)
        return accepted

    def _pause(self, then: int) -> None:
        self._taken = 0
        self.max_accept = then
        self.stop_accepting()
        gevent.spawn_later(_PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self.started:
            self.start_accepting()
