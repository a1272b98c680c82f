"""A question to the bot, or talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search.questions import Asks, asks

SURELY, PHRASE, MAYBE, HARDLY, NOT = Asks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how do I copy a slice", SURELY),
        ("hey, where is the tour?", SURELY),
        ("which router should I use", SURELY),
        ("panic: assignment to entry in nil map", SURELY),
        ("can you recommend a book?", SURELY),
        ("the build fails, what can I do?", SURELY),
        ("How can I do this in\nmy code?", SURELY),
        ("I don\u2019t get channels", MAYBE),
        ("my map grows how do I shrink it?", SURELY),
        ("my map grows how do I shrink it", SURELY),
        ("sort maps", PHRASE),
        ("sort map keys", PHRASE),
        ("one two three four five six seven eight", PHRASE),
        ("one two three four five six seven eight nine", HARDLY),
        ("why cant i use a slice", SURELY),
        ("errors.Is vs errors.As", SURELY),
        ("middleware how", SURELY),
        ("go.sum should i commit", SURELY),
        ("my json is empty", MAYBE),
        ("we use gin at work", NOT),
        ("thanks, that fixed it", NOT),
        ("I need a set", MAYBE),
        ("I\u2019m looking for a mentor", MAYBE),
        ("", NOT),
        ("thanks", NOT),
        ("how are you", NOT),
        ("what do you think of generics?", NOT),
        ("did you see that?", NOT),
        ("where is your house?", NOT),
        ("I love generics", NOT),
        ("who is going to the meetup?", NOT),
        ("what a day", HARDLY),
        ("how do I " + "x" * 291, SURELY),
        ("how do I " + "x" * 292, NOT),
    ],
)
def test_a_question_is_told_from_talk(text: str, found: Asks) -> None:
    assert asks(text) is found


@given(st.text() | st.text("how do you i?,. '", max_size=400))
def test_any_text_is_judged(text: str) -> None:
    assert asks(text) in Asks
