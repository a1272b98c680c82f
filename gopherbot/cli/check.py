"""`gopherbot check`: is everything there that the bot needs? One line each, with what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click
import msgspec
from rich.console import Console
from rich.text import Text

from gopherbot.operations.checks import Finding, State, check

_SIGNS = {
    State.GOOD: ("✓", "green"),
    State.WARNING: ("!", "yellow"),
    State.AWAY: ("✗", "red"),
    State.WRONG: ("✗", "red"),
}


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--release",
    is_flag=True,
    help="For a release phase: Redis or Slack being away, which may pass, is no failure.",
)
def command(as_json: bool, release: bool) -> None:
    """Check configuration, Redis, Slack and services. Status 1 if something is wrong."""
    findings = check(os.environ)
    if release:
        findings = map(_passing, findings)
    if as_json:
        found = list(findings)
        print(msgspec.json.encode({"ok": _ok(found), "findings": found}).decode())
    else:
        found = _show(findings)
    sys.exit(not _ok(found))


def _passing(finding: Finding) -> Finding:
    if finding.state is not State.AWAY:
        return finding
    return msgspec.structs.replace(finding, state=State.WARNING)


def _ok(findings: Iterable[Finding]) -> bool:
    return all(finding.state in (State.GOOD, State.WARNING) for finding in findings)


def _show(findings: Iterable[Finding]) -> list[Finding]:
    """Print each line when it is known."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    found = []
    for finding in findings:
        sign, style = _SIGNS[finding.state]
        line = Text(f"{sign} ", style=style)
        line.append(f"{finding.about:<14}", style="dim").append(finding.text, style="default")
        if finding.todo:
            line.append(f"\n                → {finding.todo}", style="bold")
        console.print(line)
        found.append(finding)
    wrong = sum(finding.state in (State.AWAY, State.WRONG) for finding in found)
    failed = "1 check failed." if wrong == 1 else f"{wrong} checks failed."
    verdict = Text(failed, style="red") if wrong else Text("All checks passed.", style="green")
    console.print(verdict)
    return found
