"""GitHub's issues: GET /repos/OWNER/NAME/issues/NUMBER, with the hourly limit of strangers.

https://docs.github.com/en/rest/issues/issues#get-an-issue
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import re
import time
from datetime import UTC, datetime

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, json_response
from slack_simulator.services.service import Service
from slack_simulator.workspace.objects import Json

HOURLY_LIMIT, WITH_TOKEN = 60, 5000
_PATH = re.compile(r"/repos/([\w.-]+/[\w.-]+)/issues/(\d+)")


class Issue(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An issue or a pull request."""

    number: int
    title: str
    state: str = "open"
    state_reason: str | None = None
    labels: tuple[str, ...] = ()
    milestone: str = ""
    is_pull_request: bool = False


class GitHub(Service):
    """GitHub. `issues` maps a repository's name to its issues by number."""

    name = "github"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.issues: dict[str, dict[int, Issue]] = {}
        self.used = 0
        """The requests of this hour."""

    def add(self, issue: Issue, repository: str = "golang/go") -> Issue:
        """Add or replace an issue."""
        with self.lock:
            self.issues.setdefault(repository, {})[issue.number] = issue
        return issue

    def answer(self, request: Request, path: str) -> Response:
        """Return an issue, unless the client has used up its requests."""
        if not request.headers.get("user-agent"):
            message = "Request forbidden by administrative rules. Please send a User-Agent."
            return json_response({"message": message}, 403)
        limit = WITH_TOKEN if "authorization" in request.headers else HOURLY_LIMIT
        with self.lock:
            self.used += path != "/rate_limit"
            left = limit - self.used
        headers = {
            "X_RateLimit_Limit": str(limit),
            "X_RateLimit_Remaining": str(max(left, 0)),
            "X_RateLimit_Reset": str(int(time.time()) // 3600 * 3600 + 3600),
        }
        if path == "/rate_limit":
            rate = {"limit": limit, "remaining": max(left, 0)}
            return json_response({"rate": rate}, 200, **headers)
        if left < 0:
            return json_response({"message": "API rate limit exceeded"}, 403, **headers)
        match = _PATH.fullmatch(path)
        issue = self.issues.get(match[1], {}).get(int(match[2])) if match else None
        if match is None or issue is None:
            return json_response({"message": "Not Found", "status": "404"}, 404, **headers)
        return json_response(_shape(issue, match[1]), 200, **headers)


def _shape(issue: Issue, repository: str) -> Json:
    page = f"https://github.com/{repository}"
    kind = "pull" if issue.is_pull_request else "issues"
    closed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if issue.state == "closed" else None
    shape: Json = {
        "url": f"https://api.github.com/repos/{repository}/issues/{issue.number}",
        "html_url": f"{page}/{kind}/{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "user": {"login": "gopherbot", "id": 8566911, "type": "Bot"},
        "labels": [{"id": at, "name": name} for at, name in enumerate(issue.labels)],
        "state": issue.state,
        "state_reason": issue.state_reason,
        "milestone": {"number": 1, "title": issue.milestone} if issue.milestone else None,
        "comments": 0,
        "closed_at": closed,
        "body": "",
    }
    if issue.is_pull_request:
        shape["pull_request"] = {"html_url": shape["html_url"]}
    return shape
