"""gunicorn's settings, all of them: the Procfile names this file.

https://docs.gunicorn.org/en/stable/settings.html
"""

from __future__ import annotations

# gevent replaces the standard library's blocking parts; that must happen before anything uses one.
from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
from typing import Any  # noqa: E402

from gunicorn.glogging import Logger  # noqa: E402

from gopherbot import settings  # noqa: E402

# A connection costs a greenlet and some 20 KB. Slack needs a few dozen; when more than these are
# open, the longest idle goes.
worker_class = "gopherbot.web.http.gunicorn_worker.Worker"
worker_connections = 500
workers = settings.web_concurrency()
bind = f"{settings.web_host()}:{settings.web_port()}"
# Loaded once and shared by the workers; also, a bad environment ends the start at once.
preload_app = True
# Longer than the 90 s that Heroku's router keeps an idle connection to a dyno.
keepalive = 95
# Whoever speaks to us is believed nothing: the way to Slack's events is their signature.
forwarded_allow_ips = ""
forwarder_headers = ""
# Only requests that are not plain come to it: its parser in C would save nothing.
http_parser = "python"
# Heroku kills 30 s after the first signal.
graceful_timeout = 12
# For a request to come as a whole, and for a worker to notify its master.
timeout = 30
control_socket_disable = True
proc_name = "gopherbot-web"


class JsonLogger(Logger):
    """Lets gunicorn's few lines go where all the others go."""

    def setup(self, cfg: object) -> None:
        """Leave handlers and levels to `gopherbot.logs`."""
        self.error_log.propagate = True
        self.error_log.setLevel(logging.NOTSET)
        self._access_log_enabled = False


logger_class = JsonLogger


def post_worker_init(worker: Any) -> None:
    """Start the heartbeat after the fork: greenlets do not survive one."""
    worker.wsgi.heartbeat.start()


def worker_exit(server: Any, worker: Any) -> None:
    """Stop the heartbeat, which signs the process off."""
    app = getattr(worker, "wsgi", None)
    if app:
        app.heartbeat.stop()
