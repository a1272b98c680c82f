"""The rules of channels and the notes of `moderation.toml`: who is told, and when nobody is."""

from pathlib import Path

import pytest
from cases import cases
from click.testing import CliRunner

from gopherbot import cli
from gopherbot.testing import Bot

GOOD = "Go engineer in Lisbon or remote, 90k: <https://example.org/jobs/1>"
WRITERS = "S0614TZR7"
FILE = f"""
[channels.jobs]
text = "Posts in {{#jobs}} say what the job pays and where it is."
must = ["/[$€£]|\\\\d ?k\\\\b|salary/", "/remote|on[- ]?site|lisbon/"]
never = ["dm me", "/whatsapp|telegram/"]
example = "{GOOD}"

[channels.news]
text = "Only the writers post here: answer in a thread."
group = "{WRITERS}"

[notes.guys]
words = ["guys", "/\\\\bladies and gentlemen/"]
text = "Not all here are guys: how about _everyone_?"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("content")
    (made / "moderation.toml").write_text(FILE, "utf-8")
    (made / "workspace.toml").write_text('bot = "gopher"\nwithout = ["xkcd.py"]\n')
    (made / "channels.toml").write_text("".join(f"[{c}]\nline = 'x'\n" for c in ("jobs", "news")))
    return made


@pytest.fixture(scope="module")
def bot(folder: Path) -> Bot:
    return Bot(folder)


@cases("channel", "said", "rule")
def test_only_the_author_sees_a_rule_or_note(channel: str, said: str, rule: str, bot: Bot) -> None:
    done = bot.say(said, channel=channel)
    assert [each for each in done.rules if done] == ([rule] if rule else [])
    if rule.startswith(("channel_rule", "note")):
        assert done.ephemeral


def test_a_member_of_the_user_group_may_post(bot: Bot) -> None:
    assert not bot.say("Go 1.27 is out", channel="news", groups=[WRITERS])
    assert bot.say("Go 1.27 is out", channel="news", groups=["S0000OTHER"])


def test_a_direct_message_breaks_no_rule(bot: Bot) -> None:
    assert bot.say("hey guys", dm=True).rules != ("note:guys",)


@cases("arguments", "shown")
def test_explain_shows_what_the_author_gets(arguments: str, shown: str, folder: Path) -> None:
    words = ["explain", "--folder", str(folder), *arguments.split(" / ")]
    result = CliRunner().invoke(cli.group, words)
    assert shown in result.output
    assert "Nearly" not in result.output
