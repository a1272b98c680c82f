"""Tells those who reported something that the moderators have closed the case, each once.

Of an anonymous reporter, Redis has a keyed digest and nothing else. So the digest of each member of
the workspace is compared with it. That may take minutes, so an event of our own does it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator

import msgspec

from gopherbot import logs, table
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from gopherbot.slack import events
from gopherbot.storage.cases import Case

_CLOSED = "The moderators have dealt with your report. Thank you for telling them."
_MAX_WAIT_SECONDS = 60.0

log = logs.get_logger(__name__)
_search = threading.Lock()
"""Held by the one search of this worker: each keeps a thread, and Slack's limit is for all."""


class CaseClosed(msgspec.Struct):
    """The event: a case's id."""

    case: str
    type: str = table.CASE_EVENT


def digest(context: WorkerContext, about: str, reporter: str, *, named: bool = False) -> str:
    """Return what a member is known by in the case about `about`, itself a digest.

    Who gave their name is known by another digest: they may also have reported it anonymously.
    """
    return context.sealer.digest("named" if named else "case", about, reporter)


def write(context: WorkerContext, id: str, what: str, reporter: str, text: str) -> None:
    """Write to a reporter, once for each `id` and `what`. Raise `RetryLater`."""
    # By its metadata, nobody can tell to which card a message belongs.
    context.interactions.write(
        context.sealer.digest("message", id), f"report_{what}", reporter, text
    )


def arrived(context: WorkerContext, case: str, about: str, reporter: str, *, named: bool) -> None:
    """Note a reporter to notify when the case is closed, or notify them now if it is."""
    known_by = digest(context, about, reporter, named=named)
    sealed = context.sealer.seal(reporter.encode()) if named else ""
    if not context.cases.add_reporter(case, known_by, sealed):
        _tell(context, case, known_by, reporter)


def tell(context: WorkerContext, case: Case) -> None:
    """Tell named reporters that their case is closed, and send an event to find anonymous ones."""
    for known_by, sealed in sorted(case.reporters.items()):
        if sealed:
            _tell(context, case.id, known_by, context.sealer.open(sealed).decode())
    if all(case.reporters.values()):
        context.cases.forget_reporters(case.id)
        return
    context.send_event(table.CASE_CLOSED, f"case-{case.id}", CaseClosed(case.id))


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Tell the anonymous reporters of a case that it's closed. Raise `RetryLater`."""
    case = context.cases.read(events.decode(envelope, CaseClosed).event.case)
    wanted = [known_by for known_by, sealed in case.reporters.items() if not sealed] if case else []
    if not (case and wanted):
        return
    if not _search.acquire(blocking=False):
        raise RetryLater("the reporters of another case are being looked for", delay=5.0)
    try:
        for known_by, member in _found(context, case, wanted):
            _tell(context, case.id, known_by, member)
    finally:
        _search.release()
    context.cases.forget_reporters(case.id)


def _found(
    context: WorkerContext, case: Case, wanted: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield digests of reporters and their ids, as they're found among the members."""
    missing = set(wanted)
    for page in context.slack.members(max_wait=_MAX_WAIT_SECONDS):
        for member in page:
            known_by = digest(context, case.about, member.id)
            if known_by in missing:
                missing.remove(known_by)
                yield known_by, member.id
        if not missing:
            return
    log.warning("reporters are no longer members, or the signing secret is new", count=len(missing))


def _tell(context: WorkerContext, case: str, known_by: str, member: str) -> None:
    write(context, f"{case} {known_by}", "closed", member, _CLOSED)
