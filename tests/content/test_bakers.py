"""All that another community's bot says, letter by letter: the bakers' content and `said.txt`.

A line of `said.txt` that begins with > is a message. Below it stands what the bot does: emoji
between colons, how a reply is delivered, its text as Slack gets it, and its attachment behind |.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gopherbot.commands.lint import lint
from gopherbot.model import Use
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


LISTED = """\
*Commands*: mention me with one of these and nothing else, or write it to me directly
• `first loaf`: where to begin
• `help`: this list (also `commands`)
• `ovens &amp; &lt;stones&gt;`: how hot an oven should be (also `stones &amp; &lt;ovens&gt;`)
• `recommended channels`: channels worth a look (also `channels`)
• `starter`: how to begin with sourdough (also `levain`)

*At the start of a message*
• `bread`: look up a bread
• `define`: explain a word that bakers use, as in `define proof`
• `r&amp;d/`: link a recipe
• `search`: find a command or a term by what you want to know, as in `search sourdough`
""".splitlines()


def test_help_lists_the_commands_and_then_the_prefixes() -> None:
    [said] = BAKERS.say("@crumb help @bob").replies
    assert said.text == (
        "@bob Here's everything I can do. No need to memorize it: just ask in your own words.\n"
        "Edit your message and I'll update my answer.\n"
        "I put long code into the Go Playground, where nobody can delete it: "
        "begin your message with `nolink` if you don't want that."
    )
    # Commands in Python, which every community has, may come between them.
    assert [line for line in said.attachment_markup.splitlines() if line in LISTED] == LISTED


def test_a_community_without_content_has_no_commands_that_need_it(tmp_path: Path) -> None:
    need_content = ("define", "search", "recommended", "newbie", "playground", "doc")
    rules = [rule.trigger for rule in Bot(tmp_path).content.rules.rules]
    assert [trigger for trigger in rules if trigger.startswith(need_content)] == []
    assert Bot(tmp_path).say("hello", dm=True).text == (
        "Hi there! :wave: I'm @bot. Ask me something in your own words. "
        "Write `help` to see everything I can do."
    )


def test_what_is_not_set_leaves_no_gap(tmp_path: Path) -> None:
    shutil.copytree(HERE / "bakers", tmp_path, dirs_exist_ok=True)
    resources = (tmp_path / "newbie_resources.toml").read_text()
    (tmp_path / "newbie_resources.toml").write_text(resources.replace("elsewhere", "# "))
    help = '[help]\nA = ["starter"]\nB = ["pretzel"]\n'
    (tmp_path / "workspace.toml").write_text(f'bot = "crumb"\n{help}')
    bakers = Bot(tmp_path)
    assert "*B*" not in bakers.say("@crumb help").attachment
    assert bakers.say("@crumb first loaf").text == "Your first loaf:"
    assert BAKERS.say("@crumb first loaf", channel="rye").text == "Your first loaf:"
    assert bakers.say("@crumb define monad").text == "I don't know `monad` yet."
    assert "\nMore: " in BAKERS.say("@crumb ovens & <stones>").text
    assert bakers.say("@crumb ovens & <stones>").text.endswith("or #nowhere.")


def test_a_name_is_counted_without_slacks_escapes() -> None:
    [said] = BAKERS.say("@crumb search stones").replies
    assert (Use.SUGGESTED, "ovens & <stones>") in said.sent.uses


def test_each_join_has_its_welcome() -> None:
    team, ovens = BAKERS.join_workspace(user="ann"), BAKERS.join("ovens", user="ann")
    assert (team.dm, team.text) == (True, "Welcome to the bakery!\n• #ovens heat & stones")
    assert team.replies[0].manner == ("by direct message",)
    assert (ovens.ephemeral, ovens.text) == (True, "Mind the heat. Begin in #rye.")
