"""What Slack can be made to show, as objects that `exactly_once` performs.

An effect belongs to a message and has a key of its own there, under which the ledger keeps what
became of it. One that Slack can be asked about is a `VerifiableEffect`; any other does no harm
when it is performed again.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from gopherbot.effects.rendering import Rendered, render
from gopherbot.effects.standing import Standing, digest, reaction_key, reply_key
from gopherbot.model import Message, Reply
from gopherbot.slack.client import Slack
from gopherbot.slack.metadata import ReplyMetadata

LOOK_BACK_SECONDS = 24 * 60 * 60
"""How far back a post is looked for when no message's timestamp bounds it."""


@dataclass(frozen=True)
class SlackEffect(ABC):
    """One thing to do in Slack, for a message."""

    rejection_is_final: ClassVar[bool] = True
    """Whether an effect that Slack rejected is done with; else a later run may try it again."""

    message: Message

    @property
    @abstractmethod
    def key(self) -> str:
        """Its name among the effects of its message (`standing.py`)."""

    @abstractmethod
    def perform(self, slack: Slack) -> Standing:
        """Do it, and return what stands then. Raise `SlackError`."""


class VerifiableEffect(SlackEffect):
    """One that Slack can be asked about when nobody knows whether it was performed."""

    @abstractmethod
    def already_performed(self, slack: Slack) -> Standing | None:
        """Ask Slack for what stands of it; None is nothing. Raise `SlackError`."""


@dataclass(frozen=True)
class AddReaction(SlackEffect):
    """Adds an emoji to the message. Slack adds it once, however often it is asked to."""

    emoji: str

    @property
    def key(self) -> str:
        return reaction_key(self.emoji)

    def perform(self, slack: Slack) -> Standing:
        slack.react(self.message.channel, self.message.ts, self.emoji)
        return Standing("emoji")


@dataclass(frozen=True)
class Answer(SlackEffect):
    """A reply of a rule; `number` counts the effects that the rule returned."""

    rule: str
    number: int
    reply: Reply

    @property
    def key(self) -> str:
        return reply_key(self.rule, self.number, self.reply)

    @property
    def rendered(self) -> Rendered:
        return render(self.reply, self.message)

    @property
    def digest(self) -> str:
        return digest(self.rendered)

    @property
    def thread_ts(self) -> str | None:
        return None if self.reply.dm else self.message.thread_ts

    def channel(self, slack: Slack) -> str:
        """Return where it goes. Opening a DM again returns the same one."""
        return slack.open_dm(self.message.user) if self.reply.dm else self.message.channel


@dataclass(frozen=True)
class PostEphemeral(Answer):
    """Shows a reply to the asker alone. Slack cannot be asked for it, so it may be shown twice."""

    def perform(self, slack: Slack) -> Standing:
        rendered = self.rendered
        slack.post_ephemeral(
            self.channel(slack),
            self.message.user,
            rendered.text,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
        )
        return Standing("ephemeral", digest=digest(rendered))


@dataclass(frozen=True)
class PostReply(Answer, VerifiableEffect):
    """Posts a reply. Its metadata tells it from all others when it is looked up."""

    @property
    def metadata(self) -> ReplyMetadata:
        return ReplyMetadata(self.message.id, self.rule, self.number, self.message.event_id)

    def perform(self, slack: Slack) -> Standing:
        channel, rendered = self.channel(slack), self.rendered
        ts = slack.post(
            channel,
            rendered.text,
            self.metadata,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
            unfurl=self.reply.unfurl,
            username=self.reply.username,
            icon=self.reply.icon,
        )
        return Standing("reply", channel, ts, digest(rendered))

    def already_performed(self, slack: Slack) -> Standing | None:
        channel = self.channel(slack)
        oldest = self.message.ts or f"{time.time() - LOOK_BACK_SECONDS:.6f}"
        ts = slack.find(channel, self.metadata, oldest=oldest, thread_ts=self.thread_ts)
        return Standing("reply", channel, ts, self.digest) if ts else None


class PostAnnouncement(PostReply):
    """Posts what a watcher found. A rejected one is news still: later runs try it again."""

    rejection_is_final = False
