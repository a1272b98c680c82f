"""Asking in one's own words, and `search`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.explain import Prediction, Scenario, explain
from gopherbot.model import Audience
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.search.catalogue import Catalogue
from gopherbot.search.slips import Slips
from gopherbot.testing import bot

DM = Scenario(kind="dm")
RULE = "dynamic:did you mean"


def answered(text: str, book: LoadedContent | None = None) -> list[Prediction]:
    return [
        outcome for outcome in explain(book or bot.content, text, DM).outcomes if outcome.replies
    ]


def said(text: str, book: LoadedContent | None = None) -> str:
    [outcome] = answered(text, book)
    [reply] = outcome.replies
    assert reply.sent.to is Audience.ASKER_ONLY
    return f"{reply.sent.text}\n{reply.sent.attachment}"


def test_a_question_in_ones_own_words_finds_the_answer() -> None:
    assert said("how do I set a timeout on an http client?").startswith(
        "Are you looking for `http timeouts`"
    )
    assert "`define copy`" in said("how can I copy a slice")


def test_it_answers_the_asker_alone_and_only_when_spoken_to() -> None:
    question = "how do I set a timeout on an http client?"
    assert not explain(bot.content, question).outcomes
    [outcome] = explain(bot.content, f"@gopher {question}").outcomes
    assert outcome.rule == RULE
    assert "Mention me with exactly that" in outcome.replies[0].text
    assert "Write exactly that" in said(question)


def test_a_question_beside_a_rule_that_replies_is_left_to_that_rule() -> None:
    found = explain(bot.content, "where are the proverbs?", DM)
    assert RULE not in [outcome.rule for outcome in found.outcomes if outcome.replies]


def test_a_slip_comes_before_a_search() -> None:
    assert said("go tuor").startswith("I don't know that one. Did you mean `go tour`")


def test_who_shares_a_file_asks_people() -> None:
    scenario = Scenario(kind="dm", files={"main.go": "x"})
    found = explain(bot.content, "how do I copy a slice?", scenario)
    assert RULE not in [outcome.rule for outcome in found.outcomes]


def test_search_gives_more_with_the_help_lines_of_commands() -> None:
    text = said("search http timeouts")
    assert "• `http timeouts`: " in text
    assert "• Terms: `define " in text
    assert 4 <= text.count("`") / 2 <= 9


def test_search_needs_the_bot_addressed() -> None:
    assert not explain(bot.content, "search slices").outcomes
    assert [o.rule for o in explain(bot.content, "@gopher search slices").outcomes] == [
        "prefix:search "
    ]


def test_search_says_so_when_there_is_nothing() -> None:
    assert "nothing for `xyzzy &lt;!here&gt;`" in said("search xyzzy <!here>")


@pytest.mark.parametrize("text", ["search", "search ", "search ```"])
def test_search_for_nothing_is_no_search(text: str) -> None:
    assert "prefix:search " not in [o.rule for o in answered(text)]


@given(st.text("<>&@!#|`*_~CUslice how do I?", max_size=60))
def test_nothing_that_a_member_wrote_becomes_markup(text: str) -> None:
    for outcome in answered(f"search {text}"):
        for reply in outcome.replies:
            assert "<" not in reply.sent.text


def test_another_community_is_searched_too(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(
        '["sourdough"]\nhelp = "how to begin with sourdough"\ntext = "Flour and water."\n'
        '["ovens"]\nhelp = "how hot an oven should be"\ntext = "Hot."\n'
    )
    book = loader.load(tmp_path)
    assert "`ovens`" in said("how hot should the oven be?", book)
    assert "prefix:search " not in [rule.name for rule in book.rules.rules]


def test_a_command_is_offered_with_its_name_escaped(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(
        '["salt & <butter>"]\nhelp = "what makes bread good"\ntext = "Both."\n'
    )
    (tmp_path / "packages.toml").write_text(
        '["r&d/"]\nurl = "https://bread.example/"\nhelp = "link a recipe, as in `r&amp;d/rye`"\n'
    )
    book = loader.load(tmp_path)
    for asked in ("what does salt do for bread?", "salt & <buter>"):
        assert "`salt &amp; &lt;butter&gt;`" in said(asked, book)
    assert "`r&amp;d/rye`" in said("r&d rye", book)


def test_what_answers_far_less_is_left_out() -> None:
    text = said("how many gophers are in this slack")
    assert "`define Gophers Slack`? " in text


@pytest.mark.parametrize("text", ["what is this channel?", "where is our workspace?"])
def test_a_question_about_here_is_for_people(text: str) -> None:
    assert answered(text) == []


def test_other_commands_are_found_once_there_are_others() -> None:
    data, entries = bot.content.data, bot.content.rules.entries()
    catalogue, slips = Catalogue(data), Slips(data.glossary)
    for known in (entries[:1], entries):
        found = [hit.key for hit in catalogue.search("http timeouts", known, 1)]
        assert ("http timeouts" in found) == (known is entries)
        assert ("help" in slips.suggestions("hlep", known)) == (known is entries)


def test_a_silent_name_is_understood_and_not_offered(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(
        '[sourdough]\nhelp = "how to begin"\ntext = "Flour and water."\nalso = ["leavening"]\n'
    )
    assert "Did you mean `sourdough`?" in said("leavenign", loader.load(tmp_path))


def test_a_community_that_knows_nothing_suggests_nothing(tmp_path: Path) -> None:
    assert answered("how do I knead dough?", loader.load(tmp_path)) == []
