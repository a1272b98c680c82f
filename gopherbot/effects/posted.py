"""What the bot posts: replies as Slack gets them, and the ledger's records of them. Pure.

The key of an effect is `react:EMOJI` for an emoji, `RULE#NUMBER` for a reply, and `RULE#NUMBER@dm`
or `RULE#NUMBER@ephemeral` for a reply elsewhere. `@taken:DIGEST` is a reply that was taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import quote_plus, unquote_plus

from gopherbot.model import Audience, Card, Effect, Effects, Message, React, Reply
from gopherbot.slack import markup

MOST_PINGED = 10
"""Most mentioned users that a reply pings, so that no member can make the bot ping a crowd."""

PostedKind = Literal["reply", "ephemeral", "emoji", "taken"]

_SUFFIXES = {Audience.ASKER_ONLY: "@ephemeral", Audience.DM: "@dm"}

UNKNOWN = "?"
"""The digest of an effect found by lookup, when the text it was made for is unknown."""


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


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """One answer in Slack: its place, and a digest of its text, never the text itself."""

    kind: PostedKind
    channel: str = "-"
    ts: str = "-"
    digest: str = "-"
    name: str = ""
    """What it's counted under if it's taken back."""

    def encode(self) -> str:
        # To an older version, the name is part of the digest: it then edits the same text again.
        name = f"/{quote_plus(self.name)}" if self.name else ""
        return f"{self.kind} {self.channel} {self.ts} {self.digest}{name}"

    @classmethod
    def decode(cls, text: str) -> PostedAnswer:
        kind, channel, ts, last = text.split(" ")
        digest, _, name = last.partition("/")
        return cls(cast("PostedKind", kind), channel, ts, digest, unquote_plus(name))


def digest(rendered: Rendered) -> str:
    text = f"{rendered.text}\0{rendered.attachment}"
    if rendered.card:
        text += f"\0{rendered.card}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def reaction_key(emoji: str) -> str:
    return f"react:{emoji}"


def emoji_of(key: str) -> str:
    """Return the emoji of a key, or "" if it is not an emoji's."""
    return key.removeprefix("react:") if key.startswith("react:") else ""


def reply_key(rule: str, number: int, reply: Reply) -> str:
    """Return the key of a reply. `number` is its position among the rule's effects."""
    return f"{rule}#{number}{_SUFFIXES.get(reply.to, '')}"


def taken_key(digest: str) -> str:
    return f"@taken:{digest}"


def rule_and_number(key: str) -> tuple[str, int]:
    """Return the rule and number of a reply's key, or "" and 0 if it is not a reply's."""
    rule, _, rest = key.rpartition("#")
    number = rest.partition("@")[0]
    return (rule, int(number)) if rule and number.isdecimal() else ("", 0)


def is_dm(key: str) -> bool:
    return key.endswith("@dm")


def is_ephemeral(key: str) -> bool:
    return key.endswith("@ephemeral")
