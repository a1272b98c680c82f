"""The search by its judged sets: right where it speaks, and silent when people only talk."""

from collections.abc import Callable

import pytest

from gopherbot.testing import bot

from .judged import Judge, Judged, lines

pytestmark = pytest.mark.slow

Rows = list[Judged]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(bot.content)


@pytest.fixture(scope="module")
def questions(judge: Judge) -> Rows:
    return list(judge.questions())


@pytest.fixture(scope="module")
def typed(judge: Judge) -> Rows:
    return list(judge.typed())


@pytest.fixture(scope="module")
def talk(judge: Judge) -> Rows:
    return list(judge.talk())


@pytest.fixture(scope="module")
def typed_talk(judge: Judge) -> Rows:
    return list(judge.typed_talk())


def aside(rows: Rows) -> Rows:
    return [row for row in rows if row.aside]


def share(rows: Rows, *grades: str) -> float:
    return sum(row.grade in grades for row in rows) / len(rows)


of_all_and_of_those_aside = pytest.mark.parametrize("among", [list, aside], ids=["all", "aside"])


def test_the_set_has_its_stated_size(
    questions: Rows, typed: Rows, talk: Rows, typed_talk: Rows
) -> None:
    assert (len(questions), len(aside(questions))) == (150, 50)
    assert (len(typed), len(aside(typed))) == (585, 223)
    assert (len(talk), len(aside(talk))) == (300, 100)
    assert (len(typed_talk), len(aside(typed_talk))) == (1515, 206)


@of_all_and_of_those_aside
def test_most_first_suggestions_are_right(questions: Rows, among: Callable[[Rows], Rows]) -> None:
    assert share(among(questions), "right") >= 0.8


@of_all_and_of_those_aside
def test_questions_as_typed_find_their_answer(typed: Rows, among: Callable[[Rows], Rows]) -> None:
    rows = among(typed)
    assert share(rows, "right") >= 0.8
    assert share(rows, "right", "acceptable") >= 0.9
    assert share(rows, "wrong") <= 0.03, [row.told for row in rows if row.grade == "wrong"]


@of_all_and_of_those_aside
def test_sure_answers_are_right(
    questions: Rows, typed: Rows, among: Callable[[Rows], Rows]
) -> None:
    sure = [row for row in among(questions + typed) if row.suggested.sure]
    assert share(sure, "right") >= 0.9
    assert len(sure) >= 0.6 * len(among(questions + typed))


@of_all_and_of_those_aside
def test_ordinary_talk_gets_no_suggestion(talk: Rows, among: Callable[[Rows], Rows]) -> None:
    answered = [row.told for row in among(talk) if row.suggested.keys]
    assert len(answered) <= 0.02 * len(among(talk)), answered


@of_all_and_of_those_aside
def test_talk_as_people_type_it_gets_next_to_none(
    talk: Rows, typed_talk: Rows, among: Callable[[Rows], Rows]
) -> None:
    rows = among(talk + typed_talk)
    answered = [row.told for row in rows if row.suggested.keys]
    assert len(answered) <= 0.02 * len(rows), answered


def test_talk_to_nobody_gets_nothing() -> None:
    for line in lines("typed_talk.txt"):
        assert "@gopher" in line or not bot.say(line).replies, line


def test_never_more_than_three_are_suggested(questions: Rows) -> None:
    assert max(len(row.suggested.keys) for row in questions) == 3


def test_everything_that_is_suggested_exists(judge: Judge, questions: Rows, typed: Rows) -> None:
    for row in questions + typed:
        assert all(judge.names(suggestion) for suggestion in row.suggested.keys), row


def test_what_people_ask_for_exists() -> None:
    book = bot.content
    asked = book.data.search.asked
    assert asked
    missing = [n for n in asked if not (book.rules.command(n) or book.data.glossary.find(n))]
    assert missing == []
