"""search.*: messages and files by their words, for members' tokens."""

from collections.abc import Sequence
from typing import TypeVar

from slack_simulator import search
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.objects import Conversation, File, Json, Message

Item = TypeVar("Item")

MOST = 100
_START, _END = "\ue000", "\ue001"
"""The private characters that Slack puts around what was found, with `highlight`."""


def in_messages(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the messages that the query finds."""
    return {"query": arguments.text("query"), "messages": _messages(caller, arguments)}


def in_files(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the files that the query finds."""
    return {"query": arguments.text("query"), "files": _files(caller, arguments)}


def in_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of each."""
    found = {"messages": _messages(caller, arguments), "files": _files(caller, arguments)}
    return {"query": arguments.text("query"), **found, "posts": {"matches": [], "total": 0}}


def _messages(caller: Caller, arguments: Arguments) -> Json:
    query = _query(caller, arguments)
    found = list(search.messages(caller.workspace, caller.actor, query))
    found.sort(key=lambda pair: pair[1].ts, reverse=_newest_first(arguments))
    shown, paged = _page(found, arguments)
    words = [part.word for part in search.parts(query) if not part.modifier and not part.negated]
    marked = words if arguments.flag("highlight") else []
    return {"matches": [_match(caller, *each, marked) for each in shown], **paged}


def _files(caller: Caller, arguments: Arguments) -> Json:
    query = _query(caller, arguments)
    found = list(search.files(caller.workspace, caller.actor, query))
    found.sort(key=lambda file: file.created, reverse=_newest_first(arguments))
    shown, paged = _page(found, arguments)
    return {"matches": [_file(caller, file) for file in shown], **paged}


def _query(caller: Caller, arguments: Arguments) -> str:
    caller.require("search:read")
    return arguments.required("query", "no_query")


def _newest_first(arguments: Arguments) -> bool:
    return arguments.text("sort_dir", "desc") != "asc"


def _page(found: Sequence[Item], arguments: Arguments) -> tuple[Sequence[Item], Json]:
    """Return one page, and Slack's two descriptions of it."""
    count = min(arguments.whole("count", 20), MOST)
    page = arguments.whole("page", 1)
    pages = -(-len(found) // count)
    first = (page - 1) * count
    shown = found[first : first + count]
    total = len(found)
    return shown, {
        "total": total,
        "paging": {"count": count, "total": total, "page": page, "pages": pages},
        "pagination": {
            "total_count": total,
            "page": page,
            "per_page": count,
            "page_count": pages,
            "first": first + 1,
            "last": first + len(shown),
        },
    }


def _match(
    caller: Caller, conversation: Conversation, message: Message, marked: Sequence[str]
) -> Json:
    shape = caller.message(message)
    author = caller.workspace.users.get(message.user or "")
    kept: Json = {name: shape[name] for name in ("blocks", "attachments", "files") if name in shape}
    private = conversation.kind != "channel"
    return {
        "iid": f"{conversation.id}-{message.ts}",
        "team": caller.identity.team_id,
        "score": 0,
        "channel": {
            "id": conversation.id,
            "name": conversation.name,
            "is_private": private,
            "is_mpim": conversation.kind == "mpim",
            "is_shared": False,
            "is_org_shared": False,
            "is_ext_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
        },
        "type": "im" if conversation.kind == "im" else "message",
        "user": message.user or "",
        "username": message.username or (author.name if author else ""),
        "ts": message.ts,
        "text": _highlighted(message.text, marked),
        "permalink": caller.workspace.permalink(conversation, message.ts),
        **kept,
    }


def _highlighted(text: str, words: Sequence[str]) -> str:
    for word in words:
        at = text.lower().find(word)
        if at >= 0:
            end = at + len(word)
            text = f"{text[:at]}{_START}{text[at:end]}{_END}{text[end:]}"
    return text


def _file(caller: Caller, file: File) -> Json:
    return shapes.file(caller.identity, file, files_url=caller.files_url)
