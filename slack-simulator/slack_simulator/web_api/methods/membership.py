"""conversations.create, .join, .invite and others: making channels, and who is in them."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import SCOPE_FAMILY, Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json, User

LONGEST_NAME = 80
MOST_INVITED = 100


def create(caller: Caller, arguments: Arguments) -> Json:
    """Create a channel with the caller as its only member."""
    private = arguments.flag("is_private")
    caller.require("groups:write" if private else "channels:manage")
    name = new_name(arguments)
    actor = caller.actor
    made = caller.workspace.add_channel(name, user=actor.id, private=private, first=actor)
    return {"channel": _shape(caller, made)}


def join(caller: Caller, arguments: Arguments) -> Json:
    """Add the bot to a public channel. If it is there, warn of `already_in_channel`."""
    caller.require("channels:join")
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    if conversation.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if conversation.is_archived:
        raise SlackError("is_archived")
    if caller.actor.id in conversation.members:
        warning = {"response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": _shape(caller, conversation), "warning": "already_in_channel", **warning}
    caller.workspace.join_channel(conversation.id, caller.actor.id)
    return {"channel": _shape(caller, conversation)}


def leave(caller: Caller, arguments: Arguments) -> Json:
    """Remove the bot from a channel."""
    conversation = _channel(_writable(caller, arguments))
    if conversation.is_general:
        raise SlackError("cant_leave_general")
    if conversation.is_archived:
        raise SlackError("is_archived")
    left = caller.workspace.leave_channel(conversation.id, caller.actor.id)
    return {} if left else {"not_in_channel": True}


def invite(caller: Caller, arguments: Arguments) -> Json:
    """Add members to a channel. With several, one failure fails all unless `force` is set."""
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    caller.require(f"{SCOPE_FAMILY[conversation.kind]}:{_inviting(conversation)}")
    if caller.enter(_channel(conversation)).is_archived:
        raise SlackError("is_archived")
    names = arguments.names("users")
    if not names:
        raise SlackError("no_user")
    if len(names) > MOST_INVITED:
        raise SlackError("too_many_users")
    failures = [(name, error) for name in names if (error := _cannot(caller, conversation, name))]
    errors = [{"user": name, "ok": False, "error": error} for name, error in failures]
    if failures and not (arguments.flag("force") and len(failures) < len(names)):
        raise SlackError(failures[0][1], errors=errors)
    for name in names:
        if name not in dict(failures):
            caller.workspace.join_channel(conversation.id, name, inviter=caller.actor.id)
    partly = {"errors": errors} if errors else {}
    return {"channel": _shape(caller, conversation), **partly}


def _inviting(conversation: Conversation) -> str:
    return "manage" if conversation.kind == "channel" else "write"


def _cannot(caller: Caller, conversation: Conversation, name: str) -> str:
    if name == caller.actor.id:
        return "cant_invite_self"
    if name not in caller.workspace.users:
        return "user_not_found"
    return "already_in_channel" if name in conversation.members else ""


def kick(caller: Caller, arguments: Arguments) -> Json:
    """Remove a member from a channel."""
    conversation = caller.enter(_channel(_writable(caller, arguments)))
    user = _user(caller, arguments.named("user", "user_not_found"))
    if user.id == caller.actor.id:
        raise SlackError("cant_kick_self")
    if conversation.is_general:
        raise SlackError("cant_kick_from_general")
    if user.id not in conversation.members:
        raise SlackError("not_in_channel")
    caller.workspace.leave_channel(conversation.id, user.id)
    return {"errors": {}}


def rename(caller: Caller, arguments: Arguments) -> Json:
    """Rename a channel. A bot may rename only what it has created."""
    conversation = caller.enter(_channel(_writable(caller, arguments)))
    if conversation.creator != caller.actor.id:
        raise SlackError("not_authorized")
    if conversation.is_archived:
        raise SlackError("is_archived")
    caller.workspace.rename_channel(conversation.id, new_name(arguments), caller.actor.id)
    return {"channel": _shape(caller, conversation)}


def archive(caller: Caller, arguments: Arguments) -> Json:
    """Archive a channel."""
    conversation = caller.enter(_channel(_writable(caller, arguments)))
    if conversation.is_general:
        raise SlackError("cant_archive_general")
    if conversation.is_archived:
        raise SlackError("already_archived")
    caller.workspace.archive_channel(conversation.id, user=caller.actor.id)
    return {}


def unarchive(caller: Caller, arguments: Arguments) -> Json:
    """Unarchive a channel."""
    conversation = _channel(_writable(caller, arguments))
    if not conversation.is_archived:
        raise SlackError("not_archived")
    caller.workspace.archive_channel(conversation.id, archived=False, user=caller.actor.id)
    return {}


def set_topic(caller: Caller, arguments: Arguments) -> Json:
    """Set the topic of a channel."""
    conversation = caller.enter(_writable(caller, arguments))
    topic = arguments.present("topic")
    caller.workspace.set_topic(conversation.id, topic, caller.actor.id)
    return {"channel": _shape(caller, conversation)}


def set_purpose(caller: Caller, arguments: Arguments) -> Json:
    """Set the purpose of a channel."""
    conversation = caller.enter(_writable(caller, arguments))
    purpose = arguments.present("purpose")
    caller.workspace.set_purpose(conversation.id, purpose, caller.actor.id)
    return {"channel": _shape(caller, conversation)}


def close(caller: Caller, arguments: Arguments) -> Json:
    """Close a direct conversation. It stays, and posting opens it again."""
    conversation = _writable(caller, arguments)
    if conversation.kind not in {"im", "mpim"}:
        raise SlackError("method_not_supported_for_channel_type")
    return {}


def mark(caller: Caller, arguments: Arguments) -> Json:
    """Set what the bot has read, which nobody sees."""
    conversation = _writable(caller, arguments)
    caller.workspace.message(conversation.id, arguments.required("ts", "invalid_timestamp"))
    return {}


def _channel(conversation: Conversation) -> Conversation:
    """Return a channel. Raise an error for a direct conversation."""
    if conversation.kind in {"im", "mpim"}:
        raise SlackError("method_not_supported_for_channel_type")
    return conversation


def _writable(caller: Caller, arguments: Arguments) -> Conversation:
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    family = SCOPE_FAMILY[conversation.kind]
    caller.require("channels:manage" if family == "channels" else f"{family}:write")
    return conversation


def new_name(arguments: Arguments, argument: str = "name") -> str:
    """Return a channel's name. Raise `invalid_name_` and what is wrong with it."""
    name = arguments.text(argument).removeprefix("#")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not any(letter.isalnum() for letter in name):
        raise SlackError("invalid_name_punctuation")
    allowed = all(letter.isalnum() or letter in "-_" for letter in name)
    if not allowed or name != name.lower():
        raise SlackError("invalid_name_specials")
    return name


def _user(caller: Caller, id: str) -> User:
    if id not in caller.workspace.users:
        raise SlackError("user_not_found")
    return caller.workspace.users[id]


def _shape(caller: Caller, conversation: Conversation) -> Json:
    return shapes.conversation(caller.identity, conversation, viewer=caller.actor.id)
