"""What the pages say by its age: dates and Go versions are no older than Go's newest release.

The table of the standard library says which Go that is. Once it has the next one, this test names
what to look at.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from gopherbot.settings import CONTENT_FOLDER

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "docs" / "commands.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *(page for page in (ROOT / "docs").glob("*.md") if page != GENERATED),
    *(ROOT / folder / "README.md" for folder in ("bench", "glossary", "slack-simulator")),
]
HISTORY = {"docs/guarantees.md: February 2025"}
"""What is told as history, and may age."""
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" 20\d\d\b"
)
_GO = re.compile(r"\b[Gg]o ?1\.(\d+)")


def released(minor: int) -> date:
    """Return the month of Go 1.minor: one comes each February, and one each August."""
    return date(2013 + minor // 2, 8 if minor % 2 else 2, 1)


def old(text: str, newest: int) -> Iterator[str]:
    """Yield each date and Go version of a text from before Go 1.newest."""
    since = released(newest)
    yield from (day for day in _DAY.findall(text) if date.fromisoformat(day) < since)
    for month in _MONTH.findall(text):
        if datetime.strptime(month, "%B %Y").date() < since:
            yield month
    yield from (version[0] for version in _GO.finditer(text) if int(version[1]) < newest)


def comments() -> Iterator[tuple[Path, str]]:
    """Yield each content file with its comments, in which the examples are."""
    for file in CONTENT_FOLDER.glob("*.toml"):
        lines = file.read_text("utf-8").splitlines()
        yield file, "\n".join(line for line in lines if line.startswith("#"))


def test_what_a_page_says_by_its_age_is_of_gos_newest_release() -> None:
    table = (CONTENT_FOLDER / "reference" / "reference.tsv").read_text("utf-8")
    newest = re.match(r"# The standard library of go1\.(\d+)", table)
    assert newest
    found = {
        f"{file.relative_to(ROOT)}: {what}"
        for file, text in [*((page, page.read_text("utf-8")) for page in PAGES), *comments()]
        for what in old(text, int(newest[1]))
    }
    assert found == HISTORY
