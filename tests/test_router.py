"""Declaring rules: what a content file writes, and the rule that comes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.model import Ask, Kind, Message, Reply
from gopherbot.router import ChannelJoin, Dynamic, Prefix, Reaction, Router, Rule, fold
from gopherbot.rulebook.matching import RuleBook


def say(ask: Ask) -> Reply:
    """say something

    And more about it, for those who read code.
    """
    return Reply("something")


def only(router: Router) -> Rule:
    [rule] = router.rules
    return rule


def test_a_command_takes_its_help_from_the_first_line_of_the_docstring() -> None:
    router = Router("a.py")
    router.command("hi", aliases=["hey", "yo"], example=("hi", "something"))(say)

    rule = only(router)
    assert (rule.kind, rule.trigger, rule.aliases) == (Kind.COMMAND, "hi", ("hey", "yo"))
    assert rule.triggers == ("hi", "hey", "yo")
    assert rule.help == "say something"
    assert rule.example == ("hi", "something")
    assert rule.source == "a.py"
    assert rule.handler is say


def test_a_help_that_is_given_wins_over_the_docstring() -> None:
    router = Router()
    router.prefix("p:", help="another", addressed=True)(say)

    assert only(router).help == "another"
    [prefix] = RuleBook(router.rules).of(Prefix)
    assert prefix.addressed


def test_a_handler_without_docstring_has_no_help() -> None:
    router = Router()
    router.command("hi")(lambda ask: None)

    assert only(router).help == ""


def test_declaring_gives_the_handler_back_as_it_was() -> None:
    assert Router().command("hi")(say) is say


def test_each_way_of_declaring_makes_its_kind_of_rule() -> None:
    router = Router()

    def always(message: Message) -> bool:
        return True

    router.command("a")(say)
    router.prefix("b")(say)
    router.reaction("c", addressed=True, one_in=150)(say)
    router.contains("d", aliases=["dd"])(say)
    router.dynamic("e", when=always, fallback=True)(say)
    router.team_join()(say)
    router.channel_join("newbies")(say)

    assert [rule.kind for rule in router.rules] == [
        Kind.COMMAND,
        Kind.PREFIX,
        Kind.REACTION,
        Kind.CONTAINS,
        Kind.DYNAMIC,
        Kind.TEAM_JOIN,
        Kind.CHANNEL_JOIN,
    ]
    book = RuleBook(router.rules)
    [reaction], [dynamic], [joins] = book.of(Reaction), book.of(Dynamic), book.of(ChannelJoin)
    assert reaction.addressed
    assert reaction.one_in == 150
    assert dynamic.when is always
    assert dynamic.fallback
    assert joins.trigger == "newbies"


def test_a_rule_is_named_by_its_kind_and_trigger() -> None:
    router = Router()
    router.command("go tour")(say)

    assert only(router).name == "command:go tour"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Go  Tour", "go tour"),
        ("  go\ttour\n", "go tour"),
        ("go\u00a0tour", "go tour"),
        ("DOESN\u2019T work", "doesn't work"),
        ("doesn\u2018t work", "doesn't work"),
        ("STRASSE", "straße".casefold()),
        ("", ""),
    ],
)
def test_case_blanks_and_a_phones_quotes_do_not_matter(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
