"""All settings of gunicorn. The Procfile refers to this file.

https://docs.gunicorn.org/en/stable/settings.html
"""

from __future__ import annotations

# gevent replaces blocking parts of the standard library. This must happen before their first use.
from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402
import logging  # noqa: E402
from typing import Any  # noqa: E402

from gunicorn.glogging import Logger  # noqa: E402

from gopherbot import lean_imports, settings  # noqa: E402

# A connection costs a greenlet and about 20 KB. Slack needs a few dozen. Beyond this limit, the
# connection that has been idle for longest is closed.
worker_class = "gopherbot.web.http.gunicorn_worker.Worker"
worker_connections = 500
workers = settings.web_concurrency()
bind = f"{settings.in_address(settings.web_host())}:{settings.web_port()}"
# Load the app once and share its memory. Invalid settings then fail the start immediately.
preload_app = True
# Longer than the 90 s that Heroku's router keeps an idle connection to a dyno.
keepalive = 95
# Trust no proxy's headers: only the signature proves that a request is Slack's.
forwarded_allow_ips = ""
forwarder_headers = ""
# Only unusual requests reach gunicorn's parser, so its C version would save nothing.
http_parser = "python"
# Heroku kills the dyno 30 s after the first signal.
graceful_timeout = 12
# The limit for a whole request to arrive, and for a worker to notify its master.
timeout = 30
control_socket_disable = True
proc_name = "gopherbot-web"


class JsonLogger(Logger):
    """Sends gunicorn's few log lines to the same place as all others."""

    def setup(self, cfg: object) -> None:
        """Leave handlers and levels to `gopherbot.logs`."""
        self.error_log.propagate = True
        self.error_log.setLevel(logging.NOTSET)
        self._access_log_enabled = False


logger_class = JsonLogger


def when_ready(server: Any) -> None:
    """Keep the garbage collector from writing to memory that the processes share, 10 MB of it."""
    lean_imports.end()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Start the heartbeat after the fork, because greenlets do not survive one."""
    worker.wsgi.heartbeat.guards_process = True
    worker.wsgi.heartbeat.start()


def worker_exit(server: Any, worker: Any) -> None:
    """Stop the heartbeat, which removes the process from the registry."""
    app = getattr(worker, "wsgi", None)
    if app:
        app.heartbeat.stop()
