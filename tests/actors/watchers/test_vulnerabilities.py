"""What is special about the watcher of Go's vulnerabilities: what is news, and how it's said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cases import cases

from actors.conftest import job
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import vulnerabilities
from gopherbot.golang.vulnerabilities import VulnerabilityReport
from gopherbot.table.watches import VulnerabilityWatch
from slack_simulator import Simulator
from slack_simulator.services.vulndb import Vulnerability

run = job("vulnerabilities")


def publish(slack: Simulator, number: int, days_ago: float = 0, **more: object) -> None:
    fields: dict[str, object] = {"module": "stdlib", "summary": f"Flaw {number}"}
    published = datetime.now(UTC) - timedelta(days=days_ago)
    found = Vulnerability(id=f"GO-2026-{number}", published=published, **fields | more)  # type: ignore[arg-type]
    slack.services.vulndb.add(found)


def announced(slack: Simulator) -> list[str]:
    return [post.text for post in slack.posts("security")]


@pytest.fixture
def started(context: WorkerContext) -> WorkerContext:
    """A worker whose first run, with nothing there, is over."""
    run(context)
    return context


@cases("module", "ranges", "fix")
def test_a_new_vulnerability_is_announced_once_with_the_version_that_fixes_it(
    started: WorkerContext,
    slack: Simulator,
    module: str,
    ranges: tuple[tuple[str, str], ...],
    fix: str,
) -> None:
    publish(slack, 4001, module=module, ranges=ranges, aliases=("GHSA-1", "CVE-2026-1"))
    run(started)
    run(started)
    where = "Go's standard library" if module == "stdlib" else f"`{module}`"
    link = "<https://pkg.go.dev/vuln/GO-2026-4001|GO-2026-4001>"
    said = f":rotating_light: {link} (CVE-2026-1) in {where}: Flaw 4001\n{fix}"
    assert announced(slack) == [said]


def test_a_report_pings_nobody(started: WorkerContext, slack: Simulator) -> None:
    publish(slack, 4001, summary="<!channel> & <https://x.example|go.dev>")
    run(started)
    assert "&lt;!channel&gt; &amp; &lt;https://x.example|go.dev&gt;" in announced(slack)[0]


def report(*modules: str, **more: Any) -> VulnerabilityReport:
    affected = [{"package": {"name": name}} for name in modules]
    return msgspec.convert({"id": "GO-2026-1", "affected": affected} | more, VulnerabilityReport)


@cases("modules", "where")
def test_so_many_modules_are_named(modules: str, where: str) -> None:
    watch = VulnerabilityWatch(channel="security", link="https://l.example/")
    found = report(*modules.split(), details="In short, it leaks.")
    assert f" in {where}In short, it leaks.\n" in vulnerabilities.wording(found, watch).text


def test_what_was_withdrawn_is_no_news() -> None:
    today = datetime.now(UTC)
    assert vulnerabilities._is_news(report(published=today))
    assert not vulnerabilities._is_news(report(published=today, withdrawn=today))


def test_a_run_reads_so_many_reports(started: WorkerContext, slack: Simulator) -> None:
    for number in range(4001, 4003 + vulnerabilities.MOST_READ):
        publish(slack, number, days_ago=8)
    publish(slack, 4999)
    run(started)
    assert announced(slack) == []
    run(started)
    assert len(announced(slack)) == 1


def test_only_last_weeks_named_modules_are_news(started: WorkerContext, slack: Simulator) -> None:
    publish(slack, 4001, days_ago=8)
    publish(slack, 4002, module="github.com/gin-gonic/gin")
    publish(slack, 4003, module="golang.org/x/crypto")
    publish(slack, 4004, days_ago=6)
    run(started)
    assert ["4003" in announced(slack)[0], "4004" in announced(slack)[1]] == [True, True]
    assert len(announced(slack)) == 2


def test_a_flood_is_announced_over_several_runs(started: WorkerContext, slack: Simulator) -> None:
    numbers = range(4001, 4002 + vulnerabilities.MOST)
    for number in numbers:
        publish(slack, number)
    run(started)
    assert len(announced(slack)) == vulnerabilities.MOST
    run(started)
    assert [text.partition(": Flaw ")[2][:4] for text in announced(slack)] == list(
        map(str, numbers)
    )
