"""The blocks that the bot's messages and modals are made of. Pure.

https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    # Verbatim: otherwise Slack would make links of names and bare addresses, and mentions of words.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def context(text: str) -> Json:
    return {"type": "context", "elements": [mrkdwn(text)]}


def quote(text: str, most: int) -> Json:
    """Return a block that shows a text letter by letter: nothing in it pings or links."""
    shown = text if len(text) <= most else f"{text[:most]}…"
    quoted = {"type": "rich_text_quote", "elements": [{"type": "text", "text": shown}]}
    return {"type": "rich_text", "elements": [quoted]}


def actions(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}


def button(action: str, label: str, value: str) -> Json:
    return {"type": "button", "action_id": action, "text": plain(label), "value": value}
