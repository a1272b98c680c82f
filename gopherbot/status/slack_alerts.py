"""Alerts about Slack: what it rejects, what we refuse, and whether it sends events."""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.status import durations
from gopherbot.status.advice import Alert, Severity, count
from gopherbot.status.snapshot import StatusSnapshot
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_state import Rejection

HOUR_SECONDS = 3600.0
DEAF_SECONDS = 30.0
"""A refusal this long after the last accepted delivery means that all are refused."""
FORGED = 3
"""Fewer refusals may be forgeries. Slack retries a refused delivery three times."""
MISSES = 2
"""A single round trip may get lost; two in a row mean that Slack sends nothing."""
EVERY_SECONDS = 600.0
"""Period of the round trips."""
REVOKED_SECONDS = 900.0
"""A token rejected this recently is an outage: a job calls Slack every ten minutes."""
HEAVY_SHARE = 0.8
"""Share of the events that Slack delivers in an hour above which it may soon withhold some."""
FAILURES = 10
"""Fewer failed deliveries in an hour say nothing."""
FAILED_SHARE, DISABLING_SHARE = 0.1, 0.5
"""Shares of failed deliveries. Slack switches off an app at 0.95 in an hour."""


def find_slack_alerts(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Yield what Slack and the bot refuse each other."""
    yield from _reports(snapshot)
    yield from _rejected_calls(snapshot)
    yield from _rejections(snapshot)
    yield from _unusable(snapshot)
    yield from _refusals(snapshot)
    yield from _deliveries(snapshot)
    yield from _no_events(snapshot)


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
            f"{count(sum(rejected.values()), 'call')} rejected by Slack in the last hour "
            f"({by_error}): "
            "`gopherbot check` says what is missing, `gopherbot why LINK` explains one message",
            Severity.WARNING,
        )


def _rejections(snapshot: StatusSnapshot) -> Iterator[Alert]:
    for job in snapshot.jobs:
        if job.rejected:
            since = durations.ago(max(0.0, snapshot.at - job.rejected.since))
            yield Alert(
                f"Slack rejects the posts of `{job.name}` in #{job.rejected.channel} "
                f"({job.rejected.error}, first {since}): {_remedy(job.rejected)}",
                Severity.WARNING,
            )


def _reports(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report that messages for the moderators don't reach them."""
    both = (("members' reports", snapshot.reports), ("cards of waves", snapshot.wave_cards))
    for what, rejected in both:
        if rejected:
            since = durations.ago(max(0.0, snapshot.at - rejected.since))
            yield Alert(
                f"{what} don't reach the moderators in {rejected.channel} "
                f"({rejected.error}, first {since}): {_remedy_of_reports(rejected)}"
            )


def _remedy_of_reports(rejection: Rejection) -> str:
    channel, bot = rejection.channel, f"@{rejection.bot}"
    remedies = {
        "channel_not_found": f"make a private channel {channel}, and write `/invite {bot}` there",
        "not_in_channel": f"write `/invite {bot}` in it",
        "is_archived": "unarchive it, or write the id of another in moderation.toml",
        "not_private": "make it private, or write the id of another in moderation.toml",
        "is_shared": "write the id of a channel without other organizations in moderation.toml",
        "missing_scope": "`gopherbot check` says which scope is missing",
        "no_answer": "see https://slack-status.com; they are tried again",
    }
    return remedies.get(rejection.error, "`gopherbot check` says what is wrong with the channel")


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


def _unusable(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report unusable channels before Slack rejects a post there."""
    rejected = {job.rejected.channel for job in snapshot.jobs if job.rejected}
    for channel in snapshot.unusable:
        if channel.name not in rejected and not _spoke_since(snapshot, channel):
            yield Alert(f"{channel.problem}: {channel.remedy}", Severity.WARNING)


def _spoke_since(snapshot: StatusSnapshot, channel: UnusableChannel) -> bool:
    """Return whether Slack accepted an announcement there after the channels were listed."""
    said = [job.announced for job in snapshot.jobs if job.name in channel.who and job.announced]
    return any(announcement.at > channel.at for announcement in said)


def _refusals(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Report refused deliveries. The probe misses these: it is signed with the bot's own secret."""
    refused = {reason: n for reason, n in snapshot.refusals().items() if reason.cause}
    if not refused or snapshot.refused is None or snapshot.refused > HOUR_SECONDS:
        return
    number = sum(refused.values())
    most = max(refused, key=lambda reason: refused[reason])
    cause = f"{number} deliveries refused in the last hour, most for `{most}`: {most.cause}"
    heard = snapshot.heard if snapshot.heard is not None else float("inf")
    if heard - snapshot.refused < DEAF_SECONDS or number < FORGED or most is Reason.QUEUE:
        yield Alert(cause, Severity.WARNING)
        return
    since = f"for {durations.words(heard)}" if heard < HOUR_SECONDS else "in the last hour"
    yield Alert(f"no delivery from Slack was accepted {since}; {cause}")


def _deliveries(snapshot: StatusSnapshot) -> Iterator[Alert]:
    """Warn before Slack switches the app off, or withholds events."""
    by_type, repeats = snapshot.deliveries(), snapshot.retries()
    number, failed = sum(by_type.values()), sum(repeats.values())
    if failed >= FAILURES and snapshot.failed_share >= FAILED_SHARE:
        most = max(repeats, key=lambda reason: repeats[reason])
        disabling = snapshot.failed_share >= DISABLING_SHARE
        yield Alert(
            f"{snapshot.failed_share:.0%} of Slack's deliveries in the last hour failed, most for "
            f"`{most}`: at 95% Slack switches the app off; are the gateways up and fast enough?",
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


def _no_events(snapshot: StatusSnapshot) -> Iterator[Alert]:
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
