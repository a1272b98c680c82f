"""How far two texts are apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.rulebook.edit_distance import distance, nearest

TEXTS = st.text("abc", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("help", "help", 0),
        ("help", "hlep", 1),
        ("help", "hel", 1),
        ("help", "helpp", 1),
        ("help", "halp", 1),
        ("books", "boks", 1),
        ("recomended chanels", "recommended channels", 2),
        ("", "ab", 2),
        ("ca", "abc", 3),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert distance(one, other, limit=3) == slips


def test_more_slips_than_the_limit_are_not_counted() -> None:
    assert distance("help", "yelled", limit=2) is None


@given(TEXTS, TEXTS)
def test_it_is_as_far_there_as_back(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)


@given(TEXTS, TEXTS, st.integers(0, 6))
def test_the_limit_changes_nothing_but_what_is_beyond_it(one: str, other: str, limit: int) -> None:
    far = distance(one, other, 9)

    assert far is not None
    assert distance(one, other, limit) == (far if far <= limit else None)
    assert (far == 0) == (one == other)


@given(TEXTS, st.integers(0, 6))
def test_one_slip_is_one_slip(text: str, at: int) -> None:
    at = min(at, len(text))
    longer = text[:at] + "x" + text[at:]

    assert distance(text, longer, 9) == 1
    assert distance(longer, longer.replace("x", "y"), 9) == 1


def test_the_nearest_comes_first() -> None:
    assert nearest("commands", ["comments", "command", "commands", "compile"]) == [
        "commands",
        "command",
        "comments",
    ]


def test_a_short_word_has_to_be_exact_and_a_first_letter_right() -> None:
    assert nearest("coc", ["coc"]) == ["coc"]
    assert nearest("cos", ["coc"]) == []
    assert nearest("your", ["tour"]) == []
    assert nearest("otur", ["tour"]) == ["tour"]
    assert nearest("", ["tour"]) == []
