"""Checks the Slack app: its token, team, app id, scopes and channels, and the clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from gopherbot.actors.maintenance.channel_cache import posting_channels, unusable
from gopherbot.commands import manifest
from gopherbot.commands.check.configuration import CheckResult, CheckState, Installation
from gopherbot.settings import Platform, Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected, SlackError, TokenRefused
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.objects import Channel, ReplyMetadata, TokenIdentity
from gopherbot.slack.signature import WINDOW_SECONDS
from gopherbot.status.advice import count, set_variable
from gopherbot.table import FRESH_SECONDS

CLOCK_SECONDS = 5.0
"""Seconds that the clock may be off. Slack reports its own to the second."""
_ok = partial(CheckResult, "slack", CheckState.OK)
_warning = partial(CheckResult, "slack", CheckState.WARNING)
_failed = partial(CheckResult, "slack", CheckState.FAILED)
_SLACKS_STATUS = "see https://slack-status.com"
_TRIAL = "client_msg_id"
_POSTED = "`gopherbot check` posts this twice with one client_msg_id, and deletes it."
_MAX_WAIT_SECONDS = 60.0
"""Seconds to wait for a rate limit: Slack allows 20 pages a minute."""


def check_slack(settings: Settings, installation: Installation) -> Iterator[CheckResult]:
    """Query Slack, and yield the results."""
    slack = Slack(settings, HttpPool(settings.slack_api_url))
    try:
        identity = slack.who_am_i()
    except (Rejected, TokenRefused) as refusal:
        yield _failed(
            f"Slack rejects the bot token ({refusal.error})",
            "copy it again from OAuth & Permissions into GOPHER_SLACK_BOT_ACCESS_TOKEN",
        )
        return
    except SlackError as error:
        yield CheckResult(
            "slack", CheckState.UNREACHABLE, f"Slack does not answer: {error}", _SLACKS_STATUS
        )
        return
    yield _ok(f"the token is @{identity.user}'s in {identity.team}")
    yield from _clock(identity)
    yield from _team(settings, identity, installation.platform)
    yield from _app(settings, slack, identity, installation.platform)
    yield from _scopes(identity, installation)
    yield from _channels(settings, slack, installation)
    yield from _moderators(settings, slack, installation)
    yield _round_trips(settings, slack, identity, installation.platform)


def _lacks_a_scope(error: SlackError) -> bool:
    """Return whether that is why a call failed: another line names the scope."""
    return isinstance(error, Rejected) and error.error == "missing_scope"


def _clock(identity: TokenIdentity) -> Iterator[CheckResult]:
    """Compare this machine's clock with Slack's, by which events are signed and dated."""
    ahead = identity.clock_ahead
    if ahead is None or abs(ahead) <= CLOCK_SECONDS:
        return
    which = "ahead of" if ahead > 0 else "behind"
    effect = "every event is refused" if abs(ahead) > WINDOW_SECONDS else "events look too old"
    result = _failed if abs(ahead) >= FRESH_SECONDS else _warning
    yield result(
        f"this machine's clock is {abs(ahead):.0f} s {which} Slack's: {effect}",
        "set it by NTP (`timedatectl set-ntp true`)",
    )


def _team(settings: Settings, identity: TokenIdentity, platform: Platform) -> Iterator[CheckResult]:
    if settings.slack_team_id and identity.team_id != settings.slack_team_id:
        yield _failed(
            f"the token belongs to team {identity.team_id}, but GOPHER_SLACK_TEAM_ID names "
            "another: every event will be refused",
            set_variable(platform, "GOPHER_SLACK_TEAM_ID", identity.team_id),
        )


def _app(
    settings: Settings, slack: Slack, identity: TokenIdentity, platform: Platform
) -> Iterator[CheckResult]:
    try:
        app = slack.app_of(identity.bot_id)
    except SlackError as error:
        if not _lacks_a_scope(error):
            yield _warning(f"can't see its app: {error}", _SLACKS_STATUS)
        return
    if settings.slack_app_id and app and app != settings.slack_app_id:
        yield _failed(
            f"the token belongs to app {app}, but GOPHER_SLACK_APP_ID names another: "
            "every event will be refused",
            set_variable(platform, "GOPHER_SLACK_APP_ID", app),
        )


def _scopes(identity: TokenIdentity, installation: Installation) -> Iterator[CheckResult]:
    needed = manifest.needed_scopes(
        installation.rules, installation.watchers, installation.moderation.tables
    )
    missing = {scope: why for scope, why in needed.items() if scope not in identity.scopes}
    for scope, why in missing.items():
        yield _failed(
            f"the scope {scope} is missing, for {', '.join(why)}",
            "add it under OAuth & Permissions (or paste `gopherbot manifest`) and reinstall",
        )
    if not missing:
        more = sorted(identity.scopes - needed.keys())
        also = f"; granted but not needed: {', '.join(more)}" if more else ""
        yield _ok(f"all {len(needed)} scopes are granted{also}")


def _channels(
    settings: Settings, slack: Slack, installation: Installation
) -> Iterator[CheckResult]:
    """Check that the bot can post and listen where its content says so."""
    if installation.data is None:
        return
    workspace = installation.data.workspace
    # In shadow mode, the bot posts to none of them.
    posts = not settings.shadow
    speakers = posting_channels(installation.watchers, installation.rules) if posts else {}
    if not speakers and not workspace.help_channels:
        return
    try:
        pages = list(slack.public_channels(max_wait=_MAX_WAIT_SECONDS))
    except SlackError as error:
        if not _lacks_a_scope(error):
            yield _warning(f"can't list channels: {error}", _SLACKS_STATUS)
        return
    channels = [channel for page in pages for channel in page]
    found = unusable(speakers, channels, workspace.bot)
    for channel in found:
        yield _warning(channel.problem, channel.remedy)
    told = {channel.name for channel in found}
    yield from _help_channels([n for n in workspace.help_channels if n not in told], channels)
    if speakers and not found:
        names = ", ".join(f"#{name}" for name in sorted(speakers))
        yield _ok(f"the bot is in the {count(len(speakers), 'channel')} that it posts in: {names}")


def _moderators(
    settings: Settings, slack: Slack, installation: Installation
) -> Iterator[CheckResult]:
    """Check that what is meant for moderators can be shown to them, and to nobody else."""
    told, data = dict(_told_to_moderators(installation)), installation.data
    if not told or data is None:
        return
    if not settings.signing_secret and installation.moderation.tables:
        secret = set_variable(installation.platform, "GOPHER_SLACK_REQUEST_SECRET", "…")
        yield _failed("workers can't open the reports and clicks that gateways seal", secret)
    if "reports" in told and not data.workspace.contact:
        yield _warning(
            "`contact` is empty: a member whose report can't be shown isn't told whom to write to",
            "set it to an e-mail address in workspace.toml",
        )
    try:
        channels = slack.private_channels()
    except SlackError as error:
        if not _lacks_a_scope(error):
            yield _warning(f"can't list private channels: {error}", _SLACKS_STATUS)
        return
    for what, name in told.items():
        yield _shown_to_moderators(what, name, channels, data.workspace.bot)


def _told_to_moderators(installation: Installation) -> Iterator[tuple[str, str]]:
    """Yield each kind of message to moderators, with its channel's name or id."""
    for what in ("reports", "waves"):
        if table := getattr(installation.moderation, what):
            yield what, table.channel
    for watcher in installation.watchers:
        if watcher.watch.is_private:
            yield f"[{watcher.name}]", watcher.watch.channel


