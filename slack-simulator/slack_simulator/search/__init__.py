"""Searching messages and files: words, "phrases", -words, in:, from:, before:, after: and on:."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import msgspec

from slack_simulator.workspace.objects import Conversation, File, Message, User
from slack_simulator.workspace.workspace import Workspace

_PART = re.compile(r'(-?)(?:(in|from|before|after|on):)?(?:"([^"]*)"|(\S+))')
_ORDER: dict[str, Callable[[date, date], bool]] = {
    "before": lambda day, limit: day < limit,
    "after": lambda day, limit: day > limit,
    "on": lambda day, limit: day == limit,
}


class Part(msgspec.Struct, frozen=True):
    """One condition of a query: a `word`, or what a `modifier` is about."""

    modifier: str
    word: str
    negated: bool


def parts(query: str) -> list[Part]:
    """Return the conditions of a query, all of which have to be met."""
    return [
        Part(modifier, (phrase or word).lower(), bool(minus))
        for minus, modifier, phrase, word in _PART.findall(query)
    ]


def messages(
    workspace: Workspace, member: User, query: str
) -> Iterator[tuple[Conversation, Message]]:
    """Yield the messages that a member can see and a query finds, in no order."""
    wanted = parts(query)
    with workspace.lock:
        for conversation in _visible(workspace, member):
            for message in list(conversation.messages.values()):
                author = workspace.users.get(message.user or "")
                names = {message.username, *_names(author)}
                rooms = {conversation.name, conversation.id}
                met = _Found(message.text, names, rooms, float(message.ts), member)
                if message.subtype != "tombstone" and met.all(wanted):
                    yield conversation, message


def files(workspace: Workspace, member: User, query: str) -> Iterator[File]:
    """Yield the files that a member can see and a query finds by name, title or text."""
    wanted = parts(query)
    with workspace.lock:
        shown = {each.id: each.name for each in _visible(workspace, member)}
        for file in workspace.files.values():
            author = workspace.users.get(file.user)
            places = {name for id in file.channels if id in shown for name in (id, shown[id])}
            text = file.content.decode("utf-8", "replace") if "text" in file.mimetype else ""
            words = f"{file.name}\n{file.title}\n{text}"
            names: set[str | None] = {file.user, *_names(author)}
            if (places or file.user == member.id) and _Found(
                words, names, places, file.created, member
            ).all(wanted):
                yield file


def _names(user: User | None) -> list[str]:
    return [user.id, user.name] if user else []


def _visible(workspace: Workspace, member: User) -> list[Conversation]:
    return [
        each
        for each in workspace.conversations.values()
        if each.kind == "channel" or member.id in each.members
    ]


class _Found:
    """What a query is compared with: a text, its author's and its places' names, and its time."""

    def __init__(
        self, text: str, names: set[str | None], rooms: set[str], at: float, member: User
    ) -> None:
        self._text = text.lower()
        self._names = {name.lower() for name in names if name}
        self._rooms = {room.lower() for room in rooms}
        self._day = datetime.fromtimestamp(at, UTC).date()
        self._me = member.name.lower()

    def all(self, wanted: list[Part]) -> bool:
        """Return whether all conditions are met."""
        return all(self._meets(part) != part.negated for part in wanted)

    def _meets(self, part: Part) -> bool:
        word = part.word
        match part.modifier:
            case "":
                return word in self._text
            case "in":
                return word.lstrip("#<").partition("|")[0].rstrip(">") in self._rooms
            case "from":
                name = word.lstrip("<@").rstrip(">")
                return (self._me if name == "me" else name) in self._names
        try:
            return _ORDER[part.modifier](self._day, date.fromisoformat(word))
        except ValueError:
            return False
