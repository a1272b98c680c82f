"""`gopherbot manifest`: prints the manifest to paste when creating the Slack app."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gopherbot.operations.manifest import manifest
from gopherbot.rulebook import loader
from gopherbot.settings import content_and_gateway


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
        url=url,
        name=name or "",
    )
    print(json.dumps(made, indent=2, ensure_ascii=False))
