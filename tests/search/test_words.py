"""Words: the same whatever grammar or a synonym does to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search.words import Words, stem


@pytest.mark.parametrize(
    "words",
    [
        "copy copies copied copying",
        "slice slices sliced slicing",
        "dependency dependencies",
        "mutex mutexes",
        "goroutine goroutines",
        "timeout timeouts",
        "run running runs",
        "library libraries",
        "concatenate concatenated",
        "marshal marshaling marshaler",
        "process processes processing",
        "quick quickly",
        "install installed installing",
    ],
)
def test_a_word_is_the_same_with_its_endings(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


@pytest.mark.parametrize("words", ["map make", "type typo", "string strong", "nil null", "go goto"])
def test_different_words_stay_different(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 2


def test_synonyms_count_as_one_word_with_their_endings_too() -> None:
    words = Words({"delete": ["remove", "drop"]})
    assert words.of("removing it, dropped") == words.of("delete it deletes")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Go's <https://go.dev/x|site>", ["go", "sit"]),
        ("x := &lt;-c", ["x", ":=", "<-", "c"]),
        ("http.Client", ["http", "client"]),
        ("struct{}", ["struct", "{}"]),
        ("f(args...)", ["f", "arg", "..."]),
        ("don\u2019t", ["don't"]),
    ],
)
def test_code_and_markup_come_apart(text: str, words: list[str]) -> None:
    assert Words().of(text) == words


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(Words().of(text))
