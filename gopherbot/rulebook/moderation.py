"""The shapes of `moderation.toml`: what the bot does for moderators. Pure.

A table that is missing is off: nothing is subscribed to for it, and no scope is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec

from gopherbot.rulebook import wordings
from gopherbot.waves.detection import WaveLimits

FILE = "moderation.toml"
LONGEST_REASON = 75
"""Slack takes no longer choice."""
MOST_REASONS = 100
"""Nor more choices."""


class Reports(msgspec.Struct, forbid_unknown_fields=True):
    """`[reports]`: what members report to the moderators in private."""

    channel: str
    """The name or the id of the moderators' private channel."""
    reasons: tuple[str, ...] = (
        "Harassment or an insult",
        "Spam or a scam",
        "Against this channel's rules",
        "Something else",
    )
    """The reasons to choose from."""
    per_hour: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
    """The most reports that one member may make per hour."""

    def problems(self) -> Iterator[str]:
        if max(map(len, self.reasons), default=0) > LONGEST_REASON:
            yield f"`reasons` has one of more than {LONGEST_REASON} letters: shorten it"
        if len(self.reasons) > MOST_REASONS:
            yield f"`reasons` has more than {MOST_REASONS}: remove some, Slack takes no more"
        if not all(reason.strip() for reason in self.reasons):
            yield '`reasons` has an empty one: write reasons = ["Spam", "Something else"]'
        if not self.reasons:
            yield '`reasons` is empty: write reasons = ["Spam", "Something else"]'


class Waves(WaveLimits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[waves]`: the same said in several channels within minutes."""

    channel: str
    """The name or the id of the moderators' private channel."""
    shadow: bool = True
    """Whether waves are only counted, not told."""


class ChannelEntry(msgspec.Struct, forbid_unknown_fields=True):
    """`[channels.NAME]`: what a message of a channel must look like, outside of threads."""

    text: str
    """What is said to the author alone if it doesn't, at most once a day."""
    must: tuple[str, ...] = ()
    """What each message must hold: words, or patterns in slashes."""
    never: tuple[str, ...] = ()
    """What no message may hold."""
    group: str = ""
    """The id of the user group whose members alone may write there; "" for everyone."""
    example: str = ""
    """A message that keeps the rules, for the linter."""

    def problems(self) -> Iterator[str]:
        wrong = list(wordings.problems((*self.must, *self.never)))
        yield from wrong
        if not (self.must or self.never or self.group):
            yield "it has no rule: add `must`, `never` or `group`"
        if self.group and not re.fullmatch("S[A-Z0-9]{8,}", self.group):
            yield '`group` is invalid: write the id of a user group, such as group = "S0614TZR7"'
        if self.must and not self.example:
            yield "`example` is missing: add a message that keeps the rules, which `lint` tries"
        if self.example and not wrong and self.is_broken_by(self.example):
            yield "`example` doesn't keep the rules: change it, or `must` and `never`"

    def is_broken_by(self, text: str) -> bool:
        """Return whether a text lacks what it must hold, or holds what it must not."""
        found = (wordings.finder((piece,))(text) for piece in self.must)
        return not all(found) or bool(self.never and wordings.finder(self.never)(text))


class NoteEntry(msgspec.Struct, forbid_unknown_fields=True):
    """`[notes.NAME]`: words that call for a note to their author alone."""

    words: tuple[str, ...]
    """The words, or patterns in slashes."""
    text: str

    def problems(self) -> Iterator[str]:
        yield from wordings.problems(self.words)
        if not self.words:
            yield '`words` is empty: write words = ["guys"]'


class Moderation(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    reports: Reports | None = None
    waves: Waves | None = None
    channels: dict[str, ChannelEntry] = {}
    notes: dict[str, NoteEntry] = {}

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there. Rows of the table of actors refer to them."""
        found = {name for name in self.__struct_fields__ if getattr(self, name)}
        if any(rule.group for rule in self.channels.values()):
            found.add("channels.group")
        return frozenset(found)

    def problems(self) -> Iterator[tuple[str, str]]:
        for entry in ("reports", "waves"):
            table: Reports | Waves | None = getattr(self, entry)
            channel = table.channel if table else "moderators"
            if "" != channel.strip() != channel:
                yield entry, f'`channel` has spaces around it: write channel = "{channel.strip()}"'
            if channel.startswith("#"):
                yield entry, f'`channel` is a name without "#": write channel = "{channel[1:]}"'
            if not channel.strip():
                yield entry, '`channel` is empty: write channel = "moderators", or remove the table'
        for part, tables in (("channels", self.channels), ("notes", self.notes)):
            for name, each in tables.items():
                for message in each.problems():
                    yield f"{part}.{name}", message
        for message in self.reports.problems() if self.reports else ():
            yield "reports", message
