"""What an app registered with Slack, by its manifest: https://docs.slack.dev/reference/app-manifest"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from slack_simulator.workspace.setup import AppSetup, MetadataSubscription, Shortcut, SlashCommand

_OPEN = {
    "slash_commands": ("command", "description", "usage_hint"),
    "metadata_subscriptions": ("app_id", "event_type"),
    "shortcuts": ("name", "callback_id", "type", "description"),
}


def read(path: Path | str) -> AppSetup:
    """Return the app of a manifest file in JSON. Raise `ValueError`, which says what's wrong."""
    try:
        manifest = msgspec.json.decode(Path(path).read_bytes())
    except (OSError, msgspec.DecodeError) as problem:
        raise ValueError(f"{path} isn't a manifest in JSON: {problem}") from None
    if not isinstance(manifest, dict) or "display_information" not in manifest:
        raise ValueError(f"{path} isn't a manifest: it has no display_information")
    return of_manifest(manifest)


def of_manifest(manifest: Mapping[str, Any]) -> AppSetup:
    """Return the app of a manifest: it has these scopes, events, commands and shortcuts only."""
    features = manifest.get("features", {})
    scopes = manifest.get("oauth_config", {}).get("scopes", {})
    settings = manifest.get("settings", {})
    subscriptions = settings.get("event_subscriptions", {})
    return AppSetup(
        slash_commands=tuple(
            SlashCommand(**_fields(each, "slash_commands"))
            for each in features.get("slash_commands", ())
        ),
        shortcuts=tuple(
            Shortcut(**_fields(each, "shortcuts")) for each in features.get("shortcuts", ())
        ),
        home_tab=bool(features.get("app_home", {}).get("home_tab_enabled")),
        scopes=tuple(scopes.get("bot", ())),
        user_scopes=tuple(scopes.get("user", ())),
        events=tuple(subscriptions.get("bot_events", ())),
        metadata_subscriptions=tuple(
            MetadataSubscription(**_fields(each, "metadata_subscriptions"))
            for each in subscriptions.get("metadata_subscriptions", ())
        ),
        unfurl_domains=tuple(features.get("unfurl_domains", ())),
        interactivity_path=_interactivity_path(settings),
        token_rotation=bool(settings.get("token_rotation_enabled")),
    )


def _interactivity_path(settings: Mapping[str, Any]) -> str:
    """Return the path that takes interactions, or "" if it takes events, too."""
    events, interactivity = (
        urlsplit(str(settings.get(name, {}).get("request_url", ""))).path
        for name in ("event_subscriptions", "interactivity")
    )
    return "" if interactivity == events else interactivity


def _fields(entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {name: entry[name] for name in _OPEN[kind] if name in entry}
