"""Shares long code to the Go Playground, with the texts of `playground.toml`.

Messages with ten or more line breaks and files of six or more lines are shared, but only if they
hold Go: a link to an essay or a log is a nuisance. One reply names the author and links the message
and each file. Where the content allows it, one more line says what gofmt and go vet object to.
"""

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gopherbot.errors import RetryLater, ServiceError, ServiceUnreachable
from gopherbot.golang.detect import looks_like_go
from gopherbot.golang.program import STAY_AWAY, program_in
from gopherbot.model import Ask, Audience, CodeCheck, File, Message, Reply
from gopherbot.router import Router
from gopherbot.rulebook.schema import Data
from gopherbot.slack import markup

LINE_BREAKS = 10
FILE_LINES = 6
MOST_FILES = 5
"""The most files of one message that are read: an event has ten seconds."""
MOST_BYTES = 64 * 1024
"""The largest program that the Playground accepts."""
CHECK_SECONDS = 2.0
"""After this long, no further program is checked: each may take six seconds more."""
_LONGEST = 150
"""Characters of an objection."""


def routes(data: Data) -> Router:
    """Return a router with the rule."""
    router = Router()
    playground = data.playground
    if not playground.shared:
        return router
    shared, note = data.template(playground.shared), data.template(playground.note)

    def is_for_the_playground(message: Message) -> bool:
        return (
            (program_of(message) is not None or any(map(may_be_go, message.files)))
            and message.channel not in playground.quiet_channels
            and message.user not in message.bot_users
            and STAY_AWAY not in message.raw.casefold()
        )

    @router.dynamic("playground", when=is_for_the_playground)
    def share(ask: Ask) -> list[Reply]:
        """share long code to the Go Playground"""
        programs = _programs(ask)
        if not programs:
            return []
        links = ", ".join(f"<{_share(ask, program)}>" for program in programs)
        author = markup.user(ask.message.user)
        replies = [Reply(shared.render(ask, author=author, links=links))]
        if playground.note:
            replies.append(Reply(note.render(ask), to=Audience.ASKER_ONLY))
        return replies

    if not playground.objections:
        return router
    objections = data.template(playground.objections)

    @router.dynamic("playground check", when=is_for_the_playground)
    def check(ask: Ask) -> Reply | None:
        """say what gofmt and go vet object to in shared code"""
        said = "; ".join(_objections(ask))
        author = markup.user(ask.message.user)
        return Reply(objections.render(ask, author=author, objections=said)) if said else None

    return router


def _programs(ask: Ask) -> Sequence[str]:
    found = [program_of(ask.message), *_of_files(ask)]
    return list(dict.fromkeys(program for program in found if program and _fits(program)))


def _objections(ask: Ask) -> Iterator[str]:
    """Yield what's wrong with each program. Nothing is, as far as the Playground doesn't answer."""
    until = time.perf_counter() + CHECK_SECONDS
    for program in _programs(ask):
        if time.perf_counter() > until:
            return
        try:
            yield from _in_words(ask.playground.check_code(program))
        except ServiceError as error:
            if ask.message.edited_ts:
                # What was said about the text before may stand already.
                raise RetryLater(f"not checked: {error}") from None


def _in_words(check: CodeCheck) -> Iterator[str]:
    if check.unreadable:
        yield f"`gofmt` can't read it: {_as_code(check.unreadable)}"
    elif not check.is_formatted:
        yield "`gofmt` would format it differently"
    if check.vet:
        more = f" and {len(check.vet) - 1} more" if len(check.vet) > 1 else ""
        yield f"`go vet` reports {_as_code(check.vet[0])}{more}"


def _as_code(line: str) -> str:
    return f"`{markup.excerpt(line.replace('`', chr(39)), _LONGEST)}`"


def program_of(message: Message) -> str | None:
    """Return the program in a message's text; None if it's too short or holds no Go."""
    raw = message.raw.strip()
    return _program_in(raw, message.code_languages) if raw.count("\n") >= LINE_BREAKS else None


# The rule's condition and its handler both ask for the program, and so does each retry of an event.
_program_in = lru_cache(maxsize=32)(program_in)


def may_be_go(file: File) -> bool:
    """Return whether to read a file: Go, plain text, or one whose type the event omits."""
    return is_go(file) or (
        file.filetype == "text"
        or file.name.casefold().endswith(".txt")
        or (file.mimetype == "text/plain" and not file.filetype)
        or not (file.name or file.filetype or file.mimetype)
    )


def is_go(file: File) -> bool:
    """Return whether a file is Go by its name or type, regardless of its content."""
    return (
        file.filetype == "go"
        or file.name.casefold().endswith(".go")
        or file.mimetype.startswith("text/x-go")
    )


def _of_files(ask: Ask) -> Iterator[str]:
    """Yield the Go code in the files, without unreadable ones. Let `RetryLater` through."""
    for file in [file for file in ask.message.files if may_be_go(file)][:MOST_FILES]:
        try:
            text = ask.files.read_file(file)
        except ServiceError as error:
            if isinstance(error, ServiceUnreachable) and ask.message.edited_ts:
                # The link to it may stand already.
                raise RetryLater(f"not read: {error}") from None
            continue
        long_enough = len(text.rstrip().splitlines()) >= FILE_LINES
        if long_enough and (is_go(file) or looks_like_go(text)):
            yield text


def _fits(program: str) -> bool:
    return len(program.encode("utf-8", "replace")) <= MOST_BYTES


def _share(ask: Ask, program: str) -> str:
    try:
        return ask.playground.share_code(program)
    except ServiceError as error:
        # Retry while the message is fresh: most outages are short, and equal code gets equal links.
        raise RetryLater(f"not shared: {error}") from None
