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
    calls,
    canvases,
    chat,
    conversations,
    dnd,
    entities,
    files,
    history,
    identity,
    membership,
    oauth,
    pins,
    profiles,
    reactions,
    reminders,
    remote_files,
    scheduling,
    search,
    stars,
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
    "apps.event.authorizations.list": apps.authorizations,
    "apps.uninstall": apps.uninstall,
    "assistant.threads.setStatus": assistant.set_status,
    "assistant.threads.setSuggestedPrompts": assistant.set_prompts,
    "assistant.threads.setTitle": assistant.set_title,
    "auth.revoke": oauth.revoke,
    "auth.teams.list": apps.teams,
    "auth.test": team.auth_test,
    "bookmarks.add": bookmarks.add,
    "bookmarks.edit": bookmarks.edit,
    "bookmarks.list": bookmarks.list_all,
    "bookmarks.remove": bookmarks.remove,
    "bots.info": users.bot_info,
    "calls.add": calls.add,
    "calls.end": calls.end,
    "calls.info": calls.info,
    "calls.participants.add": calls.add_participants,
    "calls.participants.remove": calls.remove_participants,
    "calls.update": calls.update,
    "canvases.access.delete": canvases.remove_access,
    "canvases.access.set": canvases.set_access,
    "canvases.create": canvases.create,
    "canvases.delete": canvases.delete,
    "canvases.edit": canvases.edit,
    "canvases.sections.lookup": canvases.look_up_sections,
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
    "conversations.canvases.create": canvases.create_in_channel,
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
    "dialog.open": views.open_dialog,
    "dnd.endDnd": dnd.end,
    "dnd.endSnooze": dnd.end_snooze,
    "dnd.info": dnd.info,
    "dnd.setSnooze": dnd.snooze,
    "dnd.teamInfo": dnd.team_info,
    "emoji.list": team.emoji_list,
    "entity.presentDetails": entities.present,
    "files.completeUploadExternal": files.complete_upload,
    "files.delete": files.delete,
    "files.getUploadURLExternal": files.new_upload,
    "files.info": files.info,
    "files.list": files.list_all,
    "files.remote.add": remote_files.add,
    "files.remote.info": remote_files.info,
    "files.remote.list": remote_files.list_all,
    "files.remote.remove": remote_files.remove,
    "files.remote.share": remote_files.share,
    "files.remote.update": remote_files.update,
    "files.revokePublicURL": files.unshare_publicly,
    "files.sharedPublicURL": files.share_publicly,
    "files.upload": files.retired,
    "functions.completeError": assistant.fail_function,
    "functions.completeSuccess": assistant.complete_function,
    "oauth.v2.access": oauth.access,
    "openid.connect.token": identity.sign_in,
    "openid.connect.userInfo": identity.user_info,
    "pins.add": pins.add,
    "pins.list": pins.list_all,
    "pins.remove": pins.remove,
    "reactions.add": reactions.add,
    "reactions.get": reactions.get,
    "reactions.list": reactions.list_all,
    "reactions.remove": reactions.remove,
    "reminders.add": reminders.add,
    "reminders.complete": reminders.complete,
    "reminders.delete": reminders.delete,
    "reminders.info": reminders.info,
    "reminders.list": reminders.list_all,
    "search.all": search.in_all,
    "search.files": search.in_files,
    "search.messages": search.in_messages,
    "stars.add": stars.add,
    "stars.list": stars.list_all,
    "stars.remove": stars.remove,
    "team.info": team.team_info,
    "team.profile.get": profiles.team_fields,
    "usergroups.create": usergroups.create,
    "usergroups.disable": usergroups.disable,
    "usergroups.enable": usergroups.enable,
    "usergroups.list": usergroups.list_all,
    "usergroups.update": usergroups.update,
    "usergroups.users.list": usergroups.list_users,
    "usergroups.users.update": usergroups.update_users,
    "users.conversations": conversations.of_user,
    "users.deletePhoto": profiles.delete_photo,
    "users.getPresence": profiles.get_presence,
    "users.identity": identity.identity,
    "users.info": users.info,
    "users.list": users.list_all,
    "users.lookupByEmail": users.by_email,
    "users.profile.get": profiles.get,
    "users.profile.set": profiles.change,
    "users.setPhoto": profiles.set_photo,
    "users.setPresence": profiles.set_presence,
    "views.open": views.open_modal,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}

#: Methods that need no token.
PUBLIC = frozenset({"api.test", "oauth.v2.access", "openid.connect.token"})

#: Methods that need an app-level token (xapp-…).
APP_LEVEL = frozenset({"apps.connections.open", "apps.event.authorizations.list"})

#: Methods for the tokens of members only.
MEMBERS_ONLY = frozenset(
    {
        *("dnd.endDnd", "dnd.endSnooze", "dnd.setSnooze"),
        *("openid.connect.userInfo", "users.identity"),
        *("reminders.add", "reminders.complete", "reminders.delete", "reminders.info"),
        *("reminders.list", "search.all", "search.files", "search.messages"),
        *("files.revokePublicURL", "files.sharedPublicURL"),
        *("stars.add", "stars.list", "stars.remove", "users.deletePhoto", "users.setPhoto"),
    }
)


def writes(name: str) -> bool:
    """Return whether a method changes anything, judged by its last word."""
    return name.rpartition(".")[2] not in _READING


_READING = frozenset(
    {
        *("conversations", "get", "getPermalink", "getPresence", "getUploadURLExternal"),
        *("history", "identity", "info", "list", "lookup", "lookupByEmail", "members", "replies"),
        *("teamInfo", "test", "userInfo"),
    }
)
