"""The shapes of the content files: a class for each file, and `Data` for a folder of them. Pure.

A missing file counts as empty: a community that wants no reactions has no `reactions.toml`.
`content_files` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

import glossary
from glossary import Glossary, Problem
from gopherbot.rulebook import moderation, templates, watchers
from gopherbot.rulebook.moderation import Moderation
from gopherbot.rulebook.templates import (
    OBJECTIONS,
    PLACEHOLDERS,
    SHARED_PLACEHOLDERS,
    WELCOME_PLACEHOLDERS,
    ContentText,
)
from gopherbot.rulebook.watchers import Watcher
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.table import REPORT_SHORTCUT, SHARE_BUTTON, interaction_actors
from gopherbot.table.watches import Watch
from gopherbot.waves import wording

_ROOT = CONTENT_FOLDER.resolve().parent.parent


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """`answers.toml`: the answer to a command."""

    help: str
    text: str
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Aliases that work but are not listed."""
    lead: str = ""
    checked: date | None = None
    """When someone last checked what ages in it: versions, links, people."""


class ReactionEntry(msgspec.Struct, forbid_unknown_fields=True):
    """`reactions.toml`: the emoji for messages that contain a text."""

    emoji: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    one_in: int = 1
    addressed: bool = False


class ContainsReply(msgspec.Struct, forbid_unknown_fields=True):
    """`replies.toml`: the reply to messages that contain a text."""

    text: str
    aliases: tuple[str, ...] = ()


class ErrorMessage(msgspec.Struct, forbid_unknown_fields=True):
    """`errors.toml`: what an error message means, by its text with {…} for what differs."""

    text: str
    also: tuple[str, ...] = ()
    """Other forms in which it's printed."""
    see: str = ""
    """The command or the term that says more."""


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

    command: str = "newbie resources"
    help: str = "where to start"
    channel: str = ""
    """The newcomers' channel. In any other, `elsewhere` is added to the answer."""
    lead: str = ""
    elsewhere: str = ""
    sections: tuple[ResourceSection, ...] = ()


class PackageSite(msgspec.Struct, forbid_unknown_fields=True):
    """`packages.toml`: a site that has a page for each name after a prefix."""

    url: str
    help: str
    example: str = ""
    """A name that has a page."""
    after: tuple[str, ...] = ()
    """Separators after which the address may go on behind the name."""


class Tracker(msgspec.Struct, forbid_unknown_fields=True):
    """`trackers.toml`: a tracker whose entries a prefix looks up."""

    link: str
    """The address in front of a number or an id."""
    help: str
    example: str
    github: str = ""
    """The repository whose issues these are, OWNER/NAME; or else one of the next two."""
    gerrit: str = ""
    """The main project of the changes, whose name isn't shown."""
    hosts: tuple[str, ...] = ()
    """The hosts that a change's address may have, besides that of `link`."""
    vulnerabilities: bool = False
    """Whether these are Go's known vulnerabilities."""

    @property
    def service(self) -> str:
        """Return what answers, as a field of `settings.Services`."""
        return "github" if self.github else "gerrit" if self.gerrit else "vulndb"


class Reference(msgspec.Struct, forbid_unknown_fields=True):
    """`reference/reference.toml`: how to present the table `reference.tsv` beside it."""

    prefix: str = ""
    """The prefix of the command; "" for no command."""
    help: str = ""
    example: str = ""
    title: str = "the reference"
    site: str = ""
    """The address in front of a package's path."""
    platform: str = ""
    """What is added to the address of a symbol that only one platform has."""
    since: str = "since {version}"
    changes: str = ""
    """The prefix of the command that says what versions brought; "" for none."""
    changes_help: str = ""
    minimum: str = ""
    """The prefix of the command that says which version some Go code needs; "" for none."""
    minimum_help: str = ""


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """`search.toml`: hints for finding things by the members' own words."""

    example: str = ""
    """Something to search for; without it, there is no command `search`."""
    asked: dict[str, tuple[str, ...]] = {}
    """How people ask for a command or a term, by its name."""
    same: dict[str, tuple[str, ...]] = {}
    """The synonyms of a word, by that word."""


class NoiseBudget(msgspec.Struct, forbid_unknown_fields=True):
    """`noise.toml`: what the bot may do per thousand lines of talk; None for any number."""

    replies: Annotated[int, msgspec.Meta(ge=0)] | None = None
    emoji: Annotated[int, msgspec.Meta(ge=0)] | None = None
    private_notes: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """A single text."""

    text: str


class Welcome(msgspec.Struct, forbid_unknown_fields=True):
    """`welcome.toml`: the greeting for the team and those for channels, by channel name."""

    team: Greeting | None = None
    joins: dict[str, Greeting] = {}


class PlaygroundTexts(msgspec.Struct, forbid_unknown_fields=True):
    """`playground.toml`: the replies about shared code. Without `shared`, none is shared."""

    shared: str = ""
    note: str = ""
    objections: str = ""
    """What's said if gofmt or go vet object to shared code; "" if they aren't asked."""
    quiet_channels: tuple[str, ...] = ()


