"""chat.startStream, .appendStream and .stopStream: a reply that appears bit by bit."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import chat
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Draft, Json, Message


def start(caller: Caller, arguments: Arguments) -> Json:
    """Start a reply in a thread."""
    caller.require("chat:write")
    conversation = caller.enter(caller.find(arguments.required("channel", "channel_not_found")))
    thread_ts = arguments.required("thread_ts", "invalid_thread_ts")
    draft = Draft(text=_text(arguments), thread_ts=thread_ts)
    posted = caller.workspace.post(conversation, caller.actor, draft)
    posted.message.more = {"streaming_state": "in_progress"}
    return {"channel": conversation.id, "ts": posted.ts}


def append(caller: Caller, arguments: Arguments) -> Json:
    """Append `markdown_text` to a reply under way."""
    message = _under_way(caller, arguments)
    _extend(caller, arguments, message)
    return {"channel": message.channel, "ts": message.ts}


def stop(caller: Caller, arguments: Arguments) -> Json:
    """End a reply, with more `markdown_text` and `blocks` if given."""
    message = _under_way(caller, arguments)
    message.more = {"streaming_state": "completed"}
    _extend(caller, arguments, message)
    shape = caller.message(message)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _under_way(caller: Caller, arguments: Arguments) -> Message:
    caller.require("chat:write")
    conversation = caller.find(arguments.required("channel", "channel_not_found"))
    message = caller.workspace.message(conversation.id, arguments.text("ts"))
    if message.more.get("streaming_state") != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return message


def _extend(caller: Caller, arguments: Arguments, message: Message) -> None:
    text = message.text + _text(arguments)
    blocks = chat.blocks_of(arguments)
    caller.workspace.edit(message.channel, message.ts, text, caller.actor.id, blocks=blocks)


def _text(arguments: Arguments) -> str:
    chunks = arguments.items("chunks", "invalid_chunks")
    return arguments.text("markdown_text") + "".join(str(each.get("text", "")) for each in chunks)
