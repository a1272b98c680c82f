"""The terms that come with the bot."""

import pytest

import glossary


def test_the_shipped_glossary_has_no_problem() -> None:
    _, problems = glossary.read()
    assert [str(problem) for problem in problems] == []


def test_there_are_at_least_150_terms() -> None:
    assert len(glossary.load()) >= 150


def test_every_term_is_found_by_all_its_names() -> None:
    terms = glossary.load()
    for term in terms:
        assert terms.find(term.name) == glossary.Found(term, None)
        for alias in term.aliases:
            assert terms.find(alias) == glossary.Found(term, alias)
        for spelling in term.also:
            assert terms.find(spelling) == glossary.Found(term, None)


@pytest.mark.parametrize(
    "word",
    [
        "goroutine", "channel", "slice", "interface", "embedding", "method set", "zero value",
        "blank identifier", "variadic", "iota", "rune", "defer", "panic", "type parameter",
        "escape analysis", "module", "workspace", "vet", "race detector", "pprof", "build tag",
        "gofmt", "delve", "GC", "GOMAXPROCS", "context", "sync.Pool", "CL", "Gerrit", "proposal",
        "TDD", "DDD", "dependency injection", "gopher", "MVS", "PGO", "slog", "synctest",
        "weak pointer", "range over func", "GOMEMLIMIT", "errors.Is", "min", "clear", "any",
    ],
)  # fmt: skip
def test_a_word_gophers_ask_for_is_there(word: str) -> None:
    assert glossary.load().find(word) is not None
