"""Explains what the bot would do now with a message posted in Slack, for `gopherbot why`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gopherbot import shapes
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
    """Raised if a message cannot be explained; the text says why."""


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
    """Fetch a message and explain what the rules make of it. Raise `NotExplained` if impossible.

    `private` means that the channel is not public; a DM is recognised by its id. Files count as
    empty.
    """
    kind: ChannelKind = "dm" if channel.startswith("D") else "private" if private else "public"
    try:
        found = slack.message(channel, ts, thread_ts=thread_ts)
        own = slack.own_user()
    except SlackError as error:
        raise NotExplained(f"its text can't be fetched from Slack ({error})") from None
    if found is None:
        raise NotExplained("it's no longer in Slack")
    asked = _message(found, channel, kind, own)
    if asked is None:
        raise NotExplained("the bot doesn't read such messages: no member wrote it")
    names = Names(content.data.workspace.bot, content.data.channels)
    files = {file.id: "" for file in asked.files}
    scenario = Scenario(kind=kind, channel=channel, shadow=shadow, files=files)
    return explain_message(content, asked, names, scenario)


def _message(found: Mapping[str, Any], channel: str, kind: ChannelKind, own: str) -> Message | None:
    """Return the message as the bot receives it in an event; None if it ignores such messages."""
    told = {**found, "channel": channel, "channel_type": channel_type(kind)}
    try:
        event = shapes.decode(msgspec.json.encode(told), events.MessageEvent)
    except msgspec.MsgspecError:
        return None
    return events.to_message(events.MessageEnvelope("why", event), frozenset({own}))
