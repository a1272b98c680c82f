"""The search by its judged sets: right where it speaks, and silent when people only talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gopherbot.testing import bot

from .judged import Judge, Judged

Rows = list[Judged]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(bot.content)


@pytest.fixture(scope="module")
def questions(judge: Judge) -> Rows:
    return list(judge.questions())


@pytest.fixture(scope="module")
def talk(judge: Judge) -> Rows:
    return list(judge.talk())


def aside(rows: Rows) -> Rows:
    return [row for row in rows if row.aside]


of_all_and_of_those_aside = pytest.mark.parametrize("among", [list, aside], ids=["all", "aside"])


def test_the_set_has_the_size_it_says(questions: Rows, talk: Rows) -> None:
    assert (len(questions), len(aside(questions))) == (150, 50)
    assert (len(talk), len(aside(talk))) == (300, 100)


@of_all_and_of_those_aside
def test_the_first_suggestion_is_right_for_most_questions(
    questions: Rows, among: Callable[[Rows], Rows]
) -> None:
    rows = among(questions)
    assert sum(row.grade == "right" for row in rows) >= 0.8 * len(rows)


@of_all_and_of_those_aside
def test_ordinary_talk_gets_no_suggestion(talk: Rows, among: Callable[[Rows], Rows]) -> None:
    rows = among(talk)
    answered = [row.told for row in rows if row.suggested.keys]
    assert len(answered) <= 0.02 * len(rows), answered


def test_never_more_than_three_are_suggested(questions: Rows) -> None:
    assert max(len(row.suggested.keys) for row in questions) == 3


def test_everything_that_is_suggested_exists(judge: Judge, questions: Rows) -> None:
    for row in questions:
        assert all(judge.names(suggestion) for suggestion in row.suggested.keys), row


def test_what_people_ask_for_exists() -> None:
    book = bot.content
    asked = book.data.search.asked
    assert asked
    missing = [n for n in asked if not (book.rules.command(n) or book.data.glossary.find(n))]
    assert missing == []
