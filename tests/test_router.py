"""Declaring rules: what a content file writes, and the rule that it becomes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.model import Ask, Message, Reply
from gopherbot.router import Handler, Router, fold

Declare = Callable[[Router], Callable[[Handler], Handler]]


def say(ask: Ask) -> Reply:
    """say something

    And more about it, for those who read code.
    """
    return Reply("something")


def always(message: Message) -> bool:
    return True


@pytest.mark.parametrize(
    ("declare", "name", "fields"),
    [
        (lambda r: r.command("go tour"), "command:go tour", {"aliases": (), "hidden_aliases": ()}),
        (
            lambda r: r.command(
                "a", aliases=["b"], hidden_aliases=["c"], help="h", example=("a", "x")
            ),
            "command:a",
            {"aliases": ("b",), "hidden_aliases": ("c",), "help": "h", "example": ("a", "x")},
        ),
        (lambda r: r.prefix("b"), "prefix:b", {"addressed": False, "example": None}),
        (
            lambda r: r.prefix("b", addressed=True, help="h", example=("b1", "x")),
            "prefix:b",
            {"addressed": True, "help": "h", "example": ("b1", "x")},
        ),
        (lambda r: r.reaction("c"), "reaction:c", {"addressed": False, "one_in": 1}),
        (
            lambda r: r.reaction("c", aliases=["cc"], addressed=True, one_in=150),
            "reaction:c",
            {"aliases": ("cc",), "addressed": True, "one_in": 150},
        ),
        (lambda r: r.contains("d", aliases=["dd"]), "contains:d", {"aliases": ("dd",)}),
        (lambda r: r.dynamic("e", when=always), "dynamic:e", {"fallback": False}),
        (
            lambda r: r.dynamic("e", when=always, fallback=True, help="h"),
            "dynamic:e",
            {"when": always, "fallback": True, "help": "h"},
        ),
        (lambda r: r.team_join(), "team_join:team", {}),
        (lambda r: r.channel_join("newbies"), "channel_join:newbies", {"trigger": "newbies"}),
    ],
)
def test_each_declaration_makes_its_rule(
    declare: Declare, name: str, fields: dict[str, object]
) -> None:
    router = Router("a.py")
    assert declare(router)(say) is say
    [rule] = router.rules
    assert rule.name == name
    expected = {"source": "a.py", "help": "say something"} | fields
    assert {key: getattr(rule, key) for key in expected} == expected
    assert rule.handler is say


def test_a_handler_without_a_docstring_has_no_help() -> None:
    router = Router()
    router.command("hi")(lambda ask: None)
    assert router.rules[0].help == ""


def test_aliases_must_be_a_list_and_a_handler_takes_one_argument() -> None:
    with pytest.raises(TypeError, match=r"write aliases=\['yo'\]"):
        Router().command("hi", aliases="yo")(say)
    with pytest.raises(TypeError, match="<lambda> must take one argument"):
        Router().command("hi")(lambda: None)  # type: ignore[arg-type,misc]


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
def test_case_spaces_and_curly_quotes_do_not_matter(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
