"""What Slack sends when a member uses a shortcut, a modal or a button, as far as it is read. Pure.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

from typing import Any

import msgspec

from gopherbot import decoding
from gopherbot.errors import Unreadable


class Person(msgspec.Struct):
    """A member, with the name that they are known by."""

    id: str
    username: str = ""
    name: str = ""


class Conversation(msgspec.Struct):
    """A channel or another conversation."""

    id: str
    name: str = ""


class ShownMessage(msgspec.Struct):
    """The message that a shortcut or a button belongs to."""

    ts: str = ""
    thread_ts: str | None = None
    user: str | None = None
    username: str | None = None
    bot_id: str | None = None
    text: str | None = None
    blocks: list[dict[str, Any]] = []


class ViewState(msgspec.Struct):
    """The values of a modal's inputs, by block id and `action_id`."""

    values: dict[str, dict[str, dict[str, Any]]] = {}


class View(msgspec.Struct):
    """A modal."""

    id: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    state: ViewState = msgspec.field(default_factory=ViewState)

    def value(self, block: str) -> Any:
        """Return what is in a block's only input: a text, an option's value, or ticked boxes."""
        for state in self.state.values.get(block, {}).values():
            option = state.get("selected_option") or {}
            return option.get("value") or state.get("value") or state.get("selected_options")
        return None


class UsedAction(msgspec.Struct):
    """A button that a member used."""

    action_id: str = ""
    value: str = ""


class Interaction(msgspec.Struct):
    """One use of a shortcut, a modal or a button."""

    type: str
    user: Person
    trigger_id: str = ""
    response_url: str = ""
    channel: Conversation | None = None
    message: ShownMessage | None = None
    view: View | None = None
    actions: list[UsedAction] = []
    id: str = ""
    """Our own id, the same if Slack's client sends it again. It tells nothing about the member."""


def decode(payload: bytes, id: str) -> Interaction:
    """Return what a member did. Raise `Unreadable`, which names the field but not its value."""
    try:
        found = decoding.decode(payload, Interaction)
    except decoding.UNREADABLE as error:
        raise Unreadable(f"cannot read this interaction: {error}") from None
    found.id = id
    return found
