"""`gopherbot waves`: the waves in Slack's export, or in lines of JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from gopherbot import cli
from gopherbot.errors import GopherbotError

SPAM = "Earn 500 dollars a day from home, no experience needed, \x1b[31mwrite to me on telegram"
CHANNELS = ("general", "random", "jobs", "secret", "help")
Made = dict[str, Any]


def said(channel: str, number: int, **more: Any) -> Made:
    text = f"<@U0ADA> {SPAM} now" if number % 2 else SPAM.upper()
    message = {"type": "message", "user": "U0EVE", "ts": f"{1.7e9 + 60 * number:.6f}", "text": text}
    return message | more


def export() -> dict[str, Any]:
    """Return an export's files: a wave in four public channels, and what is no part of it."""
    files: dict[str, Any] = {"groups.json": [{"id": "G1", "name": "secret"}], "users.json": []}
    for number, channel in enumerate(CHANNELS):
        bots = [said(channel, number, bot_id="B1"), said(channel, number, subtype="channel_join")]
        files[f"{channel}/2023-11-14.json"] = [*bots, said(channel, number)]
    return files


def in_folder(path: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(json.dumps(content))
    return path


def in_archive(path: Path, files: dict[str, Any]) -> Path:
    with ZipFile(path / "export.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, json.dumps(content))
    return path / "export.zip"


def in_lines(path: Path, files: dict[str, Any]) -> Path:
    lines = [
        json.dumps(each | {"channel": name.partition("/")[0]})
        for name, content in files.items()
        for each in content
        if name.startswith(CHANNELS) and not name.startswith("secret")
    ]
    (path / "said.jsonl").write_text("\n".join(lines))
    return path / "said.jsonl"


@pytest.mark.parametrize("store", [in_folder, in_archive, in_lines])
def test_a_wave_is_shown_with_its_messages(
    store: Callable[[Path, dict[str, Any]], Path], tmp_path: Path
) -> None:
    result = CliRunner().invoke(cli.group, ["waves", str(store(tmp_path, export()))])
    first, *messages, last = [line for line in result.output.splitlines() if line]
    assert first.startswith("2023-11-14 22:13 UTC: 4 messages in 4 channels within")
    assert first.endswith("by 1 member")
    assert [line.split()[0] for line in messages] == ["#general", "#random", "#jobs", "#help"]
    assert "U0EVE: EARN 500 DOLLARS" in messages[0]
    assert "\x1b" not in result.output
    assert last == "1 wave in 4 messages."


def test_the_limits_are_those_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "moderation.toml").write_text('[waves]\nchannel = "m"\nchannels = 5\n')
    folder = ["--folder", str(tmp_path / "content")]
    result = CliRunner().invoke(cli.group, ["waves", str(in_archive(tmp_path, export())), *folder])
    assert result.output == "0 waves in 4 messages.\n"


@pytest.mark.parametrize("content", ['{"user": 1', '{"user": "U1", "text": "x"}', "[1]", '"x"'])
def test_what_is_no_export_is_one_clear_message(content: str, tmp_path: Path) -> None:
    (tmp_path / "said.jsonl").write_text(content)
    result = CliRunner().invoke(cli.group, ["waves", str(tmp_path / "said.jsonl")])
    assert isinstance(result.exception, GopherbotError)
    assert "can't be read as an export" in str(result.exception)
