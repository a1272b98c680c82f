"""What members say and do, and what the bot does about it, each in a line of the terminal.

#general regular: @gopher flip a coin → tails, 10 ms
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gopherbot.status.durations import words as in_words
from slack_simulator import Simulator
from slack_simulator.feed.feed import Entry

_NOT_OVER = (None, "retry")
"""Logged outcomes after which the bot still works on an event."""
_TIMEOUT_SECONDS = 10.0
"""Seconds after which a line says that nothing has happened."""
_LOOK_SECONDS = 0.5
_SHOWN = 36
"""Characters of a text that are shown: a question and its answer fit on a line of 100."""


@dataclass
class _Cause:
    """What a member did, and what the bot has done about it so far."""

    words: str
    entry: Entry
    is_said: bool
    deeds: list[str] = field(default_factory=list)
    first: float = 0.0
    """When it did the first of them."""


class Talk:
    """Follows the simulator's feed, and passes each line to `say`; a context manager."""

    def __init__(self, slack: Simulator, say: Callable[[str], object]) -> None:
        self._slack = slack
        self._say = say
        self._causes: dict[str, _Cause] = {}
        """What the bot may still work on, by its main event."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="talk", daemon=True)

    def __enter__(self) -> Talk:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _follow(self) -> None:
        seq = 0
        while not self._stopping.is_set():
            for entry in self._slack.feed.wait_after(seq, _LOOK_SECONDS):
                seq = entry.seq
                self._take(entry)
            for id, cause in list(self._causes.items()):
                if time.time() - cause.entry.at > _TIMEOUT_SECONDS:
                    self._end(id, f"nothing within {_TIMEOUT_SECONDS:.0f} s")

    def _take(self, entry: Entry) -> None:
        if entry.kind == "trace":
            if (outcome := entry.get("outcome")) not in _NOT_OVER:
                ended = "" if outcome == "done" else f" ({str(outcome).replace('_', ' ')})"
                self._end(str(entry.get("event_id")), f"nothing{ended}")
        elif not entry.get("by_bot"):
            if (ids := entry.get("event_ids")) and (words := self._did(entry)):
                self._causes[ids[0]] = _Cause(words, entry, entry.kind == "message")
        elif deed := self._deed(entry):
            if cause := self._cause_of(entry):
                cause.first = cause.first or entry.at
                cause.deeds.append(deed)
            elif entry.kind == "message":
                self._say(f"{self._place(entry)} {self._slack.identity.bot_name}: {deed}")

    def _end(self, id: str, silence: str) -> None:
        cause = self._causes.pop(id, None)
        if cause is None or not (cause.deeds or cause.is_said):
            return
        took = (cause.first or time.time()) - cause.entry.at
        done = f"{', '.join(cause.deeds)}, {in_words(took)}" if cause.deeds else silence
        self._say(f"{cause.words} → {done}")

    def _cause_of(self, entry: Entry) -> _Cause | None:
        """Return what the bot reacted to, if its line hasn't been printed yet."""
        causes = reversed(self._causes.values())
        return next((cause for cause in causes if _led_to(cause.entry, entry)), None)

    def _did(self, entry: Entry) -> str:
        """Return what a member did, in words; "" for what needs no line."""
        match entry.kind:
            case "message":
                did = f": {self._text(entry) or 'a file'}"
            case "message_changed" if entry["message"].get("subtype") != "tombstone":
                did = f" edited: {self._text(entry)}"
            case "message_changed" | "message_deleted":
                did = " deleted a message"
            case "reaction":
                did = f" reacted :{entry['emoji']}:"
            case "reaction_removed":
                did = f" took :{entry['emoji']}: back"
            case "channel_join":
                did = " joined"
            case "team_join":
                return f"{entry['user']['name']} joined the team"
            case _:
                return ""
        message = entry.get("message") or {}
        user = self._slack.workspace.users.get(entry.get("user") or message.get("user") or "")
        return f"{self._place(entry)} {user.name}{did}" if user else ""

    def _place(self, entry: Entry) -> str:
        return f"#{entry['channel_name']}" if entry.get("channel_name") else "DM"

    def _deed(self, entry: Entry) -> str:
        """Return what the bot did, in words; "" if it isn't visible."""
        match entry.kind:
            case "reaction":
                return f":{entry['emoji']}:"
            case "reaction_removed":
                return f":{entry['emoji']}: taken back"
            case "message_deleted":
                return "its reply taken back"
            case "message" | "ephemeral" | "message_changed":
                return self._text(entry) or "a message"
            case _:
                return ""

    def _text(self, entry: Entry) -> str:
        message: dict[str, Any] = entry["message"]
        attached = (each.get("text", "") for each in message.get("attachments") or ())
        text = " ".join([message.get("text", ""), *attached])
        line = " ".join(self._slack.workspace.typed(text).split())
        line = "".join(filter(str.isprintable, line))  # No escape sequence reaches the terminal.
        return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _led_to(cause: Entry, deed: Entry) -> bool:
    """Return whether the bot probably did this because of that."""
    message = cause.get("message") or {}
    match deed.kind:
        case "message":
            metadata = deed["message"].get("metadata") or {}
            return metadata.get("event_payload", {}).get("event_id") in cause["event_ids"]
        case "ephemeral":
            return bool((cause.get("user") or message.get("user")) == deed["user"])
        case "reaction" | "reaction_removed":
            return bool((message.get("ts") or cause.get("ts")) == deed["ts"])
        case _:
            return bool(cause.get("channel") == deed["channel"])
