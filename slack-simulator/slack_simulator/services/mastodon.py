"""A Mastodon account's statuses: https://docs.joinmastodon.org/methods/accounts/#statuses"""

import html
import itertools
import re
from datetime import UTC, datetime

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.services.service import Service
from slack_simulator.workspace.objects import Json

GO_TIME = "109349735213354404"
_PATH = re.compile(r"/api/v1/accounts/(\d+)/statuses")
_PAGE, _LARGEST_PAGE = 20, 40


class Status(msgspec.Struct, kw_only=True, frozen=True):
    """One status. IDs grow with time when compared as numbers, not as strings."""

    id: str
    account: str
    text: str
    created_at: datetime


class Mastodon(Service):
    """A Mastodon server. `statuses` holds the statuses of all accounts, oldest first."""

    name = "mastodon"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.statuses: list[Status] = []
        self._ids = itertools.count(112_000_000_000_000_000)

    def post(
        self, text: str = "A new episode", *, created_at: datetime | None = None, account: str = ""
    ) -> Status:
        """Post a status, by default as Go Time's account and dated now."""
        with self.lock:
            status = Status(
                id=str(next(self._ids)),
                account=account or GO_TIME,
                text=text,
                created_at=created_at or datetime.now(UTC),
            )
            self.statuses.append(status)
        return status

    def address(self, status: Status) -> str:
        """Return the `url` of a status."""
        return f"{self.base}/@gotime/{status.id}"

    def answer(self, request: Request, path: str) -> Response:
        """Return an account's statuses, newest first."""
        match = _PATH.fullmatch(path)
        if match is None:
            return json_response({"error": "Record not found"}, 404)
        query = request.query
        try:
            since = int(query.get("since_id") or 0)
            limit = min(int(query.get("limit") or _PAGE), _LARGEST_PAGE)
        except ValueError:
            return text_response("since_id and limit must be numbers", 400)
        with self.lock:
            mine = [s for s in self.statuses if s.account == match[1] and int(s.id) > since]
        mine.sort(key=lambda status: int(status.id), reverse=True)
        return json_response([self._shape(status) for status in mine[:limit]])

    def _shape(self, status: Status) -> Json:
        created = status.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return {
            "id": status.id,
            "created_at": created,
            "in_reply_to_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"{self.base}/users/gotime/statuses/{status.id}",
            "url": self.address(status),
            "content": f"<p>{html.escape(status.text)}</p>",
            "reblog": None,
            "account": {"id": status.account, "username": "gotime", "acct": "gotime"},
            "media_attachments": [],
            "mentions": [],
            "tags": [],
        }
