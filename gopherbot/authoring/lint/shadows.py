"""Names that get in each other's way although no two are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gopherbot.model import Kind
from gopherbot.router import Rule, fold, fold_inside
from gopherbot.rulebook.problems import Problem


def check(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Find what one message would call twice."""
    found = list(rules)
    prefixes = [rule for rule in found if rule.kind is Kind.PREFIX]
    contained = [rule for rule in found if rule.kind is Kind.CONTAINS]
    for rule in found:
        if rule.kind in (Kind.PREFIX, Kind.COMMAND):
            for name in rule.triggers:
                yield from _behind_a_prefix(rule, name, prefixes)
        if rule.kind is Kind.COMMAND:
            for name in rule.triggers:
                yield from _holding_a_trigger(rule, name, contained)


def _behind_a_prefix(rule: Rule, name: str, prefixes: Iterable[Rule]) -> Iterator[Problem]:
    for prefix in prefixes:
        if prefix is not rule and fold(name).startswith(prefix.trigger.casefold()):
            message = (
                f"{name!r} begins with the prefix {prefix.trigger!r} of {prefix.source}, so that "
                "both would answer: choose another name"
            )
            yield Problem(rule.source, rule.trigger, message)


def _holding_a_trigger(rule: Rule, name: str, contained: Iterable[Rule]) -> Iterator[Problem]:
    for other in contained:
        for trigger in other.triggers:
            if fold_inside(trigger) in fold(name):
                message = (
                    f"{name!r} contains {trigger!r}, to which [{other.trigger}] in {other.source} "
                    "replies, so that both would answer: choose another name"
                )
                yield Problem(rule.source, rule.trigger, message)
