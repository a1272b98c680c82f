"""The uploaded files of a workspace."""

from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.channels import Channels
from slack_simulator.workspace.objects import File, Json, User
from slack_simulator.workspace.uploads import new_file


class Files(Channels):
    """A directory with files, each of which messages can share."""

    files: dict[str, File]

    def add_file(
        self, name: str, content: bytes, user: User, *, hidden_for: float = 0.0, id: str = ""
    ) -> File:
        """Store a file that isn't shared anywhere yet. The Web API hides it for `hidden_for` s."""
        with self.lock:
            moment = {
                "created": self.clock.now(),
                "visible_at": self.clock.monotonic() + hidden_for,
            }
            file = new_file(id or self.ids.new("F0"), name, content, user=user.id, **moment)
            self.files[file.id] = file
            self.file_event("file_created", file, user)
            return file

    def delete_file(self, file: File, user: User) -> Announced:
        """Delete a file, and take it out of the messages that share it."""
        with self.lock:
            del self.files[file.id]
            for channel in file.channels:
                conversation = self.conversations.get(channel)
                for message in conversation.messages.values() if conversation else ():
                    message.files = [each for each in message.files if each.id != file.id]
            return self.file_event("file_deleted", file, user)

    def file_event(self, what: str, file: File, user: User, channel: str = "") -> Announced:
        """Report that a file was created, shared in a channel, or deleted."""
        event: Json = {"type": what, "file_id": file.id, "user_id": user.id}
        event |= {"file": {"id": file.id}} if what != "file_deleted" else {}
        event |= {"channel_id": channel} if channel else {}
        conversation = self.conversations.get(channel)
        return self.tell(Announced(what=what, user=user, events=[event], conversation=conversation))
