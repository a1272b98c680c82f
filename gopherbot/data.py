"""The content files: their shapes, read and checked.

`read(folder)` gives all of a folder's TOML as values, or raises one `ContentError` that names
every broken file and entry, and what to do. A file that is not there is empty: a community that
wants no reactions has no `reactions.toml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from gopherbot import placeholders
from gopherbot.errors import ContentError

PLACEHOLDERS = frozenset({"bot", "source"})
WELCOME_PLACEHOLDERS = PLACEHOLDERS | {"channels"}

Shape = TypeVar("Shape")


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """`answers.toml`: what is said to a command."""

    help: str
    text: str
    aliases: tuple[str, ...] = ()
    lead: str = ""


class Reaction(msgspec.Struct, forbid_unknown_fields=True):
    """`reactions.toml`: emoji for messages that contain a text."""

    emoji: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    one_in: int = 1
    mentioned: bool = False


class ContainsReply(msgspec.Struct, forbid_unknown_fields=True):
    """`replies.toml`: what is said to messages that contain a text."""

    text: str
    aliases: tuple[str, ...] = ()


class ChannelLine(msgspec.Struct, forbid_unknown_fields=True):
    """`channels.toml`: a recommended channel."""

    line: str
    welcome: bool = False


class ResourceLink(msgspec.Struct, forbid_unknown_fields=True):
    """One link of the newbie resources."""

    url: str
    line: str


class ResourceSection(msgspec.Struct, forbid_unknown_fields=True):
    """A titled group of links."""

    title: str
    links: tuple[ResourceLink, ...]


class Resources(msgspec.Struct, forbid_unknown_fields=True):
    """`newbie_resources.toml`."""

    lead: str = ""
    elsewhere: str = ""
    sections: tuple[ResourceSection, ...] = ()


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """A text alone."""

    text: str


class Welcome(msgspec.Struct, forbid_unknown_fields=True):
    """`welcome.toml`: to the team and, by name, to a channel."""

    team: Text | None = None
    joins: dict[str, Text] = {}


class Workspace(msgspec.Struct, forbid_unknown_fields=True):
    """`workspace.toml`."""

    name: str = "Gophers"
    bot: str = "gopher"
    source: str = "https://github.com/gobridge/gopherbot"


class Data(msgspec.Struct):
    """A folder of content files."""

    folder: Path
    workspace: Workspace
    answers: dict[str, Answer]
    reactions: dict[str, Reaction]
    replies: dict[str, ContainsReply]
    channels: dict[str, ChannelLine]
    resources: Resources
    welcome: Welcome

    def template(self, text: str) -> placeholders.Template:
        """Make a text ready to be rendered for a message."""
        fixed = {"bot": f"@{self.workspace.bot}", "source": self.workspace.source}
        return placeholders.Template(text.strip(), fixed)


def read(folder: Path) -> Data:
    """Read and check a folder's files. Raises `ContentError` with everything that is wrong."""
    problems: list[str] = []

    def file(name: str, shape: type[Shape]) -> Shape | None:
        try:
            return msgspec.toml.decode((folder / name).read_bytes(), type=shape)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(f"{name}: {error}")
            return None

    data = Data(
        folder=folder,
        workspace=file("workspace.toml", Workspace) or Workspace(),
        answers=file("answers.toml", dict[str, Answer]) or {},
        reactions=file("reactions.toml", dict[str, Reaction]) or {},
        replies=file("replies.toml", dict[str, ContainsReply]) or {},
        channels=file("channels.toml", dict[str, ChannelLine]) or {},
        resources=file("newbie_resources.toml", Resources) or Resources(),
        welcome=file("welcome.toml", Welcome) or Welcome(),
    )
    problems += _bad_placeholders(data)
    if problems:
        raise ContentError(problems)
    return data


def _bad_placeholders(data: Data) -> list[str]:
    texts = [
        *(
            (f"answers.toml: [{name}]", text, PLACEHOLDERS)
            for name, answer in data.answers.items()
            for text in (answer.text, answer.lead)
        ),
        *(
            (f"replies.toml: [{name}]", reply.text, PLACEHOLDERS)
            for name, reply in data.replies.items()
        ),
        ("newbie_resources.toml: lead", data.resources.lead, PLACEHOLDERS),
        ("newbie_resources.toml: elsewhere", data.resources.elsewhere, PLACEHOLDERS),
        *(
            (f"welcome.toml: [joins.{name}]", join.text, PLACEHOLDERS)
            for name, join in data.welcome.joins.items()
        ),
    ]
    if data.welcome.team:
        texts.append(("welcome.toml: [team]", data.welcome.team.text, WELCOME_PLACEHOLDERS))
    return [
        f"{where}: {problem}"
        for where, text, allowed in texts
        for problem in placeholders.problems(text, allowed)
    ]
