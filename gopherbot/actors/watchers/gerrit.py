"""Announces merged changes from Gerrit every ten minutes, each once, oldest first.

https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html

Gerrit lists changes by when they were last updated, not by when they were merged. A comment on an
old change therefore makes it look new. Announced changes are remembered by number for 31 days. Any
other old change is recognized by its merge time (`recently_updated`).

After an outage, there may be a whole page of new changes. Each run announces the `MOST` oldest ones
and leaves the rest to later runs, to avoid a flood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer, cut, in_utc
from gopherbot.model import Card, Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.markup import escape
from gopherbot.table.watches import GerritWatch

PAGE = 100
MOST = 20
"""The most announcements per run."""
SUBJECT_LETTERS = 300
MESSAGE_LETTERS = 3000

OUT_OF_TURN = timedelta(days=1)
"""How long before the last announced change a new one may be merged, if it becomes visible late."""
OUTAGE = timedelta(days=7)
"""The longest outage after which all changes merged meanwhile are announced."""

_GUARD = b")]}'"
_CHANGE_ID = re.compile(r"^Change-Id: I[0-9a-f]{1,64}$", re.MULTILINE)

log = logs.get_logger(__name__)


class Commit(msgspec.Struct):
    """Gerrit's CommitInfo."""

    message: str = ""


class Revision(msgspec.Struct):
    """Gerrit's RevisionInfo."""

    commit: Commit = msgspec.field(default_factory=Commit)


class MergedChange(msgspec.Struct):
    """Gerrit's ChangeInfo. Its times are in UTC, without a time zone."""

    number: int = msgspec.field(name="_number")
    subject: str = ""
    project: str = ""
    submitted: datetime | None = None
    updated: datetime | None = None
    current_revision: str = ""
    revisions: dict[str, Revision] = {}

    @property
    def merged(self) -> datetime:
        """When the change was merged, or else last updated."""
        return in_utc(self.submitted or self.updated or datetime.min)

    @property
    def message(self) -> str:
        revision = self.revisions.get(self.current_revision)
        return revision.commit.message.strip() if revision else ""


def run(context: WorkerContext, watcher: Watcher[GerritWatch]) -> None:
    """Announce the changes merged since the last run."""
    announcer = Announcer.find(context, watcher)
    changes = last_changes(context)
    new = announcer.new(list(changes))
    late = recently_updated(changes, new)
    if late:
        log.info("merged long ago, not announced", changes=late)
        announcer.seen.remember(*late)
    due = [number for number in new if number not in late]
    if len(due) == PAGE:
        log.warning("there may be more new changes than Gerrit listed")
    if len(due) > MOST:
        log.info("left for the next run", changes=len(due) - MOST)
    for number in due[:MOST]:
        if not announcer.announce(number, wording(changes[number], watcher.watch)):
            return


def last_changes(context: WorkerContext) -> dict[str, MergedChange]:
    """Return the most recently updated merged changes by number, the first merged first.

    Raise `ServiceError`.
    """
    url = f"{context.settings.services.gerrit}/changes/?q=status:merged&O=12&n={PAGE}"
    changes = context.fetcher.get_json(url, list[MergedChange], guard=_GUARD)
    changes.sort(key=lambda change: (change.merged, change.number))
    return {str(change.number): change for change in changes}


def recently_updated(changes: dict[str, MergedChange], unseen: Iterable[str]) -> list[str]:
    """Return the unseen changes that were merged long ago and only updated recently.

    Long ago means more than a day before the last change already seen, or, if none was seen, more
    than a week before the last of all changes. Only Gerrit's own times are compared.
    """
    maybe_new = set(unseen)
    marked = [change.merged for number, change in changes.items() if number not in maybe_new]
    every = [change.merged for change in changes.values()]
    return [
        number
        for number in changes
        if number in maybe_new
        and (
            max(marked) - changes[number].merged > OUT_OF_TURN
            if marked
            else max(every) - changes[number].merged > OUTAGE
        )
    ]


def wording(change: MergedChange, watch: GerritWatch) -> Reply:
    """Return the announcement. All texts of a change are untrusted."""
    project = f"{change.project}: " if change.project not in ("", watch.project) else ""
    subject = " ".join(change.subject.split())
    what = escape(cut(project + subject, SUBJECT_LETTERS))
    link = f"{watch.link}{change.number}"
    body, change_id = _parts(change.message, subject)
    return Reply(
        f"[{change.number}] {what} {link}",
        attachment=escape(cut(body, MESSAGE_LETTERS)),
        card=Card(title=what, link=link, footer=escape(change_id)),
    )


def _parts(message: str, subject: str) -> tuple[str, str]:
    """Return a commit message without subject and Change-Id, and the Change-Id for the card."""
    found = _CHANGE_ID.search(message)
    lines = [line for line in message.splitlines() if not _CHANGE_ID.fullmatch(line)]
    if lines and " ".join(lines[0].split()) == subject:
        del lines[0]
    return "\n".join(lines).strip(), found[0] if found else ""
