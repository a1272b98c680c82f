"""The Web API methods by name. Each takes the caller and the arguments.

A method returns the fields of Slack's response without `ok`, or raises `SlackError`.
"""

from collections.abc import Callable

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import (
    apps,
    assistant,
    bookmarks,
    chat,
    conversations,
    files,
    history,
    membership,
    oauth,
    pins,
    profiles,
    reactions,
    scheduling,
    search,
    streams,
    team,
    usergroups,
    users,
    views,
)
from slack_simulator.workspace.objects import Json

Method = Callable[[Caller, Arguments], Json]

METHODS: dict[str, Method] = {
    "api.test": team.api_test,
    "apps.connections.open": apps.open_connection,
    "assistant.threads.setStatus": assistant.set_status,
    "assistant.threads.setSuggestedPrompts": assistant.set_prompts,
    "assistant.threads.setTitle": assistant.set_title,
    "auth.revoke": oauth.revoke,
    "auth.test": team.auth_test,
    "bookmarks.add": bookmarks.add,
    "bookmarks.edit": bookmarks.edit,
    "bookmarks.list": bookmarks.list_all,
    "bookmarks.remove": bookmarks.remove,
    "bots.info": users.bot_info,
    "chat.appendStream": streams.append,
    "chat.delete": chat.delete,
    "chat.deleteScheduledMessage": scheduling.delete,
    "chat.getPermalink": chat.permalink,
    "chat.meMessage": chat.me_message,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.scheduleMessage": scheduling.schedule,
    "chat.scheduledMessages.list": scheduling.list_all,
    "chat.startStream": streams.start,
    "chat.stopStream": streams.stop,
    "chat.unfurl": chat.unfurl,
    "chat.update": chat.update,
    "conversations.archive": membership.archive,
    "conversations.close": membership.close,
    "conversations.create": membership.create,
    "conversations.history": history.of_channel,
    "conversations.info": conversations.info,
    "conversations.invite": membership.invite,
    "conversations.join": membership.join,
    "conversations.kick": membership.kick,
    "conversations.leave": membership.leave,
    "conversations.list": conversations.list_all,
    "conversations.mark": membership.mark,
    "conversations.members": conversations.members,
    "conversations.open": conversations.open_direct,
    "conversations.rename": membership.rename,
    "conversations.replies": history.of_thread,
    "conversations.setPurpose": membership.set_purpose,
    "conversations.setTopic": membership.set_topic,
    "conversations.unarchive": membership.unarchive,
    "emoji.list": team.emoji_list,
    "files.completeUploadExternal": files.complete_upload,
    "files.delete": files.delete,
    "files.getUploadURLExternal": files.new_upload,
    "files.info": files.info,
    "files.list": files.list_all,
    "files.upload": files.retired,
    "functions.completeError": assistant.fail_function,
    "functions.completeSuccess": assistant.complete_function,
    "oauth.v2.access": oauth.access,
    "pins.add": pins.add,
    "pins.list": pins.list_all,
    "pins.remove": pins.remove,
    "reactions.add": reactions.add,
    "reactions.get": reactions.get,
    "reactions.list": reactions.list_all,
    "reactions.remove": reactions.remove,
    "search.all": search.in_all,
    "search.files": search.in_files,
    "search.messages": search.in_messages,
    "team.info": team.team_info,
    "usergroups.create": usergroups.create,
    "usergroups.disable": usergroups.disable,
    "usergroups.enable": usergroups.enable,
    "usergroups.list": usergroups.list_all,
    "usergroups.update": usergroups.update,
    "usergroups.users.list": usergroups.list_users,
    "usergroups.users.update": usergroups.update_users,
    "users.conversations": conversations.of_user,
    "users.getPresence": profiles.get_presence,
    "users.info": users.info,
    "users.list": users.list_all,
    "users.lookupByEmail": users.by_email,
    "users.profile.get": profiles.get,
    "users.profile.set": profiles.change,
    "users.setPresence": profiles.set_presence,
    "views.open": views.open_modal,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}

#: Methods that need no token.
PUBLIC = frozenset({"api.test", "oauth.v2.access"})

#: Methods that need an app-level token (xapp-…).
APP_LEVEL = frozenset({"apps.connections.open"})


#: Methods for the tokens of members only.
MEMBERS_ONLY = frozenset({"search.all", "search.files", "search.messages"})


def writes(name: str) -> bool:
    """Return whether a method changes anything, judged by its last word."""
    return name.rpartition(".")[2] not in _READING


_READING = frozenset(
    {
        *("conversations", "get", "getPermalink", "getPresence", "getUploadURLExternal"),
        *("history", "info", "list", "lookupByEmail", "members", "replies", "test"),
    }
)
