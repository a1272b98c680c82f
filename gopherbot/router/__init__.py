"""The routers on which content files declare rules.

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

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from gopherbot import renamed
from gopherbot.router.rules import ChannelJoin as ChannelJoin
from gopherbot.router.rules import ChannelRule as ChannelRule
from gopherbot.router.rules import Command as Command
from gopherbot.router.rules import Contains as Contains
from gopherbot.router.rules import Dynamic as Dynamic
from gopherbot.router.rules import Example as Example
from gopherbot.router.rules import Handler as Handler
from gopherbot.router.rules import Note as Note
from gopherbot.router.rules import Predicate as Predicate
from gopherbot.router.rules import Prefix as Prefix
from gopherbot.router.rules import Reaction as Reaction
from gopherbot.router.rules import Rule as Rule
from gopherbot.router.rules import SkipReason as SkipReason
from gopherbot.router.rules import TeamJoin as TeamJoin
from gopherbot.router.rules import fold as fold
from gopherbot.router.rules import fold_inside as fold_inside


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

        If ordinary sentences start with it, too, `when` says which messages it's for.
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
        if not isinstance(trigger, str):
            raise TypeError(
                f'the decorator needs the rule\'s trigger: write @router.{kind.kind.value}("…")'
            )

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
    # A string is an iterable of strings, so neither Python nor mypy complains. Go's braces make a
    # set, whose order differs from run to run.
    if isinstance(aliases, str | set):
        names = [aliases] if isinstance(aliases, str) else sorted(aliases)
        raise TypeError(f"aliases must be a list: write aliases={names}")
    return tuple(aliases)


def _check_parameters(handler: Handler) -> None:
    """Raise `TypeError` if the handler isn't a function that can be called with one argument."""
    name = getattr(handler, "__name__", "the handler")
    if inspect.iscoroutinefunction(handler):
        raise TypeError(f"{name} must be a plain function: write def, not async def")
    try:
        inspect.signature(handler).bind(None)
    except TypeError:
        raise TypeError(
            f"{name} must take one argument: write def {name}(ask: Ask) -> Reply:"
        ) from None


def _first_line(handler: Handler) -> str:
    return (handler.__doc__ or "").strip().partition("\n")[0]
