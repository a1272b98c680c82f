"""Explains pasted error messages and the traces of panics, with the texts of `errors.toml`.

For those who address the bot; unasked only in the help channels of `workspace.toml`, only what a
tool printed, and only to its author.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gopherbot.content.commands._sharing import to_asker
from gopherbot.golang.panics import Frame, Panic, read_panic, read_race, without_log_prefix
from gopherbot.model import Ask, Message, Reply, Use
from gopherbot.router import Router
from gopherbot.rulebook.schema import Data
from gopherbot.search.error_messages import ErrorMessages, FoundError, holds_trace
from gopherbot.search.slips import term_named
from gopherbot.slack.markup import escape, without_links

_MOST = 6
_LONGEST = 160
"""Characters of what was pasted that are repeated in one piece."""
_MOST_LINES = 8
"""The most lines of a file that are named for one error."""
_SHARE = re.compile(r"\Ashare\b[:,]?\s+", re.IGNORECASE)
"""What in front of an error has its explanation posted for all."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read in a text: false if no error was."""

    panic: Panic | None
    race: tuple[Frame, ...]
    errors: tuple[FoundError, ...]

    def __bool__(self) -> bool:
        return bool(self.panic or self.errors)


def reader(data: Data) -> Callable[[str], Read]:
    """Return a function that reads the known errors in a text."""
    known = ((name, *error.also) for name, error in data.errors.items())
    errors = _messages(tuple(known))

    @lru_cache(maxsize=32)  # The rule's condition and its handler ask, and so does each retry.
    def read(text: str) -> Read:
        plain = without_log_prefix(without_links(text))
        panic = read_panic(plain)
        found = errors.find(panic.message if panic else plain)
        return Read(panic, tuple(read_race(plain)), tuple(found))

    return read


@lru_cache(maxsize=2)  # Two routers of the same content need them.
def _messages(known: tuple[tuple[str, ...], ...]) -> ErrorMessages:
    return ErrorMessages({forms[0]: forms for forms in known})


def routes(data: Data) -> Router:
    """Return a router with the rule."""
    router = Router()
    if not data.errors:
        return router
    read = reader(data)

    def is_error(message: Message) -> bool:
        text = message.text
        if message.addressed:
            text = _SHARE.sub("", text)
            return bool(read(text)) and not term_named(text, data.glossary)
        if ".go:" not in text or "\n" not in text:
            return False
        found = read(text)
        if holds_trace(without_log_prefix(text)):
            return bool(found)
        return any(error.from_tool for error in found.errors)

    @router.dynamic("explain errors", when=is_error)
    def explain(ask: Ask) -> Reply | None:
        """say what pasted error messages mean, and where in your own code a panic began"""
        message = ask.message
        if not message.addressed and not _is_help_channel(ask, data.workspace.help_channels):
            return None
        shared = bool(message.addressed and _SHARE.match(message.text))
        if message.addressed and not shared and ask.help.answer(message.text, ask):
            return None
        found = read(_SHARE.sub("", message.text) if shared else message.text)
        use = Use.SHARED if shared else Use.SHOWN
        uses = tuple((use, error.name) for error in found.errors[:_MOST])
        answer = Reply("\n".join(_told(found, ask, data)), uses=uses)
        return answer if shared else to_asker(answer, ask, data)

    return router


def _is_help_channel(ask: Ask, names: Sequence[str]) -> bool:
    return ask.message.channel in {ask.channels.id_of(name) for name in names}


def _told(read: Read, ask: Ask, data: Data) -> Iterator[str]:
    if read.panic:
        yield _of_panic(read.panic)
        yield from (_explained(error.name, ask, data) for error in read.errors)
        return
    for error in read.errors[:_MOST]:
        place = _places(error) or _of_race(read.race)
        yield f"• `{_code(error.shown)}`{place}: {_explained(error.name, ask, data)}"
    if len(read.errors) > _MOST:
        yield f"… and {len(read.errors) - _MOST} more. Fix these first: they may cause the others."


def _explained(name: str, ask: Ask, data: Data) -> str:
    entry = data.errors[name]
    text = data.template(entry.text).render(ask)
    see = escape(entry.see) if entry.see in data.answers else f"define {entry.see}"
    return text + (f" More: `{see}`." if entry.see else "")


def _of_panic(panic: Panic) -> str:
    """Say what it was, in which goroutine, and where to look."""
    own, state = panic.own, "" if panic.state == "running" else f" ({_code(panic.state)})"
    what = f"`{_code(panic.message)}`, in goroutine {panic.goroutine}{state}."
    if own is None:
        return f"{what} Nothing in its trace is your own code."
    if own.created:
        return f"{what} Your own code only started that goroutine, at {_at(own)}."
    how = "it happened there" if panic.is_innermost else "above it there's only Go and libraries"
    return f"{what} Look at {_at(own)}, the first line of your own code: {how}."


def _of_race(race: Sequence[Frame]) -> str:
    return f" (the two are {' and '.join(map(_at, race))})" if len(race) == 2 else ""


def _at(frame: Frame) -> str:
    return f"`{_code(frame.file)}:{frame.line}` in `{_code(frame.function)}`"


def _places(error: FoundError) -> str:
    places = []
    for file, lines in error.places.items():
        some = ", ".join(map(str, lines[:_MOST_LINES])) + (", …" if lines[_MOST_LINES:] else "")
        places.append(f"`{_code(file)}` line{'s' if lines[1:] else ''} {some}")
    return f" ({'; '.join(places)})" if places else ""


def _code(text: str) -> str:
    """Return a text of the error's, ready to put between backticks."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return escape(cut.replace("`", "'"))
