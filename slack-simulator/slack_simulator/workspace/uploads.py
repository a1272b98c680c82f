"""Uploaded files, whose type Slack derives from the file name's extension."""

from slack_simulator.workspace.objects import File

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
    "zip": ("zip", "Zip", "application/zip"),
    "pdf": ("pdf", "PDF", "application/pdf"),
}
_UNKNOWN = ("binary", "Binary", "application/octet-stream")


def new_file(
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
