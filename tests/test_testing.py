"""`gopherbot.testing`: what contributors test their rules with."""

from pathlib import Path

import pytest

from gopherbot.testing import Answer, Bot, bot

GO = """```
package main

import "fmt"

func main() {
\tfor i := range 3 {
\t\tfmt.Println(i)
\t}
}

```"""

PYTHON = '''
from gopherbot.model import Ask, React, Reply
from gopherbot.router import Router

router = Router()


@router.command("knock knock", example=("knock knock", "there"))
def knock(ask: Ask) -> Reply:
    """a joke"""
    return Reply("Who's there?", to_asker=True)


@router.command("break")
def fail(ask: Ask) -> Reply:
    """fail"""
    raise LookupError("no luck")


@router.reaction("twice")
@router.contains("twice")
def twice(ask: Ask) -> list[Reply | React]:
    return [Reply("one"), Reply("two"), React("tada")]


@router.channel_join("beginners")
def welcome(ask: Ask) -> Reply:
    return Reply("Welcome!", ephemeral=True)
'''


@pytest.fixture
def own(tmp_path: Path) -> Bot:
    (tmp_path / "workspace.toml").write_text('name = "Knitters"\nbot = "purl"\n')
    (tmp_path / "fancy.py").write_text(PYTHON)
    return Bot(tmp_path)


def test_a_command_is_answered_when_the_bot_is_addressed() -> None:
    assert bot.say("@gopher flip a coin").text in {"heads", "tails"}
    assert bot.say("flip a coin", dm=True).rules == ("command:flip a coin",)
    assert not bot.say("flip a coin")


def test_chance_is_seeded() -> None:
    sides = {n: bot.say("@gopher flip a coin", chance=str(n)).text for n in range(20)}
    assert set(sides.values()) == {"heads", "tails"}
    again = {n: bot.say("@gopher flip a coin", chance=str(n)).text for n in range(20)}
    assert again == sides


def test_emoji_and_what_others_are_pinged_with_are_read_as_in_slack() -> None:
    assert bot.say("so much bbq").emoji == ("bbqgopher",)
    assert bot.say("@gopher go tour @bob").text.startswith("@bob ")


def test_code_goes_nowhere_but_is_kept() -> None:
    answer = bot.say(GO)
    assert "package main" in answer.shared[0]
    assert bot.say("look", files={"main.go": GO.strip("`").strip()}).shared


def test_joins_are_answered(own: Bot) -> None:
    assert bot.join().dm
    assert own.join("beginners") == own.join("beginners", user="bob")
    assert own.join("beginners").ephemeral
    assert not own.join("elsewhere")


def test_the_user_who_asks_is_named(own: Bot) -> None:
    assert own.say("@purl knock knock", user="ada").text == "@ada Who's there?"


def test_a_rule_that_fails_fails_the_test_with_its_file(own: Bot) -> None:
    with pytest.raises(AssertionError, match=r"command:break in fancy.py failed: LookupError: no"):
        own.say("@purl break")


def test_several_replies_are_not_taken_for_one(own: Bot) -> None:
    answer = own.say("twice")
    assert {said.text for said in answer.replies} == {"one", "two"}
    with pytest.raises(AssertionError, match=r"4 replies; see \.replies"):
        _ = answer.text


def test_shadow_mode_can_be_tried(own: Bot, tmp_path: Path) -> None:
    assert own.say("twice")
    assert Bot(tmp_path, shadow=True).say("twice") == Answer()
