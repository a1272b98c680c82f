"""Rules, and the routers that content files declare them on.

    router = Router()

    @router.command("flip a coin", aliases=["coin flip"])
    def flip(ask: Ask) -> Reply:
        \"\"\"heads or tails\"\"\"
        return Reply(ask.random.choice(["heads", "tails"]))

A handler's docstring is the rule's help line. A declaration alone has no effect: the loader merges
the routers of all files into one `matching.RuleBook`, which detects conflicts and decides which
rules fire.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, NamedTuple

from gopherbot import renamed
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


class Router:
    """Collects the rules of one file. Its methods are decorators for handlers."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.rules: list[Rule] = []

    def command(
        self,
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        hidden_aliases: Iterable[str] = (),
        help: str = "",
        example: tuple[str, str] | None = None,
        also: Iterable[str] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare a command: it fires when the whole text, addressed to the bot, is a trigger.

        Its triggers are `trigger`, `aliases` and `hidden_aliases`, which are not listed anywhere.
        """
        if also:
            renamed.warn("router.command(…, also=…)", "hidden_aliases=…")
        hidden = (*hidden_aliases, *also)
        return self._add(
            Command, trigger, aliases=aliases, hidden_aliases=hidden, help=help, example=example
        )

    def prefix(
        self,
        trigger: str,
        *,
        addressed: bool = False,
        when: Predicate | None = None,
        help: str = "",
        example: tuple[str, str] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a prefix: it fires when the text starts with it. `ask.argument` is the rest.

        A prefix that ordinary sentences begin with, too, says in `when` which messages it's for.
        """
        return self._add(
            Prefix, trigger, addressed=addressed, when=when, help=help, example=example
        )

    def reaction(
        self,
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        addressed: bool = False,
        one_in: int = 1,
    ) -> Callable[[Handler], Handler]:
        """Declare a reaction: it adds emoji when the text contains the trigger or an alias."""
        return self._add(Reaction, trigger, aliases=aliases, addressed=addressed, one_in=one_in)

    def contains(
        self, trigger: str, *, aliases: Iterable[str] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare a contains rule: it replies when the text contains the trigger or an alias."""
        return self._add(Contains, trigger, aliases=aliases)

    def dynamic(
        self, name: str, when: Predicate, *, fallback: bool = False, help: str = ""
    ) -> Callable[[Handler], Handler]:
        """Declare a dynamic rule: it fires when `when` returns true. `when` must not do I/O.

        A `fallback` is tried only if no other rule replies to the message.
        """
        return self._add(Dynamic, name, when=when, fallback=fallback, help=help)

    def channel_rule(self, channel: str, when: Predicate) -> Callable[[Handler], Handler]:
        """Declare a rule of the channel with this name. Its handler looks at the channel."""
        return self._add(ChannelRule, channel, when=when)

    def note(self, name: str, when: Predicate) -> Callable[[Handler], Handler]:
        """Declare a note about words that `when` finds."""
        return self._add(Note, name, when=when)

    def team_join(self, name: str = "team") -> Callable[[Handler], Handler]:
        """Declare a welcome to the workspace."""
        return self._add(TeamJoin, name)

    def channel_join(self, channel: str) -> Callable[[Handler], Handler]:
        """Declare a welcome to the channel with this name."""
        return self._add(ChannelJoin, channel)

    def _add(
        self,
        kind: type[Rule],
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        help: str = "",
        example: tuple[str, str] | None = None,
        **more: Any,
    ) -> Callable[[Handler], Handler]:
        """Return the decorator that adds a rule with its handler. `more` are fields of its kind."""

        def add(handler: Handler) -> Handler:
            _check_parameters(handler)
            rule = kind(
                trigger=trigger,
                handler=handler,
                aliases=_names(aliases),
                help=help or _first_line(handler),
                example=Example(*example) if example else None,
                source=self.source,
                **more,
            )
            self.rules.append(rule)
            return handler

        return add


def _names(aliases: Iterable[str]) -> tuple[str, ...]:
    # A string is an iterable of strings, so neither Python nor mypy complains.
    if isinstance(aliases, str):
        raise TypeError(f"aliases must be a list: write aliases=[{aliases!r}]")
    return tuple(aliases)


def _check_parameters(handler: Handler) -> None:
    """Raise `TypeError` if the handler cannot be called with one argument."""
    try:
        inspect.signature(handler).bind(None)
    except TypeError:
        name = getattr(handler, "__name__", "the handler")
        raise TypeError(
            f"{name} must take one argument: write def {name}(ask: Ask) -> Reply:"
        ) from None


def _first_line(handler: Handler) -> str:
    return (handler.__doc__ or "").strip().partition("\n")[0]
