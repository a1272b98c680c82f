"""slack-sdk's client over a pool of persistent connections (`http_pool.py`).

slack-sdk's own client opens a connection per call. This one also never retries: the ledger decides
whether a call may be repeated, based on the errors in `errors.py`.
"""

from __future__ import annotations

import copy
import logging
import math
from typing import Any, cast
from urllib.request import Request

from slack_sdk.web import WebClient

from gopherbot.slack.http_pool import HttpPool

# slack-sdk formats every call for its logger if that may be at DEBUG. This one never is.
_quiet = logging.getLogger("slack_sdk.gopherbot")
_quiet.setLevel(logging.WARNING)


class PooledClient(WebClient):
    """slack-sdk's client over a pool of connections, shared by all threads.

    It overrides a private method, so `setup.cfg` allows only versions known to call that method.
    """

    def __init__(self, token: str, base_url: str, pool: HttpPool) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=_quiet)
        self.pool = pool
        self._send_by = math.inf

    def sending_by(self, deadline: float) -> PooledClient:
        """Return a client that sends nothing after `deadline`, by `boot_time`."""
        client = copy.copy(self)
        client._send_by = deadline
        return client

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = cast("bytes | None", req.data) or b""
        response = self.pool.post(
            req.selector, body, dict(req.header_items()), send_by=self._send_by
        )
        text = response.body.decode("utf-8", "replace")
        # slack-sdk assumes that JSON from Slack is an object.
        is_object = text.lstrip().startswith("{")
        return {
            "status": response.status,
            "headers": response.headers,
            "body": text if is_object else "{}",
        }
