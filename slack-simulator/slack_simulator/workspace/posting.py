"""Turn a draft into a message of a conversation, and check what may be done to it there."""

import re
from collections.abc import Container
from urllib.parse import urlsplit

from slack_simulator.blocks import rules
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Draft, Json, Message, User
from slack_simulator.workspace.timestamps import from_micros, to_micros

REACTIONS_PER_USER = 23
EMOJI_PER_MESSAGE = 50
_LINK = re.compile(r"<(https?://[^|>\s]+)")


def compose(
    conversation: Conversation, author: User, draft: Draft, now: str, client_msg_id: str
) -> Message:
    """Return `author`'s message from a draft at `now` (a `ts`), not yet in `conversation`.

    `client_msg_id` is that of a member's client; a bot gives its own in the draft.

    Raise `is_archived`, `thread_not_found` or `bad_timestamp`.
    """
    if conversation.is_archived:
        raise SlackError("is_archived")
    parent = _parent(conversation, draft.thread_ts)
    app = draft.app or author
    customised = author.bot_id is not None and draft.username is not None
    return Message(
        ts=now if draft.ts is None else _dated(conversation, draft.ts),
        channel=conversation.id,
        text=draft.text,
        # A post under a customised name has a subtype and no user in Slack.
        user=None if customised else author.id,
        subtype=_subtype(draft, customised=customised),
        bot_id=app.bot_id,
        app_id=app.app_id,
        client_msg_id=draft.client_msg_id if app.bot_id else client_msg_id,
        username=draft.username if customised else None,
        icon_emoji=draft.icon_emoji,
        icon_url=draft.icon_url,
        thread_ts=parent.ts if parent else None,
        parent_user=parent.user if parent else None,
        attachments=draft.attachments,
        blocks=draft.blocks,
        metadata=draft.metadata,
        files=draft.files,
        unfurl_links=draft.unfurl_links,
        unfurl_media=draft.unfurl_media,
        execution=draft.execution,
    )


def _dated(conversation: Conversation, wanted: str) -> str:
    try:
        ts = from_micros(to_micros(wanted))
    except ValueError:
        raise SlackError("bad_timestamp") from None
    if ts in conversation.messages:
        raise SlackError("bad_timestamp")
    return ts


def _parent(conversation: Conversation, thread_ts: str | None) -> Message | None:
    if thread_ts is None:
        return None
    named = conversation.messages.get(thread_ts)
    # The `ts` of a reply refers to the reply's thread.
    parent = conversation.messages.get(named.thread_ts or named.ts) if named else None
    if parent is None:
        raise SlackError("thread_not_found")
    return parent


def _subtype(draft: Draft, *, customised: bool) -> str | None:
    if customised:
        return "bot_message"
    if draft.is_about_author:
        return "me_message"
    if draft.files:
        return "file_share"
    if draft.broadcast and draft.thread_ts is not None:
        return "thread_broadcast"
    return None


def links(text: str, domains: Container[str]) -> list[Json]:
    """Return the links to `domains`, or to hosts below them, as a `link_shared` event has them."""
    found = []
    for link in _LINK.findall(text):
        host = urlsplit(link).hostname or ""
        names = [host.split(".", cut)[-1] for cut in range(host.count("."))]
        if domain := next((name for name in names if name in domains), None):
            found.append({"domain": domain, "url": link})
    return found


def thread(conversation: Conversation, reply: Message) -> None:
    """Add a reply to its thread's parent. Do nothing for a message outside of threads."""
    if reply.thread_ts is None:
        return
    parent = conversation.messages[reply.thread_ts]
    parent.thread_ts = parent.ts
    parent.replies.append(reply.ts)
    author = reply.user or reply.bot_id
    if author is not None and author not in parent.reply_users:
        parent.reply_users.append(author)


def unthread(conversation: Conversation, reply: Message) -> None:
    """Remove a reply from its thread's parent."""
    parent = conversation.messages.get(reply.thread_ts or "")
    if parent is not None and reply.ts in parent.replies:
        parent.replies.remove(reply.ts)


def bury(parent: Message) -> None:
    """Turn a thread's parent into a tombstone."""
    parent.subtype = "tombstone"
    parent.text = "This message was deleted."
    parent.user, parent.bot_id, parent.app_id = "USLACKBOT", None, None
    parent.attachments, parent.blocks, parent.files, parent.metadata = [], [], [], None
    parent.edited, parent.reactions = None, {}


def wrote(author: User, message: Message) -> bool:
    """Return whether `author` wrote the message."""
    if author.bot_id is not None and author.bot_id == message.bot_id:
        return True
    return author.id == message.user


def check_blocks(blocks: list[Json]) -> None:
    """Raise `invalid_blocks`, with what is wrong with the blocks of a message."""
    if found := rules.problems(blocks):
        messages = {"messages": [f"[ERROR] {problem}" for problem in found]}
        raise SlackError("invalid_blocks", errors=found, response_metadata=messages)


def check_reaction(message: Message, emoji: str, user_id: str) -> None:
    """Raise `already_reacted`, `too_many_emoji` or `too_many_reactions`."""
    if user_id in message.reactions.get(emoji, ()):
        raise SlackError("already_reacted")
    if emoji not in message.reactions and len(message.reactions) >= EMOJI_PER_MESSAGE:
        raise SlackError("too_many_emoji")
    if sum(user_id in users for users in message.reactions.values()) >= REACTIONS_PER_USER:
        raise SlackError("too_many_reactions")
