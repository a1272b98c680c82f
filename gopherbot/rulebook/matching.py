"""Decides which rules fire for a message. Pure: text in, values out.

The cost of a message does not depend on the number of rules. Commands take one dictionary lookup,
prefixes one lookup per length of those that share the message's first characters, and contained
texts one pass of an automaton.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import ahocorasick

from glossary import Problem
from gopherbot.errors import ContentError
from gopherbot.model import Ask, Effects, HelpEntry, Kind, Message
from gopherbot.router import (
    Command,
    Contains,
    Dynamic,
    Prefix,
    Reaction,
    Rule,
    SkipReason,
    fold,
    fold_inside,
)
from gopherbot.slack.markup import without_addresses, without_links

AnyRule = TypeVar("AnyRule", bound=Rule)

_AROUND = " `\"'*_.,;:!?\u2026"


class Match(NamedTuple):
    """A rule that fires; for a prefix, with the text that follows it."""

    rule: Rule
    argument: str = ""
    skipped: SkipReason | None = None
    """Why the rule does not fire after all; None if it does."""


def permitted(kind: Kind, *, addressed: bool, shadow: bool, edited: bool = False) -> bool:
    """Return whether a rule of this kind may act. This is all there is to shadow mode."""
    if not shadow or kind is Kind.COMMAND:
        return True
    if edited:
        return False
    return kind in (Kind.REACTION, Kind.CONTAINS, Kind.PREFIX) and addressed


class RuleBook:
    """All the rules, indexed. Raise `ContentError` naming both sides of every clash."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        if problems := clashes(self.rules):
            raise ContentError([str(problem) for problem in problems])
        self._containing = _Containing([*self.of(Reaction), *self.of(Contains)])
        self._prefixes = _Prefixes(self.of(Prefix))
        self._commands = _by_trigger(self.of(Command))
        self._dynamic = [rule for rule in self.of(Dynamic) if not rule.fallback]
        self._fallbacks = [rule for rule in self.of(Dynamic) if rule.fallback]
        self._entries = tuple(_entries(self.rules))

    def fire(self, message: Message) -> list[Match]:
        """Return the rules that fire for a message, in the order in which they act."""
        return [match for match in self.candidates(message) if match.skipped is None]

    def candidates(self, message: Message) -> list[Match]:
        """Return the rules that fire, and those that match but are skipped."""
        text = message.text
        found = [_consider(rule, message) for rule in self._containing.inside(text)]
        found += [_consider(rule, message, after) for rule, after in self._prefixes.of(text)]
        if command := self.command(text):
            found.append(_consider(command, message))
        found += [_consider(rule, message) for rule in self._dynamic]
        if any(each.skipped is None and each.rule.kind is not Kind.REACTION for each in found):
            answered = SkipReason.ANSWERED
            return [*found, *(Match(rule, skipped=answered) for rule in self._fallbacks)]
        return [*found, *(_consider(rule, message) for rule in self._fallbacks)]

    def answer(self, text: str, ask: Ask) -> Effects:
        """Return what a command or a prefix answers to this text; None if it's neither."""
        if rule := self.command(text):
            return rule.handler(ask)
        for prefix, argument in self._prefixes.of(text):
            return prefix.handler(replace(ask, argument=argument))
        return None

    def of(self, rule_class: type[AnyRule]) -> tuple[AnyRule, ...]:
        """Return the rules of one class, in the order of declaration."""
        return tuple(rule for rule in self.rules if isinstance(rule, rule_class))

    def command(self, text: str) -> Rule | None:
        """Return the command whose trigger or alias is this whole text; None if there is none.

        If no trigger is written so, the quotes around it and its punctuation don't count.
        """
        folded = fold(without_links(text))
        return self._commands.get(folded) or self._commands.get(folded.strip(_AROUND))

    def command_triggers(self) -> Sequence[str]:
        return tuple(self._commands)

    def entries(self) -> Sequence[HelpEntry]:
        """Return the help index: commands sorted by trigger, then prefixes."""
        return self._entries


