"""The message metadata of the bot's posts, used to find them again. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

METADATA_TYPE = "gopherbot_reply"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, METADATA_TYPE)


@dataclass(frozen=True, slots=True)
class ReplyMetadata:
    """The message metadata of a post, used to find it again.

    `message` is the `Message.id` of the answered message. `event_id` is the event that caused the
    post: the message itself or an edit.
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

    @property
    def client_msg_id(self) -> str:
        """The UUID of the post, the same whenever it is sent again for the same event."""
        whole = (self.message, self.rule, str(self.number), self.event_id)
        return str(uuid.uuid5(_NAMESPACE, "\0".join(whole)))

    def matches(self, metadata: object) -> bool:
        """Return whether a post's metadata identifies the same reply, whatever its event."""
        wanted = self.encode()
        if not isinstance(metadata, dict) or metadata.get("event_type") != wanted["event_type"]:
            return False
        payload = metadata.get("event_payload")
        return isinstance(payload, dict) and all(
            payload.get(name) == value
            for name, value in wanted["event_payload"].items()
            if name != "event_id"
        )
