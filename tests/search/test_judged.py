"""The search by its judged set: right where it speaks, and silent when people only talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gopherbot.testing import bot

from .judged import Judge, Judged

Rows = list[Judged]
Sets = tuple[Rows, Rows]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(bot.content)


@pytest.fixture(scope="module")
def sets(judge: Judge) -> Sets:
    """The questions and the talk."""
    return judge.judged()


def aside(rows: Rows) -> Rows:
    return [row for row in rows if row.aside]


of_all_and_of_those_aside = pytest.mark.parametrize("among", [list, aside], ids=["all", "aside"])


def test_the_set_has_the_size_it_says(sets: Sets) -> None:
    questions, talk = sets
    assert (len(questions), len(aside(questions))) == (150, 50)
    assert (len(talk), len(aside(talk))) == (300, 100)


@of_all_and_of_those_aside
def test_the_first_suggestion_is_right_for_most_questions(
    judge: Judge, sets: Sets, among: Callable[[Rows], Rows]
) -> None:
    rows = among(sets[0])
    assert sum(map(judge.right, rows)) >= 0.8 * len(rows)


@of_all_and_of_those_aside
def test_ordinary_talk_gets_no_suggestion(sets: Sets, among: Callable[[Rows], Rows]) -> None:
    rows = among(sets[1])
    answered = [row.text for row in rows if row.suggested]
    assert len(answered) <= 0.02 * len(rows), answered


def test_never_more_than_three_are_suggested(sets: Sets) -> None:
    assert max(len(row.suggested) for row in sets[0]) == 3


def test_everything_that_is_suggested_exists(judge: Judge, sets: Sets) -> None:
    for row in sets[0]:
        assert all(judge.names(suggestion) for suggestion in row.suggested), row


def test_what_people_ask_for_exists() -> None:
    book = bot.content
    asked = book.data.search.asked
    assert asked
    missing = [n for n in asked if not (book.rules.command(n) or book.data.glossary.find(n))]
    assert missing == []
