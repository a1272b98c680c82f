"""The actor of messages: it finds the rules that fire and carries out their answers."""

from __future__ import annotations

from collections.abc import Sequence

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import round_trip
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.slack import events
from gopherbot.slack.errors import SlackError


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Answer one `message` event."""
    event = events.decode(envelope, events.MessageEvent)
    logs.bind(event_id=event.event_id)
    own = own_users(context, event.authorizations, event.event.text)
    round_trip.notice(
        context,
        event.event.channel,
        own=bool(event.event.bot_id) and (event.event.user in own or not event.event.user),
    )
    message = events.to_message(event, own)
    if message is None:
        return
    matches = context.rules.fire(message)
    if matches:
        names = [match.rule.name for match in matches]
        logs.bind(rules=names)
        journal.note_rules(names)
        context.executor.execute(message, matches)


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
