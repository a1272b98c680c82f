"""Reads a feed's document in a process of its own, so that no document can hurt a worker.

What a hostile document costs is bounded there, in memory and time, and the worker's threads go on
answering members meanwhile. It costs a fifth of a second, and only when a feed has changed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from gopherbot.errors import ServiceError
from gopherbot.services.feeds.items import Document
from gopherbot.services.feeds.parser import Source

SECONDS = 20.0
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = [sys.executable, "-m", "gopherbot.services.feeds.parser"]


def read(document: bytes, *, url: str, content_type: str = "") -> Document:
    """Return what a document says. Raise `ServiceError` for one that is no feed, or too much."""
    source = msgspec.json.encode(Source(url=url, content_type=content_type))
    try:
        done = subprocess.run(
            _COMMAND,
            input=source + b"\n" + document,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # Nothing of the worker's environment: no secret, and no option of Python's.
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
    return msgspec.json.decode(done.stdout, type=Document)
