"""Builds the Slack app's manifest from the rules and actors: installing the app is one paste.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gopherbot.actors.watch_tables import Watch
from gopherbot.operations import scopes
from gopherbot.router import Rule
from gopherbot.rulebook.schema import Workspace
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.events import EVENT_PATH

LONGEST_NAME = 35
LONGEST_BOT_NAME = 80


def manifest(
    workspace: Workspace,
    rules: Sequence[Rule],
    watchers: Sequence[Watcher[Watch]],
    *,
    url: str,
    name: str = "",
) -> dict[str, Any]:
    """Return the manifest of an app, named `name` or like its bot, with its gateway at `url`."""
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
        },
        "oauth_config": {"scopes": {"bot": list(scopes.needed(rules, watchers))}},
        "settings": {
            "event_subscriptions": {
                "request_url": f"{url.rstrip('/')}{EVENT_PATH}",
                "bot_events": list(scopes.subscriptions(rules, watchers)),
            },
            "interactivity": {"is_enabled": False},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
