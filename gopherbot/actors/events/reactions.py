"""Deletes an answer when its asker or a moderator reacts to it with a cross.

https://docs.slack.dev/reference/events/reaction_added
"""

from __future__ import annotations

import time

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.events.messages import own_users
from gopherbot.errors import RetryLater
from gopherbot.slack import events

NOTED_SECONDS = 60.0
"""The age by which an answer is in the ledger, even if the worker that posted it died."""
PATIENT_SECONDS = 30.0
"""How long a cross waits for an unfinished edit to be followed."""

log = logs.get_logger(__name__)


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Handle one `reaction_added` event."""
    found = events.decode(envelope, events.ReactionEvent)
    event, workspace = found.event, context.content.workspace
    if event.reaction not in workspace.take_back or not event.user or not event.item:
        return
    channel, ts = event.item.channel, event.item.ts
    posted = events.seconds(ts)
    if event.item.type != "message" or not channel or not ts or posted is None:
        return
    logs.bind(event_id=found.event_id)
    known = context.executor.retract(
        channel,
        ts,
        event.user,
        moderators=frozenset(workspace.moderators),
        patient=time.time() - found.event_time < PATIENT_SECONDS,
    )
    if known or time.time() - posted > NOTED_SECONDS:
        return
    if event.item_user in own_users(context, found.authorizations):
        # The member may react before the worker, or its successor after a crash, records the post.
        raise RetryLater("this answer is not in the ledger yet", delay=1.0)
