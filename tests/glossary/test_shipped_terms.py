"""The terms that come with the bot."""

import os
import subprocess
import sys

import pytest
from cases import cases

import glossary

Terms = glossary.Glossary
Shipped = tuple[Terms, list[glossary.Problem]]


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    return glossary.read()


@pytest.fixture
def terms(shipped: Shipped) -> Terms:
    return shipped[0]


def test_the_shipped_glossary_has_no_problem(shipped: Shipped) -> None:
    _, problems = shipped
    assert [str(problem) for problem in problems] == []


def test_there_are_at_least_650_terms(terms: Terms) -> None:
    assert len(terms) >= 650


def test_every_term_is_found_by_all_its_names(terms: Terms) -> None:
    for term in terms:
        assert terms.find(term.name) == glossary.Found(term, None)
        for alias in term.aliases:
            assert terms.find(alias) == glossary.Found(term, alias)
        for spelling in term.also:
            assert terms.find(spelling) == glossary.Found(term, None)


def test_a_word_gophers_ask_for_is_there(terms: Terms) -> None:
    words = [
        "goroutine", "channel", "slice", "interface", "embedding", "method set", "zero value",
        "blank identifier", "variadic", "iota", "rune", "defer", "panic", "type parameter",
        "escape analysis", "module", "workspace", "vet", "race detector", "pprof", "build tag",
        "gofmt", "delve", "GC", "GOMAXPROCS", "context", "sync.Pool", "CL", "Gerrit", "proposal",
        "TDD", "DDD", "dependency injection", "gopher", "MVS", "PGO", "slog", "synctest",
        "weak pointer", "range over func", "GOMEMLIMIT", "errors.Is", "min", "clear", "any",
    ]  # fmt: skip
    assert [word for word in words if terms.find(word) is None] == []


KEYWORDS = """
break case chan const continue default defer else fallthrough for func go goto if import interface
map package range return select struct switch type var
"""
PREDECLARED = """
any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune
string uint uint8 uint16 uint32 uint64 uintptr true false iota nil append cap clear close complex
copy delete imag len make max min new panic print println real recover
"""


def test_every_keyword_and_every_predeclared_name_is_there(terms: Terms) -> None:
    words = [*KEYWORDS.split(), *PREDECLARED.split()]
    assert [word for word in words if terms.find(word) is None] == []


@cases("pasted", "name")
def test_a_pasted_error_message_leads_to_its_term(pasted: str, name: str, terms: Terms) -> None:
    found = terms.find(pasted)
    assert found is not None
    assert found.term.name.startswith(name)


@pytest.mark.slow
def test_every_process_finds_the_same_terms_near() -> None:
    """Python hashes strings in another way in each, and a reply that's retried stays the same."""
    near = "import glossary, sys; print([*map(glossary.load().nearest, sys.argv[1:])])"
    texts = ["cacth", "cnotexts", "clsoer", "exmaples", "tpye set", "goc lean", "asisgnable"]
    found = {
        subprocess.run(
            [sys.executable, "-c", near, *texts],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(found) == 1
    assert "go clean" in found.pop()