def _shown_to_moderators(
    what: str, name: str, channels: Sequence[Channel], bot: str
) -> CheckResult:
    found = next((each for each in channels if name in (each.name, each.id)), None)
    go, reach = ("goes", "reaches") if what.startswith("[") else ("go", "reach")
    if found is None:
        return _failed(
            f"{what} {reach} nobody: {name} isn't a private channel that the bot is in",
            f"make it private and write `/invite @{bot}` there, or name another `channel`",
        )
    if found.is_shared:
        return _failed(
            f"{what} {reach} nobody: other organizations are in #{found.name}",
            "name a `channel` of your own",
        )
    return _ok(f"{what} {go} to the private channel #{found.name} ({found.id})")


def _help_channels(names: Iterable[str], channels: Iterable[Channel]) -> Iterator[CheckResult]:
    """Check that the bot is in the help channels: Slack sends events only to members."""
    there = {channel.name: channel.is_member for channel in channels}
    for name in names:
        if name not in there:
            yield _warning(
                f"nobody's questions are followed in #{name}, which isn't a public channel",
                f"create or unarchive #{name}, or change `help_channels` in workspace.toml",
            )
        elif not there[name]:
            yield _warning(
                f"nobody's questions are followed in #{name}: the bot isn't a member",
                f"invite it in #{name}",
            )


