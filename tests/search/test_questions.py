"""A question to the bot, or talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search.questions import Asks, asks


@pytest.mark.parametrize(
    "text",
    [
        "how do I copy a slice",
        "hey, where is the tour?",
        "which router should I use",
        "panic: assignment to entry in nil map",
        "can you recommend a book?",
        "the build fails, what can I do?",
        "How can I do this in\nmy code?",
    ],
)
def test_a_question_is_one(text: str) -> None:
    assert asks(text) is Asks.SURELY


@pytest.mark.parametrize("text", ["sort map by key", "I need a set", "I'm looking for a mentor"])
def test_a_phrase_or_a_need_may_be_one(text: str) -> None:
    assert asks(text) is Asks.MAYBE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thanks",
        "how are you",
        "what do you think of generics?",
        "did you see that?",
        "where is your house?",
        "I love generics",
        "who is going to the meetup?",
        "what a day",
        "how do I " + "x" * 300,
    ],
)
def test_talk_is_none(text: str) -> None:
    assert asks(text) is Asks.NOT


@given(st.text() | st.text("how do you i?,. '", max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert asks(text) in Asks
