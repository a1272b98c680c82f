"""One keep-alive connection, read by the standard library, whose responses can be cut off."""

import contextlib
import socket
import struct
from collections.abc import Callable
from email.errors import MultipartInvariantViolationDefect, StartBoundaryNotFoundDefect
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import unquote

from slack_simulator.http.messages import Request, Response, render, text_response

Route = Callable[[Request], Response]

BODY_LIMIT: Final = 16 * 1024 * 1024
_LINE_LIMIT: Final = 65_536
_OF_BODY: Final = (StartBoundaryNotFoundDefect, MultipartInvariantViolationDefect)


class Connection(BaseHTTPRequestHandler):
    """Answer requests with what `route` returns until either side closes the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    route: Route

    def handle(self) -> None:
        # Clients may disconnect at any time.
        with contextlib.suppress(OSError):
            super().handle()

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(_LINE_LIMIT + 1)
        if not self.raw_requestline:
            self.close_connection = True
            return
        self.requestline, self.request_version, self.command = "", "HTTP/1.1", ""
        if len(self.raw_requestline) > _LINE_LIMIT:
            self.send_error(414)
        elif self.parse_request() and (request := self._request()) is not None:
            self._answer(self.route(request))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Reject a malformed or unsupported request and close the connection."""
        self.close_connection = True
        self._answer(text_response(message or self.responses[code][0], code))

    def _request(self) -> Request | None:
        """Return the request, or None if it was rejected."""
        # The parser misses the parts of a multipart body, which it never gets.
        if any(not isinstance(defect, _OF_BODY) for defect in self.headers.defects):
            self.send_error(400, "a header line has no colon, or the headers are incomplete")
            return None
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            # Join repeated headers: the list is not a valid value of any header read here.
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        body = self._body(headers)
        if body is None:
            return None
        path, _, query_string = self.path.partition("?")
        return Request(
            method=self.command,
            path=unquote(path),
            query_string=query_string,
            headers=headers,
            body=body,
        )

    def _body(self, headers: dict[str, str]) -> bytes | None:
        if "transfer-encoding" in headers:
            self.send_error(400, "send a Content-Length; chunked bodies aren't supported")
            return None
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or int(length) > BODY_LIMIT:
            self.send_error(400, f"Content-Length must be a number up to {BODY_LIMIT}")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.send_error(400, "the body is incomplete")
            return None
        return body

    def _answer(self, response: Response) -> None:
        if response.cut:
            self._cut(response)
            return
        if response.takeover is not None:
            self.close_connection = True
            response.takeover(self.connection)
            return
        self.close_connection = self.close_connection or response.stream is not None
        self.wfile.write(render(response, keep_alive=not self.close_connection))
        for chunk in response.stream or ():
            self.wfile.write(chunk)

    def _cut(self, response: Response) -> None:
        """Close the connection without a response, or reset it (RST) in the middle of one."""
        self.close_connection = True
        if response.cut == "halfway":
            whole = render(response, keep_alive=True)
            self.wfile.write(whole[: len(whole) - len(response.body) // 2 - 1])
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Close the file object first: it keeps the socket open.
        self.rfile.close()
        self.connection.close()
