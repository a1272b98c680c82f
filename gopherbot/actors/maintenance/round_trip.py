"""The round trip through Slack: it checks that Slack still sends us events.

Slack disables an event subscription after too many failed deliveries. To us, that looks like a
quiet night. If `GOPHER_SLACK_PROBE_CHANNEL` names an operators' channel, `run` therefore edits a
parked message of the bot there every ten minutes. The edit's event must come back through gateway,
queue and worker to `notice`.

It is not certain that Slack delivers events for the app's own edits. If none of the first three
comes back while members' events do, `run` posts and deletes a message instead, and logs that once.

In Redis: `APP:round_trip`, a hash. `sent` and `came` are Unix ms. `unanswered` counts round trips
sent since the last one returned. `ever` is the way in which one has returned. `channel` and `ts`
locate the parked message, and `way` is the way in use. `silent_from` and `silent_until` remain
until the joins of that silence have been handled (`missed_joins.py`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.metrics.counters import SLACK_HEARD
from gopherbot.slack.errors import OutcomeUnknown, Rejected, SlackError
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage import keys
from gopherbot.storage.client import text

UPDATE = "update"
POST = "post"
FALL_BACK_AFTER = 3
MEMBERS_HEARD_SECONDS = 10 * 60
SILENCE_SECONDS = 25 * 60
"""Without a round trip for this long, at least two in a row were lost or not sent."""
_PARKED = "I edit this message every ten minutes to check that Slack still sends me events."

log = logs.get_logger(__name__)


def way(state: Mapping[str, str], members_heard: float | None) -> str:
    """Return the way to send the next round trip: `UPDATE` or `POST`. Pure.

    `members_heard` is the age of the last member's event in seconds. Edits are given up only if
    none has ever come back and members' events still arrive.
    """
    given_up = (
        int(state.get("unanswered", 0)) >= FALL_BACK_AFTER
        and not state.get("ever")
        and members_heard is not None
        and members_heard <= MEMBERS_HEARD_SECONDS
    )
    return POST if state.get("way") == POST or given_up else UPDATE


def run(context: WorkerContext) -> None:
    """Send a round trip. A failure is not retried: the next run is in ten minutes."""
    channel = context.settings.probe_channel
    if not channel:
        return
    key = _key(context)
    state = {text(k): text(v) for k, v in context.redis.hgetall(key).items()}
    if state.get("channel") != channel:
        context.redis.delete(key)
        state = {}
    chosen = way(state, _members_heard(context))
    if chosen != state.get("way", UPDATE):
        log.warning("slack sends no events for our edits: the round trip posts and deletes instead")
    unanswered = int(state.get("unanswered", 0))
    # Before the call, because the event may arrive before the call's response.
    sent: list[str | int] = ["channel", channel, "sent", int(time.time() * 1000), "way", chosen]
    context.redis.hset(key, items=[*sent, "unanswered", unanswered + 1])
    try:
        parked = _send(context, channel, state.get("ts", ""), chosen)
    except SlackError as error:
        # If the call certainly had no effect, no event will follow. One that came during the call,
        # of a post before its deletion, has set the count to 0.
        if not isinstance(error, OutcomeUnknown) and context.redis.hget(key, "unanswered") != b"0":
            context.redis.hset(key, "unanswered", unanswered)
        log.error("round trip through slack failed", call=str(error), channel=channel)
        context.counts.failed("round_trip")
        return
    context.redis.hset(key, "ts", parked)


def notice(context: WorkerContext, channel: str | None, *, own: bool) -> None:
    """Record that a round trip returned, if the event is the bot's own and in the probe channel."""
    if not own or not channel or channel != context.settings.probe_channel:
        return
    key, now = _key(context), int(time.time() * 1000)
    chosen, came, since = context.redis.hmget(key, ["way", "came", "silent_from"])
    by = text(chosen) if chosen else UPDATE
    news: list[str | int] = ["came", now, "unanswered", 0, "ever", by]
    if came and now - int(came) > SILENCE_SECONDS * 1000:
        news += ["silent_from", text(since or came), "silent_until", now]
        log.warning("slack sends events again", seconds=(now - int(came)) // 1000)
    context.redis.hset(key, items=news)


@dataclass(frozen=True, slots=True)
class Silence:
    """A period in which Slack sent no events, in Unix seconds."""

    began: float
    ended: float

    def in_words(self) -> dict[str, str]:
        """Return both times as fields of a log line."""
        return {name: _utc(at) for name, at in (("since", self.began), ("until", self.ended))}


def silence(context: WorkerContext) -> Silence | None:
    """Return the last silence if it has ended and its joins have not been handled."""
    began, ended = context.redis.hmget(_key(context), ["silent_from", "silent_until"])
    return Silence(int(began) / 1000, int(ended) / 1000) if began and ended else None


def forget_silence(context: WorkerContext) -> None:
    """Record that the joins of the last silence have been handled."""
    context.redis.hdel(_key(context), "silent_from", "silent_until")


def last_heard(context: WorkerContext) -> float | None:
    """Return when a round trip last returned, in Unix seconds."""
    came = context.redis.hget(_key(context), "came")
    return None if came is None else int(came) / 1000


def _send(context: WorkerContext, channel: str, parked: str, chosen: str) -> str:
    """Edit the parked message, or post and delete one. Return the parked message's `ts` or ""."""
    metadata = ReplyMetadata(f"round-trip-{uuid.uuid4().hex}", "round_trip", 0)
    if chosen == UPDATE and parked:
        try:
            context.slack.update(channel, parked, f"{_PARKED} ({_utc(time.time())})", metadata)
        except Rejected as rejection:
            if rejection.error not in ("message_not_found", "edit_window_closed"):
                raise
        else:
            return parked
    posted = context.slack.post(channel, _PARKED, metadata)
    if chosen == POST:
        context.slack.delete(channel, posted)
        return ""
    return posted


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def _key(context: WorkerContext) -> str:
    return keys.round_trip(context.settings.identity.app)


def _members_heard(context: WorkerContext) -> float | None:
    """Return how long ago the last member's event arrived, in seconds."""
    at = context.redis.hget(keys.jobs(context.settings.identity.app), SLACK_HEARD)
    return None if at is None else max(0.0, time.time() - int(at) / 1000)
