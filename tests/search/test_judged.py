"""The search by its judged sets: right where it speaks, and silent when people only talk."""

from collections.abc import Callable

import pytest

from gopherbot.testing import bot

from .judged import Judge, Judged, lines

pytestmark = pytest.mark.slow

Rows = list[Judged]
Some = Callable[..., Rows]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(bot.content)


@pytest.fixture(scope="module")
def sets(judge: Judge) -> dict[str, Rows]:
    return {name: list(getattr(judge, name)()) for name in SIZES}


@pytest.fixture(params=[False, True], ids=["all", "aside"])
def some(sets: dict[str, Rows], request: pytest.FixtureRequest) -> Some:
    """Return a function that returns the rows of sets: all, or only those kept aside."""
    return lambda *names: [
        row for name in names for row in sets[name] if row.aside or not request.param
    ]


def share(rows: Rows, *grades: str) -> float:
    return sum(row.grade in grades for row in rows) / len(rows)


SIZES = {"questions": (150, 50), "typed": (585, 223), "talk": (300, 100), "typed_talk": (1515, 206)}
"""Of each set, how many rows it has, and how many of them are kept aside."""


def test_the_set_has_its_stated_size(sets: dict[str, Rows]) -> None:
    assert {
        name: (len(rows), sum(row.aside for row in rows)) for name, rows in sets.items()
    } == SIZES


def test_most_first_suggestions_are_right(some: Some) -> None:
    assert share(some("questions"), "right") >= 0.8
    rows = some("typed")
    assert share(rows, "right") >= 0.8
    assert share(rows, "right", "acceptable") >= 0.9
    assert share(rows, "wrong") <= 0.03, [row.told for row in rows if row.grade == "wrong"]


def test_sure_answers_are_right(some: Some) -> None:
    rows = some("questions", "typed")
    sure = [row for row in rows if row.suggested.sure]
    assert share(sure, "right") >= 0.9
    assert len(sure) >= 0.6 * len(rows)


@pytest.mark.parametrize("names", [("talk",), ("talk", "typed_talk")])
def test_ordinary_talk_gets_next_to_no_suggestion(some: Some, names: tuple[str, ...]) -> None:
    rows = some(*names)
    answered = [row.told for row in rows if row.suggested.keys]
    assert len(answered) <= 0.02 * len(rows), answered


def test_talk_to_nobody_gets_nothing() -> None:
    for line in lines("typed_talk.txt"):
        assert "@gopher" in line or not bot.say(line).replies, line


def test_at_most_three_are_suggested_and_all_exist(judge: Judge, sets: dict[str, Rows]) -> None:
    assert max(len(row.suggested.keys) for row in sets["questions"]) == 3
    for row in sets["questions"] + sets["typed"]:
        assert all(judge.names(suggestion) for suggestion in row.suggested.keys), row


def test_what_people_ask_for_exists() -> None:
    rules, data = bot.content.rules, bot.content.data
    assert data.search.asked
    for name in data.search.asked:
        assert rules.command(name) or data.glossary.find(name), name
