"""Asking in one's own words, and `search`. What the answers look like is in `said.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.search.catalogue import Catalogue
from gopherbot.search.slips import Slips
from gopherbot.testing import Bot, bot

RULE = "dynamic:did you mean"
QUESTION = "how do I set a timeout on an http client?"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (QUESTION, "Maybe one of these: `http timeouts`"),
        ("how can I copy a slice", "Maybe one of these: `copy a slice` or `define copy`"),
        ("go tuor", "I don't know that one. Did you mean `go tour`"),
        (
            "where should I begin to learn go?",
            "Maybe one of these: `newbie resources` or `go tour`",
        ),
        ("how many gophers are in this slack", "Maybe this: `define Gophers Slack`. "),
        ("can you give me the list of boks please", "Maybe "),
        # People are to answer these.
        ("what is this channel?", ""),
        ("where is our workspace?", ""),
    ],
)
def test_a_question_or_a_slip_gets_suggestions(text: str, start: str) -> None:
    answer = bot.say(text, dm=True)
    assert answer.text.startswith(start)
    assert bool(answer) is bool(start)


def test_it_answers_only_when_addressed_and_if_no_other_rule_replies() -> None:
    assert not bot.say(QUESTION)
    assert bot.say(f"@gopher {QUESTION}").rules == (RULE,)
    assert RULE not in bot.say("where are the proverbs?", dm=True).rules
    assert RULE not in bot.say("how do I copy a slice?", dm=True, files={"a.pdf": "x"}).rules


def test_search_finds_up_to_eight_commands_and_terms() -> None:
    [said] = bot.say("@gopher search http timeouts").replies
    assert "• `http timeouts`: " in said.attachment
    commands, _, terms = said.attachment.partition("• Terms: ")
    assert commands.count("•") + terms.count("`define ") == 8


@pytest.mark.parametrize("text", ["search", "search ", "search ```"])
def test_search_needs_the_bot_addressed_and_something_to_find(text: str) -> None:
    assert not bot.say("search slices")
    assert "prefix:search " not in bot.say(text, dm=True).rules


@given(st.text("<>&@!#|`*_~CUslice how do I?", max_size=60))
def test_nothing_that_a_member_wrote_becomes_markup(text: str) -> None:
    for reply in bot.say(f"search {text}", dm=True).replies:
        assert "<" not in reply.sent.text


def test_other_commands_are_found_once_there_are_others() -> None:
    data, entries = bot.content.data, bot.content.rules.entries()
    catalogue, slips = Catalogue(data), Slips(data.glossary)
    for known in (entries[:1], entries):
        found = [hit.key for hit in catalogue.search("http timeouts", known, 1)]
        assert ("http timeouts" in found) == (known is entries)
        assert ("help" in slips.suggestions("hlep", known)) == (known is entries)


def test_terms_are_found_only_where_define_explains_them() -> None:
    entries = [each for each in bot.content.rules.entries() if each.trigger != "define "]
    found = Catalogue(bot.content.data).search("goroutine", entries, 8)
    assert not [hit.key for hit in found if hit.key.startswith("define ")]


def test_a_community_that_knows_nothing_suggests_nothing(tmp_path: Path) -> None:
    assert not Bot(tmp_path).say("how do I knead dough?", dm=True)
