"""What the bot's posts carry as message metadata, so that they can be found again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

METADATA_TYPE = "gopherbot_reply"


@dataclass(frozen=True, slots=True)
class ReplyMetadata:
    """What a post carries as message metadata, so that it can be found again.

    `message` names what it answers (`Message.id`); `event_id` is the event that led to it, which
    may be that of the message or of an edit.
    """

    message: str
    rule: str
    number: int
    event_id: str = ""

    def encode(self) -> dict[str, Any]:
        """Return Slack's metadata: https://docs.slack.dev/messaging/message-metadata."""
        payload = {
            "event_id": self.event_id,
            "message": self.message,
            "rule": self.rule,
            "number": self.number,
        }
        return {"event_type": METADATA_TYPE, "event_payload": payload}

    def matches(self, metadata: object) -> bool:
        """Return whether a post with this metadata is the one that is meant."""
        wanted = self.encode()
        if not isinstance(metadata, dict) or metadata.get("event_type") != wanted["event_type"]:
            return False
        payload = metadata.get("event_payload")
        return isinstance(payload, dict) and all(
            payload.get(name) == value
            for name, value in wanted["event_payload"].items()
            if name != "event_id"
        )
