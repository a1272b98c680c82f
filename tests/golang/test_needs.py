"""Which Go a piece of code needs: each rule, held against the compiler, and what isn't one."""

import subprocess
import time
from pathlib import Path

import pytest
from cases import cases
from parts import GO

from gopherbot.golang.needs import MOST_CODE, needs

TABLE = {
    ("errors", "AsType"): "1.26",
    ("slices", "Sort"): "1.21",
    ("math/rand/v2", "N"): "1.22",
    ("testing", "T.Context"): "1.24",
    ("testing", "B.Loop"): "1.24",
    ("sync", "WaitGroup.Go"): "1.25",
    ("net/http", "HandleFunc"): "1.0",
}


def version_of(package: str, name: str) -> str:
    """Return a symbol's version, of a package by its path or the end of it."""
    found = [v for (p, n), v in TABLE.items() if n == name and f"/{p}".endswith(f"/{package}")]
    return found[0] if found else ""


def found(code: str) -> list[tuple[str, str]]:
    return [(need.version, need.code) for need in needs(code, version_of) if need.version > "1.0"]


UNGATED = ("type Adder[A Adder[", "type Set[K comparable] = map[K]bool")
"""What a compiler of today accepts whatever `-lang` says; one of that release didn't."""


@cases("version", "quoted", "code")
def test_syntax_is_known_by_its_first_version(version: str, quoted: str, code: str) -> None:
    assert found(code)[0] == (version, quoted)


@pytest.mark.slow
@cases("version", "quoted", "code", of="test_syntax_is_known_by_its_first_version")
def test_the_compiler_agrees(version: str, quoted: str, code: str, tmp_path: Path) -> None:
    go = GO.need()
    (tmp_path / "x.go").write_text(f"package x\n\n{code}\n")

    def compiles(lang: str) -> bool:
        command = [go, "tool", "compile", "-p", "x", f"-lang=go{lang}", "-o", "x.o", "x.go"]
        return (
            subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
        )

    assert compiles(version)
    assert compiles(f"1.{int(version.partition('.')[2]) - 1}") is (quoted in UNGATED)


@cases("code", "expected")
def test_symbols_are_those_of_the_packages_in_use(code: str, expected: list[list[str]]) -> None:
    assert [list(each) for each in found(code)] == expected


def test_the_newest_comes_first_and_each_thing_once() -> None:
    code = "x := new(1)\ny := new(1)\nfor range 3 {\n}\nslices.Sort(s)"
    assert found(code) == [("1.26", "new(1)"), ("1.22", "range 3"), ("1.21", "slices.Sort")]
    for line in ("x := new({})", "for range {} {{"):
        assert len(found("\n".join(line.format(number) for number in range(60)))) == 50


@pytest.mark.parametrize(
    "piece",
    ["func a[b ", "func (a) b[c ", "new(", "min(", "a, b, ", "import (", "'", "/*", "`", "a,a"],
)
def test_no_code_takes_more_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        code = piece * (size // len(piece))
        started = time.thread_time()
        needs(code, version_of)
        return time.thread_time() - started

    needs(piece, version_of)
    # Four times the code takes four times as long, not sixteen; beyond the most, no longer at all.
    assert min(seconds(MOST_CODE) for _ in range(3)) < 10 * seconds(MOST_CODE // 4) + 0.01
