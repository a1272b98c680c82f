"""The simulated workspace: its state, and the operations that change it.

There is no HTTP here. All methods are thread-safe.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy

from slack_simulator.blocks import completed, completed_attachments
from slack_simulator.workspace import emoji as standard_emoji
from slack_simulator.workspace import posting, shapes
from slack_simulator.workspace.changes import (
    Announced,
    Change,
    Deleted,
    Edited,
    EphemeralPosted,
    Posted,
    Reacted,
    Unreacted,
)
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.files import Files
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.objects import Conversation, Draft, File, Json, Message, User
from slack_simulator.workspace.setup import WorkspaceSetup, seed
from slack_simulator.workspace.timestamps import Clock


class Workspace(Files):
    """Members, conversations and messages, and what members and the bot do with them."""

    def __init__(
        self, setup: WorkspaceSetup, observe: Callable[[Change], None], clock: Clock, ids: Ids
    ) -> None:
        super().__init__(setup, observe, clock, ids)
        self.files = {}
        self.records: dict[str, dict[str, Json]] = defaultdict(dict)
        """What apps keep beside messages, such as calls: its kind → ID → Slack's object."""
        self.custom_emoji = set(setup.custom_emoji)
        """The names of this workspace's custom emoji. Can be set."""
        self.honors_client_msg_id = False
        """Whether a bot's post with a known `client_msg_id` is the earlier post. Can be set.

        Slack documents errors about the ID, but not the argument. If it is ignored, Slack posts
        again; if it is honored, the answer is that of the first post.
        """
        self._posts_by_client_id: dict[str, Posted] = {}

    def message(self, channel: str, ts: str) -> Message:
        """Return the message with this `ts`. Raise `channel_not_found` or `message_not_found`."""
        with self.lock:
            found = self.conversation(channel).messages.get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    # Posting.

    def say(
        self,
        text: str,
        channel: str = "general",
        user: str = "regular",
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        ts: str | None = None,
        files: Sequence[File] = (),
    ) -> Posted:
        """Post `text`, which is Slack markup, as a member.

        `broadcast` also shows a thread reply in the channel. `ts` overrides the message's time. In
        a public channel, a non-member silently joins first, because Slack's clients require that
        before they let a member type. Elsewhere, raise `not_in_channel`.
        """
        draft = Draft(text=text, thread_ts=thread_ts, broadcast=broadcast, ts=ts, files=list(files))
        with self.lock:
            conversation, author = self.conversation(channel), self.user(user)
            if conversation.kind == "channel":
                conversation.members[author.id] = None
            if author.id not in conversation.members:
                raise SlackError("not_in_channel")
            return self.post(conversation, author, draft)

    def say_directly(
        self,
        text: str,
        user: str = "regular",
        *,
        to: User | None = None,
        thread_ts: str | None = None,
    ) -> Posted:
        """Post in a member's DM with the bot, or with `to`, opening it if needed."""
        conversation = self.open_dm(self.user(user), to)
        return self.say(text, conversation.id, user, thread_ts=thread_ts)

    def say_as_bot(
        self, text: str, channel: str = "general", *, thread_ts: str | None = None
    ) -> Posted:
        """Post as another app's bot."""
        return self.say(text, channel, seed.OTHER_BOT, thread_ts=thread_ts)

    def upload(
        self,
        content: bytes | str,
        name: str = "main.go",
        channel: str = "general",
        user: str = "regular",
        *,
        text: str = "",
        hidden_for: float = 0.0,
        thread_ts: str | None = None,
    ) -> Posted:
        """Upload a file as a member, in a message with `text`.

        For `hidden_for` seconds, files.info returns `file_not_found`, as Slack does for a moment
        after some uploads.
        """
        raw = content.encode() if isinstance(content, str) else content
        with self.lock:
            upload = self.add_file(name, raw, self.user(user), hidden_for=hidden_for)
            return self.say(text, channel, user, files=[upload], thread_ts=thread_ts)

    def permalink(self, conversation: Conversation, ts: str) -> str:
        """Return the address of a message in Slack's clients."""
        message = conversation.messages.get(ts)
        site = f"https://{self.identity.domain}.slack.com/archives"
        link = f"{site}/{conversation.id}/p{ts.replace('.', '')}"
        if message is None or not message.is_reply:
            return link
        return f"{link}?thread_ts={message.thread_ts}&cid={conversation.id}"

    def post(self, conversation: Conversation, author: User, draft: Draft) -> Posted:
        """Post a message. Raise `is_archived`, `thread_not_found` or `bad_timestamp`.

        If there is an earlier post with the draft's `client_msg_id`, return that instead, or raise
        `duplicate_channel_not_found` or `duplicate_message_not_found`.
        """
        client_id = draft.client_msg_id or ""
        with self.lock:
            if earlier := self._posts_by_client_id.get(client_id):
                return _still_there(earlier, conversation)
            message = self._compose(conversation, author, draft)
            conversation.add(message)
            posting.thread(conversation, message)
            posted = Posted(message=message, conversation=conversation, author=author)
            if client_id:
                self._posts_by_client_id[client_id] = posted
            self.tell(posted)
            for file in draft.files:
                file.channels.append(conversation.id)
                self.file_event("file_shared", file, author, conversation.id)
            return posted

    def start_thread(self, conversation: Conversation, bot: User) -> str:
        """Add the message of `bot` that an assistant's thread hangs on. Return its `ts`."""
        with self.lock:
            root = posting.compose(conversation, bot, Draft(text=""), self.clock.next(), "")
            root.text, root.subtype = "New Assistant Thread", "assistant_app_thread"
            root.thread_ts = root.ts
            conversation.add(root)
            return root.ts

    def _compose(self, conversation: Conversation, author: User, draft: Draft) -> Message:
        draft.blocks = completed(draft.blocks, self.ids.short)
        draft.attachments = completed_attachments(draft.attachments, self.ids.short)
        now, client_msg_id = self.clock.next(), self.ids.uuid()
        return posting.compose(conversation, author, draft, now, client_msg_id)

    def post_ephemeral(
        self, conversation: Conversation, author: User, draft: Draft, *, to: User
    ) -> EphemeralPosted:
        """Post an ephemeral message to `to`. Raise as `post` does, or `user_not_in_channel`."""
        with self.lock:
            if to.id not in conversation.members:
                raise SlackError("user_not_in_channel")
            message = self._compose(conversation, author, draft)
            message.ephemeral_to = to.id
            conversation.ephemerals.append(message)
            return self.tell(
                EphemeralPosted(message=message, conversation=conversation, author=author)
            )

    def change_profile(self, user: User, fields: Json) -> Announced:
        """Set fields of a member's profile, such as `status_text`."""
        with self.lock:
            user.profile = user.profile | fields
            user.updated = int(self.clock.now())
            shape = shapes.user(self.identity, user)
            kinds = ["user_change", "user_profile_changed"]
            if fields.keys() & {"status_text", "status_emoji"}:
                kinds.append("user_status_changed")
            events: list[Json] = [
                {"type": kind, "user": shape, "cache_ts": user.updated} for kind in kinds
            ]
            return self.tell(Announced(what="user_change", user=user, events=events))

    # Changing posted messages.

    def react(self, channel: str, ts: str, emoji: str, user: str = "regular") -> Reacted:
        """Add a reaction to a message.

        Raise `invalid_name` if there is no such emoji, or `message_not_found`, `is_archived`,
        `already_reacted`, `too_many_emoji` or `too_many_reactions`.
        """
        with self.lock:
            conversation, author = self.conversation(channel), self.user(user)
            message = self.message(conversation.id, ts)
            if conversation.is_archived:
                raise SlackError("is_archived")
            if not standard_emoji.is_known(emoji, self.custom_emoji):
                raise SlackError("invalid_name")
            posting.check_reaction(message, emoji, author.id)
            message.reactions.setdefault(emoji, []).append(author.id)
            return self.tell(
                Reacted(message=message, conversation=conversation, author=author, emoji=emoji)
            )

    def unreact(self, channel: str, ts: str, emoji: str, user: str = "regular") -> Unreacted:
        """Remove a reaction from a message. Raise `message_not_found` or `no_reaction`."""
        with self.lock:
            conversation, author = self.conversation(channel), self.user(user)
            message = self.message(conversation.id, ts)
            users = message.reactions.get(emoji, [])
            if author.id not in users:
                raise SlackError("no_reaction")
            users.remove(author.id)
            if not users:
                del message.reactions[emoji]
            return self.tell(
                Unreacted(message=message, conversation=conversation, author=author, emoji=emoji)
            )

    def edit(
        self,
        channel: str,
        ts: str,
        text: str | None,
        user: str,
        *,
        attachments: list[Json] | None = None,
        blocks: list[Json] | None = None,
        metadata: Json | None = None,
    ) -> Edited:
        """Replace what is given of a message as its author. A new text removes the blocks.

        Raise `cant_update_message` for another user.
        """
        with self.lock:
            conversation, author = self.conversation(channel), self.user(user)
            message = self.message(conversation.id, ts)
            if message.subtype == "tombstone" or not posting.wrote(author, message):
                raise SlackError("cant_update_message")
            return self.rewrite(
                conversation,
                message,
                author,
                text=text,
                attachments=attachments,
                blocks=blocks,
                metadata=metadata,
            )

    def rewrite(
        self,
        conversation: Conversation,
        message: Message,
        author: User,
        *,
        text: str | None = None,
        attachments: list[Json] | None = None,
        blocks: list[Json] | None = None,
        metadata: Json | None = None,
    ) -> Edited:
        """Replace what is given of a message, which may be ephemeral, as `edit` does."""
        with self.lock:
            before, at = copy(message), self.clock.next()
            message.text = message.text if text is None else text
            if (text, blocks) != (None, None):
                message.blocks = completed(blocks or [], self.ids.short)
            if attachments is not None:
                message.attachments = completed_attachments(attachments, self.ids.short)
            message.metadata = message.metadata if metadata is None else metadata
            # Slack rounds the time of an edit down to the second.
            message.edited = {"user": author.id, "ts": f"{at.partition('.')[0]}.000000"}
            return self.tell(
                Edited(
                    message=message, conversation=conversation, author=author, before=before, at=at
                )
            )

    def attach(self, channel: str, ts: str, previews: list[Json]) -> Edited:
        """Show previews of links under a message, in place of older. Raise `message_not_found`."""
        with self.lock:
            conversation = self.conversation(channel)
            message = self.message(conversation.id, ts)
            before, at = copy(message), self.clock.next()
            shown = completed_attachments(previews, self.ids.short)
            links = {each.get("from_url") for each in shown} - {None}
            kept = [each for each in message.attachments if each.get("from_url") not in links]
            message.attachments = [*kept, *shown]
            author = self.users.get(message.user or "") or self.bot
            return self.tell(
                Edited(
                    message=message, conversation=conversation, author=author, before=before, at=at
                )
            )

    def delete(self, channel: str, ts: str, user: str) -> Deleted | Edited:
        """Delete a message as its author or an admin. Raise `cant_delete_message` for others.

        A thread's parent becomes a tombstone, which keeps the replies together.
        """
        with self.lock:
            conversation, author = self.conversation(channel), self.user(user)
            message = self.message(conversation.id, ts)
            if message.subtype == "tombstone":
                raise SlackError("message_not_found")
            if not (posting.wrote(author, message) or author.is_admin):
                raise SlackError("cant_delete_message")
            return self.remove(conversation, message, author)

    def remove(
        self, conversation: Conversation, message: Message, author: User
    ) -> Deleted | Edited:
        """Delete a message, which may be ephemeral, as `delete` does."""
        about: Json = {"message": message, "conversation": conversation, "author": author}
        with self.lock:
            at = self.clock.next()
            if message.replies:
                before = copy(message)
                posting.bury(message)
                return self.tell(Edited(**about, before=before, at=at))
            if message.ephemeral_to is None:
                del conversation.messages[message.ts]
                posting.unthread(conversation, message)
            else:
                conversation.ephemerals.remove(message)
            return self.tell(Deleted(**about, at=at))


def _still_there(earlier: Posted, conversation: Conversation) -> Posted:
    if earlier.conversation.id != conversation.id:
        raise SlackError("duplicate_channel_not_found")
    if earlier.ts not in conversation.messages:
        raise SlackError("duplicate_message_not_found")
    return earlier
