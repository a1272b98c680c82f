"""Words: the same whatever grammar or a synonym does to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search import words
from gopherbot.search.words import Words, stem

STEMS = """
copi: copy copies copied copying
slic: slice slices sliced slicing
dependenci: dependency dependencies
mutex: mutex mutexes
run: run running runs runner
concatenat: concatenate concatenated
marshal: marshal marshaling marshaler
process: process processes processing
quick: quick quickly
call: call calls calling called
class: class classes
box: box boxes boxing
buzz: buzz buzzing
status: status
basis: basis
ty: ties
aged: aged
organiz: organize organizes organization organisation
relat: relate relational
massiv: massive massiveness
useful: usefulness
automatic: automatically
cd: cd cd's
http2: http2
log4s: log4s
finish: finishes finished
"""


@pytest.mark.parametrize("line", STEMS.strip().splitlines())
def test_a_word_is_the_same_with_its_endings(line: str) -> None:
    same, _, forms = line.partition(": ")
    assert {form: stem(form) for form in forms.split()} == dict.fromkeys(forms.split(), same)


@pytest.mark.parametrize("pair", ["map make", "type typo", "string strong", "nil null", "go goto"])
def test_different_words_stay_different(pair: str) -> None:
    assert len({stem(word) for word in pair.split()}) == 2


def test_synonyms_count_as_one_word_with_their_endings_too() -> None:
    found = Words({"delete": ["remove", "drop"]})
    for _ in range(2):
        assert found.of("removing it, dropped") == found.of("delete it deletes")


def test_only_so_many_words_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_MOST_STEMS", 2)
    found = Words()
    assert found.of("many mutexes, many maps, no slices") == found.of(
        "many mutex many map no slice"
    )
    assert len(found._stems) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Go's <https://go.dev/x|site>", ["go", "sit"]),
        ("x := &lt;-c", ["x", ":=", "<-", "c"]),
        ("a &gt; b &amp; c", ["a", "b", "&", "c"]),
        ("http.Client", ["http", "client"]),
        ("struct{}", ["struct", "{}"]),
        ("f(args...)", ["f", "arg", "..."]),
        ("don\u2019t", ["don't"]),
        ("using it", ["using", "it"]),
        ("whats the diff, dont u know", ["what's", "the", "difference", "don't", "you", "know"]),
        ("w/o golang.org or r/golang", ["without", "golang", "org", "or", "r", "golang"]),
    ],
)
def test_code_and_markup_come_apart(text: str, found: list[str]) -> None:
    assert Words().of(text) == found


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(Words().of(text))
