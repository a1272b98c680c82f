"""gunicorn's gevent worker, with a stop that does not wait for idle connections."""

from __future__ import annotations

from types import FrameType

import gevent
from greenlet import greenlet
from gunicorn.workers.ggevent import GeventWorker

_ROUND_SECONDS = 0.5


class Worker(GeventWorker):
    """Closes connections that wait for a request once it is told to stop.

    Heroku's router keeps connections open for 90 s; the stock worker would wait for each of them
    until its graceful time-out.
    """

    def init_process(self) -> None:
        self.idle: dict[greenlet, gevent.Timeout] = {}
        super().init_process()

    def timeout_ctx(self) -> _WhileIdle:  # type: ignore[override] # it gives one, whatever its stub says
        """Wait for a request no longer than the keep-alive; gunicorn calls it for each."""
        return _WhileIdle(self.idle, self.cfg.keepalive)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._close_idle)

    def _close_idle(self) -> None:
        while True:
            gevent.sleep(_ROUND_SECONDS)
            for waiting, timeout in list(self.idle.items()):
                # gunicorn takes it for the end of the keep-alive and closes in good order.
                gevent.kill(waiting, timeout)


class _WhileIdle:
    """A time-out that ends the block in silence, and is known while it runs."""

    def __init__(self, idle: dict[greenlet, gevent.Timeout], seconds: float) -> None:
        self.idle = idle
        self.timeout = gevent.Timeout(seconds, False)  # type: ignore[arg-type] # False: in silence

    def __enter__(self) -> None:
        self.idle[gevent.getcurrent()] = self.timeout
        self.timeout.start()

    def __exit__(self, kind: type | None, value: BaseException | None, trace: object) -> bool:
        self.idle.pop(gevent.getcurrent(), None)
        self.timeout.close()
        return value is self.timeout
