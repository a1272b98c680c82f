"""`gopherbot manifest`: prints the manifest to paste when creating the Slack app.

Its scopes and events follow from the rules and the table of actors; `gopherbot check` compares them
with the granted ones. The scopes are from each method's and each event's page, the form is from
https://docs.slack.dev/reference/app-manifest.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.rulebook.schema import Workspace
from gopherbot.rulebook.watchers import Watcher
from gopherbot.settings import content_and_gateway
from gopherbot.slack.events import EVENT_PATH, INTERACTIVITY_PATH
from gopherbot.table import EVENT_ACTORS, JOBS, SHORTCUTS, InteractionActor, interaction_actors
from gopherbot.table.watches import Watch

LONGEST_NAME = 35
LONGEST_BOT_NAME = 80
LONGEST_SHORTCUT = 24
LONGEST_DESCRIPTION = 150
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
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "views.open": (),
}
"""The scopes needed by each method that `slack/client.py` and `directory.py` call."""

_UNDER_ANOTHER_NAME = "chat:write.customize"

# Any handler may return any of these effects. They follow edits, and doubtful ones are looked up.
_ANY_RULE = (
    *("chat.postMessage", "chat.postEphemeral", "reactions.add", "conversations.open"),
    *("chat.update", "chat.delete", "reactions.remove"),
    *("conversations.history", "conversations.replies"),
)
_RULES = {
    "dynamic:playground": ("files.info",),
    "dynamic:explain errors in files": ("files.info",),
}
_TABLES = {"channels.group": ("usergroups.users.list",)}


def subscriptions(
    rules: Iterable[Rule],
    watchers: Iterable[Watcher[Watch]] = (),
    moderation: Collection[str] = (),
) -> dict[str, str]:
    """Return the events to subscribe to, sorted, each with the scope that it requires.

    Events for only one kind of rule, one watcher or one table of `moderation.toml` are left out if
    there is none.
    """
    there = {rule.kind.value for rule in rules} | {"", *(each.name for each in watchers)}
    tables = {"", *moderation}
    rows = (
        row
        for row in EVENT_ACTORS
        if ({row.rules, row.watcher} <= there and row.moderation in tables)
        or row.or_moderation in moderation
    )
    return dict(sorted(pair for row in rows for pair in row.subscriptions.items()))


def needed_scopes(
    rules: Iterable[Rule], watchers: Iterable[Watcher[Watch]], moderation: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return the needed scopes, sorted, each with what needs it: events, methods, actors.

    `moderation` holds the names of the tables in `moderation.toml`.
    """
    rules, watchers = list(rules), list(watchers)
    subscribed = subscriptions(rules, watchers, moderation)
    why: defaultdict[str, list[str]] = defaultdict(list)
    for event, scope in subscribed.items():
        why[scope].append(f"the event {event}")
    methods = dict.fromkeys(_ANY_RULE)
    for rule in rules:
        methods |= dict.fromkeys(_RULES.get(rule.name, ()))
    for table in moderation:
        methods |= dict.fromkeys(_TABLES.get(table, ()))
    for method in methods:
        for scope in METHODS[method]:
            why[scope].append(method)
    rows = [row for row in EVENT_ACTORS if subscribed.keys() & set(row.subscriptions)]
    own = [(actor.name, actor.scopes) for actor in rows]
    there = {rule.kind.value for rule in rules} | {""}
    own += [(job.name, job.scopes) for job in JOBS if job.table is None and job.rules in there]
    own += [(watcher.name, _of_watcher(watcher)) for watcher in watchers]
    own += [(row.name, _of_interaction(row)) for row in interaction_actors(moderation)]
    for name, scopes in own:
        for scope in scopes:
            why[scope].append(name)
    return {scope: why[scope] for scope in sorted(why)}


def _of_watcher(watcher: Watcher[Watch]) -> tuple[str, ...]:
    disguised = watcher.watch.username or watcher.watch.icon
    return (*watcher.job.scopes, *((_UNDER_ANOTHER_NAME,) if disguised else ()))


def _of_interaction(row: InteractionActor) -> tuple[str, ...]:
    return (*row.scopes, *(("commands",) if row.kind in SHORTCUTS else ()))


def _interactivity(url: str, offered: Sequence[InteractionActor]) -> dict[str, Any]:
    if not offered:
        return {"is_enabled": False}
    return {"is_enabled": True, "request_url": f"{url.rstrip('/')}{INTERACTIVITY_PATH}"}


def _shortcuts(offered: Iterable[InteractionActor]) -> list[dict[str, str]]:
    return [
        {
            "name": row.title[:LONGEST_SHORTCUT],
            "type": SHORTCUTS[row.kind],
            "callback_id": row.id,
            "description": row.help[:LONGEST_DESCRIPTION],
        }
        for row in offered
        if row.kind in SHORTCUTS
    ]


def manifest(
    workspace: Workspace,
    rules: Sequence[Rule],
    watchers: Sequence[Watcher[Watch]],
    moderation: Collection[str] = (),
    *,
    url: str,
    name: str = "",
) -> dict[str, Any]:
    """Return the manifest of an app, named `name` or like its bot, with its gateway at `url`."""
    offered = interaction_actors(moderation)
    shortcuts = _shortcuts(offered)
    return {
        "display_information": {
            "name": (name or workspace.bot)[:LONGEST_NAME],
            "description": f"The chat bot of the {workspace.name} community"[:140],
        },
        "features": {
            # Without this tab, members couldn't write to the bot directly.
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": workspace.bot[:LONGEST_BOT_NAME], "always_online": True},
            **({"shortcuts": shortcuts} if shortcuts else {}),
        },
        "oauth_config": {"scopes": {"bot": list(needed_scopes(rules, watchers, moderation))}},
        "settings": {
            "event_subscriptions": {
                "request_url": f"{url.rstrip('/')}{EVENT_PATH}",
                "bot_events": list(subscriptions(rules, watchers, moderation)),
            },
            "interactivity": _interactivity(url, offered),
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }


@click.command("manifest")
@click.option("--url", help="The gateway's address, https://…. Default: GOPHER_GATEWAY_URL.")
@click.option("--name", help="The app's name. Default: the bot's in workspace.toml.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder. Default: GOPHER_CONTENT, or else the Gophers' own.",
)
def command(url: str | None, name: str | None, folder: Path | None) -> None:
    """Print the Slack app's manifest: scopes, events and request URL, as JSON.

    Paste it under "Create New App" → "From a manifest" at https://api.slack.com/apps. No settings
    are needed, because the app doesn't exist yet.
    """
    # Not `Settings`, which requires values that don't exist before the app does.
    given, known = content_and_gateway()
    url, folder = url or known or "https://THE-APP.herokuapp.com", folder or given
    loaded = loader.load(folder)
    if not url.startswith("https://"):
        raise click.BadParameter("Slack accepts only an https:// address", param_hint="--url")
    made = manifest(
        loaded.data.workspace,
        loaded.rules.rules,
        loaded.data.watchers,
        loaded.data.moderation.tables,
        url=url,
        name=name or "",
    )
    print(json.dumps(made, indent=2, ensure_ascii=False))
