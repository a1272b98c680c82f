"""Alerts: the problems in a snapshot of a running bot, and where to look. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from gopherbot.actors import table
from gopherbot.metrics import counters
from gopherbot.metrics.refusals import CAUSES, Reason
from gopherbot.settings import Platform
from gopherbot.status import durations
from gopherbot.status.platform import evict_nothing, look_at, set_variable
from gopherbot.status.snapshot import RECENT, StatusSnapshot
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_log import Rejection

LATE_SECONDS = 110.0
"""Maximum age of the probe, which runs every minute. A standstill is noticed within two."""
HOUR_SECONDS = 3600.0
DEAF_SECONDS = 30.0
"""A refusal this long after the last accepted delivery means that all are refused."""
FORGED = 3
"""Fewer refusals may be forgeries. Slack retries a refused delivery three times."""
MISSES = 2
"""A single round trip may get lost; two in a row mean that Slack sends nothing."""
EVERY_SECONDS = 600.0
"""Period of the round trips."""
REFUSED_SECONDS = 60.0
"""A command that Redis refused this recently is refused still: a worker tries all the time."""
REVOKED_SECONDS = 900.0
"""A token rejected this recently is an outage: a job calls Slack every ten minutes."""
TIGHT, FULL = 0.8, 0.99
"""Shares of Redis's memory in use above which it is nearly full and full."""
WAITING_SECONDS = 30.0
"""A message that waited for longer is too old to be answered."""

LOST, LOST_SHARE = 3, 0.5
"""So many events that were too old, and such a share of all, mean that what is asked is dropped."""
HEAVY_SHARE = 0.8
"""Share of the events that Slack delivers in an hour above which it may soon withhold some."""
FAILURES = 10
"""Fewer failed deliveries in an hour say nothing."""
FAILED_SHARE, DISABLING_SHARE = 0.1, 0.5
"""Shares of failed deliveries. Slack switches off an app at 0.95 in an hour."""

_MIB = 1024 * 1024
_ROLES = {"web": "gateway", "worker": "worker", "scheduler": "scheduler"}
_STOPPED = {
    "web": "no gateway is alive: Slack's events are refused, and Slack retries each three times",
    "worker": "no worker is alive: events wait in their queues unanswered",
    "scheduler": "no scheduler is alive: no watcher runs, and no probe is sent",
}


class Severity(enum.Enum):
    """How serious an alert is."""

    CRITICAL = "critical"
    """The bot does not work."""
    WARNING = "warning"


class Alert(msgspec.Struct):
    """A problem, and what to do about it."""

    text: str
    severity: Severity = Severity.CRITICAL

    @property
    def critical(self) -> bool:
        return self.severity is Severity.CRITICAL


def find_alerts(snapshot: StatusSnapshot, platform: Platform = Platform.MACHINE) -> list[Alert]:
    """Return all alerts, critical ones first, with the commands of this platform."""
    found = [
        *_memory(snapshot),
        *_evictions(snapshot, platform),
        *_refused_commands(snapshot),
        *_stopped(snapshot, platform),
        *_probe(snapshot),
        *_queues(snapshot),
        *_dropped(snapshot),
        *_dead(snapshot),
        *_shadow(snapshot, platform),
        *_jobs(snapshot),
        *_rejected_calls(snapshot),
        *_rejections(snapshot),
        *_unusable(snapshot),
        *_refusals(snapshot),
        *_deliveries(snapshot),
        *_deaf(snapshot),
        *_hour(snapshot),
    ]
    return sorted(found, key=lambda alert: not alert.critical)


