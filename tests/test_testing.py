"""`gopherbot.testing`: what contributors test their rules with."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.commands.lint import lint
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.explain import explain
from gopherbot.testing import Bot, BotResponse, bot
from slack_simulator import Simulator

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
    return Reply("Who's there?", mention_asker=True)


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
    return Reply("Welcome!", mention_asker=True)
'''


ECHO = """
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.dynamic("echo", when=lambda message: True)
def echo(ask: Ask) -> Reply:
    return Reply(ask.message.raw)
"""

NAMES = ("gopher", "Gopher", "GopherBot")
WORDS = st.sampled_from(
    [
        *("@gopher", "@newcomer", "#newbies", "#general", "#nowhere", "@here"),
        *("<@gopher>", "a < b"),
        *("https://go.dev/a?b=1&c=<d>", "go.dev", "pkg.go.dev/fmt.", "me@go.dev", "errors.Is(err)"),
        *("`", "```", "\n", "(", ")", ", ", "hello", "&lt;"),
    ]
)


@pytest.fixture
def own(tmp_path: Path) -> Bot:
    (tmp_path / "workspace.toml").write_text('name = "Knitters"\nbot = "purl"\n')
    (tmp_path / "fancy.py").write_text(PYTHON)
    return Bot(tmp_path)


def test_a_command_is_answered_when_the_bot_is_addressed() -> None:
    assert bot.say("@gopher flip a coin").text in {"heads", "tails"}
    for text, dm in (("flip a coin", True), *((f"@{n} flip a coin", False) for n in NAMES)):
        assert bot.say(text, dm=dm).rules == ("command:flip a coin",)
    assert not bot.say("flip a coin")


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """A bot in the simulated workspace, which repeats what Slack sends it."""
    folder = tmp_path_factory.mktemp("echo")
    (folder / "workspace.toml").write_text('bot = "gopher"\n')
    (folder / "channels.toml").write_text('[general]\nline = "a"\n[newbies]\nline = "b"\n')
    (folder / "echo.py").write_text(ECHO)
    return Bot(folder)


def named(text: str, names: dict[str, str]) -> str:
    """A text as Slack sends it, with names for ids."""
    return re.sub(r"(?<=<[@#])\w+", lambda id: names[id[0]], text)


@given(st.lists(WORDS | st.text("ab.-_ :'", max_size=9), min_size=1).map(" ".join))
def test_a_text_reaches_the_rules_as_if_it_was_typed_in_slack(echo: Bot, text: str) -> None:
    workspace = Simulator(setup=GOPHERS).workspace
    posted = workspace.say(workspace.compose(text), "general").message.text
    ids = {each.id: each.name for each in workspace.users.values()}
    ids |= {each.id: each.name for each in workspace.conversations.values()}
    explained = explain(echo.content, text)
    [outcome] = explained.outcomes
    [heard] = outcome.replies
    assert named(heard.markup, explained.names) == named(posted, ids)
    assert echo.say(text).replies == outcome.replies


def test_an_example_is_linted_as_if_it_was_typed_in_slack(tmp_path: Path) -> None:
    prefix = '@router.prefix("see ", help="look", example=("see go.dev", "|go.dev"))'
    dynamic = '@router.dynamic("echo", when=lambda message: True)'
    (tmp_path / "echo.py").write_text(ECHO.replace(dynamic, prefix))
    [problem] = lint(tmp_path)[0]
    assert "gives 'see go.dev (http://go.dev)'" in problem.message


def test_chance_is_seeded() -> None:
    sides = {n: bot.say("@gopher flip a coin", seed=str(n)).text for n in range(20)}
    assert set(sides.values()) == {"heads", "tails"}
    again = {n: bot.say("@gopher flip a coin", seed=str(n)).text for n in range(20)}
    assert again == sides


def test_an_answer_has_what_members_see() -> None:
    reacted = bot.say("so much bbq")
    assert (bool(reacted), reacted.emoji, reacted.text) == (True, ("bbqgopher",), "")
    listed = bot.say("@gopher books @bob")
    assert listed.text.startswith("@bob ")
    assert "https://www.gopl.io" in listed.attachment
    assert (listed.ephemeral, listed.dm) == (False, False)
    assert bot.say("@gopher define xyzzy").ephemeral


def test_the_channel_counts_and_so_does_the_folder_of_gopher_content(
    own: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for channel, pointed in (("general", True), ("newbies", False)):
        answer = bot.say("@gopher newbie resources", channel=channel)
        assert ("#newbies" in answer.text) == pointed
    monkeypatch.setenv("GOPHER_CONTENT", str(tmp_path))
    assert Bot().content.data.workspace.name == "Knitters"


def test_an_emoji_that_two_rules_add_is_added_once(tmp_path: Path) -> None:
    rye, wheat = "[rye]\nemoji = ['bread']\n", "[wheat]\nemoji = ['bread', 'tada']\n"
    (tmp_path / "reactions.toml").write_text(rye + wheat)
    both = Bot(tmp_path).say("rye and wheat")
    assert (both.emoji, both.rules) == (("bread", "tada"), ("reaction:rye", "reaction:wheat"))
    (tmp_path / "reactions.toml").write_text(rye + wheat.replace(", 'tada'", ""))
    assert Bot(tmp_path).say("rye and wheat").rules == ("reaction:rye",), "the other adds nothing"


def test_a_newcomer_is_shown_only_the_channels_for_newcomers() -> None:
    channels = bot.content.data.channels
    text = bot.join_workspace().text
    shown = {name for name in channels if f"• #{name} " in text}
    assert shown == {name for name, channel in channels.items() if channel.welcome}
    assert shown < channels.keys()


def test_code_goes_nowhere_but_is_kept() -> None:
    answer = bot.say(GO)
    assert "package main" in answer.shared[0]
    assert bot.say("look", files={"main.go": GO.strip("`").strip()}).shared


def test_joins_are_answered_and_members_are_named(own: Bot) -> None:
    assert bot.join_workspace().dm
    assert bot.join("newbies").ephemeral
    assert own.join("beginners", user="bob").text == "@bob Welcome!"
    assert own.say("@purl knock knock", user="ada").text == "@ada Who's there?"
    assert not own.join("elsewhere")


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
    assert Bot(tmp_path, shadow=True).say("twice") == BotResponse()
