"""Messages: answers them, and follows their edits, their deletions, and reactions to them.

https://docs.slack.dev/reference/events/message/message_changed
https://docs.slack.dev/reference/events/reaction_added
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.interactions import sharing, waves
from gopherbot.actors.maintenance import round_trip
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.model import Message
from gopherbot.router import ChannelRule
from gopherbot.rulebook.matching import Match
from gopherbot.slack import events
from gopherbot.slack.errors import SlackError
from gopherbot.slack.events import ChangeEvent, Envelope

EDIT_SECONDS = 10 * 60
"""The age of a message after which its edits are ignored."""

PATIENT_SECONDS = 30.0
"""How long a cross waits for an unfinished edit to be followed."""

log = logs.get_logger(__name__)


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Answer one `message` event."""
    event = events.decode(envelope, events.MessageEvent)
    logs.bind(event_id=event.event_id)
    own = own_users(context, event.authorizations, event.event.text)
    round_trip.notice(context, event.event.channel, own=event.event.user in own)
    message = events.to_message(event, own)
    if message is None:
        return
    context.help_desk.follow(message)
    _watch(context, message, event.event.channel_type)
    matches = _matches(context, message)
    if matches and context.executor.execute(message, matches):
        context.help_desk.close(message.channel, message.ts)


def _watch(context: WorkerContext, message: Message, channel_type: str | None) -> None:
    """Tell the moderators if a message in a public channel is part of a wave."""
    if context.waves is None or channel_type != "channel":
        return
    wave = context.waves.watch(message)
    if wave and not (context.waves.waves.shadow or context.settings.shadow):
        waves.have_shown(context, wave)


def _matches(context: WorkerContext, message: Message) -> list[Match]:
    """Return the rules that fire, and note them in the log and the journal."""
    matches = [each for each in context.rules.fire(message) if _is_here(context, message, each)]
    if matches:
        names = [match.rule.name for match in matches]
        logs.bind(rules=names)
        journal.note_rules(names)
    return matches


def _is_here(context: WorkerContext, message: Message, match: Match) -> bool:
    """Return whether a match counts in a message's channel: the rules of others don't."""
    if not isinstance(match.rule, ChannelRule):
        return True
    return context.ruled_channels.name_of(message.channel) == match.rule.trigger


def own_users(
    context: WorkerContext,
    authorizations: Sequence[events.Authorization] | None,
    text: str | None = None,
) -> frozenset[str]:
    """Return the bot's own user ids, from the envelope or else from Slack (`auth.test`).

    Slack is asked only if the envelope has none. Raise `RetryLater` if both fail and the message
    may mention the bot.
    """
    known = {who.user_id for who in authorizations or () if who.is_bot and who.user_id}
    if known:
        return frozenset(known | {context.slack.known_user}) - {""}
    try:
        return frozenset({context.slack.own_user()}) - {""}
    except SlackError as error:
        if "<@" in (text or ""):
            raise RetryLater(f"cannot determine the bot's own user id: {error}") from None
        return frozenset()


def handle_change(context: WorkerContext, envelope: bytes) -> None:
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
    if changed:
        round_trip.notice(context, event.event.channel, own=changed.user in own)
    message = events.to_edited(event, own)
    if message is not None:
        context.help_desk.follow(message)
    if message is None or float(message.edited_ts) - float(message.ts) > EDIT_SECONDS:
        return
    _watch(context, message, event.event.channel_type)
    if context.executor.follow_edit(message, _matches(context, message)):
        context.help_desk.close(message.channel, message.ts)


def _follow_deletion(context: WorkerContext, event: Envelope[ChangeEvent]) -> None:
    message = events.to_deleted(event)
    if message:
        context.help_desk.close(message.channel, message.ts)
        context.executor.follow_deletion(message)


def handle_reaction(context: WorkerContext, envelope: bytes) -> None:
    """Follow `reaction_added`: delete an answer if its asker or a moderator reacted with a cross,
    and share a private one if its asker reacted to the question.
    """
    found = events.decode(envelope, events.ReactionEvent)
    event, workspace = found.event, context.content.workspace
    _note_as_seen(context, found)
    if event.reaction in workspace.share and event.user == event.item_user:
        sharing.share_by_emoji(context, found, own_users(context, found.authorizations))
    if event.reaction not in workspace.take_back or not event.user or not event.item:
        return
    channel, ts = event.item.channel, event.item.ts
    posted = events.seconds(ts)
    if not channel or not ts or posted is None:
        return
    logs.bind(event_id=found.event_id)
    known = context.executor.retract(
        channel,
        ts,
        event.user,
        moderators=frozenset(workspace.moderators),
        patient=time.time() - found.event_time < PATIENT_SECONDS,
    )
    if known or time.time() - posted > sharing.NOTED_SECONDS:
        return
    if event.item_user in own_users(context, found.authorizations):
        # The member may react before the worker, or its successor after a crash, records the post.
        raise RetryLater("this answer is not in the ledger yet", delay=1.0)


def _note_as_seen(context: WorkerContext, found: Envelope[events.ReactionEvent]) -> None:
    """Count a question that a member reacts to as seen."""
    event = found.event
    item = event.item
    if not item or not item.channel or events.seconds(item.ts) is None:
        return
    if not context.help_desk.is_here(item.channel):
        return
    if event.user not in own_users(context, found.authorizations):
        context.help_desk.close(item.channel, str(item.ts))
