"""Gerrit's list of changes: https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html

`O` is a set of option bits in hexadecimal: 12 is bit 1, CURRENT_REVISION, and bit 4, ALL_COMMITS.
Without the former, a response has no revisions. Without the latter, revisions have no commit.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, text_response
from slack_simulator.services.service import Service
from slack_simulator.workspace.objects import Json

_CURRENT_REVISION = 1 << 1
_COMMITS = 1 << 3 | 1 << 4
_PAGE = 25

#: A time with a time zone.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A change under review. `message` is the whole commit message."""

    number: int
    subject: str
    project: str = "go"
    message: str = ""
    status: str = "MERGED"
    work_in_progress: bool = False
    updated: Moment = msgspec.field(default_factory=lambda: datetime.now(UTC))
    submitted: Moment = msgspec.field(default_factory=lambda: datetime.now(UTC))


class Gerrit(Service):
    """Gerrit. `changes` maps numbers to changes."""

    name = "gerrit"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.changes: dict[int, Change] = {}

    def merge(self, number: int, subject: str, project: str = "go", message: str = "") -> Change:
        """Add a change that is merged now."""
        change = Change(number=number, subject=subject, project=project, message=message)
        return self.add(change)

    def add(self, change: Change) -> Change:
        """Add a change."""
        with self.lock:
            self.changes[change.number] = change
        return change

    def touch(self, number: int) -> None:
        """Move a change to the top of the list, as a comment does. Raise `KeyError`."""
        with self.lock:
            newest = max(change.updated for change in self.changes.values())
            after = newest + timedelta(milliseconds=1)
            self.changes[number].updated = max(after, datetime.now(UTC))

    def reorder(self, numbers: list[int]) -> None:
        """Move these changes to the top of the list, in this order."""
        for number in reversed(numbers):
            self.touch(number)

    def answer(self, request: Request, path: str) -> Response:
        """List changes, the most recently updated first."""
        if path.rstrip("/") != "/changes":
            return text_response("Not found", 404)
        query = request.query
        try:
            options, count = int(query.get("O", "0"), 16), int(query.get("n", _PAGE))
        except ValueError:
            return text_response('"O" takes a hexadecimal number, "n" a decimal one', 400)
        with self.lock:
            found = [c for c in self.changes.values() if _matches(c, query.get("q", ""))]
        found.sort(key=lambda change: change.updated, reverse=True)
        infos = [_info(change, options) for change in found[:count]]
        if len(found) > count and infos:
            infos[-1]["_more_changes"] = True
        # Gerrit's first line keeps browsers from running the JSON as a script.
        body = b")]}'\n" + msgspec.json.encode(infos) + b"\n"
        return Response(headers={"Content-Type": "application/json; charset=UTF-8"}, body=body)


def _matches(change: Change, query: str) -> bool:
    terms = dict(re.findall(r"(\w+):(\S+)", query))
    status = terms.get("status")
    return (status is None or change.status.lower() == status.lower()) and (
        terms.get("project") in {None, change.project}
        and terms.get("change") in {None, str(change.number)}
    )


def _info(change: Change, options: int) -> Json:
    digest = hashlib.sha1(str(change.number).encode(), usedforsecurity=False).hexdigest()
    info: Json = {
        "id": f"{change.project.replace('/', '%2F')}~{change.number}",
        "project": change.project,
        "branch": "master",
        "change_id": f"I{digest}",
        "subject": change.subject,
        "status": change.status,
        "created": _time(change.submitted),
        "updated": _time(change.updated),
        "submitted": _time(change.submitted),
        "insertions": 1,
        "deletions": 1,
        "_number": change.number,
        "owner": {"_account_id": 1},
    }
    if change.work_in_progress:
        info["work_in_progress"] = True
    if options & _CURRENT_REVISION:
        revision: Json = {"kind": "REWORK", "_number": 1, "ref": f"refs/changes/{change.number}/1"}
        if options & _COMMITS:
            revision["commit"] = {
                "parents": [],
                "subject": change.subject,
                "message": change.message or f"{change.subject}\n\nChange-Id: I{digest}\n",
            }
        info |= {"current_revision": digest, "revisions": {digest: revision}}
    return info


def _time(moment: datetime) -> str:
    """Return Gerrit's timestamp format: UTC without an offset, to the nanosecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + "000"
