"""changelog.com: whether a show is on air, and when the next Go Time starts."""

from datetime import UTC, datetime

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.services.service import Service


class Changelog(Service):
    """changelog.com. `streaming`: a show is on air. `next_episode`: Go Time's start or None."""

    name = "changelog"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.streaming = False
        self.next_episode: datetime | None = None

    def answer(self, _request: Request, path: str) -> Response:
        """Answer the two endpoints that the bot reads."""
        if path == "/live/status":
            return json_response({"streaming": self.streaming})
        if path == "/slack/countdown/gotime":
            return json_response({"data": _iso(self.next_episode)})
        return text_response("Not found", 404)


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else None
