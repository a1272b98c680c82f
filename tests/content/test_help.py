"""What `help` says above its list."""

from __future__ import annotations

from pathlib import Path

from gopherbot.testing import Bot, bot


def test_it_says_in_a_line_that_answers_follow_edits_and_can_be_taken_back() -> None:
    lead = bot.say("@gopher help").text
    [line] = [line for line in lead.splitlines() if "Edit your message" in line]
    assert ":x:" in line


def test_without_an_emoji_to_take_answers_back_it_names_none(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('bot = "ada"\ntake_back = []\n')
    lead = Bot(tmp_path).say("@ada help").text
    assert "Edit your message and my answer follows." in lead
    assert ":x:" not in lead
