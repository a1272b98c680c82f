"""`gopherbot lint`: checks everything the bot says."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from gopherbot.authoring.lint import lint, places
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data
from gopherbot.settings import content_and_gateway


@click.command("lint")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder to check. Default: GOPHER_CONTENT, or else this project's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(folder: Path | None, as_json: bool) -> None:
    """Check everything the bot says, and say how to fix what is wrong."""
    chosen = folder or content_and_gateway()[0]
    # Python files of a content folder are executed, so make sure that it is one.
    if not any(chosen.glob("*.toml")):
        raise click.BadParameter(
            f"{chosen} isn't a content folder: it has no workspace.toml or other .toml file",
            param_hint="--folder",
        )
    problems, data = lint(chosen)
    if as_json:
        found = [asdict(problem) | {"path": _path(problem, data)} for problem in problems]
        counts = _counts(data)
        print(json.dumps({"problems": found, "entries": counts}, ensure_ascii=False, indent=2))
    else:
        _show(problems, data, Console(highlight=False, soft_wrap=True))
    sys.exit(any(not problem.hint for problem in problems))


def _show(problems: Sequence[Problem], data: Data, console: Console) -> None:
    for problem in problems:
        line = Text(f"{_path(problem, data)}:{problem.line or 1}: ", style="bold")
        if problem.entry:
            line.append(f"[{problem.entry}] ", style="not bold cyan")
        if problem.hint:
            line.append("warning: ", style="not bold dim")
        console.print(line.append(problem.message, style="not bold"))
    console.print(_summary(problems, data))


def _path(problem: Problem, data: Data) -> str:
    """Return the file's path relative to the current folder, if it is in there."""
    path, here = places.path_of(problem, data).resolve(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _summary(problems: Sequence[Problem], data: Data) -> Text:
    errors = sum(not problem.hint for problem in problems)
    if errors:
        found = "1 problem found. Fix it" if errors == 1 else f"{errors} problems found. Fix them"
        return Text(f"{found} and run `gopherbot lint` again.", style="red")
    said = ", ".join(
        f"{count} {one if count == 1 else many}" for (one, many), count in _kinds(data).items()
    )
    return Text(f"No problems found: {said}.", style="green")


def _counts(data: Data) -> dict[str, int]:
    return {many: count for (_, many), count in _kinds(data).items()}


def _kinds(data: Data) -> dict[tuple[str, str], int]:
    return {
        ("answer", "answers"): len(data.answers),
        ("reaction", "reactions"): len(data.reactions),
        ("reply", "replies"): len(data.replies),
        ("channel", "channels"): len(data.channels),
        ("link for newcomers", "links for newcomers"): sum(
            len(section.links) for section in data.resources.sections
        ),
        ("term", "terms"): len(data.glossary),
    }
