"""The effects of what members do with shortcuts, modals and buttons.

They go through the ledger like any other. Its keys, and the metadata of the posts, hold an
interaction's id or a case's, and never who clicked: so a report can be anonymous.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gopherbot.effects.exactly_once import ExactlyOnce
from gopherbot.effects.posted import PostedAnswer
from gopherbot.effects.slack_effects import PostReply, SlackEffect, VerifiableEffect
from gopherbot.metrics.journal import Happened
from gopherbot.model import Audience, Message, Reply
from gopherbot.slack.client import Blocks, Slack
from gopherbot.slack.errors import Rejected
from gopherbot.slack.interactions import Interaction
from gopherbot.slack.objects import ReplyMetadata

KEPT_SECONDS = 8 * 24 * 60 * 60
"""How long the ledger remembers what was posted: a day more than a submitted modal may wait."""
NOT_OPENED = "Sorry, I couldn't open the form. Please try again."
_TOO_LATE = frozenset({"expired_trigger_id", "invalid_trigger_id"})

Respond = Callable[[str, str], None]
"""Shows a text to the member alone, through a `response_url`. Raises `SlackError`."""


def message_of(id: str, channel: str = "") -> Message:
    """Return what the ledger knows an interaction or a case by. It names no member."""
    return Message(id, channel, user="", ts="", text="")


@dataclass(frozen=True)
class OpenView(SlackEffect):
    """Opens a modal. Slack takes a trigger once, so this is safe to repeat."""

    rejection_is_final: ClassVar[bool] = False

    trigger_id: str
    view: Mapping[str, Any]

    @property
    def key(self) -> str:
        return "view"

    def perform(self, slack: Slack) -> PostedAnswer:
        slack.open_view(self.trigger_id, self.view)
        return PostedAnswer("ephemeral")


@dataclass(frozen=True)
class RespondPrivately(SlackEffect):
    """Shows a text to the member alone. It cannot be looked up, so it may be shown twice."""

    response_url: str
    text: str
    respond: Respond

    @property
    def key(self) -> str:
        return "response@ephemeral"

    def perform(self, slack: Slack) -> PostedAnswer:
        self.respond(self.response_url, self.text)
        return PostedAnswer("ephemeral")


@dataclass(frozen=True)
class PostDirectly(PostReply):
    """Posts a reply to a member by DM. Only Slack learns who it is."""

    member: str = field(repr=False, kw_only=True)

    @property
    def kept_seconds(self) -> int:
        return KEPT_SECONDS

    def channel(self, slack: Slack) -> str:
        return slack.open_dm(self.member)


@dataclass(frozen=True)
class PostBlocks(VerifiableEffect):
    """Posts blocks in a channel or a thread.

    Calls `check` before it posts, which may raise `Retryable`, and `posted` with the `ts` before it
    is settled.
    """

    rejection_is_final: ClassVar[bool] = False

    rule: str
    text: str
    blocks: Blocks
    event_id: str = ""
    thread_ts: str | None = None
    check: Callable[[], None] = lambda: None
    posted: Callable[[str], None] = lambda ts: None

    @property
    def key(self) -> str:
        return f"{self.rule}#0"

    @property
    def kept_seconds(self) -> int:
        return KEPT_SECONDS

    @property
    def metadata(self) -> ReplyMetadata:
        return ReplyMetadata(self.message.id, self.rule, 0, self.event_id)

    def perform(self, slack: Slack) -> PostedAnswer:
        self.check()
        ts = slack.post(
            self.message.channel,
            self.text,
            self.metadata,
            thread_ts=self.thread_ts,
            blocks=self.blocks,
        )
        self.posted(ts)
        return PostedAnswer("reply", self.message.channel, ts)

    def already_performed(self, slack: Slack) -> PostedAnswer | None:
        channel = self.message.channel
        ts = slack.find(
            channel,
            self.metadata,
            oldest=f"{time.time() - KEPT_SECONDS:.6f}",
            thread_ts=self.thread_ts,
        )
        if not ts:
            return None
        self.posted(ts)
        return PostedAnswer("reply", channel, ts)


class InteractionExecutor:
    """Opens modals and writes to the members who clicked, each once."""

    def __init__(self, exactly_once: ExactlyOnce, respond: Respond) -> None:
        self.exactly_once = exactly_once
        self.respond = respond

    def open(
        self, interaction: Interaction, view: Mapping[str, Any], sorry: str = NOT_OPENED
    ) -> None:
        """Open a modal for the member, or tell them that it failed. Raise `RetryLater`, `Rejected`.

        Slack takes a trigger for three seconds, which are over if no worker was there.
        """
        message = message_of(interaction.id)
        try:
            self.exactly_once.run(OpenView(message, interaction.trigger_id, view))
        except Rejected as rejection:
            self.tell(interaction, sorry)
            if rejection.error not in _TOO_LATE:
                raise

    def tell(self, interaction: Interaction, text: str) -> None:
        """Show a text to the member alone: where they clicked, or else by DM."""
        message, url = message_of(interaction.id), interaction.response_url
        if url:
            self.exactly_once.run(RespondPrivately(message, url, text, self.respond))
        else:
            self.write(interaction.id, "told", interaction.user.id, text)

    def write(self, id: str, rule: str, member: str, text: str) -> Happened:
        """Write to a member by DM. Raise `RetryLater`.

        `id` and `rule` identify the message, so that it is posted once.
        """
        reply = Reply(text, to=Audience.DM)
        return self.exactly_once.run(
            PostDirectly(message_of(id, "-"), rule, 0, reply, member=member)
        )
