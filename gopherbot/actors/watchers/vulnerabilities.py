"""Announces new reports of Go's vulnerability database, each once, oldest first.

The index lists every report with the time of its last change, not with that of its publication. So
a report is new if it's among the newest by its number, hasn't been handled, and says that it was
published in the last week.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer, cut, in_utc
from gopherbot.golang.vulnerabilities import (
    NEWEST,
    STANDARD_LIBRARY,
    TOOLCHAIN,
    Entry,
    VulnerabilityReport,
    newest_first,
    report_path,
    shown_version,
)
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.markup import escape
from gopherbot.table.watches import VulnerabilityWatch

WINDOW = 200
"""Reports to look at, about two months' worth: their numbers are given out before they appear."""
MOST_READ, MOST = 20, 5
"""The most reports to read and to announce per run."""
NEWS = timedelta(days=7)

_SUMMARY_LETTERS = 300
_OF_GO = {STANDARD_LIBRARY: "Go's standard library", TOOLCHAIN: "the go command"}


def run(context: WorkerContext, watcher: Watcher[VulnerabilityWatch]) -> None:
    """Announce the reports published since the last run."""
    announcer = Announcer.find(context, watcher)
    base, watch = context.settings.services.vulndb, watcher.watch
    dealt_with = announcer.dealt_with
    entries = context.fetcher.get_json(base + NEWEST, list[Entry])
    newest = newest_first(entry.id for entry in entries)[:WINDOW]
    for id in announcer.new(newest[::-1])[:MOST_READ]:
        report = context.fetcher.get_json(base + report_path(id), VulnerabilityReport)
        if not _is_news(report) or not _wanted(report, watch):
            announcer.seen.remember(id)
        elif len(dealt_with) == MOST or not announcer.announce(id, wording(report, watch)):
            return


def wording(report: VulnerabilityReport, watch: VulnerabilityWatch) -> Reply:
    """Return the announcement. All texts of a report are untrusted."""
    modules = [_OF_GO.get(name) or f"`{name}`" for name in report.modules]
    where = ", ".join(modules[:3]) + (", …" if len(modules) > 3 else "")
    cve = next((f" ({alias})" for alias in report.aliases if alias.startswith("CVE-")), "")
    summary = cut(" ".join((report.summary or report.details).split()), _SUMMARY_LETTERS)
    return Reply(
        f":rotating_light: <{watch.link}{report.id}|{report.id}>{escape(cve)} in {escape(where)}: "
        f"{escape(summary)}\n{escape(_fix(report))}"
    )


def _fix(report: VulnerabilityReport) -> str:
    """Return where it's fixed first: Go has a version for each release that is supported."""
    module = next(iter(report.modules), "")
    fixes = report.fixes(module)
    if not fixes:
        return "There's no fix yet."
    if module in _OF_GO:
        return f"Fixed in {' and '.join(shown_version(module, fix) for fix in fixes)}."
    version = shown_version(module, fixes[0])
    return f"Fixed in {version}: `go get {module}@{version}`"


def _is_news(report: VulnerabilityReport) -> bool:
    if report.withdrawn:
        return False
    return report.published is None or datetime.now(UTC) - in_utc(report.published) < NEWS


def _wanted(report: VulnerabilityReport, watch: VulnerabilityWatch) -> bool:
    return not watch.only or any(name.startswith(watch.only) for name in report.modules)
