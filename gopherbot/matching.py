"""Which rules fire for a message. Pure: text in, values out.

The cost of a message does not depend on the number of rules: commands are one dictionary lookup,
prefixes one for each length that a prefix has, and texts to contain one pass of an automaton.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from gopherbot.errors import ContentError
from gopherbot.model import HelpEntry, Kind, Message
from gopherbot.router import Rule, fold
from gopherbot.substrings import SubstringIndex


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires, and for a prefix what follows it."""

    rule: Rule
    argument: str = ""


class RuleBook:
    """All the rules, indexed. Raises `ContentError` naming both sides of every clash."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        problems: list[str] = []
        self._reactions = _Containing(self._of(Kind.REACTION), problems)
        self._contains = _Containing(self._of(Kind.CONTAINS), problems)
        self._prefixes = _by_trigger(self._of(Kind.PREFIX), str.casefold, problems)
        self._commands = _by_trigger(self._of(Kind.COMMAND), fold, problems)
        self._dynamic = self._of(Kind.DYNAMIC)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        for kind in (Kind.DYNAMIC, Kind.TEAM_JOIN, Kind.CHANNEL_JOIN):
            _by_trigger(self._of(kind), fold, problems)
        if problems:
            raise ContentError(problems)

    def fire(self, message: Message) -> list[Firing]:
        """Give the rules that fire for a message, in the order in which they act."""
        folded = message.text.casefold()
        return [
            *(Firing(rule) for rule in self._reactions.in_text(folded) if _reacts(rule, message)),
            *(Firing(rule) for rule in self._contains.in_text(folded)),
            *self._prefixed(message),
            *self._commanded(message),
            *(Firing(rule) for rule in self._dynamic if rule.when and rule.when(message)),
        ]

    def joins(self, kind: Kind) -> tuple[Rule, ...]:
        """Give the rules for joins of the team or of a channel."""
        return self._of(kind)

    def command(self, text: str) -> Rule | None:
        """Give the command that this whole text is, by trigger or alias."""
        return self._commands.get(fold(text))

    def command_triggers(self) -> Sequence[str]:
        """Give every command's trigger and aliases, folded."""
        return tuple(self._commands)

    def entries(self) -> Sequence[HelpEntry]:
        """Give the help index: commands sorted by trigger, then prefixes."""
        return [
            HelpEntry(kind, r.trigger, r.aliases, r.help)
            for kind in (Kind.COMMAND, Kind.PREFIX)
            for r in sorted(self._of(kind), key=lambda rule: fold(rule.trigger))
        ]

    def _of(self, kind: Kind) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.kind is kind)

    def _prefixed(self, message: Message) -> Iterator[Firing]:
        for length in self._prefix_lengths:
            rule = self._prefixes.get(message.text[:length].casefold())
            if rule and (message.addressed or not rule.addressed):
                yield Firing(rule, message.text[length:])

    def _commanded(self, message: Message) -> Iterator[Firing]:
        if message.addressed:
            rule = self.command(message.text)
            if rule:
                yield Firing(rule)


class _Containing:
    """Rules that fire when the text contains one of their triggers."""

    def __init__(self, rules: Sequence[Rule], problems: list[str]) -> None:
        self._order = {rule.name: position for position, rule in enumerate(rules)}
        self._rules = _by_trigger(rules, str.casefold, problems)
        self._index = SubstringIndex(self._rules)

    def in_text(self, folded: str) -> list[Rule]:
        hits = {rule.name: rule for rule in map(self._rules.__getitem__, self._index.find(folded))}
        return sorted(hits.values(), key=lambda rule: self._order[rule.name])


def _reacts(rule: Rule, message: Message) -> bool:
    if rule.mentioned and not message.mentions_bot:
        return False
    # Seeded by the event: a redelivery or a repeat after a crash decides the same.
    return rule.one_in == 1 or chance(message, rule).randrange(rule.one_in) == 0


def chance(message: Message, rule: Rule) -> Random:
    """Give the random source for a rule and a message: the same however often they are tried."""
    return Random(f"{message.event_id}/{rule.name}")


def _by_trigger(
    rules: Sequence[Rule], folding: Callable[[str], str], problems: list[str]
) -> dict[str, Rule]:
    """Index rules by each trigger and alias, folded; write clashes down."""
    index: dict[str, Rule] = {}
    for rule in rules:
        for trigger in rule.triggers:
            folded = folding(trigger)
            other = index.setdefault(folded, rule)
            if other is not rule:
                problems.append(
                    f"{rule.kind.value} {trigger!r} in {rule.source} is already taken by "
                    f"{other.trigger!r} in {other.source}: rename one of them"
                )
    return index
