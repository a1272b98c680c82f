"""Renders replies for Slack: the pings at the front, and the attachment below. Pure.

`gopherbot explain` uses the same code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gopherbot.model import Card, Effect, Effects, Message, React, Reply
from gopherbot.slack import markup

MOST_PINGED = 10
"""Most mentioned users that a reply pings, so that no member can make the bot ping a crowd."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The content of a reply as sent to Slack."""

    text: str
    attachment: str = ""
    card: Card | None = None

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """Slack's attachments: https://docs.slack.dev/messaging/formatting-message-text/."""
        if self.card:
            framed = {"title": self.card.title, "title_link": self.card.link}
            framed |= {"text": self.attachment, "footer": self.card.footer}
            framed["fallback"] = self.card.title
            return [{name: value for name, value in framed.items() if value}]
        if not self.attachment:
            return []
        return [{"text": self.attachment, "fallback": self.attachment, "mrkdwn_in": ["text"]}]


def effects_of(answer: Effects | object) -> list[Effect]:
    """Return a handler's answer as a list. Errors of a generator handler pass through.

    Raise `TypeError` if it is not an answer, such as a string, which is also iterable.
    """
    if answer is None:
        return []
    if isinstance(answer, Reply | React):
        return [answer]
    if isinstance(answer, str):
        raise TypeError("the handler returned a string: return Reply(…) instead")
    if not isinstance(answer, Iterable):
        raise TypeError(f"the handler returned {answer!r}: return Reply(…) or React(…)")
    effects: list[Effect] = []
    for effect in answer:
        if not isinstance(effect, Reply | React):
            raise TypeError(f"the handler returned a list with {effect!r}: use Reply(…)")
        effects.append(effect)
    return effects


def render(reply: Reply, message: Message) -> Rendered:
    """Return a reply to a message as sent to Slack, with its pings at the front."""
    pinged = list(message.mentioned_users[:MOST_PINGED]) if reply.mentions else []
    if reply.mention_asker and message.user not in pinged:
        pinged.append(message.user)
    text = " ".join((*map(markup.user, pinged), reply.text))
    return Rendered(text, reply.attachment, reply.card)
