"""chat.scheduleMessage and what belongs to it: messages for later."""

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import chat
from slack_simulator.web_api.schedule import Scheduled
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def schedule(caller: Caller, arguments: Arguments) -> Json:
    """Schedule a message for `post_at`, in Unix seconds."""
    caller.require("chat:write")
    conversation = chat.addressee(caller, arguments.named("channel", "channel_not_found"))
    post_at = arguments.text("post_at")
    if not post_at.isdecimal():
        raise SlackError("invalid_time")
    draft = chat.draft_of(caller, arguments)
    scheduled = caller.schedule.add(
        caller.actor, caller.enter_to_post(conversation), draft, int(post_at)
    )
    return {
        "scheduled_message_id": scheduled.id,
        "channel": conversation.id,
        "post_at": scheduled.post_at,
        "message": {
            "type": "delayed_message",
            "text": draft.text,
            "user": caller.actor.id,
            "bot_id": caller.bot.bot_id,
            "team": caller.identity.team_id,
        },
    }


def delete(caller: Caller, arguments: Arguments) -> Json:
    """Take a scheduled message off."""
    caller.require("chat:write")
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    id = arguments.required("scheduled_message_id")
    caller.schedule.delete(id, caller.actor, conversation)
    return {}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the scheduled messages (of a channel, between `oldest` and `latest`)."""
    channel = arguments.text("channel")
    if channel:
        caller.find(channel)
    oldest, latest = _second(arguments, "oldest", 0), _second(arguments, "latest", 1 << 62)
    found = [
        scheduled
        for scheduled in caller.schedule.waiting(caller.actor)
        if channel in {"", scheduled.conversation.id} and oldest <= scheduled.post_at <= latest
    ]
    ids = [scheduled.id for scheduled in found]
    limit = arguments.limit(100, 1000)
    shown, following = paging.page(found, ids, "scheduled", arguments.text("cursor"), limit)
    return {
        "scheduled_messages": [_shape(scheduled) for scheduled in shown],
        "response_metadata": {"next_cursor": following},
    }


def _second(arguments: Arguments, name: str, default: int) -> int:
    value = arguments.text(name).partition(".")[0]
    if not value:
        return default
    if not value.isdecimal():
        raise SlackError("invalid_time")
    return int(value)


def _shape(scheduled: Scheduled) -> Json:
    return {
        "id": scheduled.id,
        "channel_id": scheduled.conversation.id,
        "post_at": scheduled.post_at,
        "date_created": scheduled.created,
        "text": scheduled.draft.text,
    }
