"""The cost of a question in free words, and of a lookup in the reference.

The questions are those that the search is judged by. The names are symbols of the standard
library: with and without their package, in their own case and in lower case, and with a slip.
Only CPU time counts, so that a busy machine changes little.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from gopherbot.reference import Table
from gopherbot.reference.lookup import look_up
from gopherbot.rulebook import loader
from gopherbot.search.finder import Finder
from gopherbot.settings import CONTENT_FOLDER

_JUDGED = Path(__file__).parent.parent.parent / "tests" / "search"
_TABLE = CONTENT_FOLDER / "reference" / "reference.tsv"
_GROWS = """
import gc, pathlib, sys
{imports}
def pss():
    gc.collect()
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
before = pss()
{makes}
print(pss() - before)
"""
_READS_IT = _GROWS.format(
    imports="from gopherbot.reference import Table",
    makes="table = Table.read(pathlib.Path(sys.argv[1]))",
)
_FINDS_IT = _GROWS.format(
    imports="""
from gopherbot.rulebook import loader
from gopherbot.search.error_messages import ErrorMessages
from gopherbot.search.finder import Finder
content = loader.load()
""",
    makes="""
finder = Finder(content.data)
finder.find("how do I sort a map", content.rules.entries())
messages = {name: (name, *error.also) for name, error in content.data.errors.items()}
errors = ErrorMessages(messages)
errors.find("x.go:1:2: undefined: x")
""",
)


def run(sizes: Sizes) -> Outcome:
    """Ask every question, and look up some hundred names."""
    content = loader.load()
    finder, entries = Finder(content.data), content.rules.entries()
    typed = (_JUDGED / "typed.txt").read_text("utf-8").splitlines()
    questions = [
        *tomllib.loads((_JUDGED / "questions.toml").read_text("utf-8")),
        *(line.rpartition(" -> ")[0] for line in typed if " -> " in line),
    ]
    finder.find(questions[0], entries)  # makes the index
    searches = _costs(lambda text: finder.find(text, entries), questions, sizes)

    table = Table.read(_TABLE)
    chance = random.Random(7)
    names = [entry.full_name for entry in table if entry.name]
    some = chance.sample(names, 3 * sizes.matching_messages)
    written = [*some, *map(str.lower, some), *(name.rpartition("/")[2] for name in some)]
    hits = _costs(lambda text: look_up(table, text), written, sizes)
    slips = _costs(lambda text: look_up(table, text), [_slip(name) for name in some], sizes)
    return Outcome([
        _row("lookups-search", "a question in one's own words", searches, 1e-3, "< 1 ms"),
        _row("lookups-doc", f"a name, of {len(names):,} symbols", hits, 100e-6, "≤ 100 µs"),
        _row("lookups-slip", "a name with two letters swapped", slips),
        _memory("lookups-memory", "the table", _READS_IT, 5, file=_TABLE),
        _memory("lookups-answers-memory", "finding answers and errors", _FINDS_IT, 3),
    ])  # fmt: skip


def _row(name: str, what: str, costs: Sequence[float], most: float = 0.0, target: str = "–") -> Row:
    middle, slowest = figures.median(costs), figures.percentile(costs, 0.99)
    return Row(
        name=name,
        measured=f"{what}: the middle one; the slowest of a hundred",
        ours=figures.seconds(middle),
        baseline=figures.seconds(slowest),
        target=target,
        reached=middle <= most if most else None,
    )


def _memory(name: str, what: str, script: str, most: int, file: Path | None = None) -> Row:
    done = subprocess.run(
        [sys.executable, "-c", script, str(_TABLE)], capture_output=True, text=True, check=True
    )
    grown = int(done.stdout)
    return Row(
        name=name,
        measured=f"what {what} adds to a process (PSS)" + ("; its file" if file else ""),
        ours=figures.megabytes(grown),
        baseline=figures.megabytes(file.stat().st_size) if file else "–",
        target=f"≤ {most} MB",
        reached=grown <= most * 1_000_000,
    )


def _costs(ask: Callable[[str], object], texts: Sequence[str], sizes: Sizes) -> list[float]:
    """Return the seconds for each text: the least of several rounds."""
    return [min(_cost(ask, text) for _ in range(sizes.matching_rounds)) for text in texts]


def _cost(ask: Callable[[str], object], text: str) -> float:
    start = time.process_time_ns()
    ask(text)
    return (time.process_time_ns() - start) / 1e9


def _slip(name: str) -> str:
    """Return the name with the second and third letter of its last part swapped."""
    head, dot, last = name.rpartition(".")
    return f"{head}{dot}{last[:1]}{last[2:3]}{last[1:2]}{last[3:]}"
