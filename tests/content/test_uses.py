"""What is counted about an answer: a name of the content, and never a member's words."""

from __future__ import annotations

import pytest

from gopherbot.model import Ask, Message, Use
from gopherbot.search.words import missed_words
from gopherbot.testing import bot


@pytest.mark.parametrize(
    ("asked", "uses"),
    [
        ("define comma ok idiom", {(Use.SHOWN, "define comma ok")}),
        ("how do I copy a slice?", {(Use.SHOWN, "copy a slice")}),
        ("share how do I copy a slice?", {(Use.SHARED, "copy a slice")}),
        ("define gorutine", {(Use.SUGGESTED, "define goroutine")}),
        ("search copy a slice", {(Use.SUGGESTED, "copy a slice")}),
        ("search zanzibarlib", set()),
    ],
)
def test_an_answer_is_counted_by_the_name_of_what_it_says(
    asked: str, uses: set[tuple[Use, str]]
) -> None:
    [said] = bot.say(f"@gopher {asked}").replies
    assert set(said.sent.uses) >= uses
    assert bool(said.sent.uses) == bool(uses)


def test_what_its_asker_shares_is_counted_as_shared() -> None:
    [said] = bot.say("@gopher how do I copy a slice?").replies
    assert said.sent.shared
    assert said.sent.shared.uses == ((Use.SHARED, "copy a slice"),)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("search zanzibarlib", ["zanzibarlib"]),
        ("define zanzibarlib", ["zanzibarlib"]),
        ("share what is zanzibarlib", ["zanzibarlib"]),
        ("zanzibarlib", ["zanzibarlib"]),
        ("thanks for zanzibarlib", []),
        ("define rune", []),
    ],
)
def test_words_that_find_nothing_are_noted(asked: str, words: list[str]) -> None:
    noted: list[str] = []
    message = Message("Ev1", "D1", "U1", "1.0", asked, raw=asked, direct=True)
    rules = bot.content.rules
    for match in rules.fire(message):
        match.rule.handler(Ask(message, match.argument, help=rules, found_nothing=noted.extend))
    assert noted == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How do I use the Zanzibar, zanzibar?", ["zanzibar"]),
        ("ask <@U0REGULAR|ann> in <#C0GENERAL|general> at <https://a.example/b>", ["ask"]),
        ("my token is xoxb-123456789012-abcdefghijklmn", ["token"]),
        ("call 555 1234567 or a@b.example", ["call"]),
        ("&lt;b&gt; c++ go-kit `grpc`", ["c++", "go-kit", "grpc"]),
        ("aa " * 50 + " ".join(f"w{letter * 3}" for letter in "abcdefghijkl"), None),
        ("", []),
    ],
)
def test_of_a_text_only_plain_words_are_noted(text: str, words: list[str] | None) -> None:
    found = missed_words(text)
    assert found == words if words is not None else len(found) == 8
