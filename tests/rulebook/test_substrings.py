"""The automaton that finds many texts at once must agree with plain `in`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.rulebook.matching import SubstringIndex


def test_needles_are_found_wherever_they_stand() -> None:
    index = SubstringIndex(["vim", "emacs"])

    assert index.find("vim") == {"vim"}
    assert index.find("neovim or spacemacs") == {"vim", "emacs"}
    assert index.find("nano") == set()
    assert index.find("") == set()


def test_a_needle_within_another_is_found_with_it() -> None:
    index = SubstringIndex(["buffalo", "gobuffalo", "buff", "falo"])

    assert index.find("gobuffalo!") == {"buffalo", "gobuffalo", "buff", "falo"}


def test_a_needle_that_begins_inside_a_false_start_is_found() -> None:
    assert SubstringIndex(["aab"]).find("aaab") == {"aab"}
    assert SubstringIndex(["abcd", "bc"]).find("abce") == {"bc"}


def test_case_matters() -> None:
    assert SubstringIndex(["vim"]).find("VIM") == set()


def test_an_index_without_needles_finds_nothing() -> None:
    assert SubstringIndex([]).find("anything") == set()


def test_an_empty_needle_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        SubstringIndex(["a", ""])


@given(
    st.lists(st.text("abc", min_size=1, max_size=5), max_size=12),
    st.lists(st.text("abcd", max_size=40), min_size=1, max_size=3),
)
def test_it_finds_what_a_plain_search_finds(needles: list[str], texts: list[str]) -> None:
    index = SubstringIndex(needles)

    for text in texts:  # the same index: what it remembers of one text must not spoil the next
        assert index.find(text) == {needle for needle in needles if needle in text}


@given(st.lists(st.text(min_size=1, max_size=4), max_size=6), st.text(max_size=60))
def test_it_finds_what_a_plain_search_finds_in_any_script(needles: list[str], text: str) -> None:
    assert SubstringIndex(needles).find(text) == {needle for needle in needles if needle in text}
