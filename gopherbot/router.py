"""Rules, and the routers on which a content file declares them.

    router = Router()

    @router.command("flip a coin", aliases=["coin flip"])
    def flip(ask: Ask) -> Reply:
        \"\"\"heads or tails\"\"\"
        return Reply(ask.random.choice(["heads", "tails"]))

A handler's docstring is the rule's help line. Declaring does nothing by itself: the loader merges
every file's router into one `matching.RuleBook`, which finds clashes and decides what fires.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from gopherbot.model import Ask, Effects, Kind, Message

Handler = Callable[[Ask], Effects]
Predicate = Callable[[Message], bool]
Example = tuple[str, str]
"""What a member writes, and a text that the answer contains."""


def fold(text: str) -> str:
    """Return the form in which triggers are compared: without case, extra spaces, curly quotes."""
    return " ".join(fold_inside(text).split())


def fold_inside(text: str) -> str:
    """Return the form in which a text is searched: spacing counts, a trigger may contain some."""
    return text.replace("\u2019", "'").replace("\u2018", "'").casefold()


class SkipReason(enum.Enum):
    """Why a rule whose trigger is in the message does not fire."""

    NOT_ADDRESSED = "the bot is not addressed: mention it, or send it a direct message"
    CHANCE = "skipped at random"
    CONDITION = "its condition did not match"
    ANSWERED = "another rule replies"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing the bot does, and when. Its kinds are the classes below."""

    kind: ClassVar[Kind]
    in_help: ClassVar[bool] = False
    """Whether `help` lists it, so that it needs a help line."""

    trigger: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    help: str = ""
    example: Example | None = None
    source: str = ""
    """The file that declares it, for error messages."""

    @property
    def name(self) -> str:
        """The rule's name in logs, the ledger and message metadata."""
        return f"{self.kind.value}:{self.trigger}"

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.aliases)

    @classmethod
    def folded(cls, trigger: str) -> str:
        """Return the form in which triggers of this kind are compared."""
        return fold(trigger)

    def skip_reason(self, message: Message) -> SkipReason | None:
        """Return why the rule does not fire although its trigger is there; None if it fires."""
        return None

    def random(self, message: Message) -> Random:
        """Return the rule's source of chance for a message, the same however often it is tried.

        Seeded by the message: a redelivery, a retry after a crash, or an edit of what the rule does
        not look at, decides the same.
        """
        return Random(f"{message.id}/{self.name}")


@dataclass(frozen=True, kw_only=True)
class Command(Rule):
    """Fires when the bot is addressed and the whole text is the trigger or an alias."""

    kind = Kind.COMMAND
    in_help = True

    also: tuple[str, ...] = ()
    """Further aliases, which no list shows: plurals, other orders of the words."""

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.aliases, *self.also)

    def skip_reason(self, message: Message) -> SkipReason | None:
        return None if message.addressed else SkipReason.NOT_ADDRESSED


@dataclass(frozen=True, kw_only=True)
class Prefix(Rule):
    """Fires when the text starts with the trigger."""

    kind = Kind.PREFIX
    in_help = True

    addressed: bool = False
    """Fires only when the bot is addressed."""

    @classmethod
    def folded(cls, trigger: str) -> str:
        return trigger.casefold()

    def skip_reason(self, message: Message) -> SkipReason | None:
        skipped = self.addressed and not message.addressed
        return SkipReason.NOT_ADDRESSED if skipped else None


class Contains(Rule):
    """Fires when the text contains the trigger or an alias; for rules that reply."""

    kind = Kind.CONTAINS

    @classmethod
    def folded(cls, trigger: str) -> str:
        return fold_inside(trigger)


@dataclass(frozen=True, kw_only=True)
class Reaction(Rule):
    """Fires when the text contains the trigger or an alias; for rules that add emoji."""

    kind = Kind.REACTION

    addressed: bool = False
    """Fires only when the bot is addressed."""
    one_in: int = 1
    """Fires for one message in this many, picked by chance."""

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
    """Fires when its own predicate says so."""

    kind = Kind.DYNAMIC

    when: Predicate
    fallback: bool = False
    """Asked only about messages to which no other rule replies."""

    def skip_reason(self, message: Message) -> SkipReason | None:
        return None if self.when(message) else SkipReason.CONDITION


