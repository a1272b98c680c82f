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
        (QUESTION, "By default neither `http.Client` nor `http.Server` has a timeout"),
        ("how can I copy a slice", "• *Copy:* `slices.Clone(s)`"),
        ("go tuor", "Did you mean one of these? Just mention me with its name, or `help`"),
        ("boks", "Did you mean this? Just mention me with it, or `help`"),
        # People are to answer these.
        ("what is this channel?", ""),
        ("where is our workspace?", ""),
    ],
)
def test_a_question_gets_its_answer_and_a_slip_what_it_may_be(text: str, start: str) -> None:
    answer = bot.say(f"@gopher {text}")
    assert answer.text.startswith(start)
    assert bool(answer) is answer.ephemeral is bool(start)


def test_an_answer_says_how_to_share_it_and_what_else_it_may_be() -> None:
    answer = bot.say("@gopher how can I copy a slice")
    assert "react to your message with :mega:, or mention me with `copy a slice`." in answer.text
    assert "Not it? Try `define copy`" in answer.text
    [said] = answer.replies
    assert said.sent.shared == bot.say("@gopher copy a slice").replies[0].sent

    alone = bot.say("how can I copy a slice", dm=True)
    assert not alone.ephemeral
    assert ":mega:" not in alone.text


@pytest.mark.parametrize(
    "name",
    [
        "import cycle not allowed",
        "goroutines",
        "_",
        ":=",
        "...",
        "share by communicating",
        "Go team",
    ],
)
def test_who_writes_a_name_gets_what_it_names(name: str) -> None:
    term = bot.content.data.glossary.find(name)
    assert term
    assert bot.say(f"@gopher {name}").text.startswith(f"`{term.term.name}`")


def test_a_name_of_several_words_is_found_inside_a_text() -> None:
    assert bot.say("@gopher it says x is not used").text.startswith("`is not used` is")
    assert not bot.say("@gopher nobody said thisis not usedup")


def test_what_is_asked_with_share_is_answered_for_all() -> None:
    shared = bot.say("@gopher share how can I copy a slice?")
    assert shared.text == bot.say("@gopher copy a slice").text
    assert not shared.ephemeral
    assert not bot.say("@gopher share your screen, please")
    assert not bot.say("share how can I copy a slice?")


@pytest.mark.parametrize("text", ["lol", "can you review my life?", "?", "write me an http server"])
def test_alone_with_a_member_it_is_never_silent(text: str) -> None:
    assert bot.say(text, dm=True).text
    assert "I didn't get that" not in bot.say(f"@gopher {text}").text


def test_courtesies_need_no_answer() -> None:
    assert bot.say("thanks a lot", dm=True).emoji
    assert not bot.say("thanks a lot", dm=True).replies


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
    assert not Bot(tmp_path).say("@bot how do I knead dough?")
    said = Bot(tmp_path).say("how do I knead dough?", dm=True)
    assert said.text == "I didn't get that. Try `help` to see everything I can do."


def test_a_long_text_is_shown_in_part_though_it_is_escaped() -> None:
    shown = bot.say(f"@gopher search {'&' * 70}").text
    assert f"`{'&' * 59}…`" in shown
