"""Looks up the known vulnerabilities of a module, as `trackers.toml` says."""

import re
import time
from collections.abc import Sequence

import msgspec

from gopherbot import decoding
from gopherbot.errors import ServiceError
from gopherbot.golang import vulnerabilities
from gopherbot.golang.vulnerabilities import Module, VulnerabilityReport, shown_version
from gopherbot.model import Ask, Audience, Message, Reply
from gopherbot.router import Example, Handler, Router
from gopherbot.rulebook.schema import Data, Tracker
from gopherbot.slack.markup import escape, excerpt, without_links, without_scheme

_MOST, _MOST_READ = 8, 12
"""The most reports that an answer shows, and that are read for it, each in a request of its own."""
_ENOUGH_SECONDS = 5.0
"""No further report is read this long after the start: an event has ten seconds."""
_LONGEST_SUMMARY = 120
_MODULE = re.compile(r"(?P<path>[\w.~-][\w./~-]{0,200}?)(?:@(?P<version>[\w.+-]{1,60}))?")


def routes(data: Data) -> Router:
    """Return a router with a prefix for each database of vulnerabilities."""
    router = Router("trackers.toml")
    for name, tracker in data.trackers.items():
        if tracker.vulnerabilities:
            router.prefix(
                f"{name} ",
                addressed=True,
                when=lambda message: _asked(message) is not None,
                help=tracker.help,
                example=Example(f"{name} {tracker.example}", tracker.link),
            )(_look_up(name, tracker))
    return router


def _asked(message: Message) -> re.Match[str] | None:
    """Return the module that is asked for, the whole rest of the message."""
    words = without_links(message.text).replace("`", "").split()
    return _MODULE.fullmatch(without_scheme(words[1])) if len(words) == 2 else None


def _look_up(name: str, tracker: Tracker) -> Handler:
    def look_up(ask: Ask) -> Reply | None:
        asked = _asked(ask.message)
        if not asked:
            return None
        path, version = asked["path"], asked["version"] or ""
        if not vulnerabilities.is_path(path):
            whole = f"`{escape(name)} {escape(tracker.example)}`"
            said = f"`{escape(path)}` isn't a module's path. Write all of it, as in {whole}."
            return Reply(said, to=Audience.ASKER_ONLY)
        end = time.monotonic() + _ENOUGH_SECONDS
        try:
            index = ask.apis.read("vulndb", vulnerabilities.INDEX, msgspec.Raw)
            modules = decoding.decode(index, list[Module]) if index else []
            if module := vulnerabilities.module_of(path, modules):
                return _answer(ask, tracker, module, version, end)
        except (ServiceError, *decoding.UNREADABLE):
            said = f"Go's vulnerability database isn't answering right now: <{tracker.link}>"
            return Reply(said, to=Audience.ASKER_ONLY)
        return Reply(f"No vulnerability is known in {_named(path, version)}.", mentions=True)

    return look_up


def _answer(ask: Ask, tracker: Tracker, module: Module, version: str, end: float) -> Reply:
    """Return the answer for a module with vulnerabilities. Raise `ServiceError`."""
    ids = vulnerabilities.newest_first(e.id for e in module.vulns if e.may_affect(version))
    reports, left = _reports(ask, ids, end)
    found = [each for each in reports if not version or each.affects(module.path, version)]
    name = _named(module.path, version)
    if not found and not left:
        return Reply(f"No vulnerability is known in {name}.", mentions=True)
    lines = [_line(tracker, each, module.path, version) for each in found]
    if left:
        ones = "one" if left == 1 else "ones"
        lines.append(f"… and {left} older {ones} that may concern it: <{tracker.link}list>")
    lead = f"Known vulnerabilities in {name}, newest first:"
    return Reply(lead, attachment="\n".join(lines), mentions=True)


def _reports(ask: Ask, ids: Sequence[str], end: float) -> tuple[list[VulnerabilityReport], int]:
    """Return the reports that weren't withdrawn, and how many there was no room or time to read."""
    found: list[VulnerabilityReport] = []
    for number, id in enumerate(ids):
        if len(found) == _MOST or number == _MOST_READ or time.monotonic() > end:
            return found, len(ids) - number
        report = ask.apis.read("vulndb", vulnerabilities.report_path(id), VulnerabilityReport)
        if report and not report.withdrawn:
            found.append(report)
    return found, 0


def _line(tracker: Tracker, report: VulnerabilityReport, module: str, version: str) -> str:
    summary = excerpt(report.summary or report.details, _LONGEST_SUMMARY)
    fixes = report.fixes(module, version)
    fix = f"fixed in {shown_version(module, fixes[0])}" if fixes else "no fix yet"
    return f"• <{tracker.link}{report.id}|{report.id}>: {summary} ({escape(fix)})"


def _named(module: str, version: str) -> str:
    name = {
        vulnerabilities.STANDARD_LIBRARY: "Go's standard library",
        vulnerabilities.TOOLCHAIN: "the go command",
    }.get(module)
    if name:
        return f"{name} of {escape(shown_version(module, version))}" if version else name
    return f"`{escape(module)}@{escape(version)}`" if version else f"`{escape(module)}`"
