"""`gopherbot diff [REF]`: what the bot would do differently, on many lines of talk and questions.

`versions` runs both versions on the lines, `changes` compares what they do, and this prints it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from gopherbot.commands.diff import versions
from gopherbot.commands.diff.changes import (
    FAILS,
    KINDS,
    ChangedLine,
    RuleChange,
    RuleCost,
    changes,
    costliest,
)
from gopherbot.explain import corpus
from gopherbot.explain.noise import Noise, noise
from gopherbot.rulebook import content_files
from gopherbot.settings import content_and_gateway

_SHOWN = 100
"""Characters of a line or an answer that are shown."""
_MOST_RULES = 12
"""Rules shown of a kind of change; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two versions do differently."""

    before: str
    after: str
    lines: dict[str, int]
    """How many lines of each corpus were tried."""
    problems_before: tuple[str, ...]
    problems: tuple[str, ...]
    """Why the later version doesn't start."""
    changes: list[RuleChange]
    costs: list[RuleCost]
    microseconds: tuple[float, float]
    """What a line costs, before and after."""
    noise: list[Noise]

    @property
    def fails(self) -> bool:
        """Whether the later version doesn't start, fails, or does more than its budget allows."""
        failing = any(change.kind == FAILS for change in self.changes)
        return bool(self.problems) or failing or any(each.is_over for each in self.noise)


def difference(ref: str | None, folder: Path, own: Sequence[Path] = ()) -> Difference:
    """Return what differs between a commit and the working tree. Raise `GopherbotError`."""
    data, _ = content_files.examine(folder)
    lines = list(corpus.shipped())
    for path in own:
        lines += corpus.read(path, data.workspace.bot)
    now = versions.working_tree(folder)
    with versions.commit(ref, folder) as then:
        lines, (before, after) = versions.behaviours([then, now], lines)
    starts = not before.problems and not after.problems
    return Difference(
        then.name,
        now.name,
        dict(Counter(line.corpus for line in lines)),
        before.problems,
        after.problems,
        changes(lines, before.answers, after.answers) if starts else [],
        costliest(lines, before.answers, after.answers, after.costs),
        (before.costs.line, after.costs.line),
        noise(lines, after.answers, data.noise, before.answers),
    )


@click.command("diff")
@click.argument("ref", required=False)
@click.option(
    "--corpus",
    "own",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Lines of your own: a text with a message per line, a recording of the simulator's page, "
    "or Slack's export. It's read and never stored. May be repeated.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder. Default: GOPHER_CONTENT, or else this project's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(ref: str | None, own: Sequence[Path], folder: Path | None, *, as_json: bool) -> None:
    """Show what the bot would do differently from REF: a commit, a branch or a tag.

    Without REF, it's the last release, or main if there is none. The exit status is 1 if the bot
    doesn't start, if a rule fails that didn't, or if it does more unasked than noise.toml allows.
    """
    found = difference(ref, folder or content_and_gateway()[0], own)
    if as_json:
        print(json.dumps(asdict(found) | {"fails": found.fails}, ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in _report(found):
            console.print(line)
    sys.exit(found.fails)


def _report(found: Difference) -> Iterator[Text]:
    total = ", ".join(f"{count:,} {name}" for name, count in found.lines.items())
    yield Text.assemble((f"{found.before} → {found.after}", "bold"), (f"\nlines: {total}", "dim"))
    for name, problems in (
        (found.before, found.problems_before),
        (found.after, found.problems),
    ):
        if problems:
            yield Text(f"\n{name} doesn't start:", style="red")
            yield from (Text(f"  {problem}") for problem in problems)
    if found.problems_before or found.problems:
        return
    if not found.changes:
        yield Text("\nNo line gets a different answer.", style="green")
    for kind in KINDS:
        of_kind = [change for change in found.changes if change.kind == kind]
        if of_kind:
            yield Text(f"\n{kind.capitalize()}:", style="bold")
        for change in of_kind[:_MOST_RULES]:
            yield from _change(change)
        if rest := of_kind[_MOST_RULES:]:
            count = sum(change.lines for change in rest)
            yield Text(f"  and {len(rest)} more rules, on {_counted(count)}", style="dim")
    yield from _costs(found)
    yield from _noise(found.noise)


def _change(change: RuleChange) -> Iterator[Text]:
    yield Text.assemble(
        f"  {change.rule.strip()}", (f"  {change.source}", "dim"), f"  {_counted(change.lines)}"
    )
    for example in change.examples:
        yield from _example(example)


def _example(example: ChangedLine) -> Iterator[Text]:
    yield Text(f"    “{_cut(' '.join(example.text.split()))}”")
    both = zip(example.before, example.after, strict=False)
    same = next((number for number, (was, now) in enumerate(both) if was != now), 0)
    start = same - _SHOWN // 3 if same > _SHOWN // 2 else 0
    for sign, text, style in (("-", example.before, "red"), ("+", example.after, "green")):
        if text:
            yield Text(f"      {sign} {'…' if start else ''}{_cut(text[start:])}", style=style)


def _costs(found: Difference) -> Iterator[Text]:
    yield Text("\nCostliest rules, per 1,000 lines of talk:", style="bold")
    for cost in found.costs:
        yield Text(
            f"  {cost.before:6.1f} → {cost.after:6.1f}  {cost.microseconds:7.0f} µs an answer  "
            f"{cost.rule.strip()}"
        )
    before, after = found.microseconds
    yield Text(f"  A line takes {after:.0f} µs; before, {before:.0f} µs.", style="dim")


def _noise(found: Sequence[Noise]) -> Iterator[Text]:
    yield Text("\nUnasked, per 1,000 lines:", style="bold")
    for each in found:
        budget = "no budget" if each.budget is None else f"budget {each.budget}"
        style = "red" if each.is_over else ""
        over = ": OVER" if each.is_over else ""
        name = each.kind.replace("_", " ")
        numbers = f"{each.before:6.1f} → {each.now:6.1f}"
        yield Text(f"  {numbers}  {name} in {each.talk} ({budget}{over})", style=style)


def _counted(lines: int) -> str:
    return "1 line" if lines == 1 else f"{lines:,} lines"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
