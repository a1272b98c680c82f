"""`gopherbot lint`: checks everything the bot says, and reports what to improve.

The rulebook finds what would keep the bot from starting, and its problems are reported here too.
This adds what only people mind: order, style, links, names that conflict. A test fails on the
problems, too.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import click

from glossary import Problem
from gopherbot.commands.lint import entries, rules, wording
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.rulebook.schema import Data, glossary_folder
from gopherbot.settings import CONTENT_FOLDER, content_and_gateway, wants_colours

_MANY = 4
"""From this many on, similar warnings become one."""
_HEADING = re.compile(r"^\[.+\]\s*(?:#.*)?$", re.MULTILINE)
_QUOTED = re.compile(
    r"`(?P<key>\w+)`|'([^'\n]+)'|\"([^\"\n]+)\"|emoji :([\w+-]+)"
    r"|(\S*[^\w\s]\S*) (?:is|isn't|doesn't|mentions)\b"
)
"""What a problem quotes from its file, before the remedy."""
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def lint(folder: Path = CONTENT_FOLDER, today: date | None = None) -> tuple[list[Problem], Data]:
    """Return every problem of a content folder, and what could be read from it."""
    examined = loader.examine(folder)
    data, found = examined.data, examined.rules
    problems = [
        *examined.problems,
        *data.term_problems,
        *wording.texts(data),
        *wording.links(data),
        *entries.names(data),
        *entries.emoji(data),
        *entries.order(data),
        *entries.channels(data),
        *entries.trackers(data),
        *entries.errors(data),
        *entries.files(data),
        *entries.of_another_community(data),
        *wording.helps(found),
        *rules.shadows(found),
        *entries.search(data, found),
        *entries.ages(data, today or date.today()),
        *wording.voice(data, found),
    ]
    if examined.problems:
        # Unreadable entries seem to be missing elsewhere: report only the cause.
        problems = [problem for problem in problems if not problem.hint]
    else:
        content = examined.or_raise()
        problems += [
            *entries.help_groups(data, found),
            *rules.unfilled(found),
            *rules.examples(content),
            *rules.over_budget(content),
        ]
    placed = [_with_line(problem, data, found) for problem in dict.fromkeys(problems)]
    return sorted(placed, key=lambda p: (p.hint, p.file, p.line, p.entry)), data


def _path_of(problem: Problem, data: Data) -> Path:
    """Return the file that a problem is in."""
    if problem.file.startswith("glossary/"):
        folder = glossary_folder(data.folder) or data.folder / "glossary"
        return folder / problem.file.removeprefix("glossary/")
    own = data.folder / problem.file
    return CONTENT_FOLDER / problem.file if own.suffix == ".py" and not own.exists() else own


def _with_line(problem: Problem, data: Data, rules: Sequence[Rule]) -> Problem:
    """Return the problem with its line: of what it quotes, the heading, or the rule's function."""
    if problem.line:
        return problem
    path = _path_of(problem, data)
    line = _function(problem, rules) if path.suffix == ".py" else _line(path, problem)
    return replace(problem, line=line)


def _function(problem: Problem, rules: Sequence[Rule]) -> int:
    for rule in rules:
        if (rule.source, rule.trigger) == (problem.file, problem.entry):
            code = getattr(inspect.unwrap(rule.handler), "__code__", None)
            return code.co_firstlineno if code else 0
    return 0


