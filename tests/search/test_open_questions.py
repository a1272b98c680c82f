"""Questions to everybody in a channel, judged by hand-labelled lines: `asked_*.txt`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search.open_questions import asks_anybody

_FILES = [Path(__file__).parent / f"asked_{name}.txt" for name in ("of_all", "later")]
_READ = [
    [line for line in file.read_text("utf-8").splitlines() if line[0] != "#"] for file in _FILES
]
LABELLED = [(line[0] == "?", line[2:]) for lines in _READ for line in lines]
ASIDE = [(line[0] == "?", line[2:]) for lines in _READ for line in lines[2::3]]


def test_most_of_what_it_finds_asks_and_most_that_asks_is_found() -> None:
    for rows in (ASIDE, LABELLED):
        found = [(asks, asks_anybody(text)) for asks, text in rows]
        right = sum(asks and told for asks, told in found)
        assert right / sum(told for _, told in found) >= 0.85, "precision"
        assert right / sum(asks for asks, _ in found) >= 0.70, "recall"


@pytest.mark.parametrize(
    "text",
    [
        "I upgraded yesterday and it was fine.\nHow do I pin the toolchain now?",
        "does anyone know a linter for this? ```\nfunc main() { panic(1) }\n```",
        "hello\u2019all, what\u2019s the difference between make and new?",
    ],
)
def test_a_question_among_other_sentences_is_found(text: str) -> None:
    assert asks_anybody(text)


@pytest.mark.parametrize("text", ["", "```\nhow do I do that?\n```", "how do I do this? " * 300])
def test_code_and_articles_ask_nothing(text: str) -> None:
    assert not asks_anybody(text)


@given(st.text() | st.text("how do you i?,. any'`", max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert asks_anybody(text) in (True, False)


@pytest.mark.parametrize(
    "text", ["a" * 3000, "? " * 1500, "anyone " * 420, "`" * 3000, "\n" * 3000]
)
def test_the_longest_text_takes_milliseconds(text: str) -> None:
    begun = time.process_time()
    for _ in range(10):
        asks_anybody(text)
    assert time.process_time() - begun < 2
