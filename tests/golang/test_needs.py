"""Which Go a piece of code needs: each rule, held against the compiler, and what isn't one."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
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


# The version and what is quoted, and a package without imports that needs it.
SYNTAX = [
    (
        "1.27",
        "func (t T) Map[U any](",
        "type T int\nfunc (t T) Map[U any](f func(T) U) U { return f(t) }",
    ),
    ("1.26", "new(42)", "var x = new(42)"),
    ("1.26", 'new("a (b")', 'var x = new("a (b")'),
    ("1.26", "new(f(1))", "func f(int) int { return 1 }\nvar x = new(f(1))"),
    ("1.26", "new(a + b)", "var a, b = 1, 2\nvar x = new(a + b)"),
    ("1.26", "new([]int{1})", "var x = new([]int{1})"),
    ("1.26", "type Adder[A Adder[", "type Adder[A Adder[A]] interface { Add(A) A }"),
    ("1.24", "type Set[K comparable] = map[K]bool", "type Set[K comparable] = map[K]bool"),
    (
        "1.23",
        "range Count(…)",
        (
            "func Count(n int) func(yield func(int) bool) { return nil }\n"
            "func f() {\n\tfor range Count(3) {\n\t}\n}"
        ),
    ),
    ("1.22", "range 10", "func f() {\n\tfor range 10 {\n\t}\n}"),
    ("1.22", "range len(s)", "func f(s []int) {\n\tfor i := range len(s) {\n\t\t_ = i\n\t}\n}"),
    ("1.21", "min(1, 2)", "var a, b = 1, 2\nvar x = min(1, 2) + a + b"),
    ("1.21", "clear(m)", "func f(m map[int]int) { clear(m) }"),
    ("1.18", "func Map[T any]", "func Map[T any](s []T) {}"),
    ("1.18", "type Pair[K, V comparable]", "type Pair[K, V comparable] struct {\n\tk K\n\tv V\n}"),
    ("1.18", "any", "func f(x any) {}"),
    ("1.13", "1_000", "const x = 1_000"),
    ("1.13", "0b101", "const x = 0b101"),
]


UNGATED = ("type Adder[A Adder[", "type Set[K comparable] = map[K]bool")
"""What a compiler of today accepts whatever `-lang` says; one of that release didn't."""


@pytest.mark.parametrize(("version", "quoted", "code"), SYNTAX)
def test_syntax_is_known_by_the_version_that_brought_it(
    version: str, quoted: str, code: str
) -> None:
    assert found(code)[0] == (version, quoted)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "quoted", "code"), SYNTAX)
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


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("var e, ok = errors.AsType[*os.PathError](err)", [("1.26", "errors.AsType")]),
        ('import "slices"\n\nfunc f() { slices.Sort(s) }', [("1.21", "slices.Sort")]),
        ('import (\n\t"fmt"\n\tr "math/rand/v2"\n)\n\nvar n = r.N(3)', [("1.22", "r.N")]),
        ('import "math/rand/v2"\n\nvar n = rand.N(3)', [("1.22", "rand.N")]),
        ("func TestX(t *testing.T) { t.Context() }", [("1.24", "t.Context")]),
        ("var wg sync.WaitGroup\nwg.Go(f)", [("1.25", "wg.Go")]),
        ("wg := &sync.WaitGroup{}\nwg.Go(f)", [("1.25", "wg.Go")]),
        ('http.HandleFunc("GET /x/{id}", f)', [("1.22", '"GET /x/{id}"')]),
        ('import _ "embed"\n\n//go:embed x.txt\nvar x string', [("1.16", "//go:embed")]),
        # What only looks like it.
        ('s := "for range 10 { min(1, 2) }" // new(42)', []),
        ("/* new(42) */ `\nnew(42)\n`", []),
        ("func min(a, b int) int { return a }\nvar x = min(1, 2)", []),
        ("max := func(a int) int { return a }\nvar x = max(1)", []),
        ("x := new(int); y := new([]string); z := new(map[string]int); b := new(bytes.Buffer)", []),
        ("x := new(struct{ A int }); y := new(T); c := new(chan int)", []),
        ('import "example.com/errors"\n\nvar x = errors.AsType()', []),
        ('import "fmt"\n\nfunc f(errors Errors) { errors.AsType() }', []),
        ("errors := load()\nerrors.AsType()", []),
        ("for i := range n {\n}\nfor range ch {\n}", []),
        ("many := []string{}", []),
        ("", []),
    ],
)
def test_symbols_are_those_of_the_packages_in_use(
    code: str, expected: list[tuple[str, str]]
) -> None:
    assert found(code) == expected


def test_the_newest_comes_first_and_each_thing_once() -> None:
    code = "x := new(1)\ny := new(1)\nfor range 3 {\n}\nslices.Sort(s)"
    assert found(code) == [("1.26", "new(1)"), ("1.22", "range 3"), ("1.21", "slices.Sort")]


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
    assert seconds(MOST_CODE) < 10 * seconds(MOST_CODE // 4) + 0.01
