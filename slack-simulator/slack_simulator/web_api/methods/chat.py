"""chat.*: the bot posts, updates and deletes messages."""

import html
from collections.abc import Callable
from typing import TypeVar

import msgspec

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import entities
from slack_simulator.workspace import posting
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Draft, Json

Read = TypeVar("Read")

#: Slack documents both `msg_too_long` and truncation for longer texts. The simulator rejects them,
#: to expose bots that rely on truncation.
LONGEST_TEXT = 40_000
LONGEST_NEW_TEXT = 4000
"""The longest text of chat.update."""
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100
LARGEST_METADATA = 16_384


def post_message(caller: Caller, arguments: Arguments) -> Json:
    """Post a message. `channel` is an ID, a name or, for a DM, the user's ID.

    `client_msg_id` counts only while the workspace `honors_client_msg_id`.
    """
    caller.require("chat:write")
    conversation = addressee(caller, arguments.named("channel", "channel_not_found"))
    draft = draft_of(caller, arguments)
    if caller.workspace.honors_client_msg_id:
        draft.client_msg_id = arguments.text("client_msg_id") or None
    posted = caller.workspace.post(caller.enter_to_post(conversation), caller.actor, draft)
    message = caller.message(posted.message, metadata=True)
    return {"channel": conversation.id, "ts": posted.ts, "message": message}


def post_ephemeral(caller: Caller, arguments: Arguments) -> Json:
    """Post a message that only `user` sees."""
    caller.require("chat:write")
    conversation = addressee(caller, arguments.named("channel", "channel_not_found"))
    to = caller.workspace.users.get(arguments.required("user", "user_not_in_channel"))
    if to is None:
        raise SlackError("user_not_in_channel")
    draft = draft_of(caller, arguments)
    posted = caller.workspace.post_ephemeral(caller.enter(conversation), caller.actor, draft, to=to)
    return {"message_ts": posted.ts}


def update(caller: Caller, arguments: Arguments) -> Json:
    """Replace what is given of one of the bot's messages. A new text alone removes its blocks."""
    caller.require("chat:write")
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    text = _text(arguments, LONGEST_NEW_TEXT)
    attachments = _given(arguments, "attachments", _attachments)
    blocks = _given(arguments, "blocks", blocks_of)
    metadata = _given(arguments, "metadata", lambda given: _metadata(given) or {})
    if not text and attachments is None and blocks is None and metadata is None:
        raise SlackError("no_text")
    ts = arguments.named("ts", "message_not_found")
    if conversation.is_archived:
        raise SlackError("is_inactive")
    if caller.workspace.message(conversation.id, ts).more.get("streaming_state") == "in_progress":
        raise SlackError("streaming_state_conflict")
    edited = caller.workspace.edit(
        conversation.id,
        ts,
        text or None,
        caller.actor.id,
        attachments=attachments,
        blocks=blocks,
        metadata=metadata,
    )
    message = caller.message(edited.message)
    text = edited.message.text
    return {"channel": conversation.id, "ts": edited.ts, "text": text, "message": message}


def delete(caller: Caller, arguments: Arguments) -> Json:
    """Delete one of the bot's messages."""
    caller.require("chat:write")
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    ts = arguments.named("ts", "message_not_found")
    deleted = caller.workspace.delete(conversation.id, ts, caller.actor.id)
    return {"channel": conversation.id, "ts": deleted.ts}


def me_message(caller: Caller, arguments: Arguments) -> Json:
    """Post a message about the bot itself, as `/me` does for a member."""
    caller.require("chat:write")
    conversation = addressee(caller, arguments.named("channel", "channel_not_found"))
    draft = draft_of(caller, arguments)
    draft.is_about_author = True
    posted = caller.workspace.post(caller.enter_to_post(conversation), caller.actor, draft)
    return {"channel": conversation.id, "ts": posted.ts}


def permalink(caller: Caller, arguments: Arguments) -> Json:
    """Return the address of a message."""
    conversation = caller.find(arguments.named("channel", "channel_not_found"))
    ts = arguments.named("message_ts", "message_not_found")
    caller.workspace.message(conversation.id, ts)
    link = caller.workspace.permalink(conversation, ts)
    return {"channel": conversation.id, "permalink": link}


