"""Keeps a bot in development running: changed files are tried by a second bot beside the first.

If it works, it takes over. If not, the first bot keeps running as it was, and the terminal, the
page and `gopherbot say` show the error until it is fixed. A process that exits is restarted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.console import Console
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.health import Health
from gopherbot.dev.procfile import ROOT
from gopherbot.errors import ContentError
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator

_WATCHED = (".py", ".toml", ".lua", ".tsv")
_CHANGES = frozenset({"created", "modified", "moved", "deleted"})
_QUIET_SECONDS = 0.2
"""Seconds without events before a reload: an editor's save causes several."""
_BESIDE = ("web", "worker")
"""What is tried beside the running bot. A second scheduler would only stand by."""
_START_SECONDS = 30.0
"""Seconds that a new bot has to start, even on a busy machine."""
_LONGEST_PAUSE = 10.0
"""The longest backoff in seconds before restarting a process that keeps exiting."""


class Reloader:
    """Watches the project and a content folder, and supervises the processes of a bot."""

    def __init__(
        self,
        bot: LocalBot,
        slack: Simulator,
        explainer: Explainer,
        health: Health,
        console: Console,
    ) -> None:
        self.bot = bot
        self.slack = slack
        self._explainer = explainer
        self._health = health
        self._console = console
        self._say = console.say
        self._changed: set[str] = set()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # Held by the thread that starts or stops processes.
        self._exits: dict[str, int] = {}
        self._observer: Any = Observer()
        self._threads = [
            threading.Thread(target=self._reload_on_change, daemon=True),
            threading.Thread(target=self._restart_exited, daemon=True),
        ]

    def __enter__(self) -> Reloader:
        folders = {ROOT / "gopherbot", ROOT / "glossary"}
        if self._explainer.folder.resolve() != CONTENT_FOLDER.resolve():
            folders.add(self._explainer.folder)
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
            if self._stopping.wait(_QUIET_SECONDS) or self._wake.is_set():
                continue
            changed, self._changed = self._changed, set()
            if changed and not self._reload(changed):
                self._changed |= changed  # The next reload is for these, too.

    def _reload(self, changed: set[str]) -> bool:
        """Start a bot beside the running one, and let it take over. Return whether it works."""
        shown = ", ".join(sorted({Path(path).name for path in changed}))
        self._announce(f"changed: {shown}, reloading …")
        with self._lock:
            new = self.bot.successor()
            problem = self._start_successor(new)
            if problem or self._wake.is_set():
                for dyno in new.dynos.values():
                    dyno.kill()
            else:
                self._take_over(new)
        if problem:
            problem = problem.removeprefix(ContentError.HEADING)
            message = f"The bot keeps running as it was. Fix this and save:\n{problem}"
            self._health.not_reloaded(message)
            self._announce(f"not reloaded: {shown}")
            self._say(f"{message}\n")
        if problem or self.bot.port != new.port:
            return False
        self.slack.suggestions = self._explainer.suggestions()
        self._announce(f"reloaded: {shown}")
        return True

    def _announce(self, words: str) -> None:
        """Say something in the terminal and, for a moment, on the page."""
        self._say(words)
        self.slack.feed.append("notice", {"text": words})

    def _start_successor(self, new: LocalBot) -> str:
        """Wait until a new gateway and worker work, or files change. Return what fails, or ""."""
        for name in _BESIDE:
            self._console.start(new, name, on_trial=True)
        deadline = time.monotonic() + _START_SECONDS
        while not (self._health.works(new.dynos["worker"]) and new.is_ready()):
            for name, dyno in new.dynos.items():
                if dyno.process.poll() is not None:
                    return self._console.last_words(name) or f"the new {name} does not start"
            if time.monotonic() > deadline:
                return f"the bot did not start within {_START_SECONDS:.0f} s"
            if self._wake.wait(0.05):
                break
        return ""

    def _take_over(self, new: LocalBot) -> None:
        old = self.bot.dynos
        new.dynos["scheduler"] = old["scheduler"]
        # The page shows the new processes' health from now on: the old ones are about to exit.
        self.bot.become(new)
        # Wait for the old worker: it would dead-letter messages for an actor that it doesn't know.
        old["worker"].stop()
        self.slack.gateway = new.events_url
        old["web"].stop()
        old["scheduler"].stop()
        self._console.start(self.bot, "scheduler")
        for name in _BESIDE:
            self._console.accept(name)
        self._exits.clear()
        self._health.reloaded()

    def _restart_exited(self) -> None:
        since: dict[str, float] = {}
        while not self._stopping.wait(0.2):
            with self._lock:
                for name in self.bot.names:
                    self._restart_if_exited(name, since)

    def _restart_if_exited(self, name: str, since: dict[str, float]) -> None:
        process = self.bot.dynos[name].process
        if process.poll() is None:
            since.pop(name, None)  # A reload may have started it meanwhile.
            return
        if name not in since:
            since[name] = time.monotonic()
            self._exits[name] = self._exits.get(name, 0) + 1
            exited = f"{name} exited with status {process.returncode}"
            self._say(f"{exited}; restarting it")
            self._health.failed(f"{exited}\n{self._console.last_words(name)}".strip())
        if time.monotonic() - since[name] >= self._pause(name):
            del since[name]
            self._console.start(self.bot, name)

    def _pause(self, name: str) -> float:
        return float(min(0.2 * 2 ** self._exits.get(name, 0), _LONGEST_PAUSE))


class _Handler(FileSystemEventHandler):
    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Editors write in place, or write a new file and rename it: the last name is the file's.
        path = str(event.dest_path or event.src_path)
        if event.event_type in _CHANGES and not event.is_directory and path.endswith(_WATCHED):
            self._note(path)
