"""Follows the questions in help channels that nobody has answered yet.

What counts as an answer is in docs/behaviour.md. Nothing happens unless `workspace.toml` names help
channels, and no text is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gopherbot import logs
from gopherbot.actors.named_channels import NamedChannels
from gopherbot.model import Channels, Message, Overlooked
from gopherbot.search.open_questions import asks_anybody
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.storage.waiting import WaitingQuestion, WaitingQuestions

_MOST_LOOKUPS = 15
"""A list is made while its asker waits: this many questions are looked up in Slack for it."""

log = logs.get_logger(__name__)


class SlackHelpDesk:
    """The help channels of a content folder, and who waits there."""

    def __init__(
        self, names: Iterable[str], channels: Channels, waiting: WaitingQuestions, slack: Slack
    ) -> None:
        self._here = NamedChannels(names, channels)
        self._waiting = waiting
        self._slack = slack

    def follow(self, message: Message) -> None:
        """Note a member's message, or its newer text."""
        if not self.is_here(message.channel):
            return
        if message.thread_ts and message.thread_ts != message.ts:
            self._waiting.replied(message.channel, message.thread_ts, message.user)
            return
        asks = asks_anybody(message.text)
        if message.addressed and not asks and not message.edited_ts:
            return  # A command to the bot answers nobody.
        self._waiting.said(
            message.channel,
            message.ts,
            message.user,
            version=message.version,
            asks=asks,
            mentions=message.mentioned_users,
        )

    def close(self, channel: str, ts: str) -> None:
        """Note that a message is answered, seen or gone."""
        if self.is_here(channel):
            self._waiting.closed(channel, ts)

    def overlooked(self) -> list[Overlooked]:
        """Return the questions that have waited for two hours, longest first.

        Events may have been missed, so the first few are looked up in Slack.
        """
        found: list[Overlooked] = []
        here = (each for each in self._waiting.overlooked() if self.is_here(each.channel))
        for number, question in enumerate(here):
            if number >= _MOST_LOOKUPS or self._still_waits(question):
                link = self._slack.permalink(question.channel, question.ts)
                found.append(Overlooked(link, question.channel, question.user, question.age))
        return found

    def forget_old(self) -> None:
        """Forget what is older than three days, though nothing happens in the channels."""
        self._waiting.forget_old()

    def _still_waits(self, question: WaitingQuestion) -> bool:
        try:
            message = self._slack.message(question.channel, question.ts)
            if message is not None and not self._has_answer(question, message):
                return True
        except SlackError as error:
            log.info("cannot look up a question that waits", call=str(error))
            return True
        self._waiting.closed(question.channel, question.ts)
        return False

    def _has_answer(self, question: WaitingQuestion, message: Mapping[str, Any]) -> bool:
        own = {self._slack.own_user()}
        if any(own < {*own, *each["users"]} for each in message.get("reactions") or ()):
            return True
        return bool(message.get("reply_count")) and self._slack.has_replies(
            question.channel, question.ts, besides=question.user
        )

    def is_here(self, channel: str) -> bool:
        return self._here.name_of(channel) is not None
