"""conversations.list, .info, .members and .open: the conversations and their members."""

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json

_TYPES = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
MOST_IN_GROUP_DM = 8


def of_user(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the conversations that a member, by default the bot, is in."""
    user = arguments.text("user") or caller.actor.id
    if user not in caller.workspace.users:
        raise SlackError("user_not_found")
    return _page(caller, arguments, user)


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the conversations of the requested types, ordered by ID.

    As in Slack, archived ones are filtered out after paging, so that a page that isn't the last
    may be short or empty.
    """
    return _page(caller, arguments, None)


def _page(caller: Caller, arguments: Arguments, user: str | None) -> Json:
    kinds = _kinds(caller, arguments)
    with caller.workspace.lock:
        conversations = sorted(
            (
                c
                for c in caller.workspace.conversations.values()
                if c.kind in kinds and (user is None or user in c.members)
            ),
            key=lambda conversation: conversation.id,
        )
    conversations = [conversation for conversation in conversations if caller.sees(conversation)]
    ids = [conversation.id for conversation in conversations]
    limit = arguments.limit(100, 1000)
    found, following = paging.page(conversations, ids, "team", arguments.text("cursor"), limit)
    if arguments.flag("exclude_archived"):
        found = [conversation for conversation in found if not conversation.is_archived]
    channels = [_shape(caller, conversation) for conversation in found]
    return {"channels": channels, "response_metadata": {"next_cursor": following}}


def _kinds(caller: Caller, arguments: Arguments) -> set[str]:
    types = arguments.names("types") or ["public_channel"]
    if not set(types) <= _TYPES.keys():
        raise SlackError("invalid_types")
    families = {"public_channel": "channels", "private_channel": "groups"}
    for each in types:
        caller.require(f"{families.get(each, each)}:read")
    return {_TYPES[each] for each in types}


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return one conversation."""
    conversation = _readable(caller, arguments)
    shape = _shape(caller, conversation)
    if not arguments.flag("include_num_members"):
        shape.pop("num_members", None)
    return {"channel": shape}


def members(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the IDs of a conversation's members."""
    conversation = _readable(caller, arguments)
    with caller.workspace.lock:
        ids = list(conversation.members)
    limit = arguments.limit(100, 1000)
    found, following = paging.page(ids, ids, "user", arguments.text("cursor"), limit)
    return {"members": list(found), "response_metadata": {"next_cursor": following}}


def open_direct(caller: Caller, arguments: Arguments) -> Json:
    """Open or find the DM with one user or the group DM with several."""
    if channel := arguments.text("channel"):
        return _opened(caller, arguments, caller.find(channel), existed=True)
    names = arguments.names("users")
    if not names:
        raise SlackError("users_list_not_supplied")
    if len(names) > MOST_IN_GROUP_DM:
        raise SlackError("too_many_users")
    caller.require("im:write" if len(names) == 1 else "mpim:write")
    users = [caller.workspace.users.get(name) for name in names]
    people = [user for user in users if user is not None]
    if len(people) < len(users):
        raise SlackError("user_not_found")
    with caller.workspace.lock:
        before = len(caller.workspace.conversations)
        if len(people) == 1:
            conversation = caller.workspace.open_dm(people[0], caller.actor)
        else:
            conversation = caller.workspace.open_group_dm(people, caller.actor)
        existed = len(caller.workspace.conversations) == before
    return _opened(caller, arguments, conversation, existed=existed)


def _opened(
    caller: Caller, arguments: Arguments, conversation: Conversation, *, existed: bool
) -> Json:
    if conversation.kind not in {"im", "mpim"}:
        raise SlackError("method_not_supported_for_channel_type")
    whole = arguments.flag("return_im")
    found = {"no_op": True, "already_open": True} if existed else {}
    return {**found, "channel": _shape(caller, conversation) if whole else {"id": conversation.id}}


def _readable(caller: Caller, arguments: Arguments) -> Conversation:
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    caller.require_for(conversation, "read")
    return conversation


def _shape(caller: Caller, conversation: Conversation) -> Json:
    return shapes.conversation(caller.identity, conversation, viewer=caller.actor.id)
