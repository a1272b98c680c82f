"""Prints the logs of several processes readably on one terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from rich.console import Console as Terminal
from rich.text import Text

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.procfile import ROOT, Dyno

_COLOURS = {"web": "cyan", "worker": "green", "scheduler": "magenta"}
_LEVELS = {"warning": "yellow", "error": "bold red", "critical": "bold red"}
# Fields that every line has, or that only machines read.
_HIDDEN = {
    *("event", "level", "process", "app", "dyno", "commit", "time", "logger"),
    *("request_id", "worker"),
}
_KEPT_LINES = 100
_END_SECONDS = 1.0
"""How long to wait for the last lines of a process that has exited."""


class Console:
    """Prints JSON log lines in short form, and passes them on."""

    def __init__(self, *, all_logs: bool = False) -> None:
        self.all_logs = all_logs
        self.on_line: list[Callable[[dict[str, Any]], object]] = []
        """Called with every line that is logged."""
        self._terminal = Terminal(file=sys.stdout, highlight=False, soft_wrap=True)
        self._followed: dict[str, tuple[threading.Thread, deque[str]]] = {}

    def say(self, text: str) -> None:
        """Print a message of `gopherbot dev` itself."""
        self._terminal.print(text, markup=False)

    def start(self, bot: LocalBot, name: str) -> Dyno:
        """Start or restart one line of the Procfile, and print its output."""
        plain: deque[str] = deque(maxlen=_KEPT_LINES)
        read, write = os.pipe()
        thread = threading.Thread(target=self._follow, args=(name, read, plain), daemon=True)
        thread.start()
        self._followed[name] = thread, plain
        with os.fdopen(write, "wb") as bot.output:
            return bot.start(name)

    def last_words(self, name: str) -> str:
        """Return the end of what an exited process printed besides its logs.

        Of a traceback, that is our last line of code and what follows.
        """
        thread, plain = self._followed[name]
        thread.join(_END_SECONDS)
        lines = list(plain)
        ours = [at for at, line in enumerate(lines) if _is_ours(line)]
        return "\n".join(lines[ours[-1] :] if ours else lines)

    def _follow(self, name: str, read: int, plain: deque[str]) -> None:
        with os.fdopen(read, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._show(name, line.rstrip("\n"), plain)

    def _show(self, name: str, line: str, plain: deque[str]) -> None:
        try:
            entry = msgspec.json.decode(line)
        except msgspec.DecodeError:
            entry = None
        if not isinstance(entry, dict):
            if line.strip():
                plain.append(line)
                self._print(name, line, style="")
            return
        for take in self.on_line:
            take(entry)
        if self.all_logs or _is_significant(entry):
            self._print(name, _in_words(entry), _LEVELS.get(str(entry.get("level")), ""))

    def _print(self, name: str, words: str, style: str) -> None:
        text = Text(f"{name:<10}", style=_COLOURS.get(name, ""))
        self._terminal.print(text.append(words, style=style or "default"))


def _is_ours(line: str) -> bool:
    """Return whether a traceback's line names a file of this project."""
    return line.lstrip().startswith(f'File "{ROOT}') and "site-packages" not in line


def _is_significant(entry: dict[str, Any]) -> bool:
    """Return whether to show a line at a terminal: problems, and events that made the bot act."""
    if entry.get("level") in _LEVELS:
        return True
    if entry.get("event") == "handled":
        return bool(entry.get("rules")) or entry.get("queue") == "background"
    return not entry.get("logger")


def _in_words(entry: dict[str, Any]) -> str:
    facts = " ".join(
        f"{key}={_short(value)}"
        for key, value in entry.items()
        if key not in _HIDDEN and value is not None and value != entry.get("queue")
    )
    at = str(entry.get("time", ""))[11:19]
    return f"{at}  {entry.get('event')}  {facts}".rstrip()


def _short(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)
