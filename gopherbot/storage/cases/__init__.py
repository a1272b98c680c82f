"""The cases that members' reports opened: where their cards are, and their state.

No text is kept, and of a reporter only a keyed digest, with the id sealed if they aren't anonymous:
to tell each once when the case is closed. Redis errors pass through.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

KEPT_SECONDS = 30 * 24 * 60 * 60
"""How long a case is kept that nobody closes."""
REMEMBERED_SECONDS = 8 * 24 * 60 * 60
"""How long it is remembered which case a report belongs to: a day more than it may wait. A closed
case is kept as long, without its reporters: for reports that wait, and clicks that come late."""
LIMITED = "limited"
_HERE = Path(__file__).parent

Handling = Literal["on_it", "done", "dismissed"]


@dataclass(frozen=True, slots=True)
class Case:
    """The state of a case."""

    id: str
    count: int = 1
    """How many reports there are."""
    version: int = 0
    """Rises with every change."""
    card: tuple[str, str] | None = None
    """The card's channel and `ts`."""
    handled: str = ""
    """The last `Handling`, or "" for none."""
    moderator: str = ""
    name: str = ""
    at: float = 0.0
    """Who did that, by id and name, and when (Unix seconds)."""
    of: str = ""
    """The id of the report that its card was made of."""
    about: str = ""
    """The digest of what it is about."""
    reporters: Mapping[str, str] = field(default_factory=dict)
    """The reporters' ids, sealed, by their digests; "" for who is anonymous."""

    @property
    def is_closed(self) -> bool:
        return self.handled in ("done", "dismissed")


class Cases:
    """An app's cases."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app
        self._file = client.register_script((_HERE / "file_report.lua").read_text())
        self._add_reporter = client.register_script((_HERE / "add_reporter.lua").read_text())
        self._handle = client.register_script((_HERE / "handle_case.lua").read_text())

    def file(self, report: str, about: str, *, this_hour: str, most: int, closed: str = "") -> str:
        """File a report. Return its case's id, or `LIMITED` if the member made too many.

        `about` identifies the reported message, and `this_hour` is a keyed digest of the hour and
        the reporter. A report that was filed with the case `closed` is filed with another.
        """
        names = [
            keys.case_of_report(self.app, report),
            keys.case_of_message(self.app, about),
            keys.reports_per_hour(self.app, this_hour),
        ]
        given: list[str | int] = [keys.case(self.app, ""), report, closed]
        limits = [most, KEPT_SECONDS, REMEMBERED_SECONDS]
        return text(self._file(keys=names, args=[*given, *limits]))

    def add_reporter(self, id: str, digest: str, sealed: str) -> bool:
        """Note whom to tell when a case is closed. Return False if it is closed already.

        They are known by a keyed `digest` and by `sealed`, "" if anonymous.
        """
        given = [digest, sealed]
        return bool(self._add_reporter(keys=[keys.case(self.app, id)], args=given))

    def waited(self, report: str) -> int:
        """Return how many seconds ago a report was filed with its case."""
        left = self.client.ttl(keys.case_of_report(self.app, report))
        return REMEMBERED_SECONDS - int(left)

    def read(self, id: str) -> Case | None:
        """Return a case, or None if it is unknown: closed long ago, or Redis lost it."""
        found = self.client.hgetall(keys.case(self.app, id))
        fields = {text(name): text(value) for name, value in found.items()}
        if "state" not in fields:
            return None
        channel, _, ts = fields.get("card", "").partition(" ")
        return Case(
            id,
            count=int(fields["count"]),
            version=int(fields["version"]),
            card=(channel, ts) if ts else None,
            handled=fields.get("handled", ""),
            moderator=fields.get("moderator", ""),
            name=fields.get("name", ""),
            at=float(fields.get("at", 0)),
            of=fields.get("of", id),
            about=fields.get("place", "").rpartition(":")[2],
            reporters={
                name.removeprefix("by:"): sealed
                for name, sealed in fields.items()
                if name.startswith("by:")
            },
        )

    def posted(self, id: str, report: str, channel: str, ts: str) -> None:
        """Note where a case's card is, and which report it was made of."""
        key = keys.case(self.app, id)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"card": f"{channel} {ts}", "of": report})
            pipe.expire(key, KEPT_SECONDS)
            pipe.execute()

    def handle(self, id: str, what: Handling, moderator: str, name: str) -> bool:
        """Record what a moderator does with a case. Return False if it is unknown."""
        given: list[str | int] = [what, moderator, name, int(time.time())]
        return bool(self._handle(keys=[keys.case(self.app, id)], args=given))

    def forget_reporters(self, id: str) -> None:
        """Delete who reported a closed case, once they have been told."""
        key = keys.case(self.app, id)
        names = [name for name in self.client.hkeys(key) if text(name).startswith("by:")]
        with self.client.pipeline(transaction=True) as pipe:
            if names:
                pipe.hdel(key, *names)
            pipe.expire(key, REMEMBERED_SECONDS)
            pipe.execute()
