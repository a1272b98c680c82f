"""Announces the items that a watcher found, one by one.

A watcher asks its service for items, sorts them, and has its `Announcer` announce the new ones. An
item counts as seen only once Slack has accepted its announcement, and only then is the next one
announced. After any failure, the next run continues with the same item.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.effects.slack_effects import LOOK_BACK_SECONDS
from gopherbot.errors import NoChannel, RetryLater
from gopherbot.metrics.journal import Happened
from gopherbot.model import Ask, Kind, Message, Persona, Reply
from gopherbot.rulebook.matching import permitted
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.errors import Rejected
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.table.watches import Watch

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: problems of a single post.
_ABOUT_ONE_POST = frozenset(
    {
        *("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_attachments"),
        *("invalid_arguments", "attachment_payload_limit_exceeded", "too_many_attachments"),
        *("markdown_text_conflict", "invalid_metadata_format", "invalid_metadata_schema"),
    }
)

log = logs.get_logger(__name__)


class Announcer:
    """Posts a watcher's announcements to its channel, and records the items announced."""

    def __init__(self, context: WorkerContext, watcher: Watcher[Watch], channel: str) -> None:
        self.context = context
        self.watcher = watcher.name
        self.watch = watcher.watch
        self.channel = channel
        self.seen = context.seen_items(watcher.name)
        self.first_run = self.seen.is_first_run()
        self.dealt_with: list[str] = []

    @classmethod
    def find(cls, context: WorkerContext, watcher: Watcher[Watch]) -> Announcer:
        """Return a watcher's announcer. Raise `NoChannel`, or another `SlackError`.

        Raise `RetryLater` if the channel cache is empty: on the very first start, it is filled at
        the same time.
        """
        channel = watcher.watch.channel
        try:
            if watcher.watch.is_private:
                return cls(context, watcher, context.moderators_channel(channel).id())
            return cls(context, watcher, _public(context, channel))
        except Rejected as rejection:
            log.warning("not announcing: no such channel", channel=channel, error=rejection.error)
            _note_rejection(context, watcher.name, channel, rejection.error)
            raise NoChannel(str(rejection)) from None

    def render(self, text: str, **fields: str) -> str:
        """Return a text of the watcher's table with its fields and channels filled in."""
        nobody = Message(event_id="", channel=self.channel, user="", ts="", text="")
        ask = Ask(nobody, channels=self.context.channels)
        return self.context.content.template(text).render(ask, **fields)

    def new(self, items: Sequence[str]) -> list[str]:
        """Return the items that are still to be announced, in the order given: oldest first.

        On the first run, that is only the newest. The others are marked as seen before it is
        announced, so that the next run can continue one that was interrupted.
        """
        if not self.first_run:
            return self.seen.unseen(items)
        newest = [item for item in items[-1:] if not self.was_posted_recently(item)]
        known = items[: len(items) - len(newest)]
        self.seen.begin(*known)
        log.info("first run: older items are not announced", items=len(known))
        return newest

    def announce(self, item: str, reply: Reply, *names: str) -> bool:
        """Announce an item and mark it as seen. Return whether to continue with the next one.

        `names` are other names under which the item may reappear. They are marked as well.

        If Slack rejects the post, the item stays unseen and later runs retry it while it is news.
        If the rejection is not about this one post, return False, as others would fail too. Raise
        `RetryLater` if Slack gave no answer.

        In shadow mode, the item is logged and marked as seen, so that it isn't announced after the
        switch to production either.
        """
        persona = Persona(self.watch.username, self.watch.icon)
        reply = replace(reply, persona=persona)
        executor, event_id = self.context.executor, self._event_id(item)
        try:
            happened = executor.announce(event_id, self.watcher, self.channel, reply)
        except Rejected as rejection:
            _note_rejection(self.context, self.watcher, self.watch.channel, rejection.error)
            return rejection.error in _ABOUT_ONE_POST
        if happened is not Happened.WITHHELD:
            first, _, _ = reply.text.partition("\n")
            self.context.watcher_log.announced(self.watcher, cut(first, 80))
        self.seen.remember(item, *names)
        self.dealt_with.append(item)
        logs.bind(items=self.dealt_with)
        return True

    def was_posted_recently(self, item: str) -> bool:
        """Return whether the item was announced in the last day although this is a first run.

        A run may look like the first one after Redis lost its data. Raise `SlackError`.
        """
        if not self.first_run or not permitted(
            Kind.WATCHER, addressed=False, shadow=self.context.settings.shadow
        ):
            return False
        oldest = f"{time.time() - LOOK_BACK_SECONDS:.6f}"
        mark = ReplyMetadata(self._event_id(item), self.watcher, 0)
        try:
            return bool(self.context.slack.find(self.channel, mark, oldest=oldest, thread_ts=None))
        except Rejected as refusal:
            log.warning("cannot look up earlier announcements", call=str(refusal))
            return False

    def _event_id(self, item: str) -> str:
        return f"{self.watcher}:{item}"


def _public(context: WorkerContext, name: str) -> str:
    """Return a public channel's id. Raise `Rejected`, or `RetryLater` if no channel is known."""
    # Check this first, as the cache may be filled between the two calls.
    filled = context.channels.is_filled()
    id = context.channels.id_of(name)
    if not id and not filled:
        raise RetryLater("the channel cache is empty")
    if not id:
        raise Rejected("conversations.list", "channel_not_found")
    return id


def in_utc(moment: datetime) -> datetime:
    """Return a service's time, which is UTC if it names no zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def cut(text: str, letters: int) -> str:
    """Return a text of at most this many letters. To be escaped, it is cut first."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _note_rejection(context: WorkerContext, watcher: str, channel: str, error: str) -> None:
    """Record the rejection for `status`, and count the run as failed."""
    context.counts.failed(watcher)
    context.note_rejection(watcher, channel, error)
