"""What the Slack app needs: its scopes and events, from the rules and jobs there are. Pure.

`gopherbot manifest` asks Slack for them, `gopherbot check` compares them with what was granted.
Source of the scopes: each method's and each event's page, https://docs.slack.dev/reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gopherbot.model import Kind
from gopherbot.queues.routing import Job
from gopherbot.router import Rule

_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: Mapping[str, tuple[str, ...]] = {
    "auth.test": (),
    # Only `gopherbot check` calls it, and does without if it must.
    "bots.info": (),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "conversations.history": (*_HISTORY, "metadata.message:read"),
    "conversations.list": ("channels:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": (*_HISTORY, "metadata.message:read"),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
}
"""By each method that `slack/client.py` calls, the scopes it needs there."""

_UNDER_ANOTHER_NAME = "chat:write.customize"

EVENTS: Mapping[str, str] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "team_join": "users:read",
    "member_joined_channel": "channels:read",
}
"""By each event that is read, the scope without which it cannot be subscribed to."""

_JOINS = {"team_join": Kind.TEAM_JOIN, "member_joined_channel": Kind.CHANNEL_JOIN}

# Any handler may answer with any of these effects; replies in doubt are looked up.
_ANY_RULE = (
    *("chat.postMessage", "chat.postEphemeral", "reactions.add", "conversations.open"),
    *("conversations.history", "conversations.replies"),
)
_RULES = {"dynamic:playground": ("files.info",)}
_JOBS: Mapping[str, tuple[str, ...]] = {
    "channel_cache": ("conversations.list",),
    "gerrit": ("chat.postMessage",),
    "gotime_live": ("chat.postMessage",),
    "gotime_social": ("chat.postMessage",),
}


def events(rules: Iterable[Rule]) -> list[str]:
    """Give the events to subscribe to: all messages, and those joins that some rule answers."""
    kinds = {rule.kind for rule in rules}
    return [event for event in EVENTS if event not in _JOINS or _JOINS[event] in kinds]


def needed(rules: Iterable[Rule], jobs: Iterable[Job]) -> dict[str, list[str]]:
    """Give the scopes needed, sorted, each with what needs it: methods, events and jobs."""
    rules = list(rules)
    why: defaultdict[str, list[str]] = defaultdict(list)
    for event in events(rules):
        why[EVENTS[event]].append(f"the event {event}")
    methods = dict.fromkeys(_ANY_RULE)
    for rule in rules:
        methods |= dict.fromkeys(_RULES.get(rule.name, ()))
    for job in jobs:
        methods |= dict.fromkeys(_JOBS.get(job.name, ()))
        if job.name == "gotime_social":
            why[_UNDER_ANOTHER_NAME].append("posting under another name")
    for method in methods:
        for scope in METHODS[method]:
            why[scope].append(method)
    return {scope: why[scope] for scope in sorted(why)}
