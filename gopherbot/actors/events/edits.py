"""Updates the bot's answers when members edit or delete their messages.

https://docs.slack.dev/reference/events/message/message_changed
"""

from __future__ import annotations

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.events.messages import own_users
from gopherbot.actors.maintenance import round_trip
from gopherbot.metrics import journal
from gopherbot.slack import events
from gopherbot.slack.events import ChangeEvent, Envelope

EDIT_SECONDS = 10 * 60
"""The age of a message after which its edits are ignored."""


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Follow one `message_changed` or `message_deleted` event."""
    event = events.decode(envelope, ChangeEvent)
    logs.bind(event_id=event.event_id)
    if event.event.is_deletion:
        _follow_deletion(context, event)
    else:
        _follow_edit(context, event)


def _follow_edit(context: WorkerContext, event: Envelope[ChangeEvent]) -> None:
    changed = event.event.message
    own = own_users(context, event.authorizations, changed.text if changed else None)
    if changed and changed.bot_id:
        round_trip.notice(context, event.event.channel, own=changed.user in own)
    message = events.to_edited(event, own)
    if message is None or float(message.edited_ts) - float(message.ts) > EDIT_SECONDS:
        return
    matches = context.rules.fire(message)
    if matches:
        names = [match.rule.name for match in matches]
        logs.bind(rules=names)
        journal.note_rules(names)
    context.executor.follow_edit(message, matches)


def _follow_deletion(context: WorkerContext, event: Envelope[ChangeEvent]) -> None:
    message = events.to_deleted(event)
    if message:
        context.executor.follow_deletion(message)
