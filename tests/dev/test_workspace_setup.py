"""The simulated workspace of a community: its channels, emoji and ideas."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import gopherbot
import slack_simulator
from gopherbot.dev.workspace_setup import EMOJI, GOPHERS, channels, of_content
from gopherbot.testing import Bot, bot
from slack_simulator.workspace.emoji import standard

BAKERS = Path(__file__).parent.parent / "content" / "bakers"


def test_a_community_finds_its_own_workspace(tmp_path: Path) -> None:
    shutil.copytree(BAKERS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "emoji").mkdir()
    for picture in ("crumb.svg", "logo.png", "notes.txt"):
        (tmp_path / "emoji" / picture).touch()
    with (tmp_path / "welcome.toml").open("a") as file:
        file.write('\n[joins.sweets]\ntext = "See {#general}."\n')
    reactions = tmp_path / "reactions.toml"
    at_times = '["at times"]\nemoji = ["bread"]\none_in = 9\n'
    zebra = '\n["zebra"]\nemoji = ["rubberduck"]\n'
    reactions.write_text(f"{at_times}{reactions.read_text()}{zebra}")
    (tmp_path / "moderation.toml").write_text(
        "[reports]\nchannel = 'guild'\n[waves]\nchannel = 'guild'\n"
        "[channels.stalls]\ntext = 'a'\nnever = ['b']\n"
    )
    setup = of_content(Bot(tmp_path).content.data)
    assert (setup.identity.team_name, setup.identity.bot_name) == ("Bakers", "crumb")
    shown = [(each.name, each.purpose, each.is_open) for each in setup.channels]
    assert shown == [
        ("general", "", True),
        ("random", "", True),
        ("nowhere", "", False),
        ("ovens", "Heat &amp; stones", False),
        ("rye", "Dark bread", False),
        ("stalls", "", False),
        ("sweets", "", False),
        ("guild", "", False),
    ]
    assert [each.name for each in setup.channels if each.is_private] == ["guild"]
    assert set(setup.custom_emoji) == {"crumb", "logo", "rubberduck"}
    assert (setup.page.logo, setup.page.bot_picture) == ("logo", "crumb")
    assert [(each.text, each.channel) for each in setup.page.ideas] == [
        ("@crumb ovens & <stones>", "general"),
        ("baguette", "general"),
        ("", "rye"),
    ]


def test_a_community_that_is_just_beginning_finds_help(tmp_path: Path) -> None:
    setup = of_content(Bot(tmp_path).content.data)
    assert (setup.identity.team_name, setup.page.logo, setup.page.bot_picture) == ("Slack", "", "")
    assert [each.name for each in setup.channels] == ["general", "random"]
    assert [each.text for each in setup.page.ideas] == ["@bot help"]


def test_the_gophers_find_theirs_with_all_the_channels_of_their_content() -> None:
    data = bot.content.data
    assert of_content(data) is GOPHERS
    assert channels(data) <= {each.name for each in GOPHERS.channels}
    assert {name for row in data.reactions.values() for name in row.emoji} & set(EMOJI)


def test_each_emoji_that_the_bot_posts_is_drawn_without_an_emoji_font() -> None:
    data, folder = bot.content.data, Path(gopherbot.__file__).parent
    sources = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.*[yl]"))
    posted = {name for row in data.reactions.values() for name in row.emoji}
    posted |= {*data.workspace.take_back, *data.workspace.share}
    posted |= standard().keys() & set(re.findall(r"(?<![\w}]):([a-z_]+):", sources))
    images = Path(slack_simulator.__file__).parent / "page" / "images"
    drawn = re.findall(r'<symbol id="(\w+)"', (images / "emoji.svg").read_text("utf-8"))
    assert len(posted) > 25
    assert posted - {*drawn, *EMOJI} == set()
