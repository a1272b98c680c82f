"""The form in which a member reports something to the moderators, and the report made of it. Pure.

What it is about travels in the form itself, which Slack keeps: https://docs.slack.dev/surfaces/modals.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gopherbot import decoding
from gopherbot.errors import Unreadable
from gopherbot.slack import markup
from gopherbot.slack.blocks import Json, plain, quote, section
from gopherbot.slack.interactions import Interaction

CALLBACK = "report"
LONGEST_DETAILS = 2000
_LONGEST_METADATA = 3000
_MOST_SHOWN = 300


class Reported(msgspec.Struct):
    """The message that a report is about, as it was when the form was opened."""

    channel: str = ""
    ts: str = ""
    thread_ts: str = ""
    author: str = ""
    text: str = ""

    @property
    def id(self) -> str:
        """What identifies the message; "" if the report is about none."""
        return f"{self.channel}:{self.ts}" if self.ts else ""

    def encode(self) -> str:
        """Return it as text that Slack takes, the message's own cut to fit."""
        whole, text = self, self.text
        while len(encoded := msgspec.json.encode(whole).decode()) > _LONGEST_METADATA:
            text = text[: len(text) * 3 // 4]
            whole = msgspec.structs.replace(self, text=f"{text}…")
        return encoded


class Report(msgspec.Struct):
    """A submitted form."""

    about: Reported
    reporter: str
    """The member's id."""
    name: str
    """The member's name; "" if the moderators are not to know it."""
    reason: str
    details: str

    @property
    def anonymous(self) -> bool:
        return not self.name


def reported(interaction: Interaction) -> Reported:
    """Return the message that a shortcut was used on; an empty one for a global shortcut."""
    message, channel = interaction.message, interaction.channel
    if message is None or channel is None:
        return Reported()
    return Reported(
        channel=channel.id,
        ts=message.ts,
        thread_ts=message.thread_ts or "",
        author=message.user or "",
        text=markup.unescape(message.text or ""),
    )


def view(about: Reported, reasons: Sequence[str]) -> Json:
    """Return the form as a modal."""
    intro = (
        "Only the moderators see what you send."
        if about.ts
        else "Only the moderators see what you write. To report a message, you can also use "
        "*Report to moderators* in its menu (⋯)."
    )
    blocks: list[Json] = [section(intro)]
    if about.text:
        blocks.append(quote(about.text, _MOST_SHOWN))
    blocks += [
        _input("reason", "What's wrong?", _select(reasons)),
        _input("details", "What should the moderators know?", _text(), optional=bool(about.ts)),
        _input("anonymous", "Your name", _checkbox(), optional=True),
    ]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": about.encode(),
        "title": plain("Tell the moderators"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def read(interaction: Interaction) -> Report:
    """Return the report that was submitted. Raise `Unreadable`."""
    view = interaction.view
    if view is None:
        raise Unreadable("cannot read this report: it has no view")
    try:
        about = decoding.decode(view.private_metadata or "{}", Reported)
    except decoding.UNREADABLE:
        raise Unreadable("cannot read what this report is about") from None
    user = interaction.user
    return Report(
        about=about,
        reporter=user.id,
        name="" if view.value("anonymous") else user.username or user.name or user.id,
        reason=str(view.value("reason") or ""),
        details=str(view.value("details") or ""),
    )


def _input(block: str, label: str, element: Json, *, optional: bool = False) -> Json:
    named = {"type": "input", "block_id": block, "label": plain(label), "optional": optional}
    return named | {"element": element | {"action_id": block}}


def _select(reasons: Sequence[str]) -> Json:
    options = [{"text": plain(each), "value": each} for each in reasons]
    return {"type": "static_select", "options": options, "placeholder": plain("Choose a reason")}


def _text() -> Json:
    return {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_DETAILS}


def _checkbox() -> Json:
    option = {"text": plain("Don't tell the moderators who I am"), "value": "anonymous"}
    return {"type": "checkboxes", "options": [option]}
