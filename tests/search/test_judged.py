"""The search by its judged set: right where it speaks, and silent when people only talk."""

from __future__ import annotations

import pytest

from gopherbot.testing import bot

from .judged import Judge, Judged

JUDGE = Judge(bot.content)
QUESTIONS, TALK = JUDGE.judged()


def aside(rows: list[Judged]) -> list[Judged]:
    return [row for row in rows if row.aside]


def test_the_set_has_the_size_it_says() -> None:
    assert (len(QUESTIONS), len(aside(QUESTIONS))) == (150, 50)
    assert (len(TALK), len(aside(TALK))) == (300, 100)


@pytest.mark.parametrize("rows", [QUESTIONS, aside(QUESTIONS)], ids=["all", "aside"])
def test_the_first_suggestion_is_right_for_most_questions(rows: list[Judged]) -> None:
    assert sum(map(JUDGE.right, rows)) >= 0.8 * len(rows)


@pytest.mark.parametrize("rows", [TALK, aside(TALK)], ids=["all", "aside"])
def test_ordinary_talk_gets_no_suggestion(rows: list[Judged]) -> None:
    answered = [row.text for row in rows if row.suggested]
    assert len(answered) <= 0.02 * len(rows), answered


def test_never_more_than_three_are_suggested() -> None:
    assert max(len(row.suggested) for row in QUESTIONS) == 3


def test_everything_that_is_suggested_exists() -> None:
    for row in QUESTIONS:
        assert all(JUDGE.names(suggestion) for suggestion in row.suggested), row


@pytest.mark.parametrize("name", JUDGE.book.data.search.asked)
def test_what_people_ask_for_exists(name: str) -> None:
    assert JUDGE.book.rules.command(name) or JUDGE.book.data.glossary.find(name)
