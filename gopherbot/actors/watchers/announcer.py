"""Announces what a watcher found, item by item.

A watcher asks its service, puts what it found in order, and has its `Announcer` announce what is
new. An item counts as seen only after Slack took its announcement, and no later one is begun
before: whatever fails, the next run goes on at the same item.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watch_tables import Watch
from gopherbot.effects.slack_effects import LOOK_BACK_SECONDS
from gopherbot.errors import RetryLater
from gopherbot.model import Kind, Reply
from gopherbot.rulebook.matching.shadow_mode import permitted
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.errors import Rejected, Retryable, SlackError
from gopherbot.slack.metadata import ReplyMetadata

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: what another post may not meet.
_ABOUT_ONE_POST = frozenset(
    {
        *("msg_too_long", "msg_blocks_too_long", "no_text", "invalid_attachments"),
        *("invalid_arguments", "attachment_payload_limit_exceeded", "too_many_attachments"),
        *("markdown_text_conflict", "invalid_metadata_format", "invalid_metadata_schema"),
    }
)

log = logs.get_logger(__name__)


class Announcer:
    """A watcher's voice in its channel, under its name and icon, and what it said there."""

    def __init__(self, context: WorkerContext, watcher: Watcher[Watch], channel: str) -> None:
        self.context = context
        self.watcher = watcher.name
        self.watch = watcher.watch
        self.channel = channel
        self.seen = context.seen_items(watcher.name)
        self.first_run = self.seen.is_first_run()
        self.dealt_with: list[str] = []

    @classmethod
    def find(cls, context: WorkerContext, watcher: Watcher[Watch]) -> Announcer | None:
        """Return a watcher's announcer, or None if there is no such channel.

        Raise `RetryLater` if no channel is known yet: when everything is started for the first
        time, the channel cache is filled at the same moment.
        """
        channel = watcher.watch.channel
        # Asked for first: it may be filled between the two.
        filled = context.channels.is_filled()
        id = context.channels.id_of(channel)
        if id:
            return cls(context, watcher, id)
        if not filled:
            raise RetryLater("no channel is known yet")
        log.warning("nothing is announced: there is no such channel", channel=channel)
        _note_rejection(context, watcher.name, channel, "channel_not_found")
        return None

    def new(self, items: Sequence[str]) -> list[str]:
        """Return those items, oldest first, that are still to be announced.

        On the first run that is the newest alone. The others are marked before it is announced,
        so that a run that is cut short in between is simply continued by the next one.
        """
        if not self.first_run:
            return self.seen.unseen(items)
        newest = [item for item in items[-1:] if not self.stands(item)]
        known = items[: len(items) - len(newest)]
        self.seen.begin(*known)
        log.info("first run: what is there already is not announced", items=len(known))
        return newest

    def announce(self, item: str, reply: Reply, *names: str) -> bool:
        """Announce an item and remember it; return whether to go on with the next one.

        `names` are others by which it may come again, remembered along with it.

        An item that Slack rejects stays unseen, and later runs try it again while it is news; if it
        is the channel that Slack objects to, it is no use to go on. Raise `RetryLater` until Slack
        has answered.
        """
        reply = replace(reply, username=self.watch.username, icon=self.watch.icon)
        executor, event_id = self.context.executor, self._event_id(item)
        error = executor.announce(event_id, self.watcher, self.channel, reply)
        if error:
            _note_rejection(self.context, self.watcher, self.watch.channel, error)
            return error in _ABOUT_ONE_POST
        self.context.watcher_log.announced(self.watcher, _first_line(reply.text))
        self.seen.remember(item, *names)
        self.dealt_with.append(item)
        logs.bind(items=self.dealt_with)
        return True

    def stands(self, item: str) -> bool:
        """On a first run, whether Slack has an announcement of the last day all the same.

        What looks like the first run may be one after Redis lost everything. Raise `RetryLater`.
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
            log.warning("earlier announcements not looked for", call=str(refusal))
            return False
        except SlackError as error:
            raise RetryLater(
                str(error), delay=error.retry_after if isinstance(error, Retryable) else None
            ) from None

    def _event_id(self, item: str) -> str:
        return f"{self.watcher}:{item}"


def _first_line(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= 80 else line[:79] + "…"


def _note_rejection(context: WorkerContext, watcher: str, channel: str, error: str) -> None:
    """Let `status` show it, and take the run for no success."""
    bot = context.content.workspace.bot
    context.counts.failed(watcher)
    context.watcher_log.rejected(watcher, error, channel=channel, bot=bot)
