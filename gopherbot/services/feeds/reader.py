"""Parses feed documents in a separate process, so that no document can harm a worker.

There, memory and time are limited, and the worker's threads keep answering members meanwhile. The
process costs a fifth of a second, but only when a feed has changed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from gopherbot import decoding
from gopherbot.errors import ServiceError
from gopherbot.services.feeds.items import FeedDocument
from gopherbot.services.feeds.parser import Source

SECONDS = 60.0
CPU_SECONDS = 20
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = [sys.executable, "-m", "gopherbot.services.feeds.parser"]
_INHERITED = (
    *("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"),
    *("DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH"),
)
"""Where a Python that was moved after it was built, such as Heroku's, finds its libraries."""


def read(document: bytes, *, url: str, content_type: str = "") -> FeedDocument:
    """Return the parsed document. Raise `ServiceError` if it is not a feed or exceeds a limit."""
    source = msgspec.json.encode(Source(url=url, content_type=content_type))
    # The worker's other variables stay here: the secrets, above all.
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    try:
        done = subprocess.run(
            [*_COMMAND, str(CPU_SECONDS)],
            input=source + b"\n" + document,
            capture_output=True,
            cwd=_ROOT,
            env={"LANG": "C.UTF-8", **inherited},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ServiceError("the document takes too long to read") from None
    if done.returncode == -signal.SIGKILL:
        raise ServiceError("the document takes too much time or memory to read")
    if done.returncode:
        (*_, why) = b"no reason given", *done.stderr.splitlines()
        raise ServiceError(
            f"the parser ended with status {done.returncode}: {why.decode(errors='replace')[:300]}"
        )
    if done.stdout.startswith(b"!"):
        raise ServiceError(done.stdout[1:].decode())
    return decoding.decode(done.stdout, FeedDocument)
