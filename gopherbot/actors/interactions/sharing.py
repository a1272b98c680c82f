"""Posts for all what was shown to its asker alone: by the button below it, or by an emoji on the
question.

A second click finds the answer in the ledger, and does nothing.
"""

from __future__ import annotations

import time
from contextlib import suppress

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.effects.ledger import KEPT_SECONDS
from gopherbot.errors import RetryLater, Unreadable
from gopherbot.model import Message
from gopherbot.slack import events
from gopherbot.slack.errors import Rejected, SlackError
from gopherbot.slack.events import Envelope, ReactionEvent
from gopherbot.slack.interactions import Interaction

NOTED_SECONDS = 60.0
"""The age by which an answer is in the ledger, even if the worker that posted it died."""

_GONE = "I can't share that anymore. Ask me again, and you'll get a new answer to share."
_REFUSED = "Slack doesn't let me post that here."
_NOT_YOURS = "Only the member who asked can share that."

log = logs.get_logger(__name__)


def share(context: WorkerContext, click: Interaction) -> None:
    """Share the answer that a button is below, or tell the member why that can't be done."""
    ts, channel = click.actions[0].value, click.channel.id if click.channel else ""
    asked = events.seconds(ts)
    if asked is None or not channel:
        raise Unreadable("the button doesn't say which question it belongs to")
    age = time.time() - asked
    waiting = context.executor.may_share(f"{channel}:{ts}")
    if waiting is None and age < NOTED_SECONDS:
        raise RetryLater("this answer is not in the ledger yet", delay=1.0)
    if waiting is None or age > KEPT_SECONDS:
        context.interactions.tell(click, _GONE)
    elif waiting:
        own = frozenset({context.slack.own_user()})
        message = _question(context, channel, ts, click.id, own)
        if message and message.user != click.user.id:
            context.interactions.tell(click, _NOT_YOURS)
            return
        try:
            shared = message and context.executor.share(message, context.rules.fire(message))
        except Rejected:  # logged with Slack's error
            context.interactions.tell(click, _REFUSED)
            return
        if not shared:
            context.interactions.tell(click, _GONE)


def share_by_emoji(
    context: WorkerContext, found: Envelope[ReactionEvent], own: frozenset[str]
) -> None:
    """Share the answer to a question whose asker reacted to it. `own` are the bot's user ids."""
    item = found.event.item
    asked = events.seconds(item.ts) if item else None
    if not item or not item.channel or asked is None or time.time() - asked > KEPT_SECONDS:
        return
    logs.bind(event_id=found.event_id)
    ts = str(item.ts)
    if context.executor.may_share(f"{item.channel}:{ts}"):
        message = _question(context, item.channel, ts, found.event_id, own)
        if message:
            with suppress(Rejected):  # logged with Slack's error
                context.executor.share(message, context.rules.fire(message))


def _question(
    context: WorkerContext, channel: str, ts: str, event_id: str, own: frozenset[str]
) -> Message | None:
    """Return a member's message as it is now, or None. Raise `RetryLater`."""
    try:
        current = context.slack.message(channel, ts)
    except Rejected as rejection:
        log.warning("cannot read a question to share its answer", call=str(rejection))
        return None
    except SlackError as error:
        raise RetryLater(f"cannot read a question: {error}", delay=error.retry_after) from None
    return events.to_current(current or {}, channel, event_id, own, time.time())
