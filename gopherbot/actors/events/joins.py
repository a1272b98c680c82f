"""The actors of joins: they welcome members to the workspace, and to channels with a welcome."""

from __future__ import annotations

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.errors import RetryLater
from gopherbot.model import Message
from gopherbot.router import ChannelJoin, TeamJoin
from gopherbot.rulebook.matching import Match
from gopherbot.slack import events
from gopherbot.slack.errors import SlackError

log = logs.get_logger(__name__)


def handle_team_join(context: WorkerContext, envelope: bytes) -> None:
    """Welcome one new member by DM."""
    event = events.decode(envelope, events.TeamJoinEvent)
    logs.bind(event_id=event.event_id)
    if event.event.user.is_bot:
        return
    user, members = event.event.user.id, context.members
    if context.waves:
        context.waves.welcome(user)
    if members and members.was_welcomed(user):
        log.info("already welcomed", user=user)
        return
    channel_cache.ensure_filled(context)
    message = _message(context, event.event_id, user)
    context.executor.execute(message, [Match(rule) for rule in context.rules.of(TeamJoin)])
    if members:
        members.welcome(user)


def handle_channel_join(context: WorkerContext, envelope: bytes) -> None:
    """Welcome one member to a channel that has a welcome."""
    event = events.decode(envelope, events.ChannelJoinEvent)
    logs.bind(event_id=event.event_id)
    channel_cache.ensure_filled(context)
    if not context.channels.is_filled():
        raise RetryLater("the channel cache is empty, and this channel may have a welcome")
    name = context.channels.name_of(event.event.channel)
    matches = [Match(rule) for rule in context.rules.of(ChannelJoin) if rule.trigger == name]
    message = _message(context, event.event_id, event.event.user, event.event.channel)
    # The bot's own joins are events too.
    if matches and event.event.user not in message.bot_users:
        context.executor.execute(message, matches)


def _message(context: WorkerContext, event_id: str, user: str, channel: str = "") -> Message:
    try:
        own = context.slack.own_user()
    except SlackError as error:
        raise RetryLater(f"cannot determine the bot's own user id: {error}") from None
    return Message(event_id, channel, user, ts="", text="", bot_users=frozenset({own} - {""}))
