"""The alerts of a running bot, derived from a snapshot: what is wrong, and where to look. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from gopherbot.actors import table
from gopherbot.metrics import counters
from gopherbot.metrics.refusals import CAUSES, Reason
from gopherbot.settings import Platform
from gopherbot.status import durations
from gopherbot.status.platform import look_at
from gopherbot.status.snapshot import StatusSnapshot
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_log import Rejection

LATE_SECONDS = 110.0
"""A probe that is older has missed its minute: what stands still is noticed within two."""
HOUR_SECONDS = 3600.0
DEAF_SECONDS = 30.0
"""If a refusal comes so long after the last delivery that was accepted, all are refused."""
FORGED = 3
"""Fewer refusals may be a forger's. Slack sends what is refused again, three times."""
MISSES = 2
"""One round trip may get lost; two in a row mean that Slack sends nothing."""
EVERY_SECONDS = 600.0
"""How often one is sent."""
REVOKED_SECONDS = 900.0
"""How long ago a rejected token is an outage: a job calls Slack every ten minutes."""
TIGHT, FULL = 0.8, 0.99
"""The parts of Redis's memory from which on it is getting tight, and takes no more."""
WAITING_SECONDS = 30.0
"""A message that waited longer is too old to be answered."""

_MIB = 1024 * 1024
_ROLES = {"web": "gateway", "worker": "worker", "scheduler": "scheduler"}
_STOPPED = {
    "web": "no gateway is alive: Slack's events are refused, and each is sent three times more",
    "worker": "no worker is alive: events wait in their queues and are not answered",
    "scheduler": "no scheduler is alive: no watcher looks, and no probe is sent",
}


class Severity(enum.Enum):
    """How bad it is."""

    CRITICAL = "critical"
    """The bot does not do its work."""
    WARNING = "warning"


class Alert(msgspec.Struct):
    """What is wrong, and what to do about it."""

    text: str
    severity: Severity = Severity.CRITICAL

    @property
    def critical(self) -> bool:
        return self.severity is Severity.CRITICAL


def find_alerts(snapshot: StatusSnapshot, platform: Platform = Platform.MACHINE) -> list[Alert]:
    """Return everything that is wrong, the critical first, with what to type on this platform."""
    found = [
        *_memory(snapshot),
        *_stopped(snapshot, platform),
        *_probe(snapshot),
        *_queues(snapshot),
        *_jobs(snapshot),
        *_rejected_calls(snapshot),
        *_rejections(snapshot),
        *_unusable(snapshot),
        *_refusals(snapshot),
        *_deaf(snapshot),
        *_hour(snapshot),
    ]
    return sorted(found, key=lambda alert: not alert.critical)


