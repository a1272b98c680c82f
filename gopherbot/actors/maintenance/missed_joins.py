"""Welcomes members who joined while Slack was not heard. Off unless `GOPHER_WELCOME_MISSED` is set.

Slack doesn't send again what it didn't deliver during an outage, so nobody welcomed them. When the
round trip comes back after a long silence (`round_trip.py`), `run` lists all members. New is who is
on no earlier list, was not welcomed since, and changed since the silence began: a member changes by
joining. Each gets an event in the queue of joins, as if Slack had sent it; the actor of joins and
its ledger see to it that each is welcomed once, though Slack's own event comes yet.

A list that is made while nobody knows whether Slack is heard may have newcomers on it. It counts
only when a later round trip has come back without a silence. Before the first that counts, nobody
is new: to switch it on welcomes no one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from gopherbot import logs
from gopherbot.actors import table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import round_trip
from gopherbot.errors import RetryLater
from gopherbot.queues import messages
from gopherbot.queues.sending import send
from gopherbot.slack.errors import Retryable, SlackError
from gopherbot.slack.objects import Member
from gopherbot.storage.members import Members

LONGEST_SECONDS = 7 * table.DAY
"""After a longer silence nobody is welcomed: it would be a surprise, not a welcome."""
_PATIENCE_SECONDS = 60.0
_CLOCK_SKEW_SECONDS = 60.0

log = logs.get_logger(__name__)


class Newcomer(msgspec.Struct):
    """The member, as in Slack's event."""

    id: str
    is_bot: bool = False


class Join(msgspec.Struct):
    """The event that Slack did not deliver."""

    user: Newcomer
    type: str = "team_join"


class JoinEnvelope(msgspec.Struct):
    """The envelope around it, like those of Slack."""

    event: Join
    event_id: str
    event_time: int
    type: str = "event_callback"


def run(context: WorkerContext) -> None:
    """Welcome who was missed, or keep the list of members up to date."""
    members = context.members
    if members is None:
        # Whoever is welcomed from now on is not noted: what is known gets wrong.
        Members(context.redis, context.settings.identity.app).forget()
        round_trip.forget_silence(context)
        return
    silence = round_trip.silence(context)
    if silence:
        # Whether who joined then is on it, nobody knows.
        members.discard()
        _catch_up(context, members, silence)
        round_trip.forget_silence(context)
        return
    heard, proposed = round_trip.last_heard(context), members.proposed_at()
    if heard is None:
        log.warning("missed joins are not looked for: no round trip has come back yet")
    elif proposed is None:
        _list_if_old(context, members)
    elif heard > proposed:
        members.confirm()


def _list_if_old(context: WorkerContext, members: Members) -> None:
    listed, now = members.listed_at(), time.time()
    if listed is None or now - listed > Members.LIST_SECONDS:
        everyone = _everyone(context)
        members.propose((member.id for member in everyone), time.time())
        log.info("members listed", count=len(everyone))


def _catch_up(context: WorkerContext, members: Members, silence: round_trip.Silence) -> None:
    """Send an event for each member who joined during a silence."""
    listed = members.listed_at()
    if listed is None or listed > silence.began:
        log.warning("missed joins are not known: the members were not listed before the silence")
        return
    if silence.ended - silence.began > LONGEST_SECONDS:
        log.warning("missed joins are not welcomed: the silence was too long", **silence.in_words())
        return
    since = silence.began - _CLOCK_SKEW_SECONDS
    recent = [each.id for each in _everyone(context) if each.is_person and each.changed >= since]
    missed = members.unknown(recent)
    log.info("missed joins", count=len(missed), **silence.in_words())
    _send(context, missed)


def _send(context: WorkerContext, missed: Sequence[str]) -> None:
    """Send their events, so many a minute."""
    now, apart = time.time(), table.MINUTE / context.settings.welcome_missed
    events = [
        messages.pack(
            table.TEAM_JOIN,
            table.TEAM_JOIN,
            msgspec.json.encode(JoinEnvelope(Join(Newcomer(id)), f"missed-{id}", int(now))),
            None,
            due_at=now + number * apart,
        )
        for number, id in enumerate(missed)
    ]
    send(context.redis, context.settings.identity.app, events)


def _everyone(context: WorkerContext) -> list[Member]:
    """Return all members. Raise `RetryLater`."""
    try:
        pages = context.slack.members(patience=_PATIENCE_SECONDS)
        return [member for page in pages for member in page]
    except SlackError as error:
        raise RetryLater(
            str(error), delay=error.retry_after if isinstance(error, Retryable) else None
        ) from None
