"""The uploaded files of a workspace. Slack derives a file's type from its name's extension."""

from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.channels import Channels
from slack_simulator.workspace.objects import File, Json, User

#: Extension → Slack's `filetype`, `pretty_type` and MIME type.
_TYPES = {
    "go": ("go", "Go", "text/plain"),
    "mod": ("text", "Plain Text", "text/plain"),
    "txt": ("text", "Plain Text", "text/plain"),
    "md": ("markdown", "Markdown (raw)", "text/plain"),
    "json": ("javascript", "JSON", "text/plain"),
    "py": ("python", "Python", "text/plain"),
    "sh": ("shell", "Shell", "text/plain"),
    "png": ("png", "PNG", "image/png"),
    "jpg": ("jpg", "JPEG", "image/jpeg"),
    "jpeg": ("jpg", "JPEG", "image/jpeg"),
    "gif": ("gif", "GIF", "image/gif"),
    "webp": ("webp", "WebP", "image/webp"),
    "zip": ("zip", "Zip", "application/zip"),
    "pdf": ("pdf", "PDF", "application/pdf"),
}
_UNKNOWN = ("binary", "Binary", "application/octet-stream")


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
            file = _new_file(id or self.ids.new("F0"), name, content, user=user.id, **moment)
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


def _new_file(
    id: str, name: str, content: bytes, *, user: str, created: float, visible_at: float
) -> File:
    """Return a new upload by `user`, dated `created`. The Web API hides it until `visible_at`.

    A file name without an extension makes it a plain-text snippet.
    """
    _, dot, ending = name.rpartition(".")
    kind = _TYPES.get(ending.lower(), _UNKNOWN) if dot else _TYPES["txt"]
    filetype, pretty_type, mimetype = kind
    return File(
        id=id,
        name=name,
        title=name,
        mimetype=mimetype,
        filetype=filetype,
        pretty_type=pretty_type,
        content=content,
        user=user,
        created=int(created),
        visible_at=visible_at,
    )
