"""Checks of the entries: their names, order, files and references."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from importlib.util import find_spec

from glossary import Problem, out_of_order, read_toml
from gopherbot.commands.lint.wording import LONGEST, help_mistakes
from gopherbot.explain.scenario import compose
from gopherbot.model import Kind
from gopherbot.router import Rule, fold
from gopherbot.rulebook import loader, moderation
from gopherbot.rulebook.schema import Data
from gopherbot.rulebook.templates import CODE
from gopherbot.rulebook.validation import at
from gopherbot.search.error_messages import WILDCARD
from gopherbot.search.words import COMMON
from gopherbot.settings import CONTENT_FOLDER

_BOT = re.compile(r"[a-z0-9._-]{1,80}")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"[^\s.,#<>A-Z]{1,80}")
_REFERENCE = re.compile(r"\{#([a-z0-9_-]+)\}")
_FORM = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")
_IN_TEXT = re.compile(r"(?<![\w:]):(?P<name>[a-z][a-z0-9_+'-]*):(?![\w/])")
_SEARCH = "search.toml"
_SHORTEST = 3
"""Characters of a text that isn't found in nearly every message."""


def names(data: Data) -> Iterator[Problem]:
    """Yield the problems of every name."""
    for file, entry, each in data.names():
        yield from at(file, entry, _name_mistakes(each))
        if file != "answers.toml":
            yield from at(file, entry, _link_mistakes(each))
    for name, reaction in data.reactions.items():
        if reaction.one_in == 1 and not reaction.addressed:
            yield from at("reactions.toml", name, _found_everywhere((name, *reaction.aliases)))
    for name, reply in data.replies.items():
        yield from at("replies.toml", name, _found_everywhere((name, *reply.aliases)))
    yield from at("workspace.toml", "", _members(data.workspace.moderators))
    yield from at("workspace.toml", "", _channels(data.workspace.help_channels))
    if not _BOT.fullmatch(bot := data.workspace.bot):
        instead = re.sub(r"[^a-z0-9._-]+", "-", bot.casefold()).strip("-") or "gopher"
        message = f"`bot` must be a name that Slack lets members mention: write {instead!r}"
        yield Problem("workspace.toml", "", message)


def _name_mistakes(names: Sequence[str]) -> Iterator[str]:
    name, *aliases = names
    for number, alias in enumerate(aliases, 1):
        if fold(alias) == fold(name):
            yield f"the alias {alias!r} is the name of the entry itself: remove the alias"
        elif fold(alias) in map(fold, names[1:number]):
            yield f"the alias {alias!r} is listed twice: remove one"
    for text in names:
        if text != " ".join(text.split()):
            yield f"{text!r} has an extra space: put single spaces between words"


def _link_mistakes(names: Sequence[str]) -> Iterator[str]:
    for text in names:
        if "<" in compose(text, user=_no_id, channel=_no_id):
            yield f"{text!r} is never found: Slack makes a link of it, and links aren't searched"


def _found_everywhere(names: Sequence[str]) -> Iterator[str]:
    for text in names:
        if len(text) < _SHORTEST and text.isascii() and text.isalnum():
            yield (
                f"{text!r} is found inside the words of most messages: write a longer text, or for "
                "a reaction add one_in = 150"
            )


def _no_id(name: str) -> None:
    return None


def _members(ids: Sequence[str]) -> Iterator[str]:
    for id in ids:
        if not _MEMBER.fullmatch(id):
            yield (
                f"the moderator {id!r} must be a member ID, as Slack shows it under "
                '"Copy member ID" in a profile: write "U024BE7LH"'
            )


