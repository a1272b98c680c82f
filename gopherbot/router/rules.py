"""The kinds of rules: what each does, when, and how its triggers are compared."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import ClassVar, NamedTuple

from gopherbot.model import Ask, Effects, Kind, Message

Handler = Callable[[Ask], Effects]
Predicate = Callable[[Message], bool]


class Example(NamedTuple):
    """What a member writes, and text that the answer must contain. `lint` tries it."""

    say: str
    answer_contains: str


def fold(text: str) -> str:
    """Return `text` in the form used to compare triggers: no case, extra spaces or curly quotes."""
    return " ".join(fold_inside(text).split())


def fold_inside(text: str) -> str:
    """Return `text` in the form used to search it. Spacing stays, as a trigger may contain it."""
    return text.replace("\u2019", "'").replace("\u2018", "'").casefold()


class SkipReason(enum.Enum):
    """Why a rule does not fire although the message contains its trigger."""

    NOT_ADDRESSED = "the bot is not addressed: mention it, or send it a direct message"
    CHANCE = "skipped at random"
    CONDITION = "its condition did not match"
    ANSWERED = "another rule replies"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing the bot does, and when. The classes below are the kinds of rules."""

    kind: ClassVar[Kind]
    in_help: ClassVar[bool] = False
    """Whether `help` lists the rule, which then needs a help line."""

    trigger: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    help: str = ""
    example: Example | None = None
    source: str = ""
    """The file that declares the rule, for error messages."""

    @property
    def name(self) -> str:
        """The rule's name in logs, the ledger and message metadata."""
        return f"{self.kind.value}:{self.trigger}"

    @property
    def entry(self) -> str:
        """The heading of the rule's entry, if `source` is a content file."""
        return self.trigger

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.aliases)

    @classmethod
    def folded(cls, trigger: str) -> str:
        """Return `trigger` in the form used to compare triggers of this kind."""
        return fold(trigger)

    def skip_reason(self, message: Message) -> SkipReason | None:
        """Return why the rule does not fire although its trigger matched; None if it fires."""
        return None

    def random(self, message: Message) -> Random:
        """Return the random generator that the rule uses for `message`.

        It is seeded by the message's id and the rule's name, so that a redelivery, a retry after a
        crash, or an edit yields the same choices.
        """
        return Random(f"{message.id}/{self.name}")


@dataclass(frozen=True, kw_only=True)
class Command(Rule):
    """Fires when the bot is addressed and the whole text is the trigger or an alias."""

    kind = Kind.COMMAND
    in_help = True

    hidden_aliases: tuple[str, ...] = ()
    """Aliases that are not listed, such as plurals and other word orders."""

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.aliases, *self.hidden_aliases)

    def skip_reason(self, message: Message) -> SkipReason | None:
        return None if message.addressed else SkipReason.NOT_ADDRESSED


@dataclass(frozen=True, kw_only=True)
class Prefix(Rule):
    """Fires when the text starts with the trigger."""

    kind = Kind.PREFIX
    in_help = True

    addressed: bool = False
    """Whether it fires only when the bot is addressed."""
    when: Predicate | None = None
    """What else must be true of the message; without it, the trigger is enough."""

    @classmethod
    def folded(cls, trigger: str) -> str:
        return trigger.casefold()

    def skip_reason(self, message: Message) -> SkipReason | None:
        if self.addressed and not message.addressed:
            return SkipReason.NOT_ADDRESSED
        return None if self.when is None or self.when(message) else SkipReason.CONDITION


class Contains(Rule):
    """Replies when the text contains the trigger or an alias."""

    kind = Kind.CONTAINS

    @classmethod
    def folded(cls, trigger: str) -> str:
        return fold_inside(trigger)


@dataclass(frozen=True, kw_only=True)
class Reaction(Rule):
    """Adds emoji when the text contains the trigger or an alias."""

    kind = Kind.REACTION

    addressed: bool = False
    """Whether it fires only when the bot is addressed."""
    one_in: int = 1
    """Fire at random, for one message in this many on average."""

    @classmethod
    def folded(cls, trigger: str) -> str:
        return fold_inside(trigger)

    def skip_reason(self, message: Message) -> SkipReason | None:
        if self.addressed and not message.addressed:
            return SkipReason.NOT_ADDRESSED
        if self.one_in > 1 and self.random(message).randrange(self.one_in):
            return SkipReason.CHANCE
        return None


@dataclass(frozen=True, kw_only=True)
class Dynamic(Rule):
    """Fires when its predicate returns true."""

    kind = Kind.DYNAMIC

    when: Predicate
    fallback: bool = False
    """Whether it is tried only if no other rule replies to the message."""

    def skip_reason(self, message: Message) -> SkipReason | None:
        return None if self.when(message) else SkipReason.CONDITION


class ChannelRule(Dynamic):
    """Tells the author of a message that it breaks a rule of the channel named by the trigger."""

    kind = Kind.CHANNEL_RULE

    @property
    def entry(self) -> str:
        return f"channels.{self.trigger}"


class Note(Dynamic):
    """Says something about a word to the author of a message."""

    kind = Kind.NOTE

    @property
    def entry(self) -> str:
        return f"notes.{self.trigger}"


class TeamJoin(Rule):
    """Fires when a member joins the workspace."""

    kind = Kind.TEAM_JOIN


class ChannelJoin(Rule):
    """Fires when a member joins the channel whose name is the trigger."""

    kind = Kind.CHANNEL_JOIN
