"""chat.startStream, .appendStream and .stopStream: a reply that appears bit by bit."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import chat
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Draft, Json, Message

MODES = ("timeline", "plan", "dense")
"""How tasks are shown. `dense` is as `timeline` here."""
KIND = "streams"
"""`ts` → what was streamed: `text`, `tasks` by their ID, the `plan` they are in, `blocks`."""


def start(caller: Caller, arguments: Arguments) -> Json:
    """Start a reply in a thread. In a channel, it needs to be said to whom."""
    caller.require("chat:write")
    conversation = caller.enter(caller.find(arguments.named("channel", "channel_not_found")))
    thread_ts = arguments.required("thread_ts", "invalid_thread_ts")
    if conversation.kind != "im":
        _check_recipient(caller, arguments)
    mode = arguments.text("task_display_mode") or MODES[0]
    if mode not in MODES:
        told = f"[ERROR] must be one of {', '.join(MODES)} [json-pointer:/task_display_mode]"
        raise SlackError("invalid_arguments", response_metadata={"messages": [told]})
    plan = "" if mode == "plan" else None
    stream: Json = {"text": "", "tasks": {}, "plan": plan, "blocks": []}
    _add(stream, arguments)
    draft = Draft(
        text=stream["text"],
        blocks=_blocks(stream),
        thread_ts=thread_ts,
        **chat.guise(caller, arguments),
    )
    posted = caller.workspace.post(conversation, caller.actor, draft)
    posted.message.more = {"streaming_state": "in_progress"}
    caller.workspace.records[KIND][posted.ts] = stream
    return {"channel": conversation.id, "ts": posted.ts}


def _check_recipient(caller: Caller, arguments: Arguments) -> None:
    for name in ("recipient_team_id", "recipient_user_id"):
        arguments.required(name, f"missing_{name}")
    if arguments.text("recipient_user_id") not in caller.workspace.users:
        raise SlackError("user_not_found")


def append(caller: Caller, arguments: Arguments) -> Json:
    """Append `markdown_text` or `chunks` to a reply under way."""
    message = _under_way(caller, arguments)
    if not arguments.text("markdown_text") and not arguments.items("chunks", "invalid_chunks"):
        raise SlackError("no_text")
    _extend(caller, arguments, message)
    return {"channel": message.channel, "ts": message.ts}


def stop(caller: Caller, arguments: Arguments) -> Json:
    """End a reply, with more `markdown_text`, `chunks` and `blocks` if given."""
    message = _under_way(caller, arguments)
    message.more = {"streaming_state": "completed"}
    caller.workspace.records[KIND][message.ts]["blocks"] += chat.blocks_of(arguments)
    _extend(caller, arguments, message)
    shape = caller.message(message)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _under_way(caller: Caller, arguments: Arguments) -> Message:
    caller.require("chat:write")
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    message = caller.workspace.message(conversation.id, arguments.text("ts"))
    if message.more.get("streaming_state") != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return message


def _extend(caller: Caller, arguments: Arguments, message: Message) -> None:
    stream = caller.workspace.records[KIND][message.ts]
    _add(stream, arguments)
    where = message.channel, message.ts
    caller.workspace.edit(*where, stream["text"], caller.actor.id, blocks=_blocks(stream))


def _add(stream: Json, arguments: Arguments) -> None:
    stream["text"] += arguments.text("markdown_text")
    for chunk in arguments.items("chunks", "invalid_chunks"):
        match chunk:
            case {"type": "markdown_text", "text": text}:
                stream["text"] += str(text)
            case {"type": "task_update", "id": id, "title": _, "status": _}:
                stream["tasks"].setdefault(id, {}).update(_task(chunk))
            case {"type": "plan_update", "title": title}:
                stream["plan"] = title
            case {"type": "blocks", "blocks": list() as blocks}:
                stream["blocks"] += blocks
            case _:
                raise SlackError("invalid_chunks")


def _task(chunk: Json) -> Json:
    """Return a task as the block that shows it."""
    task = {"type": "task_card", "task_id": chunk["id"]}
    task |= {name: chunk[name] for name in ("title", "status", "sources") if name in chunk}
    return task | {name: _rich(chunk[name]) for name in ("details", "output") if chunk.get(name)}


def _rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _blocks(stream: Json) -> list[Json]:
    """Return the blocks of a reply; none while it is but a text."""
    tasks = list(stream["tasks"].values())
    if stream["plan"] is not None:
        tasks = [{"type": "plan", "title": stream["plan"], "tasks": tasks}]
    if not tasks and not stream["blocks"]:
        return []
    text = [{"type": "markdown", "text": stream["text"]}] if stream["text"] else []
    return [*tasks, *text, *stream["blocks"]]