def _channels(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        if not _CHANNEL.fullmatch(name):
            yield (
                f"the channel {name!r} in `help_channels` must be a name as Slack shows it: "
                'write "newbies", without "#"'
            )
        elif name in names[:number]:
            yield f"the channel {name!r} is listed twice in `help_channels`: remove one"


def order(data: Data) -> Iterator[Problem]:
    """Yield the entries that are out of order."""
    files: dict[str, Iterable[str]] = {
        "answers.toml": data.answers,
        "reactions.toml": data.reactions,
        "replies.toml": data.replies,
    }
    for file, entries in files.items():
        for entry, move in out_of_order(entries):
            yield Problem(file, entry, f"the entries are sorted alphabetically: {move}")


def trackers(data: Data) -> Iterator[Problem]:
    """Yield the trackers of which nobody could say where to look."""
    for name, tracker in data.trackers.items():
        if sum(map(bool, (tracker.github, tracker.gerrit, tracker.vulnerabilities))) != 1:
            message = "it needs one source: write `github`, `gerrit` or `vulnerabilities`"
            yield Problem("trackers.toml", name, message)


def errors(data: Data) -> Iterator[Problem]:
    """Yield the error messages that say nothing of their own, or point to nothing."""
    for name, error in data.errors.items():
        for form in (name, *error.also):
            if not WILDCARD.sub("", form).strip():
                message = f"{form!r} matches every line: write what the message says, too"
                yield Problem("errors.toml", name, message)
        if error.see and error.see not in data.answers and not data.glossary.find(error.see):
            message = f"`see` names {error.see!r}, which is neither an answer nor a term"
            yield Problem("errors.toml", name, message, hint=True)


def of_another_community(data: Data) -> Iterator[Problem]:
    """Yield what remains of the Gophers in a copy of their folder."""
    if data.folder.resolve() != CONTENT_FOLDER.resolve() and (copied := loader.copies(data.folder)):
        message = (
            f"copies of the bot's own Python files, which it has anyway ({len(copied)} in this "
            "folder): delete them, or change one to replace the bot's own"
        )
        yield Problem(copied[0], "", message, hint=True)
    term = data.workspace.term
    if term and not data.glossary.find(term):
        remedy = "write one of its terms, or remove it"
        message = f"`term` is {term!r}, which no file in glossary/ has: {remedy}"
        yield Problem("workspace.toml", "", message)


def files(data: Data) -> Iterator[Problem]:
    """Yield files and folders with unknown names, which would silently count as empty."""
    for path in sorted(data.folder.glob("*/*.toml")):
        if path.parent.name not in ("glossary", "reference"):
            message = "the bot doesn't read this folder: terms belong into glossary/"
            yield Problem(path.relative_to(data.folder).as_posix(), "", message, hint=True)
    forms = ("*.toml", "reference/*.toml", "*.toml.txt", "*.yaml", "*.yml", "*.tml")
    for path in sorted(path for form in forms for path in data.folder.glob(form)):
        name = path.relative_to(data.folder).as_posix()
        if name in data.files:
            continue
        yield from read_toml(path)[1] if path.suffix == ".toml" else ()
        near = difflib.get_close_matches(name, data.files, n=1, cutoff=0.8)
        remedy = f"rename it to {near[0]}" if near else f"it reads {', '.join(sorted(data.files))}"
        message = f"the bot doesn't read a file of this name: {remedy}"
        yield Problem(name, "", message, hint=not near)


def channels(data: Data) -> Iterator[Problem]:
    """Yield the problems of references to channels, and of the lines of lists."""
    named = [(text, _REFERENCE.findall(CODE.sub(" ", text.text))) for text in data.texts()]
    if not data.channels and any(names for _, names in named):
        message = "no channel is in this file, so those that texts name weren't checked"
        yield Problem("channels.toml", "", message, hint=True)
    for text, names in named:
        for name in names:
            yield from _known_channel(data, text.file, text.entry, name)
    for name in data.welcome.joins:
        yield from _known_channel(data, "welcome.toml", f"joins.{name}", name)
    for name in data.moderation.channels:
        yield from _known_channel(data, moderation.FILE, f"channels.{name}", name)
    for watcher in data.watchers:
        if watcher.watch.channel.startswith("#") or watcher.watch.is_private:
            continue  # The watcher itself says so, or nobody knows its channel.
        yield from _known_channel(data, "watchers.toml", watcher.name, watcher.watch.channel)
    if data.resources.channel:
        yield from _known_channel(data, "newbie_resources.toml", "", data.resources.channel)
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, _line(help_mistakes(channel.line, name)))
        yield from _known_channel(data, "channels.toml", name, name)
    yield from _welcome(data)
    yield from _resources(data)


