"""A TLS server that answers every call with success: `python -m bench.tls_server CERTIFICATE`.

Prints its port. As with Slack, connections stay open unless the caller asks to close them.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

_BODY = b'{"ok":true,"channel":"C029RQSEE","ts":"1700000000.000100","message":{"text":"heads"}}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n"
    b"x-slack-req-id: 0123456789abcdef\r\nx-oauth-scopes: chat:write\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


def main() -> None:
    """Serve until killed, a thread for each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(context, connection), daemon=True).start()


def _serve(context: ssl.SSLContext, connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
        stream = secure.makefile("rb")
        while headers := _read(stream):
            secure.sendall(_ANSWER)
            if headers.get(b"connection") == b"close":
                return


def _read(stream: BinaryIO) -> dict[bytes, bytes]:
    """Read one request; return its headers, empty if the caller has hung up."""
    headers: dict[bytes, bytes] = {}
    stream.readline()
    while line := stream.readline().strip().lower():
        name, _, value = line.partition(b":")
        headers[name] = value.strip()
    stream.read(int(headers.get(b"content-length", b"0")))
    return headers


if __name__ == "__main__":
    main()
