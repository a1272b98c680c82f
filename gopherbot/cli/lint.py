"""`gopherbot lint`: is everything the bot says as it should be?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from gopherbot.authoring.lint import lint
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data
from gopherbot.settings import CONTENT_FOLDER


@click.command("lint")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=CONTENT_FOLDER,
    help="The content folder to look through; this project's own if none is given.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what is found as JSON.")
def command(folder: Path, as_json: bool) -> None:
    """Look through everything the bot says, and name what should be better."""
    problems, data = lint(folder)
    if as_json:
        found = {"problems": [asdict(problem) for problem in problems], "entries": _counts(data)}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(problems, data, Console(highlight=False, soft_wrap=True))
    sys.exit(any(not problem.hint for problem in problems))


def _show(problems: Sequence[Problem], data: Data, console: Console) -> None:
    for file, of_file in groupby(sorted(problems, key=lambda p: p.file), key=lambda p: p.file):
        console.print(Text(file, style="bold"))
        for problem in of_file:
            line = Text("  ")
            if problem.entry:
                line.append(f"[{problem.entry}] ", style="cyan")
            if problem.hint:
                line.append("perhaps: ", style="dim")
            console.print(line.append(problem.message))
    console.print(_summary(problems, data))


def _summary(problems: Sequence[Problem], data: Data) -> Text:
    errors = sum(not problem.hint for problem in problems)
    if errors:
        there = "is 1 thing" if errors == 1 else f"are {errors} things"
        return Text(f"There {there} to mend. Then run `gopherbot lint` again.", style="red")
    said = ", ".join(f"{count} {what}" for what, count in _counts(data).items())
    return Text(f"All is well: {said}.", style="green")


def _counts(data: Data) -> dict[str, int]:
    return {
        "answers": len(data.answers),
        "reactions": len(data.reactions),
        "replies": len(data.replies),
        "channels": len(data.channels),
        "links for newbies": sum(len(section.links) for section in data.resources.sections),
        "terms": len(data.glossary),
    }
