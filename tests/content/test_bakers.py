"""All that another community's bot says, letter by letter: the bakers' content and `said.txt`.

A line of `said.txt` that begins with > is a message. Below it stands what the bot does: emoji
between colons, how a reply is delivered, its text as Slack gets it, and its attachment behind |.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gopherbot.commands.lint import lint
from gopherbot.testing import Bot, BotResponse

HERE = Path(__file__).parent
BAKERS = Bot(HERE / "bakers")


def _dialogues() -> Iterator[tuple[str, str]]:
    for part in f"\n{(HERE / 'said.txt').read_text('utf-8')}".split("\n> ")[1:]:
        written, _, done = part.partition("\n")
        yield written, done.rstrip("\n")


def _lines(answer: BotResponse) -> Iterator[str]:
    yield from (f":{name}:" for name in answer.emoji)
    for said in answer.replies:
        yield from (f"({words})" for words in said.manner)
        yield said.markup
        yield from (f"| {line}".rstrip() for line in said.attachment_markup.splitlines())


@pytest.mark.parametrize(("written", "done"), list(_dialogues()))
def test_each_message_is_answered_as_written_down(written: str, done: str) -> None:
    assert "\n".join(_lines(BAKERS.say(written))) == done


def test_the_bakers_content_is_in_order() -> None:
    assert [problem for problem in lint(HERE / "bakers")[0] if not problem.hint] == []


def test_a_community_with_no_content_has_only_what_needs_none(tmp_path: Path) -> None:
    assert {rule.name for rule in Bot(tmp_path).content.rules.rules} == {
        *("command:flip a coin", "command:help", "prefix:xkcd:"),
        *("dynamic:did you mean", "dynamic:introduction"),
    }
    assert Bot(tmp_path).say("hello", dm=True).text == (
        "Hi there! :wave: I'm @bot. Ask me something in your own words. "
        "Write `help` to see everything I can do."
    )


def test_what_is_not_set_leaves_no_gap(tmp_path: Path) -> None:
    shutil.copytree(HERE / "bakers", tmp_path, dirs_exist_ok=True)
    resources = (tmp_path / "newbie_resources.toml").read_text()
    (tmp_path / "newbie_resources.toml").write_text(resources.replace("elsewhere", "# "))
    (tmp_path / "workspace.toml").write_text('bot = "crumb"\n')
    bakers = Bot(tmp_path)

    assert bakers.say("@crumb first loaf").text == "Your first loaf:"
    assert bakers.say("@crumb define monad").text == "I don't know `monad` yet."
    assert (
        "; an address that isn't public yet says more."
        in bakers.say("@crumb ovens & <stones>").text
    )


def test_each_join_has_its_welcome() -> None:
    team, ovens = BAKERS.join_workspace(user="ann"), BAKERS.join("ovens", user="ann")

    assert (team.dm, team.text) == (True, "Welcome to the bakery!\n• #ovens heat & stones")
    assert (ovens.ephemeral, ovens.text) == (True, "Mind the heat. Begin in #rye.")
