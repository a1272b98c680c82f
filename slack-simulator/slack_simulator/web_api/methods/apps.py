"""apps.connections.open: the address of a Socket Mode connection."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.objects import Json


def open_connection(caller: Caller, _arguments: Arguments) -> Json:
    """Return a new WebSocket address."""
    return {"url": caller.socket_mode.new_address(caller.files_url)}
