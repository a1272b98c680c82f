"""The Web API methods by name. Each takes the caller and the arguments.

A method returns the fields of Slack's response without `ok`, or raises `SlackError`.
"""

from collections.abc import Callable

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import (
    apps,
    chat,
    conversations,
    files,
    history,
    reactions,
    team,
    users,
    views,
)
from slack_simulator.workspace.objects import Json

Method = Callable[[Caller, Arguments], Json]

METHODS: dict[str, Method] = {
    "api.test": team.api_test,
    "apps.connections.open": apps.open_connection,
    "auth.test": team.auth_test,
    "bots.info": users.bot_info,
    "chat.delete": chat.delete,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": history.of_channel,
    "conversations.info": conversations.info,
    "conversations.list": conversations.list_all,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_direct,
    "conversations.replies": history.of_thread,
    "files.info": files.info,
    "reactions.add": reactions.add,
    "reactions.get": reactions.get,
    "reactions.remove": reactions.remove,
    "users.info": users.info,
    "users.list": users.list_all,
    "views.open": views.open_modal,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}

#: Methods that need no token.
PUBLIC = frozenset({"api.test"})

#: Methods that need an app-level token (xapp-…).
APP_LEVEL = frozenset({"apps.connections.open"})


def writes(name: str) -> bool:
    """Return whether a method changes anything, judged by its last word."""
    return name.rpartition(".")[2] not in _READING


_READING = frozenset({"get", "history", "info", "list", "members", "replies", "test"})
