"""Asks a separate process what the bot would do, and replaces it when a file changes."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast
from zlib import crc32

import msgspec

from gopherbot.dev.procfile import ROOT
from gopherbot.rulebook.schema import glossary_folder
from gopherbot.settings import CONTENT_FOLDER

TIMEOUT_SECONDS = 10.0
"""Seconds that an answer may take."""
START = 60.0
"""Seconds that the process may take to load the content, even on a busy machine."""
_MODULE = "gopherbot.explain.server"
_SUFFIXES = frozenset({".toml", ".py"})


class Explainer:
    """The simulator's `Explainer`: a content folder by the code in `root`. A context manager."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder = folder
        self._root = root
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_with = ""
        self._loaded = False
        self._suggestions: list[dict[str, str]] = []

    def __enter__(self) -> Explainer:
        return self

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self._stop()

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return what the bot would do, according to the current files."""
        with self._lock:
            process = self._current()
            try:
                self._load(process)
                return _ask(process, question)
            except TimeoutError:
                self._stop()
                if not self._loaded:
                    return {"problems": [f"the content took more than {START:.0f} s to load"]}
                return {"problems": [f"a rule took more than {TIMEOUT_SECONDS:.0f} s to answer"]}
            except (OSError, EOFError):
                code = process.wait()
                self._stop()
                return {"problems": [f"the bot's code exited with status {code}: see the terminal"]}

    def suggestions(self) -> list[dict[str, str]]:
        """Return what the page suggests while a member types; nothing if the content is broken."""
        with self._lock, contextlib.suppress(OSError, EOFError):
            self._load(self._current())
        return self._suggestions

    def version(self) -> str:
        """Return a string that changes whenever a content file does, or comes or goes."""
        return f"{crc32(repr(list(self._files())).encode()):08x}"

    def _files(self) -> Iterator[tuple[str, int]]:
        """Yield the path of each content file, and when it was changed."""
        folders = {CONTENT_FOLDER, self.folder, glossary_folder(self.folder)}
        for folder in folders:
            for path in sorted(folder.rglob("*")) if folder else ():
                if path.suffix in _SUFFIXES:
                    with contextlib.suppress(FileNotFoundError):
                        yield str(path), path.stat().st_mtime_ns

    def _current(self) -> subprocess.Popen[bytes]:
        version = self.version()
        if self._process is None or version != self._started_with:
            self._stop()
            self._process = subprocess.Popen(
                # `-P`: another root's code, wherever this was started.
                [sys.executable, "-P", "-m", _MODULE, str(self.folder)],
                env=os.environ | {"PYTHONPATH": str(self._root)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is not for it.
            )
            self._started_with = version
            self._loaded = False
        return self._process

    def _load(self, process: subprocess.Popen[bytes]) -> None:
        if not self._loaded:
            self._suggestions = msgspec.json.decode(_read(process, START))
            self._loaded = True

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _ask(process: subprocess.Popen[bytes], question: dict[str, Any]) -> dict[str, Any]:
    asking = cast("IO[bytes]", process.stdin)
    asking.write(msgspec.json.encode(question) + b"\n")
    asking.flush()
    return msgspec.json.decode(_read(process, TIMEOUT_SECONDS), type=dict[str, Any])


def _read(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Return the next line of the process. Raise `TimeoutError`, or `EOFError` if it has exited."""
    answering = cast("IO[bytes]", process.stdout)
    ready, _, _ = select.select([answering], [], [], seconds)
    if not ready:
        raise TimeoutError
    line = answering.readline()
    if not line:
        raise EOFError
    return line
