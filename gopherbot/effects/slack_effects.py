"""What Slack can be made to show, as objects that `exactly_once` performs.

An effect belongs to an event and has a key of its own in it, under which the ledger keeps what
became of it. One that Slack can be asked about is a `VerifiableEffect`; any other does no harm
when it is performed again.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from gopherbot.effects.rendering import render
from gopherbot.model import Message, Reply
from gopherbot.slack.client import ReplyMetadata, Slack

LOOK_BACK_SECONDS = 24 * 60 * 60
"""How far back a post is looked for when no message's timestamp bounds it."""


class SlackEffect(ABC):
    """One thing to do in Slack. `perform` raises `SlackError`."""

    rejection_is_final: ClassVar[bool] = True
    """Whether an effect that Slack rejected is done with; else a later run may try it again."""

    @property
    @abstractmethod
    def event_id(self) -> str:
        """The event that it belongs to."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Its name among the effects of its event."""

    @abstractmethod
    def perform(self, slack: Slack) -> None:
        """Do it."""


class VerifiableEffect(SlackEffect):
    """One that Slack can be asked about when nobody knows whether it was performed."""

    @abstractmethod
    def already_performed(self, slack: Slack) -> bool:
        """Ask Slack whether it was performed. Raises `SlackError`."""


@dataclass(frozen=True, slots=True)
class AddReaction(SlackEffect):
    """Adds an emoji to a message. Slack adds it once, however often it is asked to."""

    message: Message
    emoji: str

    @property
    def event_id(self) -> str:
        return self.message.event_id

    @property
    def key(self) -> str:
        return f"react:{self.emoji}"

    def perform(self, slack: Slack) -> None:
        slack.react(self.message.channel, self.message.ts, self.emoji)


@dataclass(frozen=True, slots=True)
class _Answer(SlackEffect):
    """A reply of a rule to a message; `number` counts the effects that the rule returned."""

    message: Message
    rule: str
    number: int
    reply: Reply

    @property
    def event_id(self) -> str:
        return self.message.event_id

    @property
    def key(self) -> str:
        return f"{self.rule}#{self.number}"

    @property
    def thread_ts(self) -> str | None:
        return None if self.reply.dm else self.message.thread_ts

    def channel(self, slack: Slack) -> str:
        """Return where it goes. Opening a DM again returns the same one."""
        return slack.open_dm(self.message.user) if self.reply.dm else self.message.channel


@dataclass(frozen=True, slots=True)
class PostEphemeral(_Answer):
    """Shows a reply to the asker alone. Slack cannot be asked for it, so it may be shown twice."""

    def perform(self, slack: Slack) -> None:
        rendered = render(self.reply, self.message)
        slack.post_ephemeral(
            self.channel(slack),
            self.message.user,
            rendered.text,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
        )


@dataclass(frozen=True, slots=True)
class PostReply(_Answer, VerifiableEffect):
    """Posts a reply. Its metadata tells it from all others when it is looked up."""

    @property
    def metadata(self) -> ReplyMetadata:
        return ReplyMetadata(self.message.event_id, self.rule, self.number)

    def perform(self, slack: Slack) -> None:
        rendered = render(self.reply, self.message)
        slack.post(
            self.channel(slack),
            rendered.text,
            self.metadata,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
            unfurl=self.reply.unfurl,
            username=self.reply.username,
            icon=self.reply.icon,
        )

    def already_performed(self, slack: Slack) -> bool:
        oldest = self.message.ts or f"{time.time() - LOOK_BACK_SECONDS:.6f}"
        return slack.find(
            self.channel(slack), self.metadata, oldest=oldest, thread_ts=self.thread_ts
        )


class PostAnnouncement(PostReply):
    """Posts what a watcher found. A rejected one is news still: later runs try it again."""

    rejection_is_final = False
