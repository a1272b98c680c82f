"""What stands in Slack of what the bot did for a message, as the ledger keeps it. Pure.

Each effect has a key in its message: `react:EMOJI`, `RULE#NUMBER` for a reply, `RULE#NUMBER@dm` and
`RULE#NUMBER@ephemeral` for a reply elsewhere. `@taken:DIGEST` is a reply that was taken back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast

from gopherbot.effects.rendering import Rendered
from gopherbot.model import Reply

Kind = Literal["reply", "ephemeral", "emoji", "taken"]

UNKNOWN = "?"
"""The digest of a reply that was found in Slack, written for a text that nobody knows any more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One thing of ours: where it stands, and a digest of its text, never the text."""

    kind: Kind
    channel: str = "-"
    ts: str = "-"
    digest: str = "-"

    def encode(self) -> str:
        return f"{self.kind} {self.channel} {self.ts} {self.digest}"

    @classmethod
    def decode(cls, text: str) -> Standing:
        kind, channel, ts, digest = text.split(" ")
        return cls(cast("Kind", kind), channel, ts, digest)


def digest(rendered: Rendered) -> str:
    """Return what tells a reply's text from another, and cannot be turned back into it."""
    text = f"{rendered.text}\0{rendered.attachment}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def reaction_key(emoji: str) -> str:
    """Return the key of an emoji that the bot adds to the message."""
    return f"react:{emoji}"


def emoji_of(key: str) -> str:
    """Return the emoji that a key is of; "" if it is of none."""
    return key.removeprefix("react:") if key.startswith("react:") else ""


def reply_key(rule: str, number: int, reply: Reply) -> str:
    """Return the key of a reply: the number counts the effects that the rule returned."""
    where = "@ephemeral" if reply.ephemeral else "@dm" if reply.dm else ""
    return f"{rule}#{number}{where}"


def taken_key(digest: str) -> str:
    """Return the key under which a reply with this digest is noted as taken back."""
    return f"@taken:{digest}"


def rule_and_number(key: str) -> tuple[str, int]:
    """Return whose reply a key is; "" and 0 for what is no reply's."""
    rule, _, rest = key.rpartition("#")
    number = rest.partition("@")[0]
    return (rule, int(number)) if rule and number.isdecimal() else ("", 0)


def is_dm(key: str) -> bool:
    """Return whether a reply went to the asker's DM instead of the message's channel."""
    return key.endswith("@dm")


def is_ephemeral(key: str) -> bool:
    """Return whether a reply was shown to the asker alone."""
    return key.endswith("@ephemeral")
