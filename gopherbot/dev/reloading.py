"""Keeps a bot in development running: tries changed files, then restarts the processes.

A broken file changes nothing: the bot keeps running as it was, and the terminal, the page and
`gopherbot say` show the error until it is fixed. A process that exits is restarted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from gopherbot.dev.bot import LocalBot, NotReady
from gopherbot.dev.health import Health
from gopherbot.dev.procfile import ROOT
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator

_WATCHED = (".py", ".toml", ".lua", ".tsv")
_CHANGES = frozenset({"created", "modified", "moved", "deleted"})
_QUIET_SECONDS = 0.2
"""Seconds without events before a reload: an editor's save causes several."""
_WORDS = ("content", "authoring", "cli", "dev", "operations")
"""Rooms that the gateway does not import."""
_LONGEST_PAUSE = 10.0
"""The longest backoff in seconds before restarting a process that keeps exiting."""


class Reloader:
    """Watches the project and a content folder, and supervises the processes of a bot."""

    def __init__(
        self,
        bot: LocalBot,
        slack: Simulator,
        content: Path,
        health: Health,
        *,
        say: Callable[[str], object],
        output: Callable[[str], int],
    ) -> None:
        self.bot = bot
        self.slack = slack
        self.content = content
        self._health = health
        self._say = say
        self._output = output
        self._changed: set[str] = set()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # Held by the thread that starts or stops processes.
        self._ends: dict[str, int] = {}
        self._observer: Any = Observer()
        self._threads = [
            threading.Thread(target=self._reload_on_change, daemon=True),
            threading.Thread(target=self._start_what_ended, daemon=True),
        ]

    def __enter__(self) -> Reloader:
        folders = {ROOT / "gopherbot", ROOT / "glossary"}
        if self.content.resolve() != CONTENT_FOLDER.resolve():
            folders.add(self.content)
        for folder in folders:
            self._observer.schedule(_Handler(self._note), str(folder), recursive=True)
        self._observer.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        self._wake.set()
        self._observer.stop()
        self._observer.join()
        for thread in self._threads:
            thread.join()

    def _note(self, path: str) -> None:
        self._changed.add(path)
        self._wake.set()

    def _reload_on_change(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            # Changes during a trial wake this thread again, for one more trial of all of them.
            if self._stopping.wait(_QUIET_SECONDS) or self._wake.is_set():
                continue
            changed, self._changed = self._changed, set()
            if changed:
                self._reload(changed)

    def _reload(self, changed: set[str]) -> None:
        tried = self._try()
        if tried["problems"]:
            text = "\n".join(tried["problems"])
            self._health.not_reloaded(text)
            self._say(
                f"\nNot reloaded; the bot keeps running as it was. Fix this and save:\n{text}\n"
            )
            return
        self._health.reloaded()
        self.slack.suggestions = tried["suggestions"]
        with self._lock:
            self._restart_worker()
        if any(map(self._concerns_gateway, changed)):
            self._restart_gateway()
        with self._lock:
            self._restart("scheduler")
        shown = ", ".join(sorted({Path(path).name for path in changed}))
        self._say(f"reloaded: {shown}")

    def _try(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "gopherbot.dev.trial", str(self.content)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        try:
            tried: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            return {"problems": [done.stderr.strip() or f"it exits with status {done.returncode}"]}
        return tried

    def _concerns_gateway(self, path: str) -> bool:
        changed = Path(path)
        inside = changed.is_relative_to(ROOT / "gopherbot") and changed.suffix == ".py"
        return inside and changed.relative_to(ROOT / "gopherbot").parts[0] not in _WORDS

    def _restart_worker(self) -> None:
        old = self.bot.dynos["worker"]
        old.terminate()
        self._start("worker")
        # Wait for the old worker: it would dead-letter messages for an actor that it doesn't know.
        old.stop()

    def _restart_gateway(self) -> None:
        """Restart it; what members say in the meantime waits until it's ready."""
        self.slack.deliveries.hold()
        try:
            with self._lock:
                self._restart("web")
            self.bot.wait_until_ready()
        except NotReady as problem:
            self._say(str(problem))
        finally:
            self.slack.deliveries.release()

    def _restart(self, name: str) -> None:
        self.bot.dynos[name].stop()
        self._start(name)

    def _start(self, name: str) -> None:
        self.bot.output = self._output(name)
        self.bot.start(name)

    def _start_what_ended(self) -> None:
        since: dict[str, float] = {}
        while not self._stopping.wait(0.2):
            with self._lock:
                for name in self.bot.names:
                    self._start_if_ended(name, since)

    def _start_if_ended(self, name: str, since: dict[str, float]) -> None:
        process = self.bot.dynos[name].process
        if process.poll() is None:
            since.pop(name, None)  # A reload may have started it meanwhile.
            return
        if name not in since:
            since[name] = time.monotonic()
            self._ends[name] = self._ends.get(name, 0) + 1
            self._say(f"{name} exited with status {process.returncode}; restarting it")
        if time.monotonic() - since[name] >= min(0.2 * 2 ** self._ends[name], _LONGEST_PAUSE):
            del since[name]
            self._start(name)


class _Handler(FileSystemEventHandler):
    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Editors write in place, or write a new file and rename it: the last name is the file's.
        path = str(event.dest_path or event.src_path)
        if event.event_type in _CHANGES and not event.is_directory and path.endswith(_WATCHED):
            self._note(path)
