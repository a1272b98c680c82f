"""Which rules fire for a message. Pure: text in, values out.

The cost of a message does not depend on the number of rules: commands are one dictionary lookup,
prefixes one for each length that those with its beginning have, and texts to contain one pass of
an automaton.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from gopherbot.errors import ContentError
from gopherbot.model import Ask, Effects, HelpEntry, Kind, Message
from gopherbot.router import Rule, fold, fold_inside
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.substrings import SubstringIndex


class Held(enum.Enum):
    """Why a rule whose trigger is in the message does not fire."""

    NOT_ADDRESSED = "the bot is not addressed: mention it, or write to it directly"
    NOT_MENTIONED = "it only reacts when the bot is mentioned"
    CHANCE = "chance passed this message over"
    UNWANTED = "it looked at the message and let it be"
    ANSWERED = "another rule replies"


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires, and for a prefix what follows it."""

    rule: Rule
    argument: str = ""
    held: Held | None = None
    """Set if the rule does not fire after all."""


class RuleBook:
    """All the rules, indexed. Raises `ContentError` naming both sides of every clash."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        if problems := clashes(self.rules):
            raise ContentError([str(problem) for problem in problems])
        self._containing = _Containing([*self._of(Kind.REACTION), *self._of(Kind.CONTAINS)])
        self._prefixes = _Prefixes(self._of(Kind.PREFIX))
        self._commands = _by_trigger(self._of(Kind.COMMAND))
        dynamic = self._of(Kind.DYNAMIC)
        self._dynamic = [rule for rule in dynamic if not rule.fallback]
        self._fallbacks = [rule for rule in dynamic if rule.fallback]
        self._entries = tuple(_entries(self.rules))

    def fire(self, message: Message) -> list[Firing]:
        """Give the rules that fire for a message, in the order in which they act."""
        return [firing for firing in self.considered(message) if firing.held is None]

    def considered(self, message: Message) -> list[Firing]:
        """Give the rules that fire, and those whose trigger is there but that are held back."""
        folded = fold_inside(message.text)
        found = [
            *(_contained(rule, message) for rule in self._containing.inside(folded)),
            *self._prefixed(message),
            *self._commanded(message),
            *(_asked(rule, message) for rule in self._dynamic),
        ]
        replies = any(not f.held and f.rule.kind is not Kind.REACTION for f in found)
        if replies:
            return [*found, *(Firing(rule, held=Held.ANSWERED) for rule in self._fallbacks)]
        return [*found, *(_asked(rule, message) for rule in self._fallbacks)]

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
        return self._entries

    def _of(self, kind: Kind) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.kind is kind)

    def _prefixed(self, message: Message) -> Iterator[Firing]:
        for rule, argument in self._prefixes.of(message.text):
            held = rule.addressed and not message.addressed
            yield Firing(rule, argument, Held.NOT_ADDRESSED if held else None)

    def _commanded(self, message: Message) -> Iterator[Firing]:
        rule = self.command(message.text)
        if rule:
            yield Firing(rule, held=None if message.addressed else Held.NOT_ADDRESSED)


class _Prefixes:
    """Rules that fire when the text begins with one of their triggers."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = _by_trigger(rules)
        self._head = min(map(len, self._rules), default=0)
        # By the characters that a text begins with, in what lengths to look. Folding may lengthen
        # a text ("ß" is "ss"), so a prefix is looked for in both lengths.
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for rule in rules:
            for trigger in rule.triggers:
                folded = trigger.casefold()
                lengths[folded[: self._head]].update((len(trigger), len(folded)))
        self._lengths = {head: sorted(some) for head, some in lengths.items()}

    def of(self, text: str) -> Iterator[tuple[Rule, str]]:
        """Give the rules of the prefixes that a text has, and what follows each."""
        head = text[: self._head].casefold()[: self._head]
        for length in self._lengths.get(head, ()):
            rule = self._rules.get(text[:length].casefold()) if length <= len(text) else None
            if rule:
                yield rule, text[length:]


class _Containing:
    """Rules that fire when the text contains one of their triggers: one search for all."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._order = {rule.name: position for position, rule in enumerate(rules)}
        self._rules: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for trigger in rule.triggers:
                self._rules[_FOLDING[rule.kind](trigger)].append(rule)
        self._index = SubstringIndex(self._rules)

    def inside(self, folded: str) -> list[Rule]:
        hits = self._index.find(folded)
        if not hits:
            return []
        rules = {rule.name: rule for hit in hits for rule in self._rules[hit]}
        return sorted(rules.values(), key=lambda rule: self._order[rule.name])


def chance(message: Message, rule: Rule) -> Random:
    """Give the random source for a rule and a message: the same however often they are tried."""
    return Random(f"{message.event_id}/{rule.name}")


def clashes(rules: Iterable[Rule]) -> list[Problem]:
    """Give every trigger and alias that two rules of one kind claim."""
    owners: dict[tuple[Kind, str], Rule] = {}
    problems = []
    # Data comes after code, so that it is the entry that is told to change.
    for rule in sorted(rules, key=lambda rule: rule.source.endswith(".toml")):
        for trigger in rule.triggers:
            other = owners.setdefault((rule.kind, _FOLDING[rule.kind](trigger)), rule)
            if other is not rule:
                problems.append(
                    Problem(
                        rule.source,
                        rule.trigger,
                        f"the {rule.kind.value} {trigger!r} is already taken by "
                        f"[{other.trigger}] in {other.source}: rename one of them",
                    )
                )
    return problems


def _contained(rule: Rule, message: Message) -> Firing:
    return Firing(rule, held=_reacts(rule, message) if rule.kind is Kind.REACTION else None)


def _reacts(rule: Rule, message: Message) -> Held | None:
    if rule.mentioned and not message.mentions_bot:
        return Held.NOT_MENTIONED
    # Seeded by the event: a redelivery or a repeat after a crash decides the same.
    if rule.one_in > 1 and chance(message, rule).randrange(rule.one_in):
        return Held.CHANCE
    return None


def _asked(rule: Rule, message: Message) -> Firing:
    """Ask a dynamic rule. One that fails at that fires: its failing is told where rules act."""
    try:
        wanted = rule.when is not None and rule.when(message)
    except Exception as error:
        return Firing(replace(rule, handler=_failing(error)))
    return Firing(rule, held=None if wanted else Held.UNWANTED)


def _failing(error: Exception) -> Callable[[Ask], Effects]:
    def fail(ask: Ask) -> Effects:
        raise error

    return fail


def _entries(rules: Iterable[Rule]) -> Iterator[HelpEntry]:
    ordered = sorted(rules, key=lambda rule: fold(rule.trigger))
    for kind in (Kind.COMMAND, Kind.PREFIX):
        for rule in ordered:
            if rule.kind is kind:
                yield HelpEntry(kind, rule.trigger, rule.aliases, rule.help)


_FOLDING: dict[Kind, Callable[[str], str]] = {
    Kind.REACTION: fold_inside,
    Kind.CONTAINS: fold_inside,
    Kind.PREFIX: str.casefold,
    Kind.COMMAND: fold,
    Kind.DYNAMIC: fold,
    Kind.TEAM_JOIN: fold,
    Kind.CHANNEL_JOIN: fold,
    Kind.WATCHER: fold,
}


def _by_trigger(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Index rules of one kind by each trigger and alias, folded."""
    return {_FOLDING[rule.kind](trigger): rule for rule in rules for trigger in rule.triggers}
