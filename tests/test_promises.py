"""promises.toml is true: its words stand in the pages, and its tests exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PROMISES: dict[str, dict[str, list[str] | str]] = tomllib.loads(
    (TESTS / "promises.toml").read_text()
)
"""Words of each page, with the tests that hold them, or why there is none."""
_COMMAND = re.compile(r"`((?:gopherbot|make|heroku|python|go) [^`\n]+)`")


def plain(text: str) -> str:
    """Return a text on one line, with single blanks."""
    return " ".join(text.replace("\\\n", " ").split())


def commands(page: str) -> Iterator[str]:
    """Return what a page tells its reader to type."""
    text = (ROOT / page).read_text()
    for kind, block in re.findall(r"^ *```(sh|console)\n(.*?)```", text, re.MULTILINE | re.DOTALL):
        for line in plain_lines(block):
            if kind == "sh" or line.startswith("$ "):
                yield line.removeprefix("$ ").partition(" #")[0]
    yield from _COMMAND.findall(text)


def plain_lines(block: str) -> list[str]:
    joined = block.replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


@pytest.mark.parametrize("page", PROMISES)
def test_a_promise_stands_in_its_page_and_has_its_tests(page: str) -> None:
    text = plain((ROOT / page).read_text())
    for words, tests in PROMISES[page].items():
        assert words in text
        assert tests, words
        for test in tests if isinstance(tests, list) else ():
            file, _, name = test.partition("::")
            assert re.search(rf"^def {name}\(", (TESTS / file).read_text(), re.MULTILINE), test


@pytest.mark.parametrize("page", PROMISES)
def test_every_command_of_a_page_is_among_its_promises(page: str) -> None:
    promised = " ".join(PROMISES[page])
    missing = [command for command in commands(page) if command not in promised]
    assert not missing


def test_each_test_that_a_page_names_exists() -> None:
    """By its file and its own name; or by the beginning of its name, where the page says `…`."""
    pages = "".join(
        (ROOT / page).read_text() for page in ("tests/attack/README.md", "docs/guarantees.md")
    )
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", pages)
    assert len(named) > 50
    tests = {
        (file.name, test)
        for folder in (TESTS, ROOT / "slack-simulator" / "tests")
        for file in folder.rglob("test_*.py")
        for test in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert set(named) <= tests
    begun = re.findall(r"`(test_\w+)…?`", pages)
    assert begun
    assert [name for name in begun if not any(test.startswith(name) for _, test in tests)] == []
