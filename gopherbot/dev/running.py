"""Where the tools find the bot that `gopherbot dev` runs: a file that only its user may read."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gopherbot.errors import GopherbotError

PAGE_PORT = 8065


@contextlib.contextmanager
def found_by_tools(page_port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Write down the bot's environment, for as long as it runs."""
    file = _file(page_port)
    # Complete from its first moment, and readable for nobody else.
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
        json.dump({"pid": os.getpid(), "environment": dict(environment)}, new)
    try:
        Path(new.name).replace(file)
    except OSError:  # Somebody else's file is in the way.
        Path(new.name).unlink()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()


def environment() -> dict[str, str]:
    """Return the environment of the bot that runs here; {} if none does.

    It's the one whose page has the port of SLACK_SIMULATOR_URL; else `PAGE_PORT`, or the only one.
    Raise `GopherbotError` if it isn't clear which is meant.
    """
    if port := urlsplit(os.environ.get("SLACK_SIMULATOR_URL", "")).port:
        return _read(_file(port))
    if found := _read(_file(PAGE_PORT)):
        return found
    running = list(filter(None, map(_read, _file(PAGE_PORT).parent.glob(_name("*")))))
    if len(running) > 1:
        pages = " or ".join(sorted(each["SLACK_SIMULATOR_URL"] for each in running))
        raise GopherbotError(f"{len(running)} bots run here: choose by SLACK_SIMULATOR_URL={pages}")
    return running[0] if running else {}


def _read(path: Path) -> dict[str, str]:
    try:
        # In a folder that all may write to: neither follow a link nor wait for a pipe.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(opened) as file:
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return {}
            found = json.load(file)
        os.kill(found["pid"], 0)  # It may have been killed before it could remove the file.
    except (OSError, ValueError):
        return {}
    environment: dict[str, str] = found["environment"]
    return environment


def _file(page_port: int) -> Path:
    return Path(tempfile.gettempdir()) / _name(page_port)


def _name(page_port: object) -> str:
    return f"gopherbot-dev-{os.getuid()}-{page_port}.json"
