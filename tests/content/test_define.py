"""`define`: who is answered and what is found. The answers themselves are in `said.txt`."""

from __future__ import annotations

import pytest

from gopherbot.explain import ChannelKind, Scenario, explain
from gopherbot.testing import bot

from .test_bakers import BAKERS


@pytest.mark.parametrize(
    "text",
    [
        *("define prove", "DEFINE Prove", "define  prove ", "define `prove`", "define prove?"),
        *("define a proof", '@crumb define "proof".'),
    ],
)
def test_case_quotes_spaces_and_punctuation_do_not_matter(text: str) -> None:
    assert BAKERS.say(text, dm=True).text.startswith("`proof` is the last rest")


@pytest.mark.parametrize("text", ["define define", "Define DEFINE?", "define `define`"])
def test_define_itself_gets_a_wink(text: str) -> None:
    assert ":wink:" in BAKERS.say(text, dm=True).text


@pytest.mark.parametrize("text", ["define", "define ", "define ```", "define @bob"])
def test_nothing_to_define_gets_no_definition(text: str) -> None:
    assert "prefix:define " not in BAKERS.say(f"@crumb {text}").rules


@pytest.mark.parametrize(
    ("kind", "answers"), [("dm", True), ("group-dm", True), ("public", False), ("private", False)]
)
def test_in_a_channel_the_bot_has_to_be_mentioned(kind: ChannelKind, answers: bool) -> None:
    found = explain(BAKERS.content, "define proof", Scenario(kind))

    assert bool(found.outcomes) is answers
    assert answers or "not addressed" in found.near[0].why


def test_every_term_is_explained_by_all_its_names() -> None:
    for term in bot.content.data.glossary:
        for name in term.names:
            typed = name.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            if typed.casefold() != "define":
                text = bot.say(f"define {typed}", dm=True).replies[-1].sent.text
                assert f"`{term.name}`" in text, name
                assert " is " in text


def test_what_is_no_term_but_a_name_of_the_library_is_shown_as_doc_shows_it() -> None:
    assert bot.say("@gopher define slices.Concat").text == bot.say("@gopher doc slices.Concat").text
    assert bot.say("@gopher define sync.Mutex").text.startswith("`mutex`")
    assert bot.say("@gopher define xyzzy").ephemeral
