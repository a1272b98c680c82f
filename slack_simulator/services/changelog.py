"""changelog.com: is a show on air, and when does the next Go Time start?"""

from datetime import UTC, datetime

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.services.service import Service


class Changelog(Service):
    """`streaming` is whether a show is on air; `next_episode` when Go Time starts, or None."""

    name = "changelog"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.streaming = False
        self.next_episode: datetime | None = None

    def answer(self, _request: Request, path: str) -> Response:
        """Return the two addresses that are read."""
        if path == "/live/status":
            return json_response({"streaming": self.streaming})
        if path == "/slack/countdown/gotime":
            return json_response({"data": _iso(self.next_episode)})
        return text_response("Not found", 404)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
