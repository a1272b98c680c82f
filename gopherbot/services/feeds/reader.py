"""Parses feed documents in a separate process, so that no document can harm a worker.

There, memory and time are limited, and the worker's threads keep answering members meanwhile. The
process costs a fifth of a second, but only when a feed has changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from gopherbot import shapes
from gopherbot.errors import ServiceError
from gopherbot.services.feeds.items import Document
from gopherbot.services.feeds.parser import Source

SECONDS = 20.0
CPU_SECONDS = 10
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = [sys.executable, "-m", "gopherbot.services.feeds.parser"]


def read(document: bytes, *, url: str, content_type: str = "") -> Document:
    """Return the parsed document. Raise `ServiceError` if it is not a feed or exceeds a limit."""
    source = msgspec.json.encode(Source(url=url, content_type=content_type))
    try:
        done = subprocess.run(
            [*_COMMAND, str(CPU_SECONDS)],
            input=source + b"\n" + document,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # Pass nothing from the worker's environment: no secrets, and no Python options.
            env={"LANG": "C.UTF-8"},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServiceError("the document takes too long to read") from None
    if done.returncode:
        raise ServiceError("the document takes too much memory or time to read")
    if done.stdout.startswith(b"!"):
        raise ServiceError(done.stdout[1:].decode())
    return shapes.decode(done.stdout, Document)
