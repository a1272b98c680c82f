"""Uploads under way: their addresses, and the content sent there."""

import re
import threading

import msgspec

from slack_simulator.http.messages import Request, Response, text_response
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids

PATH = "/upload/v1/"
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


class Upload(msgspec.Struct, kw_only=True):
    """A file that the app has announced. `content` is empty until it is sent."""

    file_id: str
    token: str
    name: str
    length: int
    content: bytes = b""


class Uploads:
    """The uploads under way: asked for, sent, and not yet shared."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._lock = threading.Lock()
        self._uploads: list[Upload] = []

    def new(self, name: str, length: int) -> tuple[str, str]:
        """Return the file's ID and the token of its upload address."""
        id, token = self._ids.new("F0"), self._ids.token()
        with self._lock:
            self._uploads.append(Upload(file_id=id, token=token, name=name, length=length))
        return id, token

    def receive(self, request: Request) -> Response:
        """Take a file's content, as the raw body or in a multipart form."""
        if request.method not in {"POST", "PUT"}:
            return text_response("send the content with POST", 405, Allow="POST")
        token, content = request.path.removeprefix(PATH), _content(request)
        with self._lock:
            upload = next((each for each in self._uploads if each.token == token), None)
            if upload is None:
                return text_response("invalid upload address", 404)
            if len(content) != upload.length:
                wrong = f"got {len(content)} bytes, but {upload.length} were announced"
                return text_response(wrong, 400)
            upload.content = content
        return text_response(f"OK - {len(content)}")

    def take(self, file_id: str) -> Upload:
        """Remove and return an upload. Raise `file_not_found` if its content was never sent."""
        with self._lock:
            for upload in self._uploads:
                if upload.file_id == file_id and upload.content:
                    self._uploads.remove(upload)
                    return upload
        raise SlackError("file_not_found")


def _content(request: Request) -> bytes:
    boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
    if boundary is None:
        return request.body
    part = request.body.split(f"--{boundary[1]}".encode())[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
