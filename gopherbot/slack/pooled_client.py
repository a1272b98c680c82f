"""slack-sdk's client over connections that stay open (`http_pool.py`).

By itself it opens one for every call. This one also makes no retries: whether a call may be made
again is the ledger's to decide, by the errors of `errors.py`.
"""

from __future__ import annotations

import logging
from typing import Any, cast
from urllib.request import Request

from slack_sdk.web import WebClient

from gopherbot.slack.http_pool import HttpPool

# slack-sdk writes every call out in words for a logger that might be at DEBUG; this one never is.
_quiet = logging.getLogger("slack_sdk.gopherbot")
_quiet.setLevel(logging.WARNING)


class PooledClient(WebClient):
    """slack-sdk's client over a pool of connections, shared by all threads.

    It overrides a private method, so `setup.cfg` admits only versions that are known to call it.
    """

    def __init__(self, token: str, base_url: str, pool: HttpPool) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=_quiet)
        self.pool = pool

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = cast("bytes | None", req.data) or b""
        response = self.pool.post(req.selector, body, dict(req.header_items()))
        text = response.body.decode("utf-8", "replace")
        # slack-sdk takes for granted that JSON from Slack is an object.
        is_object = text.lstrip().startswith("{")
        return {
            "status": response.status,
            "headers": response.headers,
            "body": text if is_object else "{}",
        }
