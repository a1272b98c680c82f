"""Keeps a bot in development running: tries changed files, then restarts the processes.

A broken file changes nothing: the bot keeps running as it was, and the terminal, the page and
`gopherbot say` show the error until it is fixed. The new worker is started beside the old one,
which goes on if the new one cannot start. A process that exits is restarted.
"""

from __future__ import annotations

import contextlib
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
from gopherbot.dev.console import Console
from gopherbot.dev.health import Health
from gopherbot.dev.procfile import ROOT, Dyno
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator

_WATCHED = (".py", ".toml", ".lua", ".tsv")
_CHANGES = frozenset({"created", "modified", "moved", "deleted"})
_QUIET_SECONDS = 0.2
"""Seconds without events before a reload: an editor's save causes several."""
_WORDS = ("content", "authoring", "cli", "dev", "operations")
"""Rooms that the gateway does not import."""
_START_SECONDS = 30.0
"""Seconds that a new worker has to start, even on a busy machine."""
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
        console: Console,
    ) -> None:
        self.bot = bot
        self.slack = slack
        self.content = content
        self._health = health
        self._console = console
        self._say = console.say
        self._changed: set[str] = set()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # Held by the thread that starts or stops processes.
        self._ends: dict[str, int] = {}
        self._next_trial: subprocess.Popen[str]
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
        self._next_trial = self._new_trial()
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
        self._next_trial.kill()
        self._next_trial.communicate()

    def _note(self, path: str) -> None:
        self._changed.add(path)
        self._wake.set()

    def _reload_on_change(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            if self._stopping.wait(_QUIET_SECONDS) or self._wake.is_set():
                continue
            changed, self._changed = self._changed, set()
            if changed and not self._reload(changed):
                self._changed |= changed  # The next reload is for these, too.
            if changed:
                self._next_trial = self._new_trial()

    def _reload(self, changed: set[str]) -> bool:
        """Restart what a change concerns. Return whether it is in force."""
        tried = self._try()
        if tried is None:
            return False
        if tried["problems"]:
            return self._not_reloaded("\n".join(tried["problems"]))
        with self._lock:
            problem = self._replace_worker()
        if problem:
            return self._not_reloaded(problem)
        self.slack.suggestions = tried["suggestions"]
        if any(map(self._concerns_gateway, changed)):
            self._restart_gateway()
        with self._lock:
            self._restart("scheduler")
            self._ends.clear()
            self._health.reloaded()
        shown = ", ".join(sorted({Path(path).name for path in changed}))
        self._say(f"reloaded: {shown}")
        return True

    def _not_reloaded(self, text: str) -> bool:
        self._health.not_reloaded(text)
        self._say(f"\nNot reloaded; the bot keeps running as it was. Fix this and save:\n{text}\n")
        return False

    def _try(self) -> dict[str, Any] | None:
        """Return what a trial finds, or None if files changed during the trial."""
        # It begins when `communicate` closes its input.
        with self._next_trial as trial:
            while not self._wake.is_set():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    printed, errors = trial.communicate(timeout=0.05)
                    break
            else:
                trial.kill()
                return None
        try:
            tried: dict[str, Any] = json.loads(printed.splitlines()[-1])
        except (ValueError, IndexError):
            return {"problems": [errors.strip() or f"it exits with status {trial.returncode}"]}
        return tried

    def _new_trial(self) -> subprocess.Popen[str]:
        """Start a trial, which waits for its turn with all packages imported."""
        return subprocess.Popen(
            [sys.executable, "-m", "gopherbot.dev.trial", str(self.content)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _concerns_gateway(self, path: str) -> bool:
        changed = Path(path)
        inside = changed.is_relative_to(ROOT / "gopherbot") and changed.suffix == ".py"
        return inside and changed.relative_to(ROOT / "gopherbot").parts[0] not in _WORDS

    def _replace_worker(self) -> str:
        """Start a worker, and end the old one once the new one works.

        Return "", or why the new one does not work: the old one goes on.
        """
        old, known = self.bot.dynos["worker"], self._health.workers()
        new = self._start("worker")
        problem = self._wait_until_started(new.process, known)
        if problem:
            self.bot.dynos["worker"] = old
            new.kill()
        else:
            # Wait for it: it would dead-letter messages for an actor that it doesn't know.
            old.stop()
        return problem

    def _wait_until_started(self, process: subprocess.Popen[bytes], known: set[str]) -> str:
        """Wait for a worker that isn't known yet. Return why it does not start, or ""."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._health.workers() - known:
            if (status := process.poll()) is not None:
                return self._end_of("worker", status)
            if time.monotonic() > deadline:
                return f"the worker did not start within {_START_SECONDS:.0f} s"
            if self._stopping.wait(0.05):
                break
        return ""

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

    def _start(self, name: str) -> Dyno:
        return self._console.start(self.bot, name)

    def _end_of(self, name: str, status: int) -> str:
        """Return how a process has ended, and why, if it said so."""
        return f"{name} exited with status {status}\n{self._console.last_words(name)}".strip()

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
            self._health.failed(self._end_of(name, process.returncode))
        if time.monotonic() - since[name] >= self._pause(name):
            del since[name]
            self._start(name)

    def _pause(self, name: str) -> float:
        return float(min(0.2 * 2 ** self._ends.get(name, 0), _LONGEST_PAUSE))


class _Handler(FileSystemEventHandler):
    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Editors write in place, or write a new file and rename it: the last name is the file's.
        path = str(event.dest_path or event.src_path)
        if event.event_type in _CHANGES and not event.is_directory and path.endswith(_WATCHED):
            self._note(path)
