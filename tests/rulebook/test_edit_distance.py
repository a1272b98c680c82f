"""How far apart two texts are."""

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.rulebook.edit_distance import distance, nearest, slips_allowed

TEXTS = st.text("abc", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("help", "help", 0),
        ("help", "hlep", 1),
        ("help", "ehlp", 1),
        ("help", "hel", 1),
        ("help", "helpp", 1),
        ("help", "halp", 1),
        ("recomended chanels", "recommended channels", 2),
        ("", "ab", 2),
        ("ca", "abc", 3),
        ("help", "yelled", None),
    ],
)
def test_slips_are_counted_up_to_the_limit(one: str, other: str, slips: int | None) -> None:
    assert distance(one, other, limit=3) == slips


@given(TEXTS, TEXTS, st.integers(0, 6))
def test_the_limit_and_the_direction_change_nothing_else(one: str, other: str, limit: int) -> None:
    far = distance(one, other, 9)
    assert far is not None
    assert distance(other, one, 9) == far
    assert distance(one, other, limit) == (far if far <= limit else None)
    assert (far == 0) == (one == other)


@given(TEXTS, st.integers(0, 6))
def test_one_slip_is_one_slip(text: str, at: int) -> None:
    at = min(at, len(text))
    longer = text[:at] + "x" + text[at:]
    assert distance(text, longer, 9) == 1
    assert distance(longer, longer.replace("x", "y"), 9) == 1


@pytest.mark.parametrize(
    ("letters", "slips"), [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (15, 2), (16, 3), (99, 3)]
)
def test_longer_texts_may_hold_more_slips(letters: int, slips: int) -> None:
    assert slips_allowed("x" * letters) == slips


@cases("text", "among", "found")
def test_the_nearest_comes_first_and_all_begin_alike(text: str, among: str, found: str) -> None:
    assert nearest(text, among.split()) == found.split()
