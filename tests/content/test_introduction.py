"""Greetings in a DM, and the question who the bot is: a short answer that leads to `help`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.content.commands.introduction import GREETINGS, QUESTIONS
from gopherbot.explain import Explanation, Scenario, explain
from gopherbot.rulebook import loader
from gopherbot.testing import bot

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


def test_all_that_it_listens_for_is_found() -> None:
    for text in GREETINGS | QUESTIONS:
        assert told(explain(bot.content, text, DM)), text


@pytest.mark.parametrize("text", ["hi", "hello", "good morning", "who are you", "what can you do?"])
def test_nobody_who_speaks_to_others_is_answered(text: str) -> None:
    assert not told(explain(bot.content, text))


@pytest.mark.parametrize(
    "text",
    [
        "hi, my build fails with exit status 2",
        "hello everyone I am new to Go",
        "who are you talking about",
        "what can you do about a slow test",
        "hit me",
        "",
    ],
)
def test_whoever_says_more_means_something_else(text: str) -> None:
    assert RULE not in [o.rule for o in explain(bot.content, text, DM).outcomes if o.replies]


def test_a_greeting_that_mentions_the_bot_in_a_channel_gets_an_emoji_and_no_words() -> None:
    found = explain(bot.content, "hello @gopher")

    assert not told(found)
    assert [outcome.emoji for outcome in found.outcomes] == [("gopher",)]


@pytest.mark.parametrize("text", ["thanks!", "Thank you so much", "cheers"])
def test_thanks_in_a_dm_get_an_emoji(text: str) -> None:
    found = explain(bot.content, text, DM)

    assert [outcome.emoji for outcome in found.outcomes] == [("gopher",)]


def test_another_community_hears_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Bakers"\nbot = "crumb"\n')
    book = loader.load(tmp_path)

    (answer,) = told(explain(book, "hello", DM))

    assert "I'm @crumb, the Bakers bot." in answer
    assert "define" not in answer


def test_a_long_greeting_is_talk() -> None:
    assert "dynamic:introduction" in bot.say("hi gopher", dm=True).rules
    assert "dynamic:introduction" not in bot.say("hi " + "gopher " * 20, dm=True).rules
