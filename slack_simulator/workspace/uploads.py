"""How Slack tells what an uploaded file is: by the ending of its name."""

import secrets
import time

from slack_simulator.workspace.objects import File

#: Ending → Slack's `filetype`, its `pretty_type`, and the MIME type.
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
    "zip": ("zip", "Zip", "application/zip"),
    "pdf": ("pdf", "PDF", "application/pdf"),
}
_UNKNOWN = ("binary", "Binary", "application/octet-stream")


def new_file(name: str, content: bytes, *, user: str, hidden_for: float = 0.0) -> File:
    """Return a file just uploaded by `user`, unknown to Slack for `hidden_for` seconds.

    A name without an ending is a plain-text snippet.
    """
    _, dot, ending = name.rpartition(".")
    kind = _TYPES.get(ending.lower(), _UNKNOWN) if dot else _TYPES["txt"]
    filetype, pretty_type, mimetype = kind
    return File(
        id="F0" + secrets.token_hex(4).upper(),
        name=name,
        title=name,
        mimetype=mimetype,
        filetype=filetype,
        pretty_type=pretty_type,
        content=content,
        user=user,
        created=int(time.time()),
        visible_at=time.monotonic() + hidden_for,
    )
