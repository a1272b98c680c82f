"""A TCP proxy that can cut connections, wherever it is wanted."""

import asyncio
import random
import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Proxy:
    """A TCP proxy that can cut: with `chance`, half of a chunk is passed on and all is reset.

    With `tls` it speaks TLS to whoever connects, and plain TCP behind. `rename` replaces bytes on
    the way in: the simulator answers only who calls it by a loopback name.
    """

    target: int
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    rename: tuple[bytes, bytes] = (b"", b"")
    chance: float = 0.0
    dice: random.Random = field(default_factory=random.Random)
    cuts: int = 0

    def __enter__(self) -> Self:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.StreamWriter] = set()

        async def serve() -> None:
            self._server = await asyncio.start_server(
                self._connection, self.host, self.port, ssl=self.tls
            )
            self.port = self._server.sockets[0].getsockname()[1]
            started.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.set_exception_handler(lambda *_: None)
            self._loop.create_task(serve())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="proxy", daemon=True)
        self._thread.start()
        assert started.wait(5), "the proxy did not start"
        return self

    def __exit__(self, *exc: object) -> None:
        self.cut_all()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def cut_all(self) -> None:
        """Reset every connection now."""

        def cut() -> None:
            for writer in list(self._connections):
                _reset(writer)

        self._loop.call_soon_threadsafe(cut)

    async def lets_through(self, client: object, chunk: bytes, *, asking: bool) -> bool:
        """Return whether a chunk is passed on; if not, its connection is closed.

        `client` identifies the connection. `asking` is whether the chunk comes from the client.
        """
        return True

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        both = (writer, back_writer)
        self._connections.update(both)
        try:
            await asyncio.gather(
                self._pass_on(reader, back_writer, both, *self.rename),
                self._pass_on(back_reader, writer, both),
            )
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.difference_update(both)
            for each in both:
                each.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: Sequence[asyncio.StreamWriter],
        old: bytes = b"",
        new: bytes = b"",
    ) -> None:
        while chunk := await reader.read(65536):
            if not await self.lets_through(both[0], chunk, asking=writer is both[1]):
                break
            if old:
                chunk = chunk.replace(old, new)
            if self.chance and self.dice.random() < self.chance:
                self.cuts += 1
                # Sometimes all of it gets through and only what follows does not.
                writer.write(chunk[: self.dice.choice((0, len(chunk) // 2, len(chunk)))])
                with suppress(OSError):
                    await writer.drain()
                for each in both:
                    _reset(each)
                return
            writer.write(chunk)
            await writer.drain()
        for each in both:
            each.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