def _stopped(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    for kind, words in _STOPPED.items():
        if not snapshot.alive(kind) and snapshot.memory.share >= FULL:
            # Nobody can register; whoever has, can renew it.
            yield Alert(
                f"whether a {_ROLES[kind]} is alive is not known: Redis is full, so that none that "
                f"starts now can note it; {look_at(platform, kind)}",
                Severity.WARNING,
            )
        elif not snapshot.alive(kind):
            last = [process.silent for process in snapshot.processes if process.kind == kind]
            since = f" (the last was seen {durations.ago(min(last))})" if last else ""
            yield Alert(f"{words}{since}; {look_at(platform, kind)}")


def _memory(snapshot: StatusSnapshot) -> Iterator[Alert]:
    memory = snapshot.memory
    used = f"{memory.used / _MIB:.1f} of {memory.limit / _MIB:.1f} MiB are used"
    if memory.share >= FULL:
        yield Alert(
            f"Redis is full ({used}): the gateway refuses events, and jobs cannot note what they "
            "did; see above what waits, start workers, or take a larger plan"
        )
    elif memory.share >= TIGHT:
        yield Alert(f"Redis is nearly full ({used}): see above what waits", Severity.WARNING)


def _probe(snapshot: StatusSnapshot) -> Iterator[Alert]:
    probe = snapshot.probe
    if probe and probe.age <= LATE_SECONDS:
        return
    started = [process.up for process in snapshot.alive("scheduler")]
    if not probe and started and max(started) <= LATE_SECONDS:
        return  # The first is still on its way.
    age = f"the probe is {durations.words(probe.age)} old" if probe else "no probe came through"
    yield Alert(f"{age}: {_why_no_probe(snapshot)}")


def _why_no_probe(snapshot: StatusSnapshot) -> str:
    if not snapshot.alive("scheduler"):
        return "no scheduler is there to send one"
    if not snapshot.alive("worker"):
        return "the workers have stopped"
    background = next(queue for queue in snapshot.queues if queue.name == table.BACKGROUND)
    if background.waiting:
        return (
            f"the queue `{table.BACKGROUND}` is not being processed: a worker hangs or has too much"
        )
    sent = next((job.succeeded for job in snapshot.jobs if job.name == "probe"), None)
    if sent is None or sent > LATE_SECONDS:
        return "no gateway takes it; is GOPHER_GATEWAY_URL right? The workers' logs say what comes"
    return (
        "it is sent, but does not arrive: do all processes use the same Redis and HEROKU_APP_NAME?"
    )


def _queues(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for queue in snapshot.queues:
        # A worker that was just started has its backlog before it.
        if queue.oldest and queue.oldest > WAITING_SECONDS:
            yield Alert(
                f"`{queue.name}`: {queue.waiting} wait, the oldest for "
                f"{durations.words(queue.oldest)}; start more workers, or see why they are slow"
            )
    if snapshot.dead_letters:
        yield Alert(
            f"{snapshot.dead_letters} dead letters: `gopherbot dead list` shows what could not be "
            "read or done",
            Severity.WARNING,
        )


def _jobs(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if not snapshot.alive("scheduler") or not snapshot.alive("worker"):
        return  # Which is said already.
    up = max(process.up for process in snapshot.alive("scheduler"))
    for job in snapshot.jobs:
        limit = 2 * job.every + 60
        if (
            job.name == "probe"
            or job.rejected
            or (up if job.succeeded is None else job.succeeded) <= limit
        ):
            continue
        last = (
            f"last succeeded {durations.ago(job.succeeded)}" if job.succeeded else "never succeeded"
        )
        yield Alert(
            f"`{job.name}` {last}, it should every {durations.words(job.every)}: is its service "
            "away? The workers' logs say what it answers",
            Severity.WARNING,
        )


def _refusals(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Tell of deliveries refused. The probe cannot: it is signed with the bot's own secret."""
    refused = {reason: n for reason, n in snapshot.refusals().items() if reason in CAUSES}
    if not refused or snapshot.refused is None or snapshot.refused > HOUR_SECONDS:
        return
    number = sum(refused.values())
    most = max(refused, key=lambda reason: refused[reason])
    cause = f"{number} deliveries refused in the last hour, most for `{most}`: {CAUSES[most]}"
    heard = snapshot.heard if snapshot.heard is not None else float("inf")
    if heard - snapshot.refused < DEAF_SECONDS or number < FORGED or most is Reason.QUEUE:
        yield Alert(cause, Severity.WARNING)
        return
    since = f"for {durations.words(heard)}" if heard < HOUR_SECONDS else "in the last hour"
    yield Alert(f"no delivery of Slack's was accepted {since}; {cause}")


def _rejected_calls(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Tell of calls that Slack rejected: whoever was to be answered read nothing."""
    rejected = snapshot.rejections()
    if snapshot.revoked is not None and snapshot.revoked <= REVOKED_SECONDS:
        error = next((each for each in rejected if each in counters.TOKEN_ERRORS), "invalid_auth")
        yield Alert(
            f"Slack rejects the bot token ({error}, last {durations.ago(snapshot.revoked)}): "
            "nothing is answered; copy the token from the app's page OAuth & Permissions into "
            "GOPHER_SLACK_BOT_ACCESS_TOKEN"
        )
    elif rejected:
        by_error = ", ".join(f"{error} {number}" for error, number in rejected.items())
        yield Alert(
            f"{sum(rejected.values())} calls rejected by Slack in the last hour ({by_error}): "
            "`gopherbot check` says what is missing, `gopherbot why LINK` what became of a message",
            Severity.WARNING,
        )


def _unusable(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Tell of channels before Slack rejects a post there."""
    rejected = {job.rejected.channel for job in snapshot.jobs if job.rejected}
    for channel in snapshot.unusable:
        if channel.name not in rejected and not _spoke_since(snapshot, channel):
            yield Alert(f"{channel.problem}: {channel.remedy}", Severity.WARNING)


def _spoke_since(snapshot: StatusSnapshot, channel: UnusableChannel) -> bool:
    """Return whether Slack took an announcement there since it was asked for the channels."""
    said = [job.announced for job in snapshot.jobs if job.name in channel.who and job.announced]
    return any(announcement.at > channel.at for announcement in said)


def _rejections(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for job in snapshot.jobs:
        if job.rejected:
            since = durations.ago(max(0.0, snapshot.at - job.rejected.since))
            yield Alert(
                f"Slack rejects what `{job.name}` posts in #{job.rejected.channel} "
                f"({job.rejected.error}, first {since}): {_remedy(job.rejected)}",
                Severity.WARNING,
            )


def _remedy(rejection: Rejection) -> str:
    """Return what to do: https://docs.slack.dev/reference/methods/chat.postMessage#errors."""
    channel, bot = f"#{rejection.channel}", f"@{rejection.bot}"
    token = "install the app again, and set GOPHER_SLACK_BOT_ACCESS_TOKEN"  # noqa: S105
    remedies = {
        "not_in_channel": f"write `/invite {bot}` in {channel}",
        "channel_not_found": f"create {channel}, or correct `channel` in watchers.toml",
        "is_archived": f"unarchive {channel}, or name another `channel` in watchers.toml",
        "missing_scope": "`gopherbot check` says which scope is missing",
        "restricted_action": f"let {bot} post in {channel}: its settings allow only some",
        **dict.fromkeys(("invalid_auth", "account_inactive", "token_revoked"), token),
    }
    elsewhere = "see https://docs.slack.dev/reference/methods/chat.postMessage#errors"
    return remedies.get(rejection.error, elsewhere)


def _deaf(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Tell that Slack sends nothing. Without the round trip, a quiet night looks the same."""
    trip = snapshot.round_trip
    if trip is None or trip.misses < MISSES:
        return
    by_probe = "never" if trip.came is None else durations.ago(trip.came)
    if snapshot.heard is not None and snapshot.heard <= trip.sent + EVERY_SECONDS * (MISSES - 1):
        yield Alert(
            f"{trip.misses} round trips through Slack did not come back (last: {by_probe}), though "
            "members are heard: is the bot a member of GOPHER_SLACK_PROBE_CHANNEL, and is the app "
            "subscribed to message.channels or message.groups?",
            Severity.WARNING,
        )
        return
    by_members = "never" if snapshot.heard is None else durations.ago(snapshot.heard)
    yield Alert(
        f"Slack sends nothing: {trip.misses} round trips in a row did not come back (last heard "
        f"{by_probe} by the round trip, {by_members} by members); look at the app's page Event "
        "Subscriptions: is it on, is the request URL verified, is the app disabled?"
    )


def _hour(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for name, words in (
        (
            counters.FAILED,
            "failed in the last hour: look for `rule failed` and `discarded` in the logs",
        ),
        (
            counters.REFUSED,
            "refused in the last hour: Redis was away; Slack sent them again",
        ),
        (counters.LIMITED, "times in the last hour Slack held events back: there are too many"),
    ):
        number = snapshot.last_hour(name)
        if number:
            yield Alert(f"{number} {words}", Severity.WARNING)
