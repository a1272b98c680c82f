"""Slack's pagination cursors: `KIND:POSITION` in base64, opaque to the caller."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from slack_simulator.workspace.errors import SlackError

Item = TypeVar("Item")


def cursor(kind: str, position: str) -> str:
    """Return a cursor to `position`, as in `cursor("next_ts", "1718000000000100")`."""
    return base64.b64encode(f"{kind}:{position}".encode()).decode()


def position(kind: str, given: str) -> str:
    """Return the position that a cursor of this kind points to. Raise `invalid_cursor`."""
    try:
        found_kind, _, position = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    if found_kind != kind or not position:
        raise SlackError("invalid_cursor")
    return position


def page(
    items: Sequence[Item], ids: Sequence[str], kind: str, at: str, limit: int
) -> tuple[Sequence[Item], str]:
    """Return one page of `items` from cursor `at` on, and the next cursor.

    `ids` are the IDs of the items. The next cursor is empty after the last page. Raise
    `invalid_cursor` if `at` points to no item.
    """
    start = 0
    if at:
        wanted = position(kind, at)
        if wanted not in ids:
            raise SlackError("invalid_cursor")
        start = ids.index(wanted)
    end = start + limit
    return items[start:end], cursor(kind, ids[end]) if end < len(items) else ""
