"""Checks for names that conflict although no two are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gopherbot.router import Command, Contains, Prefix, Rule, fold, fold_inside
from gopherbot.rulebook.problems import Problem


def check(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield names for which one message would get two answers."""
    found = list(rules)
    prefixes = [rule for rule in found if isinstance(rule, Prefix)]
    contained = [rule for rule in found if isinstance(rule, Contains)]
    for rule in found:
        if isinstance(rule, Prefix | Command):
            for name in rule.triggers:
                yield from _behind_a_prefix(rule, name, prefixes)
        if isinstance(rule, Command):
            for name in rule.triggers:
                yield from _holding_a_trigger(rule, name, contained)


def _behind_a_prefix(rule: Rule, name: str, prefixes: Iterable[Rule]) -> Iterator[Problem]:
    for prefix in prefixes:
        if prefix is not rule and fold(name).startswith(prefix.trigger.casefold()):
            message = (
                f"{name!r} begins with the prefix {prefix.trigger!r} of {prefix.source}, so "
                "both would answer: choose another name"
            )
            yield Problem(rule.source, rule.trigger, message)


def _holding_a_trigger(rule: Rule, name: str, contained: Iterable[Rule]) -> Iterator[Problem]:
    for other in contained:
        for trigger in other.triggers:
            if fold_inside(trigger) in fold(name):
                message = (
                    f"{name!r} contains {trigger!r}, to which [{other.trigger}] in {other.source} "
                    "replies, so both would answer: choose another name"
                )
                yield Problem(rule.source, rule.trigger, message)