def _line(path: Path, problem: Problem) -> int:
    """Return the line of what the problem quotes from its entry, or else of the heading, or 0."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return 0
    start = _heading(text, problem.entry) if problem.entry else 0
    if start is None:
        return 0
    found = None
    if quoted := _QUOTED.search(problem.message.partition(": ")[0]):
        piece = re.escape(quoted[quoted.lastindex or 0])
        pattern = rf"^{piece}\s*=" if quoted["key"] else rf"(?<!\w){piece}(?!\w)"
        following = _HEADING.search(text, start + 1)
        end = following.start() if following and problem.entry else len(text)
        found = re.compile(pattern, re.MULTILINE).search(text, start, end)
    if found:
        start = found.start()
    return text.count("\n", 0, start) + 1 if found or problem.entry else 0


def _heading(text: str, entry: str) -> int | None:
    """Return where [entry] or `entry =` begins, as written in TOML; None if there is none."""
    name, (table, _, rest) = re.escape(entry), map(re.escape, entry.partition("."))
    quoted, key = (rf"(?:\"{text}\"|'{text}'|{text})" for text in (name, rest or name))
    headings = (rf"^\[+{quoted}\]+", rf"^\[{table}\.{key}\]", rf"^\[{name}\.")
    for pattern in (*headings, rf'^title = "{name}"', rf"^{key}\s*="):
        if found := re.search(pattern, text, re.MULTILINE):
            return found.start()
    return None


def folded(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems with one warning in place of many that say the same but for a name."""
    alike: dict[Problem, list[Problem]] = {}
    for problem in problems:
        one = problem
        if problem.hint and problem.entry:
            said = re.sub(r"'[^']*'", "…", problem.message)
            one = replace(problem, entry="", line=0, message=said)
        alike.setdefault(one, []).append(problem)
    found = []
    for one, each in alike.items():
        if len(each) < _MANY:
            found += each
            continue
        some = ", ".join(f"[{problem.entry}]" for problem in each[:3])
        message = f"{len(each)} entries, such as {some}: {one.message}"
        found.append(replace(one, message=message, line=each[0].line))
    return found


@click.command("lint")
@click.argument("folder", required=False, type=_FOLDER)
@click.option("--folder", "named", type=_FOLDER, hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(folder: Path | None, named: Path | None, as_json: bool) -> None:
    """Check everything the bot says, and say how to fix what is wrong.

    FOLDER is the content folder. Default: GOPHER_CONTENT, or else this project's own.
    """
    chosen = folder or named or content_and_gateway()[0]
    # Python files of a content folder are executed, so make sure that it is one.
    if not any(chosen.glob("*.toml")):
        raise click.BadParameter(
            f"{chosen} isn't a content folder: it has no workspace.toml or other .toml file",
            param_hint="FOLDER",
        )
    problems, data = lint(chosen)
    if as_json:
        found = [asdict(problem) | {"path": _path(problem, data)} for problem in problems]
        counts = {many: count for (_, many), count in _counts(data).items()}
        print(json.dumps({"problems": found, "entries": counts}, ensure_ascii=False, indent=2))
    else:
        for line in (*_lines(folded(problems), data), _summary(problems, data)):
            click.echo(line, color=None if wants_colours() else False)
    sys.exit(any(not problem.hint for problem in problems))


def _lines(problems: Sequence[Problem], data: Data) -> Iterator[str]:
    for problem in problems:
        place = click.style(f"{_path(problem, data)}:{problem.line or 1}: ", bold=True)
        entry = click.style(f"[{problem.entry}] ", fg="cyan") if problem.entry else ""
        kind = click.style("warning: ", dim=True) if problem.hint else ""
        yield place + entry + kind + problem.message


def _path(problem: Problem, data: Data) -> str:
    """Return the file's path relative to the current folder, if it is in there."""
    path, here = _path_of(problem, data).resolve(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _summary(problems: Sequence[Problem], data: Data) -> str:
    errors = sum(not problem.hint for problem in problems)
    if errors:
        found = "1 problem found. Fix it" if errors == 1 else f"{errors} problems found. Fix them"
        return click.style(f"{found} and run `gopherbot lint` again.", fg="red")
    said = ", ".join(
        f"{count} {one if count == 1 else many}" for (one, many), count in _counts(data).items()
    )
    return click.style(f"No problems found: {said}.", fg="green")


def _counts(data: Data) -> dict[tuple[str, str], int]:
    """Return how many entries there are, by what one and many of them are called."""
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