class _Prefixes:
    """Rules that fire when the text begins with one of their triggers."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = _by_trigger(rules)
        self._head = min(map(len, self._rules), default=0)
        # The prefix lengths to try, by a text's first characters. Folding may lengthen a text
        # ("ß" becomes "ss"), so both lengths are tried.
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for rule in rules:
            for trigger in rule.triggers:
                folded = trigger.casefold()
                lengths[folded[: self._head]].update((len(trigger), len(folded)))
        self._lengths = {head: sorted(some) for head, some in lengths.items()}

    def of(self, text: str) -> Iterator[tuple[Rule, str]]:
        """Yield each rule whose prefix the text begins with, and what follows the prefix."""
        head = text[: self._head].casefold()[: self._head]
        for length in self._lengths.get(head, ()):
            rule = self._rules.get(text[:length].casefold()) if length <= len(text) else None
            if rule:
                yield rule, text[length:]


class _Containing:
    """Rules that fire when the text contains one of their triggers, found in one search.

    Addresses are not searched: who posts a link doesn't choose its words.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._order = {rule.name: position for position, rule in enumerate(rules)}
        self._rules: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for trigger in rule.triggers:
                self._rules[rule.folded(trigger)].append(rule)
        self._index = SubstringIndex(self._rules)

    def inside(self, text: str) -> list[Rule]:
        hits = self._index.find(fold_inside(without_addresses(text)))
        if not hits:
            return []
        rules = {rule.name: rule for hit in hits for rule in self._rules[hit]}
        return sorted(rules.values(), key=lambda rule: self._order[rule.name])


def clashes(rules: Iterable[Rule]) -> list[Problem]:
    """Return a problem for every trigger or alias that two rules of one kind claim."""
    owners: dict[tuple[Kind, str], Rule] = {}
    problems = []
    # Data sorts after code, so a clash is reported for the entry, which is easier to change.
    for rule in sorted(rules, key=lambda rule: rule.source.endswith(".toml")):
        for trigger in rule.triggers:
            other = owners.setdefault((rule.kind, rule.folded(trigger)), rule)
            if other is rule:
                continue
            problems.append(_clash(rule, trigger, other))
            if rule.source.endswith(".py"):  # either may be the new one
                problems.append(_clash(other, trigger, rule))
    return problems


def _clash(rule: Rule, trigger: str, other: Rule) -> Problem:
    message = (
        f"the {rule.kind.value} {trigger!r} is already taken by [{other.trigger}] in "
        f"{other.source}: rename one of them"
    )
    return Problem(rule.source, rule.trigger, message)


def _consider(rule: Rule, message: Message, argument: str = "") -> Match:
    """Return the firing of a rule. If its condition raises, the error is raised when it acts."""
    try:
        return Match(rule, argument, rule.skip_reason(message))
    except Exception as error:
        return Match(replace(rule, handler=_failing(error)), argument)


def _failing(error: Exception) -> Callable[[Ask], Effects]:
    def fail(ask: Ask) -> Effects:
        raise error

    return fail


def _entries(rules: Iterable[Rule]) -> Iterator[HelpEntry]:
    ordered = sorted(rules, key=lambda rule: fold(rule.trigger))
    for rule_class in (Command, Prefix):
        for rule in ordered:
            if isinstance(rule, rule_class):
                hidden = rule.hidden_aliases if isinstance(rule, Command) else ()
                example = rule.example.say if rule.example else ""
                yield HelpEntry(rule.kind, rule.trigger, rule.aliases, rule.help, hidden, example)


def _by_trigger(rules: Iterable[Rule]) -> dict[str, Rule]:
    return {rule.folded(trigger): rule for rule in rules for trigger in rule.triggers}


class SubstringIndex:
    """Finds which of many texts a message contains. Case-sensitive: fold both sides first.

    pyahocorasick's automaton (Aho and Corasick, 1975): the cost depends on the message, not on the
    number of texts.
    """

    def __init__(self, needles: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for needle in needles:
            if not needle:
                raise ValueError("an empty text matches every message")
            self._automaton.add_word(needle, needle)
        # An automaton without words cannot be searched.
        self._is_empty = not len(self._automaton)
        self._automaton.make_automaton()

    def find(self, text: str) -> set[str]:
        """Return the indexed texts that `text` contains."""
        if self._is_empty:
            return set()
        return {needle for _, needle in self._automaton.iter(text)}
