"""Greetings in a DM, and the question who the bot is: a short answer that leads to `help`."""

from __future__ import annotations

import pytest

from gopherbot.content.commands.introduction import GREETINGS, QUESTIONS
from gopherbot.explain import Explanation, Scenario, explain
from gopherbot.testing import bot

from .test_bakers import BAKERS

RULE = "dynamic:introduction"
DM = Scenario(kind="dm")


def told(found: Explanation) -> list[str]:
    """What the rule says, if it says anything, and nothing else does."""
    replies = [said.text for outcome in found.outcomes for said in outcome.replies]
    assert not replies or [o.rule for o in found.outcomes if o.replies] == [RULE]
    return replies


@pytest.mark.parametrize(
    "text",
    ["hi", "Hello!", "hey there", "hi @gopher :wave:", "Good morning", "hello gopher", "HI 👋"],
)
def test_a_greeting_in_a_dm_is_returned(text: str) -> None:
    (answer,) = told(explain(bot.content, text, DM))

    assert answer.startswith("Hi there!")
    assert "Write `help`" in answer
    assert len(answer) < 250


@pytest.mark.parametrize(
    "text", ["who are you?", "What can you do", "what can you help me with?", "are you a bot??"]
)
def test_who_it_is_is_told_wherever_it_is_asked(text: str) -> None:
    (directly,) = told(explain(bot.content, text, DM))
    (there,) = told(explain(bot.content, f"@gopher {text}"))

    assert directly.startswith("I'm @gopher, the Gophers bot.")
    assert "Write `help`" in directly
    assert "Mention me with `help`" in there


def test_all_that_it_listens_for_is_answered() -> None:
    for text in GREETINGS | QUESTIONS:
        assert told(explain(bot.content, text, DM)), text
        assert not told(explain(bot.content, text)), text


@pytest.mark.parametrize(
    "text",
    [
        "hi, my build fails with exit status 2",
        "hello everyone I am new to Go",
        "who are you talking about",
        "what can you do about a slow test",
        "hit me",
        "there",
        "hi " + "gopher " * 20,
        "",
    ],
)
def test_a_member_who_says_more_means_something_else(text: str) -> None:
    assert RULE not in bot.say(text, dm=True).rules
    assert RULE in bot.say("hi gopher", dm=True).rules
    assert RULE not in bot.say("hi gopher", dm=True, files={"a.txt": "x"}).rules


@pytest.mark.parametrize(
    ("text", "dm"),
    [("hello @gopher", False), ("thanks!", True), ("Thank you so much", True), ("cheers", True)],
)
def test_a_mention_with_a_greeting_and_thanks_get_an_emoji_and_no_words(
    text: str, dm: bool
) -> None:
    answer = bot.say(text, dm=dm)
    assert (answer.emoji, answer.replies) == (("gopher",), ())


def test_another_community_hears_its_own_name() -> None:
    answer = BAKERS.say("hello Crumb", dm=True)

    assert answer.text.startswith("Hi there! :wave: I'm @crumb, the Bakers bot.")
    assert answer.text.endswith("Write `help` to see everything I can do.")
