"""Prints the logs of several processes readably on one terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
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
_NOISE = "Worker with PID "
"""What Dramatiq prints when a process of its ends, which the process has explained."""
_END_SECONDS = 1.0
"""How long to wait for the last lines of a process that has exited."""


@dataclass
class _Output:
    """What a process prints."""

    name: str
    on_trial: bool
    plain: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    """The end of what it prints besides its logs."""
    thread: threading.Thread | None = None


class Console:
    """Prints JSON log lines in short form, and passes them on.

    Unless `all_logs`, these are only the problems; what members and the bot do is `talk.py`'s.
    """

    def __init__(self, *, all_logs: bool = False) -> None:
        self.all_logs = all_logs
        self._is_stopping = False
        self.on_line: list[Callable[[dict[str, Any]], object]] = []
        """Called with every line that is logged."""
        self._terminal = Terminal(file=sys.stdout, highlight=False, soft_wrap=True)
        self._followed: dict[str, _Output] = {}

    def say(self, text: str) -> None:
        """Print a message of `gopherbot dev` itself."""
        self._terminal.print(text, markup=False, emoji=False)

    def stop(self) -> None:
        """Say that everything stops. Show no problems from then on: stopping causes some."""
        self._is_stopping = True
        self.say("\nStopping …")

    def start(self, bot: LocalBot, name: str, *, on_trial: bool = False) -> Dyno:
        """Start or restart one line of the Procfile, and print its output.

        On trial, what it prints besides its logs is kept until `accept`.
        """
        read, write = os.pipe()
        output = self._followed[name] = _Output(name, on_trial)
        output.thread = threading.Thread(target=self._follow, args=(read, output), daemon=True)
        output.thread.start()
        with os.fdopen(write, "wb") as bot.output:
            return bot.start(name)

    def accept(self, name: str) -> None:
        """Print what a process on trial has printed besides its logs, and will print."""
        output = self._followed[name]
        output.on_trial = False
        for line in list(output.plain):
            self._print(name, line, style="")

    def last_words(self, name: str) -> str:
        """Return the end of what an exited process printed besides its logs.

        Of a traceback, that is our last line of code and what follows.
        """
        output = self._followed[name]
        if output.thread:
            output.thread.join(_END_SECONDS)
        lines = [line for line in output.plain if not line.startswith(_NOISE)]
        ours = [at for at, line in enumerate(lines) if _is_ours(line)]
        return "\n".join(lines[ours[-1] :] if ours else lines)

    def _follow(self, read: int, output: _Output) -> None:
        with os.fdopen(read, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._show(line.rstrip("\n"), output)

    def _show(self, line: str, output: _Output) -> None:
        try:
            entry = msgspec.json.decode(line)
        except msgspec.DecodeError:
            entry = None
        if not isinstance(entry, dict):
            if line.strip():
                output.plain.append(line)
                if not output.on_trial:
                    self._print(output.name, line, style="")
            return
        for take in self.on_line:
            take(entry)
        style = _LEVELS.get(str(entry.get("level")), "")
        if self.all_logs or (style and not self._is_stopping):
            self._print(output.name, _in_words(entry), style)

    def _print(self, name: str, words: str, style: str) -> None:
        text = Text(f"{name:<10}", style=_COLOURS.get(name, ""))
        self._terminal.print(text.append(words, style=style or "default"))


def _is_ours(line: str) -> bool:
    """Return whether a traceback's line names a file of this project."""
    return line.lstrip().startswith(f'File "{ROOT}') and "site-packages" not in line


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
