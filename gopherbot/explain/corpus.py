"""Reads the lines to try the bot on: those that come with it, and a file of one's own."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import msgspec

from gopherbot.errors import GopherbotError
from gopherbot.explain.scenario import ChannelKind
from gopherbot.settings import CONTENT_FOLDER

BOT = "<@BOT>"
"""Stands for a mention of the bot in a line with Slack's markup."""
TALK = "talk"
OWN = "own"
TALKING = frozenset({TALK, OWN})
"""The corpora of members who talk to each other: what the bot says there unasked is noise."""

_HERE = Path(__file__).parent / "corpora"
_JUDGED = CONTENT_FOLDER.parents[1] / "tests" / "search"
_BREAK = "↵"
_READ_SUBTYPES = frozenset({None, "", "thread_broadcast", "file_share"})


class Line(msgspec.Struct, array_like=True, frozen=True):
    """A message to try."""

    corpus: str
    text: str
    kind: ChannelKind = "public"
    channel: str = "general"
    is_markup: bool = False
    """Whether the text is what Slack sends, and not what a member types."""


def shipped() -> Iterator[Line]:
    """Yield the lines that come with the bot; only a checkout has the judged questions."""
    for name in (TALK, "errors"):
        for text in (_HERE / f"{name}.txt").read_text("utf-8").splitlines():
            if text and not text.startswith("# "):
                yield Line(name, text.replace(_BREAK, "\n"))
    if _JUDGED.is_dir():
        questions = tomllib.loads((_JUDGED / "questions.toml").read_text("utf-8"))
        yield from (Line("questions", text, "dm") for text in questions)
        talk = (_JUDGED / "talk.txt").read_text("utf-8").splitlines()
        yield from (Line("talk to the bot", text, "dm") for text in talk)


def read(path: Path, bot: str) -> Iterator[Line]:
    """Yield the lines of one's own file. `bot` is the bot's name in an export.

    The file is a text with a message per line, a recording of the simulator's page, or Slack's
    export: its archive, its folder, or the JSON of a channel's day. Raise `GopherbotError` if it
    cannot be read.
    """
    try:
        if path.is_dir():
            names = [file.relative_to(path).as_posix() for file in sorted(path.rglob("*.json"))]
            yield from _export(names, lambda name: (path / name).read_bytes(), bot)
        elif path.suffix == ".zip":
            with ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".json")]
                yield from _export(sorted(names), archive.read, bot)
        elif path.suffix == ".json":
            yield from _messages(json.loads(path.read_bytes()), "public", "general", frozenset())
        else:
            for text in path.read_text("utf-8", "replace").splitlines():
                if text.strip():
                    yield Line(OWN, text.replace(_BREAK, "\n"))
    except (OSError, BadZipFile, ValueError, KeyError, AttributeError, TypeError) as error:
        raise GopherbotError(f"{path} can't be read as a corpus: {error!r}") from None


def _export(names: Collection[str], load: Callable[[str], bytes], bot: str) -> Iterator[Line]:
    """Yield the messages of an export, https://slack.com/help/articles/220556107."""
    kinds: dict[str, ChannelKind] = {}
    lists: tuple[tuple[str, ChannelKind], ...] = (
        ("groups.json", "private"),
        ("dms.json", "dm"),
        ("mpims.json", "group-dm"),
    )
    for file, kind in lists:
        if file in names:
            for one in json.loads(load(file)):
                kinds[one["id"]] = kinds[one.get("name", one["id"])] = kind
    users = json.loads(load("users.json")) if "users.json" in names else []
    bots = frozenset(user["id"] for user in users if user.get("is_bot") and user["name"] == bot)
    for name in names:
        channel, _, day = name.rpartition("/")
        if day and channel:
            channel = channel.rpartition("/")[2]
            yield from _messages(
                json.loads(load(name)), kinds.get(channel, "public"), channel, bots
            )


def _messages(found: Any, kind: ChannelKind, channel: str, bots: Iterable[str]) -> Iterator[Line]:
    """Yield the members' messages of a channel's day, or of a recording."""
    if isinstance(found, dict):
        for action in found["actions"]:
            if action["do"] == "say":
                where = action["channel"]
                direct: ChannelKind = "dm" if where.startswith("@") else "public"
                yield Line(OWN, action["text"], direct, where.removeprefix("@"), is_markup=True)
        return
    for message in found:
        if (
            message.get("type", "message") == "message"
            and message.get("subtype") in _READ_SUBTYPES
            and not message.get("bot_id")
            and message.get("user")
            and message.get("text")
        ):
            text = message["text"]
            for id in bots:
                text = text.replace(f"<@{id}>", BOT)
            yield Line(OWN, text, kind, channel, is_markup=True)
