"""Asks a process of the bot's code what the bot would do, and another one when a file changes."""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from gopherbot.rulebook.schema import glossary_folder
from gopherbot.settings import CONTENT_FOLDER

PATIENCE = 10.0
"""Seconds that an answer may take, the start of the process included."""
_MODULE = "gopherbot.authoring.explain.server"
_SUFFIXES = frozenset({".toml", ".py"})


class Explainer:
    """An `Explainer` of the simulator's for a content folder; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_with = ""

    def __enter__(self) -> Explainer:
        return self

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            self._stop()

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return what the bot would do, by the files as they are now."""
        with self._lock:
            process = self._current()
            try:
                return _ask(process, question)
            except TimeoutError:
                self._stop()
                return {"problems": [f"a rule took more than {PATIENCE:.0f} s to answer"]}
            except (OSError, EOFError):
                code = process.wait()
                self._stop()
                return {"problems": [f"the bot's code ended with status {code}: see the terminal"]}

    def version(self) -> str:
        """Return a word that changes whenever a file of the content does."""
        return str(max((path.stat().st_mtime_ns for path in self._files()), default=0))

    def _files(self) -> Iterator[Path]:
        folders = {CONTENT_FOLDER, self.folder, glossary_folder(self.folder)}
        for folder in folders:
            for path in sorted(folder.rglob("*")) if folder else ():
                if path.suffix in _SUFFIXES:
                    with contextlib.suppress(FileNotFoundError):
                        path.stat()
                        yield path

    def _current(self) -> subprocess.Popen[bytes]:
        version = self.version()
        if self._process is None or version != self._started_with:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._started_with = version
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _ask(process: subprocess.Popen[bytes], question: dict[str, Any]) -> dict[str, Any]:
    asking, answering = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    asking.write(msgspec.json.encode(question) + b"\n")
    asking.flush()
    ready, _, _ = select.select([answering], [], [], PATIENCE)
    if not ready:
        raise TimeoutError
    line = answering.readline()
    if not line:
        raise EOFError
    return msgspec.json.decode(line, type=dict[str, Any])