class TeamJoin(Rule):
    """Fires when a member joins the workspace."""

    kind = Kind.TEAM_JOIN


class ChannelJoin(Rule):
    """Fires when a member joins the channel that is its trigger, by name."""

    kind = Kind.CHANNEL_JOIN


class Router:
    """Collects the rules of one file."""

    def __init__(self, source: str = "") -> None:
        self.source = source
        self.rules: list[Rule] = []

    def command(
        self,
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        also: Iterable[str] = (),
        help: str = "",
        example: Example | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a command: fires when addressed and the whole text is the trigger or an alias.

        `also` are aliases that no list shows.
        """

        def rule(handler: Handler) -> Rule:
            return Command(
                trigger=trigger,
                handler=handler,
                aliases=_names(aliases),
                also=tuple(also),
                help=help or _first_line(handler),
                example=example,
                source=self.source,
            )

        return self._adding(rule)

    def prefix(
        self,
        trigger: str,
        *,
        addressed: bool = False,
        help: str = "",
        example: Example | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a prefix: fires when the text starts with it; the rest is `ask.argument`."""

        def rule(handler: Handler) -> Rule:
            return Prefix(
                trigger=trigger,
                handler=handler,
                help=help or _first_line(handler),
                example=example,
                source=self.source,
                addressed=addressed,
            )

        return self._adding(rule)

    def reaction(
        self,
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        addressed: bool = False,
        one_in: int = 1,
    ) -> Callable[[Handler], Handler]:
        """Declare a reaction: fires when the text contains the trigger or an alias, anywhere."""

        def rule(handler: Handler) -> Rule:
            return Reaction(
                trigger=trigger,
                handler=handler,
                aliases=_names(aliases),
                help=_first_line(handler),
                source=self.source,
                addressed=addressed,
                one_in=one_in,
            )

        return self._adding(rule)

    def contains(
        self, trigger: str, *, aliases: Iterable[str] = ()
    ) -> Callable[[Handler], Handler]:
        """Declare a contains-reply: fires when the text contains the trigger or an alias."""

        def rule(handler: Handler) -> Rule:
            return Contains(
                trigger=trigger,
                handler=handler,
                aliases=_names(aliases),
                help=_first_line(handler),
                source=self.source,
            )

        return self._adding(rule)

    def dynamic(
        self, name: str, when: Predicate, *, fallback: bool = False, help: str = ""
    ) -> Callable[[Handler], Handler]:
        """Declare a dynamic rule: fires when `when` says so, a quick look without I/O.

        A `fallback` is asked only about messages to which no other rule replies.
        """

        def rule(handler: Handler) -> Rule:
            return Dynamic(
                trigger=name,
                handler=handler,
                help=help or _first_line(handler),
                source=self.source,
                when=when,
                fallback=fallback,
            )

        return self._adding(rule)

    def team_join(self, name: str = "team") -> Callable[[Handler], Handler]:
        """Declare a welcome to the workspace."""
        return self._adding(
            lambda handler: TeamJoin(trigger=name, handler=handler, source=self.source)
        )

    def channel_join(self, channel: str) -> Callable[[Handler], Handler]:
        """Declare a welcome to the channel with this name."""
        return self._adding(
            lambda handler: ChannelJoin(trigger=channel, handler=handler, source=self.source)
        )

    def _adding(self, rule: Callable[[Handler], Rule]) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            _check_parameters(handler)
            self.rules.append(rule(handler))
            return handler

        return add


def _names(aliases: Iterable[str]) -> tuple[str, ...]:
    # A string is an iterable of strings, so neither Python nor mypy minds.
    if isinstance(aliases, str):
        raise TypeError(f"aliases is a list: write aliases=[{aliases!r}]")
    return tuple(aliases)


def _check_parameters(handler: Handler) -> None:
    """Raise `TypeError` for a handler that cannot be called with an `Ask`."""
    try:
        inspect.signature(handler).bind(None)
    except TypeError:
        name = getattr(handler, "__name__", "the handler")
        raise TypeError(
            f"{name} has to take one argument: write def {name}(ask: Ask) -> Reply:"
        ) from None


def _first_line(handler: Handler) -> str:
    return (handler.__doc__ or "").strip().partition("\n")[0].strip()
