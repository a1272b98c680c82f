"""Reads the lines to try the bot on: those that come with it, and a file of one's own."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TypeVar
from zipfile import BadZipFile, ZipFile

import msgspec

from gopherbot import decoding
from gopherbot.errors import GopherbotError
from gopherbot.explain.scenario import ChannelKind
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.slack import events, markup

BOT = "<@BOT>"
"""Stands for a mention of the bot in a line with Slack's markup."""
TALK = "talk"
OWN = "own"
TALKING = frozenset({TALK, OWN})
"""The corpora of members who talk to each other: what the bot says there unasked is noise."""
UNWRITTEN = frozenset({"joins", "watchers"})
"""The corpora of what nobody writes: a member who joins, and the news of a watcher."""

Shape = TypeVar("Shape")

_HERE = Path(__file__).parent / "corpora"
_JUDGED = CONTENT_FOLDER.parents[1] / "tests" / "search"
_SIMULATED_BOT = "U0GOPHERBOT"
"""The bot in recordings of the simulator."""
_BREAK = "↵"
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
"""Channels' folders hold other files as well, such as their canvas."""
_KINDS: tuple[tuple[str, ChannelKind], ...] = (
    ("groups.json", "private"),
    ("dms.json", "dm"),
    ("mpims.json", "group-dm"),
)
UNREADABLE = (
    *(OSError, EOFError, BadZipFile, RuntimeError, ValueError, KeyError, zlib.error),
    *decoding.UNREADABLE,
)
"""What's raised for archives that are encrypted, cut off or packed unusually, among others."""
_BOM = b"\xef\xbb\xbf"
Load = Callable[[str], bytes]


class Exported(msgspec.Struct):
    """A message of an export, as far as it's read: https://docs.slack.dev/reference/events/message."""

    type: str = "message"
    subtype: str | None = None
    bot_id: str | None = None
    user: str | None = None
    text: str | None = None
    ts: object = ""
    thread_ts: object = None
    channel: object = ""
    channel_kind: ChannelKind = "public"

    def is_members(self, bots: Collection[str] = ()) -> bool:
        """Return whether a member wrote it. `bots` are the ids of the bot."""
        by_member = self.user not in {None, "", events.SLACKBOT, *bots} and not self.bot_id
        is_message = self.type == "message" and self.subtype in events.READ_SUBTYPES
        return is_message and by_member and bool(self.text)


class Listed(msgspec.Struct):
    """A conversation or a member in one of an export's lists."""

    id: str
    name: str = ""
    real_name: str | None = None
    is_bot: bool = False


class RecordedAction(msgspec.Struct):
    """An action of a recording: `slack_simulator/recording.py`."""

    do: str
    channel: str = ""
    text: str = ""
    thread_ts: str | None = None


class Recording(msgspec.Struct):
    """A recording of the simulator's page."""

    actions: list[RecordedAction]


class Line(msgspec.Struct, array_like=True, frozen=True):
    """A message to try."""

    corpus: str
    text: str
    kind: ChannelKind = "public"
    channel: str = "general"
    is_markup: bool = False
    """Whether the text is what Slack sends, and not what a member types."""
    is_reply: bool = False
    """Whether it's written in a thread."""

    @property
    def shown(self) -> str:
        """The text as members read it."""
        if not self.is_markup:
            return self.text
        return markup.unescape(markup.without_links(self.text.replace(BOT, "@bot")))


def shipped() -> Iterator[Line]:
    """Yield the lines that come with the bot, talk first; only a checkout has the questions."""
    for name in (TALK, "errors"):
        for text in (_HERE / f"{name}.txt").read_text("utf-8").splitlines():
            if text and not text.startswith("# "):
                yield Line(name, text.replace(_BREAK, "\n"))
    if _JUDGED.is_dir():
        questions = tomllib.loads((_JUDGED / "questions.toml").read_text("utf-8"))
        yield from (Line("questions", text, "dm") for text in questions)
        talk = (_JUDGED / "talk.txt").read_text("utf-8").splitlines()
        yield from (Line("talk to the bot", text, "dm") for text in talk)


def read(path: Path, bot: str) -> list[Line]:
    """Return the lines of one's own file. `bot` is the bot's name in an export.

    The file is a text with a message per line, a recording of the simulator's page, or Slack's
    export: its archive, its folder, or the JSON of a channel's day. Raise `GopherbotError` if it
    cannot be read.
    """
    try:
        found = list(_lines(path, bot))
    except UNREADABLE as error:
        raise GopherbotError(f"{path} can't be read as a corpus: {error}") from None
    if not found:
        raise GopherbotError(f"{path} can't be read as a corpus: it holds no member's message")
    return found


