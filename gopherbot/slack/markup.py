"""Slack's markup: extracts mentions, undoes escapes, and escapes text from members. Pure.

The forms are those of https://api.slack.com/reference/surfaces/formatting. Every pattern is bounded
and cannot overlap itself, so parsing takes time linear in the text's length.
"""

from __future__ import annotations

import re

from gopherbot.model import Mention, MentionKind

# An id has 2 to 64 characters. A label never holds "<", so a scan that fails stops at the next "<".
_MARKUP = re.compile(
    r"<(?:"
    r"@(?P<user>[UW][A-Za-z0-9]{1,63})(?:\|[^<>]*)?"
    r"|!subteam\^(?P<group>[A-Za-z0-9]{2,64})(?:\|[^<>]*)?"
    r"|!(?P<broadcast>here|channel|everyone)(?:\|[^<>]*)?"
    r"|#(?P<channel>C[A-Za-z0-9]{1,63})(?:\|[^<>]*)?"
    r")>"
)
_KINDS = {kind.value: kind for kind in MentionKind}

_LINK = re.compile(
    r"<(?:https?://|mailto:)(?P<address>[^<>|]+)(?:\|(?P<label>[^<>|]*))?>", re.IGNORECASE
)


def parse(text: str, channel: str = "") -> tuple[str, tuple[Mention, ...]]:
    """Return the bare text of a message and its mentions, in order.

    `channel` is the id of the message's channel, which becomes the id of a broadcast mention. The
    bare text has no mentions, is stripped, and has `&lt;` `&gt;` `&amp;` undone once. Links and
    malformed markup are left unchanged.
    """
    mentions: list[Mention] = []

    def take(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "broadcast":
            mentions.append(Mention(MentionKind.BROADCAST, channel))
        elif kind is not None:
            mentions.append(Mention(_KINDS[kind], match[kind]))
        return ""

    bare = _MARKUP.sub(take, text) if "<" in text else text
    return unescape(bare.strip()), tuple(mentions)


def unescape(text: str) -> str:
    """Undo Slack's three HTML escapes, once."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """Escape text from a member for sending, so that it contains no markup and pings nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def without_links(text: str) -> str:
    """Restore text that Slack turned into a link, such as `<http://go.dev|go.dev>`."""
    return _LINK.sub(lambda link: link["label"] or link["address"], text) if "<" in text else text


def user(id: str) -> str:
    """Return the markup that mentions a user."""
    return f"<@{id}>"


def channel(id: str) -> str:
    """Return the markup that refers to a channel."""
    return f"<#{id}>"
