"""The ports through which handlers reach the outside world, and their stand-ins for tests."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Shape = TypeVar("Shape")


class Kind(enum.Enum):
    """The kinds of rules, in the order in which they act."""

    REACTION = "reaction"
    CONTAINS = "contains"
    PREFIX = "prefix"
    COMMAND = "command"
    DYNAMIC = "dynamic"
    CHANNEL_RULE = "channel_rule"
    NOTE = "note"
    TEAM_JOIN = "team_join"
    CHANNEL_JOIN = "channel_join"
    WATCHER = "watcher"


@dataclass(frozen=True, slots=True)
class File:
    """A file shared with a message. Slack may leave any field empty."""

    id: str = ""
    name: str = ""
    mimetype: str = ""
    filetype: str = ""
    size: int = 0
    url_private_download: str = ""
    created: float = 0.0
    """When it was shared, in Unix seconds."""


class Channels(Protocol):
    """Looks up channels by the names that content uses."""

    def id_of(self, name: str) -> str | None:
        """Return the id of the public channel with this name (no `#`), or None."""


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """What gofmt and go vet make of some Go code."""

    unreadable: str = ""
    """Why gofmt can't read it; "" if it can."""
    is_formatted: bool = True
    vet: tuple[str, ...] = ()
    """What go vet reports, a line each: nothing if the code doesn't compile."""


class Playground(Protocol):
    """The Go Playground."""

    def share_code(self, code: str) -> str:
        """Store Go code. Return its address. Raise `errors.ServiceError`."""

    def check_code(self, code: str) -> CodeCheck:
        """Format and vet Go code. The Playground runs it, too. Raise `errors.ServiceError`."""


class Files(Protocol):
    """The files that members share."""

    def read_file(self, file: File) -> str:
        """Return a file's text.

        Raise `errors.ServiceError`, or `errors.RetryLater` for a temporary failure.
        """


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One line of help: a command or a prefix."""

    kind: Kind
    trigger: str
    aliases: tuple[str, ...]
    help: str
    hidden_aliases: tuple[str, ...] = ()
    """Aliases that work but are not listed."""
    example: str = ""
    """What a member may write; "" if the rule has no example."""


class JsonApis(Protocol):
    """Public JSON APIs, whose responses are remembered for some minutes."""

    def read(self, service: str, path: str, shape: type[Shape]) -> Shape | None:
        """Return what is at a path of a service, a field of `settings.Services`.

        Return None if nothing is there. Raise `errors.ServiceError`.
        """


@dataclass(frozen=True, slots=True)
class Overlooked:
    """A question in a help channel that nobody has answered."""

    link: str
    channel: str
    user: str
    age: float
    """Seconds since it was asked."""

    @property
    def ago(self) -> str:
        """How long ago it was asked, in words."""
        hours = round(self.age / 3600)
        return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"


class HelpDesk(Protocol):
    """The help channels, and who waits there."""

    def overlooked(self) -> Sequence[Overlooked]:
        """Return the questions that nobody has answered for two hours, longest first."""


HasMember = Callable[[str, str], bool]
"""Says whether the user group with an id has the user with an id. May raise `SlackError`."""


class NoChannels:
    """Channels for tests and `gopherbot explain`, which have no Slack: every lookup fails."""

    def id_of(self, name: str) -> str | None:
        return None


class NoWeb:
    """The default ports of an `Ask` to the web, for tests: every request fails."""

    def share_code(self, code: str) -> str:
        raise RuntimeError("this Ask has no port to the Playground")

    def check_code(self, code: str) -> CodeCheck:
        raise RuntimeError("this Ask has no port to the Playground")

    def read_file(self, file: File) -> str:
        raise RuntimeError("this Ask has no port to Slack's files")

    def read(self, service: str, path: str, shape: type[Shape]) -> Shape | None:
        raise RuntimeError("this Ask has no port to public APIs")


class NoHelpDesk:
    """Help channels where nobody waits."""

    def overlooked(self) -> Sequence[Overlooked]:
        return ()
