"""Tries whether this workspace recognizes a post by its `client_msg_id`, which Slack documents only
in errors.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from gopherbot.operations.checks.result import CheckResult, State
from gopherbot.settings import Platform, Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.metadata import ReplyMetadata
from gopherbot.status.platform import set_variable

_ABOUT = "client_msg_id"
_TEXT = "`gopherbot check` posts this twice with one client_msg_id, and deletes it."


def check(settings: Settings, platform: Platform) -> CheckResult:
    """Post twice with one id in the probe channel, count the posts, and delete them."""
    channel = settings.probe_channel
    if not channel:
        return CheckResult(
            _ABOUT,
            State.WARNING,
            "not tried: there is no channel to post in",
            set_variable(platform, "GOPHER_SLACK_PROBE_CHANNEL", "C…"),
        )
    slack = Slack(replace(settings, client_msg_id=True), HttpPool(settings.slack_api_url))
    metadata = ReplyMetadata(f"check-{uuid.uuid4().hex}", "client_msg_id", 0)
    posted: set[str] = set()
    try:
        for _ in range(2):
            posted.add(slack.post(channel, _TEXT, metadata))
    except SlackError as error:
        return CheckResult(_ABOUT, State.FAILED, f"not tried: {error}", "see the lines above")
    finally:
        left = [ts for ts in sorted(posted) if not _deleted(slack, channel, ts)]
    if left:
        return CheckResult(
            _ABOUT, State.WARNING, "Slack did not delete what was posted", f"delete it in {channel}"
        )
    return _verdict(settings, platform, honored=len(posted) == 1)


def _verdict(settings: Settings, platform: Platform, *, honored: bool) -> CheckResult:
    seen = "1 post: Slack honors it" if honored else "2 posts: Slack ignores it"
    text = f"two calls with one id made {seen}"
    if settings.client_msg_id is honored:
        return CheckResult(_ABOUT, State.OK, text)
    value = "1" if honored else "0"
    todo = set_variable(platform, "GOPHER_CLIENT_MSG_ID", value)
    return CheckResult(_ABOUT, State.WARNING, text, todo)


def _deleted(slack: Slack, channel: str, ts: str) -> bool:
    try:
        slack.delete(channel, ts)
    except SlackError:
        return False
    return True
