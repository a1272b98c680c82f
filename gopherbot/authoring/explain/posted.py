"""What the bot would do now with a message that stands in Slack: for `gopherbot why`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gopherbot.authoring.explain import Explanation, explain_message
from gopherbot.authoring.explain.names import Names
from gopherbot.authoring.explain.scenario import ChannelKind, Scenario, channel_type
from gopherbot.errors import GopherbotError
from gopherbot.model import Message
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.slack import events
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError


class NotExplained(GopherbotError):
    """Why nothing can be said of the message's text."""


def explain_posted(
    content: LoadedContent,
    slack: Slack,
    channel: str,
    ts: str,
    *,
    thread_ts: str = "",
    private: bool = False,
    shadow: bool = False,
) -> Explanation:
    """Fetch a message and say what the rules make of it. Raise `NotExplained`.

    `private` is a channel that is not public; a DM is known by its id. Files are taken as empty.
    """
    kind: ChannelKind = "dm" if channel.startswith("D") else "private" if private else "public"
    try:
        found = slack.message(channel, ts, thread_ts=thread_ts)
        own = slack.own_user()
    except SlackError as error:
        raise NotExplained(f"its text cannot be fetched from Slack ({error})") from None
    if found is None:
        raise NotExplained("it does not stand in Slack any more")
    asked = _message(found, channel, kind, own)
    if asked is None:
        raise NotExplained("the bot does not read such messages: it is a bot's, or no member's")
    names = Names(content.data.workspace.bot, content.data.channels)
    files = {file.id: "" for file in asked.files}
    scenario = Scenario(kind=kind, channel=channel, shadow=shadow, files=files)
    return explain_message(content, asked, names, scenario)


def _message(found: Mapping[str, Any], channel: str, kind: ChannelKind, own: str) -> Message | None:
    """Return the message as the bot saw it when it came as an event."""
    told = {**found, "channel": channel, "channel_type": channel_type(kind)}
    try:
        event = msgspec.json.decode(msgspec.json.encode(told), type=events.MessageEvent)
    except msgspec.MsgspecError:
        return None
    return events.to_message(events.MessageEnvelope("why", event), frozenset({own}))