class Workspace(msgspec.Struct, forbid_unknown_fields=True):
    """`workspace.toml`."""

    name: str = ""
    bot: str = "bot"
    members: str = "members"
    """What members are called, in lower case."""
    source: str = ""
    """The project's address, without a slash at the end; "" if it isn't public yet.
    Lines of texts with {source} are left out then."""
    contact: str = ""
    """Where members may report in private what's wrong: an e-mail address."""
    contact_confirmed: date | None = None
    """When someone last made sure that what's sent to `contact` is read."""
    term: str = ""
    """A term of the glossary to show as an example; the first one if none is named."""
    help: dict[str, tuple[str, ...]] = {}
    """The commands of each group of `help`, by its title; the first one shows help lines, too."""
    without: tuple[str, ...] = ()
    """The names of built-in Python files to leave out."""
    http_only: tuple[str, ...] = ()
    """Hosts that have no https."""
    custom_emoji: tuple[str, ...] = ()
    """The names of the workspace's own emoji, for the linter."""
    take_back: tuple[str, ...] = ("x", "wastebasket")
    """The emoji with which the asker or a moderator takes an answer back."""
    share: tuple[str, ...] = ("mega",)
    """The emoji with which the asker of a question has its private answer posted for all."""
    help_channels: tuple[str, ...] = ()
    """The names of the public channels whose unanswered questions are listed."""
    moderators: tuple[str, ...] = ()
    """The user ids of members who may take back any answer."""


class Data(msgspec.Struct):
    """A folder of content files."""

    folder: Path
    workspace: Workspace
    answers: dict[str, Answer]
    reactions: dict[str, ReactionEntry]
    replies: dict[str, ContainsReply]
    errors: dict[str, ErrorMessage]
    channels: dict[str, ChannelLine]
    resources: Resources
    packages: dict[str, PackageSite]
    trackers: dict[str, Tracker]
    welcome: Welcome
    watchers: tuple[Watcher[Watch], ...]
    playground: PlaygroundTexts
    reference: Reference
    search: Search
    noise: NoiseBudget
    moderation: Moderation
    glossary: Glossary
    term_problems: tuple[Problem, ...]
    """Every problem of the terms, for the linter: most don't keep the bot from starting."""
    files: frozenset[str]
    """The names of the files that are read, including those that are missing."""

    @property
    def has_share_button(self) -> bool:
        return SHARE_BUTTON in (row.name for row in interaction_actors(self.moderation.tables))

    @property
    def example_term(self) -> str:
        """Return a term to show as an example; "" if there are none."""
        if self.glossary.find(self.workspace.term):
            return self.workspace.term
        return next((term.name for term in self.glossary), "")

    @property
    def glossary_path(self) -> str:
        """Return the path of the terms in the repository."""
        folder = glossary_folder(self.folder)
        inside = folder is not None and folder.resolve().is_relative_to(_ROOT)
        return folder.resolve().relative_to(_ROOT).as_posix() if folder and inside else "glossary"

    def template(self, text: str) -> templates.Template:
        own, report = self.workspace, REPORT_SHORTCUT if self.moderation.reports else ""
        fixed = {"bot": f"@{own.bot}", "contact": own.contact, "source": own.source}
        fixed["report"] = report
        missing = [name for name, value in fixed.items() if not value]
        return templates.Template(templates.without(text.strip(), missing), fixed)

    def names(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield the file, the entry and all names of every entry that a message may trigger."""
        for name, answer in self.answers.items():
            yield "answers.toml", name, (name, *answer.aliases, *answer.also)
        for name, reaction in self.reactions.items():
            yield "reactions.toml", name, (name, *reaction.aliases)
        for name, reply in self.replies.items():
            yield "replies.toml", name, (name, *reply.aliases)
        for name in self.packages:
            yield "packages.toml", name, (name,)
        for name in self.trackers:
            yield "trackers.toml", name, (name,)

    def texts(self) -> Iterator[ContentText]:
        """Yield every text that the bot says as written, with its location."""
        for name, answer in self.answers.items():
            yield ContentText("answers.toml", name, "text", answer.text)
            yield ContentText("answers.toml", name, "lead", answer.lead)
        for name, reply in self.replies.items():
            yield ContentText("replies.toml", name, "text", reply.text)
        for name, error in self.errors.items():
            yield ContentText("errors.toml", name, "text", error.text)
        yield ContentText("newbie_resources.toml", "", "lead", self.resources.lead)
        yield ContentText("newbie_resources.toml", "", "elsewhere", self.resources.elsewhere)
        if self.welcome.team:
            text = self.welcome.team.text
            yield ContentText("welcome.toml", "team", "text", text, WELCOME_PLACEHOLDERS)
        for name, join in self.welcome.joins.items():
            yield ContentText("welcome.toml", f"joins.{name}", "text", join.text)
        yield ContentText(
            "playground.toml", "", "shared", self.playground.shared, SHARED_PLACEHOLDERS
        )
        yield ContentText("playground.toml", "", "note", self.playground.note)
        yield ContentText(
            "playground.toml", "", "objections", self.playground.objections, OBJECTIONS
        )
        for name, rule in self.moderation.channels.items():
            yield ContentText(moderation.FILE, f"channels.{name}", "text", rule.text)
        for name, note in self.moderation.notes.items():
            yield ContentText(moderation.FILE, f"notes.{name}", "text", note.text)
        for watcher in self.watchers:
            own = PLACEHOLDERS | watcher.watch.placeholders
            if said := getattr(watcher.watch, "text", ""):
                yield ContentText(watchers.FILE, watcher.name, "text", said, own)

    def linked_hosts(self) -> Iterator[str]:
        """Yield the hosts that the content links to."""
        texts = [text.text for text in self.texts()]
        texts += [site.url for site in self.packages.values()]
        texts += [link.url for section in self.resources.sections for link in section.links]
        texts += [link for term in self.glossary for link in term.links]
        texts += [getattr(watcher.watch, "url", "") for watcher in self.watchers]
        for text in (*texts, self.workspace.source, self.reference.site):
            yield from wording.hosts(text)


def glossary_folder(folder: Path) -> Path | None:
    """Return the folder of a content folder's terms, ours for our content; None without terms."""
    if folder.resolve() == CONTENT_FOLDER.resolve():
        return glossary.FOLDER
    own = folder / "glossary"
    return own if own.is_dir() else None
