"""The ledger's records of the answers to a message in Slack. Pure.

The key of an effect is `react:EMOJI` for an emoji, `RULE#NUMBER` for a reply, and `RULE#NUMBER@dm`
or `RULE#NUMBER@ephemeral` for a reply elsewhere. `@taken:DIGEST` is a reply that was taken back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast

from gopherbot.effects.rendering import Rendered
from gopherbot.model import Audience, Reply

PostedKind = Literal["reply", "ephemeral", "emoji", "taken"]

_SUFFIXES = {Audience.ASKER_ONLY: "@ephemeral", Audience.DM: "@dm"}

UNKNOWN = "?"
"""The digest of an effect found by lookup, when the text it was made for is unknown."""


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """One answer in Slack: its place, and a digest of its text, never the text itself."""

    kind: PostedKind
    channel: str = "-"
    ts: str = "-"
    digest: str = "-"

    def encode(self) -> str:
        return f"{self.kind} {self.channel} {self.ts} {self.digest}"

    @classmethod
    def decode(cls, text: str) -> PostedAnswer:
        kind, channel, ts, digest = text.split(" ")
        return cls(cast("PostedKind", kind), channel, ts, digest)


def digest(rendered: Rendered) -> str:
    """Return a one-way digest of a reply's text."""
    text = f"{rendered.text}\0{rendered.attachment}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def reaction_key(emoji: str) -> str:
    """Return the key of an emoji on the message."""
    return f"react:{emoji}"


def emoji_of(key: str) -> str:
    """Return the emoji of a key, or "" if it is not an emoji's."""
    return key.removeprefix("react:") if key.startswith("react:") else ""


def reply_key(rule: str, number: int, reply: Reply) -> str:
    """Return the key of a reply. `number` is its position among the rule's effects."""
    return f"{rule}#{number}{_SUFFIXES.get(reply.to, '')}"


def taken_key(digest: str) -> str:
    """Return the key that records a reply with this digest as taken back."""
    return f"@taken:{digest}"


def rule_and_number(key: str) -> tuple[str, int]:
    """Return the rule and number of a reply's key, or "" and 0 if it is not a reply's."""
    rule, _, rest = key.rpartition("#")
    number = rest.partition("@")[0]
    return (rule, int(number)) if rule and number.isdecimal() else ("", 0)


def is_dm(key: str) -> bool:
    """Return whether a reply went to the asker's DM instead of the message's channel."""
    return key.endswith("@dm")


def is_ephemeral(key: str) -> bool:
    """Return whether a reply was shown only to the asker."""
    return key.endswith("@ephemeral")
