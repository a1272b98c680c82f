"""Explains pasted error messages and the traces of panics, with the texts of `errors.toml`.

For those who address the bot; unasked only in the help channels of `workspace.toml`, only what a
tool printed, and only to its author.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gopherbot.content.commands._sharing import to_asker
from gopherbot.errors import ServiceError
from gopherbot.golang.panics import Frame, Panic, read_panic, read_race, without_log_prefix
from gopherbot.model import Ask, File, Message, Reply, Use
from gopherbot.router import Router
from gopherbot.rulebook.schema import Data
from gopherbot.search.error_messages import ErrorMessages, FoundError, holds_trace
from gopherbot.search.slips import term_named
from gopherbot.slack.markup import escape, without_links

_MOST = 6
_LONGEST = 160
"""Characters of what was pasted that are repeated in one piece."""
_MOST_FILES = 3
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
        plain = _plain(text)
        panic = read_panic(plain)
        found = errors.find(panic.message if panic else plain)
        return Read(panic, tuple(read_race(plain)), tuple(found))

    return read


@lru_cache(maxsize=2)  # Two routers of the same content need them.
def _messages(known: tuple[tuple[str, ...], ...]) -> ErrorMessages:
    return ErrorMessages({forms[0]: forms for forms in known})


def routes(data: Data) -> Router:
    """Return a router with the rules."""
    router = Router()
    if not data.errors:
        return router
    errors = _ErrorExplainer(data)

    @router.dynamic("explain errors", when=errors.are_pasted)
    def explain(ask: Ask) -> Reply | None:
        """say what pasted error messages mean, and where in your own code a panic began"""
        message, shared = ask.message, _is_shared(ask.message)
        if not errors.are_wanted(ask):
            return None
        if message.addressed and not shared and ask.help.answer(message.text, ask):
            return None
        return errors.explained(errors.read_in(message), ask)

    @router.dynamic("explain errors in files", when=errors.may_be_in_files)
    def explain_file(ask: Ask) -> Reply | None:
        """say what the error messages in an uploaded text file mean"""
        if not errors.are_wanted(ask):
            return None
        for file in filter(_is_text, ask.message.files[:_MOST_FILES]):
            try:
                text = ask.files.read_file(file)
            except ServiceError:
                continue
            found = errors.read(text)
            if found and (ask.message.addressed or _is_dump(text, found)):
                return errors.explained(found, ask)
        return None

    return router


class _ErrorExplainer:
    """The known errors, and to whom they're explained."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.read = reader(data)

    def read_in(self, message: Message) -> Read:
        """Return the errors in a message's text, which may begin with "share"."""
        return self.read(_SHARE.sub("", message.text) if message.addressed else message.text)

    def are_pasted(self, message: Message) -> bool:
        """Return whether a message may be explained: unasked only what a tool printed."""
        text = message.text
        if message.addressed:
            return bool(self.read_in(message)) and not term_named(text, self._data.glossary)
        return ".go:" in text and "\n" in text and _is_dump(text, self.read(text))

    def may_be_in_files(self, message: Message) -> bool:
        """Return whether to look for errors in a message's files."""
        return any(map(_is_text, message.files)) and not self.are_pasted(message)

    def are_wanted(self, ask: Ask) -> bool:
        """Return whether the bot is asked, or the channel is one for questions."""
        channels = {ask.channels.id_of(name) for name in self._data.workspace.help_channels}
        return ask.message.addressed or ask.message.channel in channels

    def explained(self, found: Read, ask: Ask) -> Reply:
        """Return the explanation, for the asker alone unless it's to be shared."""
        shared = _is_shared(ask.message)
        use = Use.SHARED if shared else Use.SHOWN
        uses = tuple((use, error.name) for error in found.errors[:_MOST])
        answer = Reply("\n".join(_told(found, ask, self._data)), uses=uses)
        return answer if shared else to_asker(answer, ask, self._data)


def _plain(text: str) -> str:
    """Return a text as the tool printed it: no links, no fences, nothing that a log adds."""
    return without_log_prefix(without_links(text).replace("```", "\n"))


def _is_shared(message: Message) -> bool:
    return message.addressed and _SHARE.match(message.text) is not None


def _is_dump(text: str, found: Read) -> bool:
    """Return whether a text is what a tool or a dying program printed."""
    if holds_trace(_plain(text)):
        return bool(found)
    return any(error.from_tool for error in found.errors)


def _is_text(file: File) -> bool:
    return file.filetype in ("text", "log") or file.name.casefold().endswith((".txt", ".log"))


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