def _lines(path: Path, bot: str) -> Iterator[Line]:
    suffix = path.suffix.casefold()
    if path.is_dir() or suffix == ".zip":
        yield from map(_of_member, exported(path, bot))
    elif suffix != ".json":
        whole = path.read_text("utf-8-sig")
        if "\0" in whole:
            raise ValueError("it isn't text")
        for text in whole.splitlines():
            if text.strip():
                yield Line(OWN, text.replace(_BREAK, "\n"))
    elif (data := path.read_bytes().removeprefix(_BOM)).lstrip().startswith(b"{"):
        yield from _recording(data)
    else:
        yield from map(_of_member, _day(path.name, data, "public", path.absolute().parent.name, []))


def _of_member(message: Exported) -> Line:
    is_reply = message.thread_ts not in {None, message.ts}
    text = message.text or ""
    return Line(
        OWN, text, message.channel_kind, str(message.channel), is_markup=True, is_reply=is_reply
    )


def exported(path: Path, bot: str) -> Iterator[Exported]:
    """Yield members' messages in an export's archive or folder. Raise one of `UNREADABLE`.

    `bot` is the name of the bot in it. See https://slack.com/help/articles/220556107.
    """
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in path.rglob("*.json")]
        yield from _export(names, lambda name: (path / name).read_bytes(), bot, path.name)
    else:
        with ZipFile(path) as archive:
            yield from _export(archive.namelist(), archive.read, bot, path.stem)


def _export(names: Iterable[str], load: Load, bot: str, whole: str) -> Iterator[Exported]:
    """Yield the messages of an export.

    `whole` is the name of what holds the files: the channel's, if they are all of one channel.
    """
    # Some of Windows' archives have backslashes in their names.
    files = {
        PurePosixPath(name.replace("\\", "/")): name
        for name in names
        if not name.startswith("__MACOSX/")
    }
    lists = {path.name: name for path, name in files.items()}

    def listed(name: str) -> list[Listed]:
        return _each(load(lists[name]), Listed) if name in lists else []

    # The folder of a direct message is named by its id, that of any other channel by its name.
    kinds = {
        key: kind for name, kind in _KINDS for one in listed(name) for key in (one.id, one.name)
    }
    bots = [
        one.id
        for one in listed("users.json")
        if one.is_bot and bot.casefold() in {one.name.casefold(), (one.real_name or "").casefold()}
    ]
    for path, name in sorted(files.items()):
        if _DAY.fullmatch(path.name):
            channel = path.parent.name or whole
            yield from _day(name, load(name), kinds.get(channel, "public"), channel, bots)


def _day(
    name: str, data: bytes, kind: ChannelKind, channel: str, bots: Collection[str]
) -> Iterator[Exported]:
    """Yield the members' messages of a channel's day. `bots` are the ids of the bot."""
    try:
        messages = _each(data, Exported)
    except decoding.UNREADABLE as error:
        raise ValueError(f"{name}: {error}") from None
    for each in messages:
        if each.is_members(bots):
            each.text = _to_bot(each.text or "", bots)
            each.channel, each.channel_kind = channel, kind
            yield each


def _each(data: bytes, shape: type[Shape]) -> list[Shape]:
    """Return the elements of a JSON array, without those of another shape."""
    data = data.removeprefix(_BOM)
    try:
        return decoding.decode(data, list[shape])  # type: ignore[valid-type]
    except decoding.UNREADABLE:
        return list(_readable(decoding.without_lone_surrogates(data), shape))


def _readable(data: bytes, shape: type[Shape]) -> Iterator[Shape]:
    for each in decoding.decode(data, list[msgspec.Raw]):
        with suppress(msgspec.ValidationError):
            yield decoding.decode(each, shape)


def _recording(data: bytes) -> Iterator[Line]:
    for action in decoding.decode(data, Recording).actions:
        if action.do == "say":
            kind: ChannelKind = "dm" if action.channel.startswith("@") else "public"
            text, where = _to_bot(action.text, [_SIMULATED_BOT]), action.channel.removeprefix("@")
            is_reply = action.thread_ts is not None
            yield Line(OWN, text, kind, where, is_markup=True, is_reply=is_reply)


def _to_bot(text: str, bots: Iterable[str]) -> str:
    """Return a text in which the bot's mentions are `BOT`."""
    for id in bots:
        if id in text:
            text = re.sub(rf"<@{id}(?:\|[^<>]*)?>", BOT, text)
    return text