def _known_channel(data: Data, file: str, entry: str, name: str) -> Iterator[Problem]:
    if name.startswith("#"):
        yield Problem(file, entry, f'the channel {name!r} needs no "#": write "{name[1:]}"')
    elif data.channels and name not in data.channels:
        message = f"#{name} is not in channels.toml: make sure that the channel exists"
        yield Problem(file, entry, message, hint=True)


def _line(messages: Iterator[str]) -> Iterator[str]:
    return (message.replace("the help", "`line`") for message in messages)


def _welcome(data: Data) -> Iterator[Problem]:
    if not data.welcome.team:
        return
    lines = data.welcome.team.text.splitlines()
    if any("{channels}" in line and line.strip() != "{channels}" for line in lines):
        message = "{channels} shares its line: put it on a line of its own"
        yield Problem("welcome.toml", "team", message)
    if data.channels and not any("{channels}" in line for line in lines):
        message = "new members are shown no channels: put {channels} on a line of its own"
        yield Problem("welcome.toml", "team", message, hint=True)


def _resources(data: Data) -> Iterator[Problem]:
    file, resources = "newbie_resources.toml", data.resources
    if resources.sections and not resources.lead.strip():
        yield Problem(file, "", "`lead` is empty: write the text above the list")
    size = 0
    for section in resources.sections:
        size += len(section.title) + sum(len(link.url) + len(link.line) for link in section.links)
        for link in section.links:
            if link.line.rstrip().endswith("."):
                message = f"the line of {link.url} ends in a full stop: remove it"
                yield Problem(file, section.title, message)
    if size > LONGEST:
        message = f"the list has {size} characters: shorten it to {LONGEST} at most"
        yield Problem(file, "", message)


def emoji(data: Data) -> Iterator[Problem]:
    """Yield the problems of every emoji that the bot adds, obeys or writes."""
    if not find_spec("slack_simulator"):
        # A dyno installs only what the bot runs on.
        message = "Slack's emoji weren't checked: install slack-simulator, which has their names"
        yield Problem("reactions.toml", "", message, hint=True)
    custom = {*data.workspace.custom_emoji, *_pictures(data)}
    for entry, reaction in data.reactions.items():
        yield from at("reactions.toml", entry, _emoji_mistakes(reaction.emoji))
        yield from _not_slacks("reactions.toml", entry, reaction.emoji, custom)
    for emoji in (data.workspace.take_back, data.workspace.share):
        yield from at("workspace.toml", "", _emoji_mistakes(emoji))
        yield from _not_slacks("workspace.toml", "", emoji, custom)
    for text in data.texts():
        said = [match["name"] for match in _IN_TEXT.finditer(CODE.sub(" ", text.sample))]
        yield from _not_slacks(text.file, text.entry, said, custom)


def _pictures(data: Data) -> Iterator[str]:
    return (path.stem for path in (data.folder / "emoji").glob("*.*"))


def _not_slacks(file: str, entry: str, emoji: Sequence[str], custom: set[str]) -> Iterator[Problem]:
    if not find_spec("slack_simulator"):
        return
    from slack_simulator.workspace import emoji as slacks  # noqa: PLC0415 - development only

    for name in emoji:
        if _FORM.fullmatch(name) and not slacks.is_known(name, custom):
            near = difflib.get_close_matches(name, [*custom, *slacks.standard()], 1)
            message = (
                f"Slack has no emoji :{name}:"
                + (f"; did you mean :{near[0]}:?" if near else "")
                + " If it's your workspace's own, add it to `custom_emoji` in workspace.toml"
            )
            yield Problem(file, entry, message, hint=True)


