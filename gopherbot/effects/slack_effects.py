"""The visible effects in Slack, as objects that `exactly_once` performs.

An effect belongs to a message and has a unique key there, under which the ledger keeps its state.
An effect that can be looked up in Slack is a `VerifiableEffect`. All others are safe to repeat.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gopherbot.effects.ledger import JOIN_KEPT_SECONDS, KEPT_SECONDS
from gopherbot.effects.posted import PostedAnswer, Rendered, digest, reaction_key, render, reply_key
from gopherbot.metrics.journal import Happened
from gopherbot.model import Audience, Message, Persona, Reply, Use
from gopherbot.slack import blocks
from gopherbot.slack.client import Blocks, Slack
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.table import SHARE_BUTTON

LOOK_BACK_SECONDS = 24 * 60 * 60
"""How far back to look at least for a post if no message's timestamp bounds the search."""


@dataclass(frozen=True)
class SlackEffect(ABC):
    """One action in Slack for a message."""

    rejection_is_final: ClassVar[bool] = True
    """Whether a rejection by Slack settles the effect; otherwise a later run may retry it."""
    success: ClassVar[Happened] = Happened.PERFORMED

    message: Message

    @property
    @abstractmethod
    def key(self) -> str:
        """The key of the effect within its message (`posted.py`)."""

    @property
    def uses(self) -> Sequence[tuple[Use, str]]:
        """What to count once it is performed."""
        return ()

    @property
    def kept_seconds(self) -> int:
        """How long the ledger remembers the effect: as long as its event may be delivered again."""
        return KEPT_SECONDS if self.message.ts else JOIN_KEPT_SECONDS

    @abstractmethod
    def perform(self, slack: Slack) -> PostedAnswer:
        """Perform the effect, and return what it posted. Raise `SlackError`."""


class VerifiableEffect(SlackEffect):
    """An effect that can be looked up in Slack if its outcome is unknown."""

    @abstractmethod
    def already_performed(self, slack: Slack) -> PostedAnswer | None:
        """Return the answer found in Slack, or None. Raise `SlackError`."""


@dataclass(frozen=True)
class AddReaction(SlackEffect):
    """Adds an emoji to the message. Idempotent in Slack."""

    emoji: str

    @property
    def key(self) -> str:
        return reaction_key(self.emoji)

    def perform(self, slack: Slack) -> PostedAnswer:
        slack.react(self.message.channel, self.message.ts, self.emoji)
        return PostedAnswer("emoji")


@dataclass(frozen=True)
class PostEffect(SlackEffect):
    """A rule's reply. `number` is its position among the effects that the rule returned."""

    rule: str
    number: int
    reply: Reply

    @property
    def key(self) -> str:
        return reply_key(self.rule, self.number, self.reply)

    @property
    def uses(self) -> Sequence[tuple[Use, str]]:
        return self.reply.uses

    @property
    def name(self) -> str:
        """What the reply is counted under."""
        shown = (name for use, name in self.uses if use in (Use.SHOWN, Use.SHARED))
        return next(shown, "")

    @property
    def rendered(self) -> Rendered:
        return render(self.reply, self.message)

    @property
    def digest(self) -> str:
        return digest(self.rendered)

    @property
    def thread_ts(self) -> str | None:
        return None if self.reply.to is Audience.DM else self.message.thread_ts

    def channel(self, slack: Slack) -> str:
        """Return the id of the target channel. Opening a DM is idempotent."""
        to_dm = self.reply.to is Audience.DM
        return slack.open_dm(self.message.user) if to_dm else self.message.channel


@dataclass(frozen=True)
class PostEphemeral(PostEffect):
    """Shows a reply only to the asker. It cannot be looked up, so it may be shown twice."""

    @property
    def shared(self) -> PostShared | None:
        """What is posted if the asker shares it; None if that is not offered."""
        reply = self.reply.shared
        return PostShared(self.message, self.rule, self.number, reply) if reply else None

    def perform(self, slack: Slack) -> PostedAnswer:
        rendered = self.rendered
        slack.post_ephemeral(
            self.channel(slack),
            self.message.user,
            rendered.text,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
            blocks=_with_button(rendered.text, self.message.ts) if self.reply.share_button else (),
        )
        return PostedAnswer("ephemeral", digest=digest(rendered))


def _with_button(text: str, ts: str) -> Blocks:
    """Return a text above the button that shares it. `ts` is the question's."""
    return [blocks.section(text), blocks.actions(blocks.button(SHARE_BUTTON, "Show everyone", ts))]


@dataclass(frozen=True)
class PostReply(PostEffect, VerifiableEffect):
    """Posts a reply. Its metadata identifies it in a lookup."""

    @property
    def metadata(self) -> ReplyMetadata:
        return ReplyMetadata(self.message.id, self.rule, self.number, self.message.event_id)

    def perform(self, slack: Slack) -> PostedAnswer:
        channel, rendered = self.channel(slack), self.rendered
        persona = self.reply.persona or Persona()
        ts = slack.post(
            channel,
            rendered.text,
            self.metadata,
            thread_ts=self.thread_ts,
            attachments=rendered.attachments,
            unfurl=self.reply.unfurl,
            username=persona.name,
            icon=persona.icon,
        )
        return PostedAnswer("reply", channel, ts, digest(rendered), self.name)

    def already_performed(self, slack: Slack) -> PostedAnswer | None:
        channel = self.channel(slack)
        back = max(LOOK_BACK_SECONDS, self.kept_seconds)
        oldest = self.message.ts or f"{time.time() - back:.6f}"
        ts = slack.find(channel, self.metadata, oldest=oldest, thread_ts=self.thread_ts)
        return PostedAnswer("reply", channel, ts, self.digest, self.name) if ts else None


class PostShared(PostReply):
    """Posts for all what was shown to the asker alone. A later click retries a rejected one."""

    rejection_is_final = False


class PostAnnouncement(PostReply):
    """Posts a watcher's announcement. A rejected one is still news, so later runs retry it."""

    rejection_is_final = False
    success = Happened.ANNOUNCED

    @property
    def kept_seconds(self) -> int:
        """An hour: a show may be on the air again the next day."""
        return KEPT_SECONDS
