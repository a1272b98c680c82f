"""Go's vulnerability database: https://go.dev/doc/security/vuln/database"""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.services.service import Service
from slack_simulator.workspace.objects import Json

_REPORT = re.compile(r"/ID/(GO-\d{4}-\d{4,})\.json")


class Vulnerability(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A vulnerability. `ranges` has pairs of versions: introduced, and fixed ("" if it isn't)."""

    id: str
    module: str
    summary: str = ""
    ranges: tuple[tuple[str, str], ...] = (("0", ""),)
    aliases: tuple[str, ...] = ()
    published: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))


class VulnerabilityDatabase(Service):
    """The database. `reports` maps IDs to vulnerabilities."""

    name = "vulndb"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.reports: dict[str, Vulnerability] = {}

    def add(self, found: Vulnerability) -> Vulnerability:
        """Publish a vulnerability, or a newer report of it."""
        with self.lock:
            self.reports[found.id] = found
        return found

    def answer(self, request: Request, path: str) -> Response:
        """Return one of the indexes, or a report."""
        with self.lock:
            found = sorted(self.reports.values(), key=lambda each: each.id)
        if path == "/index/db.json":
            newest = max((each.published for each in found), default=datetime.now(UTC))
            return json_response({"modified": _time(newest)})
        if path == "/index/vulns.json":
            return json_response([_entry(each) for each in found])
        if path == "/index/modules.json":
            modules: dict[str, list[Json]] = {}
            for each in found:
                modules.setdefault(each.module, []).append(_fixed(each))
            return json_response([{"path": p, "vulns": v} for p, v in sorted(modules.items())])
        match = _REPORT.fullmatch(path)
        report = self.reports.get(match[1]) if match else None
        return json_response(_osv(report)) if report else text_response("Not Found", 404)


def _entry(found: Vulnerability) -> Json:
    aliases = {"aliases": list(found.aliases)} if found.aliases else {}
    return {"id": found.id, "modified": _time(found.published), **aliases}


def _fixed(found: Vulnerability) -> Json:
    last = found.ranges[-1][1] if found.ranges else ""
    fixed = {"fixed": last} if last else {}
    return {"id": found.id, "modified": _time(found.published), **fixed}


def _osv(found: Vulnerability) -> Json:
    events: list[dict[str, Any]] = []
    for introduced, fixed in found.ranges:
        events.append({"introduced": introduced})
        events += [{"fixed": fixed}] if fixed else []
    affected: Json = {
        "package": {"name": found.module, "ecosystem": "Go"},
        "ranges": [{"type": "SEMVER", "events": events}],
        "ecosystem_specific": {"imports": [{"path": found.module, "symbols": ["Do"]}]},
    }
    return {
        "schema_version": "1.3.1",
        "id": found.id,
        "modified": _time(found.published),
        "published": _time(found.published),
        "aliases": list(found.aliases),
        "summary": found.summary,
        "details": f"{found.summary}.",
        "affected": [affected],
        "references": [],
        "database_specific": {
            "url": f"https://pkg.go.dev/vuln/{found.id}",
            "review_status": "REVIEWED",
        },
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