def unfurl(caller: Caller, arguments: Arguments) -> Json:
    """Show previews of the links in a message.

    `unfurls` maps each link to an attachment; `metadata` has objects as its `entities`.
    """
    caller.require("links:write")
    conversation, ts = _unfurled(caller, arguments)
    unfurls = arguments.structure("unfurls", "invalid_unfurls_format")
    metadata = arguments.structure("metadata", "invalid_metadata_format") or {}
    objects = metadata.get("entities") if isinstance(metadata, dict) else None
    if not isinstance(unfurls, dict) and not objects:
        raise SlackError("missing_unfurls")
    previews = [{"from_url": link, **preview} for link, preview in (unfurls or {}).items()]
    previews += [entities.preview(each) for each in objects or ()]
    text = html.unescape(conversation.messages[ts].text)
    if not all(link in text for link in unfurls or ()):
        raise SlackError("cannot_unfurl_message")
    caller.workspace.attach(conversation.id, ts, previews)
    return {}


def _unfurled(caller: Caller, arguments: Arguments) -> tuple[Conversation, str]:
    """Return where the message is whose links are shown."""
    channel = arguments.required("channel", "missing_channel")
    ts = arguments.required("ts", "missing_ts")
    conversation = caller.workspace.conversations.get(channel)
    if conversation is None or not caller.sees(conversation):
        raise SlackError("cannot_find_channel")
    if ts not in conversation.messages:
        raise SlackError("cannot_find_message")
    return conversation, ts


def addressee(caller: Caller, channel: str) -> Conversation:
    """Return the conversation to post in by its ID, its name or a user's ID."""
    workspace = caller.workspace
    user = workspace.users.get(channel)
    if user is not None and user.bot_id is None:
        return workspace.open_dm(user, caller.actor)
    conversation = workspace.conversation(channel)
    if not caller.sees(conversation):
        raise SlackError("channel_not_found")
    return conversation


def draft_of(caller: Caller, arguments: Arguments) -> Draft:
    """Return the message that the arguments describe. Raise `no_text` if it has no content."""
    draft = Draft(
        text=_text(arguments),
        attachments=_attachments(arguments),
        blocks=blocks_of(arguments),
        metadata=_metadata(arguments),
        unfurl_links=arguments.optional_flag("unfurl_links"),
        unfurl_media=arguments.optional_flag("unfurl_media"),
        thread_ts=arguments.text("thread_ts") or None,
        broadcast=arguments.flag("reply_broadcast"),
        app=caller.bot,
        execution=caller.execution,
        **guise(caller, arguments),
    )
    if not (draft.text or draft.attachments or draft.blocks):
        raise SlackError("no_text")
    return draft


def guise(caller: Caller, arguments: Arguments) -> Json:
    """Return the name and picture that a message has in place of the bot's own."""
    names = ("username", "icon_emoji", "icon_url")
    given = {name: arguments.text(name) for name in names if arguments.text(name)}
    if given:
        caller.require("chat:write.customize")
    return given


def blocks_of(arguments: Arguments) -> list[Json]:
    """Return the blocks. Raise `invalid_blocks_format`, or `invalid_blocks` with what is wrong."""
    blocks = arguments.items("blocks", "invalid_blocks_format")
    posting.check_blocks(blocks)
    return blocks


def _given(arguments: Arguments, name: str, read: Callable[[Arguments], Read]) -> Read | None:
    return read(arguments) if arguments.values.get(name) is not None else None


def _attachments(arguments: Arguments) -> list[Json]:
    attachments = arguments.items("attachments", "invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for number, attachment in enumerate(attachments, 1):
        attachment.setdefault("id", number)
    return attachments


def _text(arguments: Arguments, longest: int = LONGEST_TEXT) -> str:
    text = arguments.text("text")
    markdown = arguments.text("markdown_text")
    if markdown and (text or arguments.values.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if len(text) > longest or len(markdown) > LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    return text or markdown


def _metadata(arguments: Arguments) -> Json | None:
    """Return message metadata: https://docs.slack.dev/messaging/message-metadata."""
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(msgspec.json.encode(metadata)) > LARGEST_METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": event_type, "event_payload": payload}