def _round_trips(
    settings: Settings, slack: Slack, identity: TokenIdentity, platform: Platform
) -> CheckResult:
    """Check that the bot is in the channel of its round trips."""
    id = settings.probe_channel
    another = set_variable(platform, "GOPHER_SLACK_PROBE_CHANNEL", "C…")
    if not id:
        return _warning(
            "no round trips: nothing notices if Slack stops sending events",
            f"{another}, the id of an operators' channel that the bot is in",
        )
    try:
        channel = slack.channel(id)
    except SlackError as error:
        return _unseen(id, error, another)
    if channel is None:
        return _failed(f"no round trips: {id} is archived", another)
    if not channel.is_member:
        return _failed(
            f"no round trips: the bot isn't a member of #{channel.name}",
            f"write `/invite @{identity.user}` in #{channel.name}",
        )
    missed = settings.welcome_missed
    later = "; who joins while Slack sends no events is welcomed later" if missed else ""
    return _ok(f"the bot is in #{channel.name}, the channel of its round trips{later}")


def _unseen(id: str, error: SlackError, another: str) -> CheckResult:
    """Return why the channel of the round trips can't be looked at."""
    if _lacks_a_scope(error):
        return _warning(
            f"can't see whether the bot is in {id}: a private channel takes the scope groups:read",
            "`gopherbot status` says whether round trips come back",
        )
    if isinstance(error, Rejected):
        return _failed(f"no round trips in {id}: {error.error}", another)
    return _warning(f"can't look at {id}: {error}", _SLACKS_STATUS)


def check_client_msg_id(settings: Settings, platform: Platform) -> CheckResult:
    """Post twice with one id in the probe channel, count the posts, and delete them."""
    channel = settings.probe_channel
    if not channel:
        return CheckResult(
            _TRIAL,
            CheckState.WARNING,
            "not tried: there is no channel to post in",
            set_variable(platform, "GOPHER_SLACK_PROBE_CHANNEL", "C…"),
        )
    slack = Slack(replace(settings, client_msg_id=True), HttpPool(settings.slack_api_url))
    metadata = ReplyMetadata(f"check-{uuid.uuid4().hex}", "client_msg_id", 0)
    posted: set[str] = set()
    try:
        for _ in range(2):
            posted.add(slack.post(channel, _POSTED, metadata))
    except SlackError as error:
        return CheckResult(_TRIAL, CheckState.FAILED, f"not tried: {error}", "see the lines above")
    finally:
        left = [ts for ts in sorted(posted) if not _deleted(slack, channel, ts)]
    if left:
        return CheckResult(
            _TRIAL,
            CheckState.WARNING,
            "Slack did not delete what was posted",
            f"delete it in {channel}",
        )
    return _verdict(settings, platform, honored=len(posted) == 1)


def _verdict(settings: Settings, platform: Platform, *, honored: bool) -> CheckResult:
    seen = "1 post: Slack honors it" if honored else "2 posts: Slack ignores it"
    text = f"two calls with one id made {seen}"
    if settings.client_msg_id is honored:
        return CheckResult(_TRIAL, CheckState.OK, text)
    value = "1" if honored else "0"
    todo = set_variable(platform, "GOPHER_CLIENT_MSG_ID", value)
    return CheckResult(_TRIAL, CheckState.WARNING, text, todo)


def _deleted(slack: Slack, channel: str, ts: str) -> bool:
    try:
        slack.delete(channel, ts)
    except SlackError:
        return False
    return True