def _stopped(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    for kind, words in _STOPPED.items():
        if not snapshot.alive(kind) and snapshot.memory.share >= FULL:
            # A new process cannot register, but a registered one can renew its entry.
            yield Alert(
                f"can't tell whether a {_ROLES[kind]} is alive: Redis is full, so a new one can't "
                f"register; {look_at(platform, kind)}",
                Severity.WARNING,
            )
        elif not snapshot.alive(kind) and snapshot.foreign:
            yield Alert(
                f"can't tell whether a {_ROLES[kind]} is alive: "
                f"{_count(snapshot.foreign, 'process')} of another release registered; run "
                "`gopherbot status` of that release",
                Severity.WARNING,
            )
        elif not snapshot.alive(kind):
            last = [process.silent for process in snapshot.processes if process.kind == kind]
            since = f" (last seen {durations.ago(min(last))})" if last else ""
            yield Alert(f"{words}{since}; {look_at(platform, kind)}")


def _memory(snapshot: StatusSnapshot) -> Iterator[Alert]:
    memory = snapshot.memory
    used = f"{memory.used / _MIB:.1f} of {memory.limit / _MIB:.1f} MiB used"
    if memory.share >= FULL:
        yield Alert(
            f"Redis is full ({used}): the gateway refuses events, and jobs can't record their "
            "results; see the queues above, start workers, or move to a larger plan"
        )
    elif memory.share >= TIGHT:
        yield Alert(f"Redis is nearly full ({used}): see the queues above", Severity.WARNING)


def _evictions(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    memory = snapshot.memory
    if memory.policy in ("", "noeviction"):
        return
    if memory.evicted:
        yield Alert(
            f"Redis has evicted {_count(memory.evicted, 'key')} since it started "
            f"({memory.policy}): queued events are lost; {evict_nothing(platform)}"
        )
    elif memory.limit:
        yield Alert(
            f"Redis will evict keys when it is full ({memory.policy}), and queued events with "
            f"them; {evict_nothing(platform)}",
            Severity.WARNING,
        )


def _refused_commands(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if snapshot.refuses is not None and snapshot.refuses <= REFUSED_SECONDS:
        yield Alert(
            f"Redis refuses a command of a worker (last {durations.ago(snapshot.refuses)}): "
            "`gopherbot check` tries what the bot needs; look for `redis refuses a command` in "
            "the workers' logs"
        )


def _shadow(snapshot: StatusSnapshot, platform: Platform) -> Iterator[Alert]:
    if snapshot.shadow:
        yield Alert(
            "shadow mode: the bot only does what it is asked to, and withholds everything else; "
            f"{set_variable(platform, 'ENV', 'production')}, unless this is the staging bot",
            Severity.WARNING,
        )


def _dropped(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report that most events are too old when their turn comes: nobody gets an answer."""
    stale = snapshot.recently(counters.STALE)
    total = stale + snapshot.recently(counters.HANDLED)
    if stale >= LOST and stale > LOST_SHARE * total:
        yield Alert(
            f"{stale} of {total} events in the last {RECENT} min were dropped as too old: were the "
            "workers down, or is a clock off? `gopherbot check` compares the clocks"
        )


def _probe(snapshot: StatusSnapshot) -> Iterator[Alert]:
    probe = snapshot.probe
    if probe and probe.age <= LATE_SECONDS:
        return
    started = [process.up for process in snapshot.alive("scheduler")]
    if not probe and started and max(started) <= LATE_SECONDS:
        return  # The first probe is still in flight.
    age = f"the probe is {durations.words(probe.age)} old" if probe else "no probe has come through"
    yield Alert(f"{age}: {_why_no_probe(snapshot)}")


def _why_no_probe(snapshot: StatusSnapshot) -> str:
    if not snapshot.alive("scheduler"):
        return "no scheduler is alive to send one"
    if not snapshot.alive("worker"):
        return "the workers have stopped"
    background = next(queue for queue in snapshot.queues if queue.name == table.BACKGROUND)
    if background.waiting:
        return (
            f"the queue `{table.BACKGROUND}` isn't being processed: a worker hangs or is overloaded"
        )
    sent = next((job.succeeded for job in snapshot.jobs if job.name == "probe"), None)
    if sent is None or sent > LATE_SECONDS:
        return "no gateway accepts it; is GOPHER_GATEWAY_URL right? The workers' logs say more"
    return "it is sent but doesn't arrive: do all processes use the same Redis and HEROKU_APP_NAME?"


def _queues(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for queue in snapshot.queues:
        # A worker that has just started may have a backlog of younger messages.
        if queue.oldest and queue.oldest > WAITING_SECONDS:
            yield Alert(
                f"`{queue.name}`: {queue.waiting} waiting, the oldest for "
                f"{durations.words(queue.oldest)}; start more workers, or find out why they're slow"
            )


def _dead(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if snapshot.dead_letters:
        why = ", ".join(f"{cause}: {number}" for cause, number in snapshot.causes.items())
        yield Alert(
            f"{_count(snapshot.dead_letters, 'dead letter')}{f' ({why})' if why else ''}: "
            "`gopherbot dead list` shows what could not be read or processed",
            Severity.WARNING,
        )


def _jobs(snapshot: StatusSnapshot) -> Iterator[Alert]:
    if not snapshot.alive("scheduler") or not snapshot.alive("worker"):
        return  # Another alert reports that.
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
            f"`{job.name}` {last}, but runs every {durations.words(job.every)}: is its service "
            "down? See the response in the workers' logs",
            Severity.WARNING,
        )


def _refusals(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report refused deliveries. The probe misses these: it is signed with the bot's own secret."""
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
    yield Alert(f"no delivery from Slack was accepted {since}; {cause}")


def _rejected_calls(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report calls that Slack rejected: the members concerned got no answer."""
    rejected = snapshot.rejections()
    if snapshot.revoked is not None and snapshot.revoked <= REVOKED_SECONDS:
        error = next((each for each in rejected if each in counters.TOKEN_ERRORS), "invalid_auth")
        yield Alert(
            f"Slack rejects the bot token ({error}, last {durations.ago(snapshot.revoked)}): "
            "nothing is answered; copy the token from the app's OAuth & Permissions page into "
            "GOPHER_SLACK_BOT_ACCESS_TOKEN"
        )
    elif rejected:
        by_error = ", ".join(f"{error} {number}" for error, number in rejected.items())
        yield Alert(
            f"{_count(sum(rejected.values()), 'call')} rejected by Slack in the last hour "
            f"({by_error}): "
            "`gopherbot check` says what is missing, `gopherbot why LINK` explains one message",
            Severity.WARNING,
        )


def _unusable(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report unusable channels before Slack rejects a post there."""
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
                f"Slack rejects the posts of `{job.name}` in #{job.rejected.channel} "
                f"({job.rejected.error}, first {since}): {_remedy(job.rejected)}",
                Severity.WARNING,
            )


def _remedy(rejection: Rejection) -> str:
    """Return the remedy for https://docs.slack.dev/reference/methods/chat.postMessage#errors."""
    channel, bot = f"#{rejection.channel}", f"@{rejection.bot}"
    token = "reinstall the app, and set GOPHER_SLACK_BOT_ACCESS_TOKEN"  # noqa: S105
    remedies = {
        "not_in_channel": f"write `/invite {bot}` in {channel}",
        "channel_not_found": f"{channel} isn't a public channel: create it, or name another "
        "`channel` in watchers.toml",
        "is_archived": f"unarchive {channel}, or name another `channel` in watchers.toml",
        "missing_scope": "`gopherbot check` says which scope is missing",
        "restricted_action": f"allow {bot} to post in the settings of {channel}",
        **dict.fromkeys(("invalid_auth", "account_inactive", "token_revoked"), token),
    }
    elsewhere = "see https://docs.slack.dev/reference/methods/chat.postMessage#errors"
    return remedies.get(rejection.error, elsewhere)


def _deliveries(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Warn before Slack switches the app off, or withholds events."""
    by_type, repeats = snapshot.deliveries(), snapshot.retries()
    number, failed = sum(by_type.values()), sum(repeats.values())
    if failed >= FAILURES and snapshot.failed_share >= FAILED_SHARE:
        most = max(repeats, key=lambda reason: repeats[reason])
        disabling = snapshot.failed_share >= DISABLING_SHARE
        yield Alert(
            f"{snapshot.failed_share:.0%} of Slack's deliveries in the last hour failed, most for "
            f"`{most}`: at 95 % Slack switches the app off; are the gateways up and fast enough?",
            Severity.CRITICAL if disabling else Severity.WARNING,
        )
    if number >= HEAVY_SHARE * counters.MOST_DELIVERIES:
        most = max(by_type, key=lambda type: by_type[type])
        yield Alert(
            f"Slack delivered {number} events in the last hour, most of them `{most}` "
            f"({by_type[most]}): above {counters.MOST_DELIVERIES} it withholds the rest; leave "
            "busy channels, or unsubscribe from what you don't need",
            Severity.WARNING,
        )


def _deaf(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report that Slack sends nothing. Only the round trip tells this from a quiet night."""
    trip = snapshot.round_trip
    if trip is None or trip.misses < MISSES:
        return
    by_probe = "never" if trip.came is None else durations.ago(trip.came)
    if snapshot.heard is not None and snapshot.heard <= trip.sent + EVERY_SECONDS * (MISSES - 1):
        yield Alert(
            f"{trip.misses} round trips through Slack failed (last success: {by_probe}), although "
            "members' events arrive: is the bot a member of GOPHER_SLACK_PROBE_CHANNEL, and is the "
            "app subscribed to message.channels or message.groups?",
            Severity.WARNING,
        )
        return
    by_members = "never" if snapshot.heard is None else durations.ago(snapshot.heard)
    yield Alert(
        f"Slack sends nothing: {trip.misses} round trips in a row failed (last success: "
        f"{by_probe}, last event from a member: {by_members}); see the app's Event Subscriptions "
        "page: are events on, is the request URL verified, is the app disabled?"
    )


def _hour(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for name, words in (
        (
            counters.FAILED,
            "failed in the last hour: look for `rule failed` and `discarded` in the logs",
        ),
        (
            counters.REFUSED,
            "refused in the last hour: Redis was unreachable, slow or full; Slack sent them again",
        ),
        (counters.LIMITED, "rate limits in the last hour: Slack withheld some events"),
    ):
        number = snapshot.last_hour(name)
        if number:
            yield Alert(f"{number} {words}", Severity.WARNING)


def _count(number: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"
