"""The round trip through Slack: does it still hear us, and do we hear it?

Slack turns off a subscription that answers too few deliveries, and a quiet night looks the same.
So, where `GOPHER_SLACK_PROBE_CHANNEL` names a channel of the operators, every ten minutes `run`
changes one parked message of the bot's own there, and the event of that must come back through
gateway, queue and worker to `notice`.

That Slack delivers the app's own edits as events isn't certain. If none of the first three comes
back while members' events do, it posts a message and deletes it instead, and says so once.

In Redis: `APP:round_trip`, a hash: `sent` and `came` (Unix ms), `unanswered` (sent since one came),
`ever` (by which way one came), `channel` and `ts` of what is parked, `way`, and `silent_from` and
`silent_until` until the joins of then are caught up on (`missed_joins.py`).
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
from gopherbot.slack.metadata import ReplyMetadata
from gopherbot.storage import keys
from gopherbot.storage.client import text

UPDATE = "update"
POST = "post"
FALL_BACK_AFTER = 3
MEMBERS_HEARD_SECONDS = 10 * 60
SILENCE_SECONDS = 25 * 60
"""So long without one means that two in a row got lost, or that none was sent."""
_PARKED = "I change this message every ten minutes to see whether Slack still hears me."

log = logs.get_logger(__name__)


def way(state: Mapping[str, str], members_heard: float | None) -> str:
    """Return which way to send the next. Pure; `members_heard` is seconds ago.

    Only edits that never came back, while members are heard, are given up on.
    """
    given_up = (
        int(state.get("unanswered", 0)) >= FALL_BACK_AFTER
        and not state.get("ever")
        and members_heard is not None
        and members_heard <= MEMBERS_HEARD_SECONDS
    )
    return POST if state.get("way") == POST or given_up else UPDATE


def run(context: WorkerContext) -> None:
    """Send one. The next is sent in ten minutes, whatever becomes of it."""
    channel = context.settings.probe_channel
    if not channel:
        return
    app = context.settings.identity.app
    key = keys.round_trip(app)
    state = {text(k): text(v) for k, v in context.redis.hgetall(key).items()}
    if state.get("channel") != channel:
        context.redis.delete(key)
        state = {}
    chosen = way(state, _members_heard(context, app))
    if chosen != state.get("way", UPDATE):
        log.warning("slack does not send our edits back: the round trip posts and deletes instead")
    # Before the call: what it leads to may be there before its answer.
    context.redis.hset(
        key, mapping={"channel": channel, "sent": int(time.time() * 1000), "way": chosen}
    )
    context.redis.hincrby(key, "unanswered", 1)
    try:
        parked = _send(context, channel, state.get("ts", ""), chosen)
    except SlackError as error:
        # One that was surely not sent is not waited for.
        if not isinstance(error, OutcomeUnknown):
            context.redis.hincrby(key, "unanswered", -1)
        log.error("no round trip through slack", call=str(error), channel=channel)
        context.counts.failed("round_trip")
        return
    context.redis.hset(key, "ts", parked)


def notice(context: WorkerContext, channel: str | None, *, own: bool) -> None:
    """Note that an event of the bot's own came back, if it is one of the probe's channel."""
    if not own or not channel or channel != context.settings.probe_channel:
        return
    key, now = keys.round_trip(context.settings.identity.app), int(time.time() * 1000)
    chosen, came, since = context.redis.hmget(key, ["way", "came", "silent_from"])
    news: list[str | int] = [
        "came",
        now,
        "unanswered",
        0,
        "ever",
        text(chosen) if chosen else UPDATE,
    ]
    if came and now - int(came) > SILENCE_SECONDS * 1000:
        news += ["silent_from", text(since or came), "silent_until", now]
        log.warning("slack is heard again", seconds=(now - int(came)) // 1000)
    context.redis.hset(key, items=news)


@dataclass(frozen=True, slots=True)
class Silence:
    """When Slack was not heard, in Unix seconds."""

    began: float
    ended: float

    def in_words(self) -> dict[str, str]:
        """Return both times for a line of the log."""
        return {name: _utc(at) for name, at in (("since", self.began), ("until", self.ended))}


def silence(context: WorkerContext) -> Silence | None:
    """Return the last silence, if it is over and nobody has caught up on it."""
    key = keys.round_trip(context.settings.identity.app)
    began, ended = context.redis.hmget(key, ["silent_from", "silent_until"])
    return Silence(int(began) / 1000, int(ended) / 1000) if began and ended else None


def forget_silence(context: WorkerContext) -> None:
    """Note that whatever was missed during the last silence is done."""
    key = keys.round_trip(context.settings.identity.app)
    context.redis.hdel(key, "silent_from", "silent_until")


def last_heard(context: WorkerContext) -> float | None:
    """Return when a round trip last came back, in Unix seconds."""
    came = context.redis.hget(keys.round_trip(context.settings.identity.app), "came")
    return None if came is None else int(came) / 1000


def _send(context: WorkerContext, channel: str, parked: str, chosen: str) -> str:
    """Change what is parked, or post and delete. Return the `ts` of what is parked now."""
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


def _members_heard(context: WorkerContext, app: str) -> float | None:
    """Return how long ago a member's event came, in seconds."""
    at = context.redis.hget(keys.jobs(app), SLACK_HEARD)
    return None if at is None else max(0.0, time.time() - int(at) / 1000)
