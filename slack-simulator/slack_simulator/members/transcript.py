"""A workspace's conversations as text, for the messages of failed tests."""

import time
from collections.abc import Iterator

from slack_simulator import blocks
from slack_simulator.components import Components
from slack_simulator.feed.recordings import texts_in
from slack_simulator.interactivity.values import label
from slack_simulator.workspace.objects import Conversation, Message

MESSAGES_SHOWN = 12
TROUBLE_SHOWN = 8


def transcript(components: Components) -> str:
    """Return the newest messages of each conversation, open views, and what went wrong."""
    with components.workspace.lock:
        conversations = list(components.workspace.conversations.values())
        lines = [line for each in conversations for line in _conversation(components, each)]
    return "\n".join([*lines, *_views(components), *_trouble(components)]) or "Nothing was said."


def _conversation(components: Components, conversation: Conversation) -> Iterator[str]:
    said = [*conversation.messages.values(), *conversation.ephemerals]
    if not said:
        return
    users = components.workspace.users
    others = [users[id].name for id in conversation.members if id != components.workspace.bot.id]
    yield f"#{conversation.name}" if conversation.name else f"DM with {', '.join(others)}"
    for message in sorted(said, key=lambda each: each.ts)[-MESSAGES_SHOWN:]:
        yield f"  {_line(components, message)}"


def _line(components: Components, message: Message) -> str:
    workspace = components.workspace
    author = workspace.users.get(message.user or "") or workspace.bot
    at = time.strftime("%H:%M:%S", time.gmtime(float(message.ts)))
    words = [workspace.typed(message.text), *texts_in(message.attachments)]
    if message.blocks and not message.text:
        words += texts_in(message.blocks)
    marks = [f"[{label(each) or each['action_id']}]" for _, each in blocks.elements(message.blocks)]
    marks += [f":{emoji}:" for emoji in message.reactions]
    marks += [f"<{file.name}>" for file in message.files]
    if message.ephemeral_to is not None:
        marks.append(f"(only {workspace.users[message.ephemeral_to].name} sees this)")
    indent = "↳ " if message.is_reply else ""
    name = message.username or author.name
    return f"{at} {indent}{name}: {' '.join([*filter(None, words), *marks])}"


def _views(components: Components) -> Iterator[str]:
    for view in components.interactivity.views.all():
        user = components.workspace.users[view.user].name
        title = (view.shape.get("title") or {}).get("text", "")
        kind = f"modal “{title}”" if title else "Home tab"
        yield f"{user} sees the {kind}: {' | '.join(texts_in(view.shape['blocks']))}"


def _trouble(components: Components) -> Iterator[str]:
    found, was_there = [], False
    for entry in components.feed.after():
        if entry.get("app") not in {None, components.identity.app_id}:
            continue
        was_there |= entry.kind == "acknowledged" and not entry["error"]
        if entry.kind == "api_call" and entry["error"]:
            hint = f" ({entry['hint']})" if entry["hint"] else ""
            found.append(f"{entry['method']} was answered with {entry['error']}{hint}")
        elif entry.kind == "acknowledged" and entry["error"]:
            why = f"{entry['status'] or ''} {entry['error']}".strip()
            found.append(f"the event {entry['event_type']} was not taken: {why}")
        elif entry.kind == "interaction" and entry["error"]:
            found.append(f"{entry['type']} failed: {entry['error']}")
    # An app that has left meanwhile, as after a test command, isn't what went wrong.
    was_there |= bool(components.gateway) or components.socket_mode.is_connected
    if not was_there:
        found.append("no app: no Request URL is set, and nothing is connected over Socket Mode")
    if found:
        yield "What went wrong:"
        yield from (f"  {line}" for line in found[-TROUBLE_SHOWN:])
