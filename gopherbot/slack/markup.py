"""Slack's markup: extracts mentions, undoes escapes, and escapes text from members. Pure.

The forms are those of https://docs.slack.dev/messaging/formatting-message-text/. Every pattern is
bounded and cannot overlap itself, so parsing takes time linear in the text's length.
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
    r"<(?:mailto:)?(?P<address>(?:(?<=mailto:)|https?://)[^<>|]+)(?:\|(?P<label>[^<>|]*))?>",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\Ahttps?://", re.IGNORECASE)

# What may come between a mention and what is said to the one mentioned: "@gopher: help". A colon
# that opens an emoji or is Go's `:=` doesn't.
_AFTER_MENTION = re.compile(r"\A(?:\s*(?:[,;]|:(?![\w+'-]{1,100}:|=)|[-\u2013\u2014](?=\s)))+")


def parse(text: str, channel: str = "") -> tuple[str, tuple[Mention, ...]]:
    """Return the bare text of a message and its mentions, in order.

    `channel` is the id of the message's channel, which becomes the id of a broadcast mention. The
    bare text has no mentions and no punctuation after one that it begins with, is stripped, and has
    `&lt;` `&gt;` `&amp;` undone once. Links and malformed markup are left unchanged.
    """
    mentions: list[Mention] = []
    text = text.strip()

    def take(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "broadcast":
            mentions.append(Mention(MentionKind.BROADCAST, channel))
        elif kind is not None:
            mentions.append(Mention(_KINDS[kind], match[kind]))
        return ""

    bare = _MARKUP.sub(take, text) if "<" in text else text
    if _MARKUP.match(text):
        bare = _AFTER_MENTION.sub("", bare)
    return unescape(bare.strip()), tuple(mentions)


def unescape(text: str) -> str:
    """Undo Slack's three HTML escapes, once."""
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """Escape text from a member for sending, so that it contains no markup and pings nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def excerpt(text: str, most: int) -> str:
    """Return a text on one line of at most `most` characters, escaped."""
    line = " ".join(text.split())
    return escape(line if len(line) <= most else line[: most - 1] + "…")


def without_links(text: str) -> str:
    """Restore text that Slack turned into a link, such as `<http://go.dev|go.dev>`."""
    return _LINK.sub(lambda link: link["label"] or link["address"], text) if "<" in text else text


def without_addresses(text: str) -> str:
    """Return the text without the addresses of its links. Labels stay, unless they're addresses."""
    return _LINK.sub(_own_words, text) if "<" in text else text


def without_scheme(address: str) -> str:
    """Return an address without its `https://` or `http://`."""
    return _SCHEME.sub("", address)


def _own_words(link: re.Match[str]) -> str:
    label, address = link["label"] or "", without_scheme(link["address"])
    return "" if label.rstrip("/") == address.rstrip("/") else label


def user(id: str) -> str:
    return f"<@{id}>"


def channel(id: str) -> str:
    return f"<#{id}>"
