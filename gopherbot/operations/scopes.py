"""Derives the Slack app's scopes and events from the rules and the table of actors. Pure.

`gopherbot manifest` requests them, `gopherbot check` compares them with the granted ones. The
scopes are from each method's and each event's page at https://docs.slack.dev/reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gopherbot.actors.table import EVENT_ACTORS, JOBS
from gopherbot.actors.watch_tables import Watch
from gopherbot.router import Rule
from gopherbot.rulebook.watchers import Watcher

_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: Mapping[str, tuple[str, ...]] = {
    "auth.test": (),
    # Called only by `gopherbot check`, which also works without it.
    "bots.info": (),
    "chat.delete": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": (*_HISTORY, "metadata.message:read"),
    "conversations.info": ("channels:read",),
    "conversations.list": ("channels:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": (*_HISTORY, "metadata.message:read"),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "users.list": ("users:read",),
}
"""The scopes needed by each method that `slack/client.py` calls."""

_UNDER_ANOTHER_NAME = "chat:write.customize"

# Any handler may return any of these effects. They follow edits, and doubtful ones are looked up.
_ANY_RULE = (
    *("chat.postMessage", "chat.postEphemeral", "reactions.add", "conversations.open"),
    *("chat.update", "chat.delete", "reactions.remove"),
    *("conversations.history", "conversations.replies"),
)
_RULES = {"dynamic:playground": ("files.info",)}


def subscriptions(rules: Iterable[Rule], watchers: Iterable[Watcher[Watch]] = ()) -> dict[str, str]:
    """Return the events to subscribe to, sorted, each with the scope that it requires.

    Events for only one kind of rule or one watcher are left out if there is none.
    """
    there = {rule.kind.value for rule in rules} | {"", *(each.name for each in watchers)}
    rows = (row for row in EVENT_ACTORS if {row.rules, row.watcher} <= there)
    return dict(sorted(pair for row in rows for pair in row.subscriptions.items()))


def needed(rules: Iterable[Rule], watchers: Iterable[Watcher[Watch]]) -> dict[str, list[str]]:
    """Return the needed scopes, sorted, each with what needs it: events, methods, actors."""
    rules, watchers = list(rules), list(watchers)
    subscribed = subscriptions(rules, watchers)
    why: defaultdict[str, list[str]] = defaultdict(list)
    for event, scope in subscribed.items():
        why[scope].append(f"the event {event}")
    methods = dict.fromkeys(_ANY_RULE)
    for rule in rules:
        methods |= dict.fromkeys(_RULES.get(rule.name, ()))
    for method in methods:
        for scope in METHODS[method]:
            why[scope].append(method)
    rows = [row for row in EVENT_ACTORS if subscribed.keys() & set(row.subscriptions)]
    own = [(actor.name, actor.scopes) for actor in rows]
    there = {rule.kind.value for rule in rules} | {""}
    own += [(job.name, job.scopes) for job in JOBS if job.table is None and job.rules in there]
    own += [(watcher.name, _of_watcher(watcher)) for watcher in watchers]
    for name, scopes in own:
        for scope in scopes:
            why[scope].append(name)
    return {scope: why[scope] for scope in sorted(why)}


def _of_watcher(watcher: Watcher[Watch]) -> tuple[str, ...]:
    disguised = watcher.watch.username or watcher.watch.icon
    return (*watcher.job.scopes, *((_UNDER_ANOTHER_NAME,) if disguised else ()))
