"""apps.* and auth.teams.list: the app itself, and where it is installed."""

import base64
import binascii

import msgspec

from slack_simulator.events import envelopes
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def open_connection(caller: Caller, _arguments: Arguments) -> Json:
    """Return the address of a new Socket Mode connection."""
    return {"url": caller.socket_mode.new_address(caller.files_url)}


def authorizations(caller: Caller, arguments: Arguments) -> Json:
    """Return for whom the app got an event, by the `event_context` of the event's envelope."""
    app_id = _app_of(arguments.required("event_context", "invalid_event_context"))
    if app_id != caller.identity.app_id:
        raise SlackError("auth_mismatch")
    return {"authorizations": envelopes.authorizations(caller.identity)}


def uninstall(caller: Caller, arguments: Arguments) -> Json:
    """Uninstall the app: its tokens are revoked, and it is told."""
    arguments.required("client_id", "invalid_client_id")
    arguments.required("client_secret", "bad_client_secret")
    caller.uninstall()
    return {}


def teams(caller: Caller, _arguments: Arguments) -> Json:
    """Return the workspaces that the app is installed in: the one there is."""
    team = {"id": caller.identity.team_id, "name": caller.identity.team_name}
    return {"teams": [team], "response_metadata": {"next_cursor": ""}}


def _app_of(context: str) -> str:
    try:
        facts = msgspec.json.decode(base64.b64decode(context.removeprefix("4-")), type=Json)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise SlackError("invalid_event_context") from None
    return str(facts.get("aid"))
