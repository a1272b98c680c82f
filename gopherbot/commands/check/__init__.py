"""`gopherbot check`: checks everything the bot needs. One line per check, with the remedy."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, MutableMapping

import click
import msgspec
from rich.console import Console
from rich.text import Text

from gopherbot.commands.check.configuration import (
    CheckResult,
    CheckState,
    check_configuration,
    check_services,
)
from gopherbot.commands.check.redis_server import check_redis
from gopherbot.commands.check.slack_app import check_client_msg_id, check_slack
from gopherbot.commands.environment import environ
from gopherbot.settings import Role
from gopherbot.status.advice import count

_SIGNS = {
    CheckState.OK: ("✓", "green"),
    CheckState.WARNING: ("!", "yellow"),
    CheckState.UNREACHABLE: ("✗", "red"),
    CheckState.FAILED: ("✗", "red"),
}


def check(
    variables: MutableMapping[str, str], *, try_client_msg_id: bool = False
) -> Iterator[CheckResult]:
    """Run all checks in turn, and remove the secrets from `variables`.

    `try_client_msg_id` posts twice in the probe channel, and deletes that.
    """
    installation, results = check_configuration(variables)
    yield from results
    tool = installation.settings.get(Role.TOOL)
    if tool:
        yield from check_redis(tool, installation.platform)
    worker = installation.settings.get(Role.WORKER)
    if worker:
        yield from check_slack(worker, installation)
        if try_client_msg_id:
            yield check_client_msg_id(worker, installation.platform)
        yield from check_services(worker, installation)


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--release",
    is_flag=True,
    help="For a release phase: an unreachable Redis or Slack, which may be temporary, only warns.",
)
@click.option(
    "--try-client-msg-id",
    is_flag=True,
    help="Post twice in the probe channel with one client_msg_id, count and delete the posts.",
)
def command(as_json: bool, release: bool, try_client_msg_id: bool) -> None:
    """Check configuration, Redis, Slack and services. Status 1 if something is wrong."""
    results = check(environ(), try_client_msg_id=try_client_msg_id)
    if release:
        results = map(_passing, results)
    if as_json:
        found = list(results)
        print(msgspec.json.encode({"ok": _ok(found), "results": found}).decode())
    else:
        found = _show(results)
    sys.exit(not _ok(found))


def _passing(result: CheckResult) -> CheckResult:
    if result.state is not CheckState.UNREACHABLE:
        return result
    return msgspec.structs.replace(result, state=CheckState.WARNING)


def _ok(results: Iterable[CheckResult]) -> bool:
    return all(result.state in (CheckState.OK, CheckState.WARNING) for result in results)


def _show(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Print each line as soon as its result is known; return the results."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    found = []
    for result in results:
        sign, style = _SIGNS[result.state]
        line = Text(f"{sign} ", style=style)
        line.append(f"{result.about:<14}", style="dim").append(result.text, style="default")
        if result.todo:
            line.append(f"\n                → {result.todo}", style="bold")
        console.print(line)
        found.append(result)
    wrong = sum(result.state in (CheckState.UNREACHABLE, CheckState.FAILED) for result in found)
    warnings = sum(result.state is CheckState.WARNING for result in found)
    if wrong:
        verdict = Text(f"{count(wrong, 'check')} failed.", style="red")
    elif warnings:
        verdict = Text(f"No check failed, {count(warnings, 'warning')}.", style="yellow")
    else:
        verdict = Text("All checks passed.", style="green")
    console.print(verdict)
    return found
