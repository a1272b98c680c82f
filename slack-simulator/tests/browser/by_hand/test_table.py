"""The table in tests/browser/README.md names tests that exist, and leaves out none done by hand."""

import re
from pathlib import Path

BROWSER = Path(__file__).parent.parent
NAMED = re.compile(r"\b(test_\w+)(?!\.py)\b")


def defined(folder: Path, pattern: str) -> set[str]:
    texts = [path.read_text() for path in folder.glob(pattern)]
    return {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}


def test_the_table_names_tests_that_exist() -> None:
    files = {path.stem for path in BROWSER.rglob("test_*.py")}
    named = set(NAMED.findall((BROWSER / "README.md").read_text())) - files
    assert named - defined(BROWSER, "**/*.py") == set()


def test_whatever_is_done_by_hand_is_in_the_table() -> None:
    table = (BROWSER / "README.md").read_text()
    assert {
        name for name in defined(BROWSER / "by_hand", "*_by_hand.py") if name not in table
    } == set()
