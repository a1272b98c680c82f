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

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gopherbot.model import Ask, Effects, Kind, Message

Handler = Callable[[Ask], Effects]
Predicate = Callable[[Message], bool]
Example = tuple[str, str]
"""What a member writes, and a text that the answer holds."""


def fold(text: str) -> str:
    """The form in which triggers are compared: case, spacing and a phone's quotes do not matter."""
    return " ".join(fold_inside(text).split())


def fold_inside(text: str) -> str:
    """The form in which a text is searched: spacing counts, since a trigger may hold some."""
    return text.replace("\u2019", "'").replace("\u2018", "'").casefold()


@dataclass(frozen=True)
class Rule:
    """One thing the bot does, and when."""

    kind: Kind
    trigger: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    help: str = ""
    example: Example | None = None
    source: str = ""
    """The file that declares it, for error messages."""
    addressed: bool = False
    """A prefix: fires only when the bot is addressed."""
    mentioned: bool = False
    """A reaction: fires only when the bot is mentioned."""
    one_in: int = 1
    """A reaction: fires for one message in so many, picked by chance."""
    when: Predicate | None = None
    """A dynamic rule: decides by itself."""
    fallback: bool = False
    """A dynamic rule: is only asked when nothing but reactions fires."""

    @property
    def name(self) -> str:
        """The rule's name in logs, the ledger and message metadata."""
        return f"{self.kind.value}:{self.trigger}"

    @property
    def triggers(self) -> tuple[str, ...]:
        return (self.trigger, *self.aliases)


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
        help: str = "",
        example: Example | None = None,
    ) -> Callable[[Handler], Handler]:
        """Fires when the bot is addressed and the whole text is the trigger or an alias."""
        return self._adding(
            Kind.COMMAND, trigger, aliases=tuple(aliases), help=help, example=example
        )

    def prefix(
        self,
        trigger: str,
        *,
        addressed: bool = False,
        help: str = "",
        example: Example | None = None,
    ) -> Callable[[Handler], Handler]:
        """Fires when the text starts with the prefix; the rest is `ask.argument`."""
        return self._adding(Kind.PREFIX, trigger, addressed=addressed, help=help, example=example)

    def reaction(
        self,
        trigger: str,
        *,
        aliases: Iterable[str] = (),
        mentioned: bool = False,
        one_in: int = 1,
    ) -> Callable[[Handler], Handler]:
        """Fires when the text contains the trigger or an alias, anywhere."""
        return self._adding(
            Kind.REACTION, trigger, aliases=tuple(aliases), mentioned=mentioned, one_in=one_in
        )

    def contains(
        self, trigger: str, *, aliases: Iterable[str] = ()
    ) -> Callable[[Handler], Handler]:
        """Fires when the text contains the trigger or an alias; for rules that reply."""
        return self._adding(Kind.CONTAINS, trigger, aliases=tuple(aliases))

    def dynamic(
        self, name: str, when: Predicate, *, fallback: bool = False, help: str = ""
    ) -> Callable[[Handler], Handler]:
        """Fires when `when` says so: a quick look at the message without I/O.

        A `fallback` is only asked about messages to which no other rule replies.
        """
        return self._adding(Kind.DYNAMIC, name, when=when, fallback=fallback, help=help)

    def team_join(self, name: str = "team") -> Callable[[Handler], Handler]:
        """Fires when a member joins the workspace."""
        return self._adding(Kind.TEAM_JOIN, name)

    def channel_join(self, channel: str) -> Callable[[Handler], Handler]:
        """Fires when a member joins the channel with this name."""
        return self._adding(Kind.CHANNEL_JOIN, channel)

    def _adding(
        self,
        kind: Kind,
        trigger: str,
        *,
        aliases: tuple[str, ...] = (),
        help: str = "",
        example: Example | None = None,
        addressed: bool = False,
        mentioned: bool = False,
        one_in: int = 1,
        when: Predicate | None = None,
        fallback: bool = False,
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            rule = Rule(
                kind=kind,
                trigger=trigger,
                handler=handler,
                aliases=aliases,
                help=help or _first_line(handler.__doc__),
                example=example,
                source=self.source,
                addressed=addressed,
                mentioned=mentioned,
                one_in=one_in,
                when=when,
                fallback=fallback,
            )
            self.rules.append(rule)
            return handler

        return add


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0].strip()
