"""Mutants of the core: small faults, each with the tests that must find it.

A TOML file beside this one holds the mutants of one room:

    [[mutant]]
    name = "settles before it calls"
    file = "gopherbot/effects/exactly_once.py"
    old = "text that the file has once"
    new = "text that makes it wrong"
    tests = ["effects/test_executor.py::test_that_must_fail"]
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent

_TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of one file; `tests` are ids of pytest's, relative to `tests/`."""

    name: str
    file: str
    old: str
    new: str
    tests: Annotated[list[str], msgspec.Meta(min_length=1)]

    def mutated(self, root: Path = ROOT) -> str:
        """Return the file's text with the fault in it. Raises `ValueError` if it does not fit."""
        text = (root / self.file).read_text()
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: its old text is {text.count(self.old)} times in {self.file},"
                f" and must be there once:\n{self.old}"
            )
        return text.replace(self.old, self.new)


class _Room(msgspec.Struct, forbid_unknown_fields=True):
    mutant: list[Mutant]


def load() -> list[Mutant]:
    """Return all mutants, room by room."""
    rooms = (
        msgspec.toml.decode(file.read_bytes(), type=_Room) for file in sorted(HERE.glob("*.toml"))
    )
    return [mutant for room in rooms for mutant in room.mutant]


def problems(mutants: list[Mutant]) -> list[str]:
    """Return what does not fit the tree: an old text that is gone, a test that is not there."""
    found = []
    for mutant in mutants:
        try:
            mutant.mutated()
        except (ValueError, OSError) as error:
            found.append(str(error))
        found += [
            f"{mutant.name}: there is no test {test}"
            for test in mutant.tests
            if not _is_there(test)
        ]
    return found


def _is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    path = ROOT / "tests" / file
    if not path.is_file():
        return False
    text = path.read_text()
    if not name:
        return bool(_TEST.search(text))
    # A state machine's test is an attribute of its class.
    return (
        name.partition("[")[0] in _TEST.findall(text) or f"class {name.partition('::')[0]}" in text
    )
