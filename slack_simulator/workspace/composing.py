"""Convert what a member types to Slack markup, as Slack's clients do, and back."""

import re
from collections.abc import Iterable
from typing import TypeVar

from slack_simulator.workspace.objects import Conversation, User
from slack_simulator.workspace.workspace import Workspace

Named = TypeVar("Named", User, Conversation)

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_LIVE = re.compile(
    r"(?P<url>https?://[^\s<>]+[^\s<>.,;:!?)\]'\"])"
    r"|(?<![\w/&])@(?P<user>[\w.\-]*\w)"
    r"|(?<![\w/&])\#(?P<channel>[\w\-]+)"
)
_MARKUP = re.compile(r"<([^<>\n]+)>")
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def markup(workspace: Workspace, typed: str) -> str:
    """Return typed text as Slack markup.

    Escape `&`, `<` and `>`. Outside code, turn `@name`, `#channel`, `@here` and URLs into links.
    Unknown names stay as they are.
    """
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pieces = _CODE.split(escaped)
    # Every second piece is code, captured by the pattern.
    pieces[::2] = [_LIVE.sub(lambda match: _live(workspace, match), text) for text in pieces[::2]]
    return "".join(pieces)


def typed(workspace: Workspace, text: str) -> str:
    """Return Slack markup as its author typed it: `@name`, `#channel` and bare URLs."""

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        sign, name = target[:1], target[1:]
        if sign == "!":
            return f"@{name}" if name in _BROADCASTS else label or match[0]
        if sign == "@":
            user = workspace.users.get(name)
            return f"@{user.name if user is not None else label or name}"
        if sign == "#":
            conversation = workspace.conversations.get(name)
            return f"#{conversation.name if conversation is not None else label or name}"
        return target

    escaped = _MARKUP.sub(shown, text)
    return escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _live(workspace: Workspace, match: re.Match[str]) -> str:
    if match["url"]:
        return f"<{match['url']}>"
    if match["channel"]:
        conversation = _named(workspace.conversations.values(), match["channel"])
        return f"<#{conversation.id}|{conversation.name}>" if conversation is not None else match[0]
    if match["user"] in _BROADCASTS:
        return f"<!{match['user']}>"
    user = _named(workspace.users.values(), match["user"])
    return f"<@{user.id}>" if user is not None else match[0]


def _named(candidates: Iterable[Named], name: str) -> Named | None:
    return next((each for each in list(candidates) if each.name == name), None)
