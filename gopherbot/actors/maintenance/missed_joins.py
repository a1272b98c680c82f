"""Welcomes members who joined while Slack sent no events, if `GOPHER_WELCOME_MISSED` is set.

Unless the app has turned on Delayed Events, Slack does not resend events that it failed to deliver
during an outage, so these members got no welcome. Where it has, there is nothing left to do here.
When the round trip (`round_trip.py`) returns after a long silence, `run` lists all members. A
member is new if they are not on the confirmed list, were not welcomed since, and have changed since
the silence began, as joining counts as a change. For each of them, `run` queues a join event like
Slack's. If Slack's own event arrives after all, the member is still welcomed only once.

A list may include missed newcomers if a silence began before it was made. It is therefore only
proposed, and confirmed once a later round trip has returned without a silence. Until the first
list is confirmed, no member counts as new, so enabling the setting welcomes nobody.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from gopherbot import logs, table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import round_trip
from gopherbot.queues import messages
from gopherbot.slack.events import Envelope, JoinedMember, TeamJoinEvent
from gopherbot.slack.objects import Member
from gopherbot.storage.members import Members

LONGEST_SECONDS = 7 * table.DAY
"""After a longer silence, missed members get no welcome: it would come too late."""
_MAX_WAIT_SECONDS = 60.0
_CLOCK_SKEW_SECONDS = 60.0

log = logs.get_logger(__name__)


def run(context: WorkerContext) -> None:
    """Welcome missed members after a silence; otherwise keep the list of members up to date."""
    members = context.members
    if members is None:
        # Welcomes are no longer recorded, so the stored lists become stale.
        Members(context.redis, context.settings.identity.app).forget()
        round_trip.forget_silence(context)
        return
    silence = round_trip.silence(context)
    if silence:
        # It may include members who joined during the silence.
        members.discard()
        _catch_up(context, members, silence)
        round_trip.forget_silence(context)
        return
    heard, proposed = round_trip.last_heard(context), members.proposed_at()
    if heard is None:
        log.warning("cannot look for missed joins: no round trip has returned yet")
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
    """Queue an event for each member who joined during a silence."""
    listed = members.listed_at()
    if listed is None or listed > silence.began:
        log.warning("missed joins are unknown: the members were not listed before the silence")
        return
    if silence.ended - silence.began > LONGEST_SECONDS:
        log.warning("missed joins get no welcome: the silence was too long", **silence.in_words())
        return
    since = silence.began - _CLOCK_SKEW_SECONDS
    recent = [each.id for each in _everyone(context) if each.is_person and each.changed >= since]
    missed = members.unknown(recent)
    log.info("missed joins", count=len(missed), **silence.in_words())
    if context.waves:
        # Their welcomes may take hours. A wave doesn't wait for them.
        for id in missed:
            context.waves.welcome(id)
    _send(context, missed)


def _send(context: WorkerContext, missed: Sequence[str]) -> None:
    """Queue the members' events, spread out to `GOPHER_WELCOME_MISSED` per minute."""
    now, apart = time.time(), table.MINUTE / context.settings.welcome_missed
    events = [
        messages.pack(
            table.TEAM_JOIN,
            table.TEAM_JOIN,
            msgspec.json.encode(
                Envelope(f"missed-{id}", TeamJoinEvent(JoinedMember(id)), int(now))
            ),
            None,
            due_at=now + number * apart,
        )
        for number, id in enumerate(missed)
    ]
    messages.send(context.redis, context.settings.identity.app, events)


def _everyone(context: WorkerContext) -> list[Member]:
    """Return all members. Raise `SlackError`."""
    pages = context.slack.members(max_wait=_MAX_WAIT_SECONDS)
    return [member for page in pages for member in page]