def _emoji_mistakes(emoji: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(emoji):
        if name in emoji[:number]:
            yield f"the emoji {name!r} is listed twice: remove one"
        if _FORM.fullmatch(name):
            continue
        if bare := _FORM.fullmatch(name.strip(": ").lower()):
            yield f'the emoji {name!r} must be the bare name in lower case: write "{bare[0]}"'
        else:
            yield (
                f"the emoji {name!r} must be a name, as Slack shows it between colons: "
                'write "tada" for :tada:'
            )


def search(data: Data, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield unknown names in `search.toml`, words that find nothing, and what is out of order."""
    commands = {fold(name) for rule in rules if rule.kind is Kind.COMMAND for name in rule.triggers}
    sources = {"answers.toml": data.answers, "glossary/": data.glossary}
    absent = " or ".join(name for name, entries in sources.items() if not entries)
    because = f" (there is no {absent} here)" if absent else ""
    for name, phrases in data.search.asked.items():
        if fold(name) not in commands and not data.glossary.find(name):
            remedy = "write the name of one, or remove the line"
            message = f"no command or term has this name{because}: {remedy}"
            yield Problem(_SEARCH, f"asked.{name}", message, hint=True)
        for phrase in phrases:
            if all(word in COMMON for word in phrase.split()):
                message = f"{phrase!r} has only words of any question: write the words that matter"
                yield Problem(_SEARCH, f"asked.{name}", message)
    yield from _same(data)
    for part in ("asked", "same"):
        for name, move in out_of_order(getattr(data.search, part)):
            yield Problem(_SEARCH, f"{part}.{name}", f"the lines are sorted alphabetically: {move}")


def _same(data: Data) -> Iterator[Problem]:
    owners = dict.fromkeys(data.search.same, "")
    for word, others in data.search.same.items():
        for other in others:
            entry = f"same.{word}"
            if other != other.casefold() or len(other.split()) != 1:
                yield Problem(_SEARCH, entry, f"{other!r} must be a single word in lower case")
            elif other in COMMON:
                yield Problem(_SEARCH, entry, f"{other!r} is not searched for: remove it")
            elif other in owners:
                where = f"the line of {owners[other]!r}" if owners[other] else "a line of its own"
                yield Problem(_SEARCH, entry, f"{other!r} has {where} already: keep one of the two")
            owners.setdefault(other, word)


def ages(data: Data, today: date) -> Iterator[Problem]:
    """Yield what was last checked before Go's newest release, of February or August, or will be."""
    days = (date(year, month, 15) for year in (today.year - 1, today.year) for month in (2, 8))
    release = max(day for day in days if day <= today)
    dated = [("answers.toml", name, answer.checked) for name, answer in data.answers.items()]
    dated += [(f"glossary/{term.file}", term.name, term.checked) for term in data.glossary]
    for file, entry, checked in dated:
        if checked and checked < release:
            message = (
                f"last checked on {checked}, before the Go release of {release:%B %Y}: look "
                "whether versions, people and links still hold, and change `checked`"
            )
            yield Problem(file, entry, message, hint=True)
        elif checked and checked > today + timedelta(days=1):  # It's tomorrow elsewhere.
            message = f"`checked` is {checked}, which is still to come: write the day of the check"
            yield Problem(file, entry, message, hint=True)


def help_groups(data: Data, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the names in the groups of `help` that no command has."""
    commands = {rule.trigger for rule in rules if rule.kind is Kind.COMMAND}
    for title, names in data.workspace.help.items():
        if unknown := [repr(name) for name in names if name not in commands]:
            none = ", ".join(unknown) if data.answers else f"{unknown[0]} (is answers.toml there?)"
            message = f"no command is called {none}: write the name of one, or remove it"
            yield Problem("workspace.toml", f"help.{title}", message)
