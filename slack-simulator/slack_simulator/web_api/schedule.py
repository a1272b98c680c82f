"""Messages that the bot has scheduled, posted when their time comes."""

import contextlib
import threading

import msgspec

from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Draft, User
from slack_simulator.workspace.workspace import Workspace

LONGEST_WAIT = 120 * 24 * 60 * 60
DELETION_ENDS = 60
"""Slack deletes no message that is due within this many seconds."""


class Scheduled(msgspec.Struct, kw_only=True):
    """A scheduled message. Times are in Unix seconds."""

    id: str
    author: User
    conversation: Conversation
    draft: Draft
    post_at: int
    created: int


class Schedule:
    """The scheduled messages, by Slack's clock."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._waiting: dict[str, Scheduled] = {}
        self._timers: list[threading.Timer] = []
        workspace.clock.on_advance(lambda _: self.post_due())

    def add(
        self, author: User, conversation: Conversation, draft: Draft, post_at: int
    ) -> Scheduled:
        """Schedule a message. Raise `time_in_past` or `time_too_far`."""
        workspace = self._workspace
        now = workspace.clock.now()
        if post_at <= now:
            raise SlackError("time_in_past")
        if post_at > now + LONGEST_WAIT:
            raise SlackError("time_too_far")
        with workspace.lock:
            scheduled = Scheduled(
                id=workspace.ids.new("Q0"),
                author=author,
                conversation=conversation,
                draft=draft,
                post_at=post_at,
                created=int(now),
            )
            self._waiting[scheduled.id] = scheduled
            timer = threading.Timer(min(post_at - now, threading.TIMEOUT_MAX), self.post_due)
            timer.daemon = True
            self._timers.append(timer)
        timer.start()
        return scheduled

    def waiting(self, author: User | None = None) -> list[Scheduled]:
        """Return the messages (of an author) that aren't posted yet, the next one first."""
        with self._workspace.lock:
            found = [each for each in self._waiting.values() if author in (None, each.author)]
            return sorted(found, key=lambda scheduled: scheduled.post_at)

    def delete(self, id: str, author: User, conversation: Conversation) -> None:
        """Take a message off. Raise `invalid_scheduled_message_id`, also if it is due soon."""
        with self._workspace.lock:
            found = self._waiting.get(id)
            soon = self._workspace.clock.now() + DELETION_ENDS
            if found is None or found.author is not author:
                raise SlackError("invalid_scheduled_message_id")
            if found.conversation is not conversation or found.post_at <= soon:
                raise SlackError("invalid_scheduled_message_id")
            del self._waiting[id]

    def post_due(self) -> None:
        """Post the messages whose time has come."""
        workspace = self._workspace
        with workspace.lock:
            for scheduled in self.waiting():
                if scheduled.post_at <= workspace.clock.now():
                    del self._waiting[scheduled.id]
                    # As in Slack, it is dropped if the channel was archived meanwhile.
                    with contextlib.suppress(SlackError):
                        workspace.post(scheduled.conversation, scheduled.author, scheduled.draft)

    def close(self) -> None:
        """Stop waiting for the messages' times."""
        with self._workspace.lock:
            for timer in self._timers:
                timer.cancel()
