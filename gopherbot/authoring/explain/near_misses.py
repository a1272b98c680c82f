"""Finds rules that nearly fire, and says why they don't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gopherbot.model import Message
from gopherbot.router import Dynamic, Prefix, Reaction, Rule, SkipReason, fold
from gopherbot.rulebook import edit_distance
from gopherbot.rulebook.matching import Firing, RuleBook

_MOST = 3
"""Near misses reported per kind; more would hide the others."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule, and why it does not fire."""

    rule: str
    source: str
    why: str


def miss(rule: Rule, why: str) -> NearMiss:
    """Return the near miss of a rule that does not fire."""
    return NearMiss(rule.name, rule.source, why)


def why_skipped(firing: Firing, message: Message) -> str:
    """Return why a rule is skipped; "" if nobody would expect it to fire."""
    rule, reason = firing.rule, firing.skipped
    if reason is None or reason is SkipReason.ANSWERED:
        return ""
    if isinstance(rule, Reaction) and reason is SkipReason.CHANCE:
        return f"{reason.value} (fires for 1 message in {rule.one_in})"
    if reason is not SkipReason.CONDITION:
        return str(reason.value)
    # A dynamic rule checks every message, but only a member who shared something expects it to act.
    shared = message.text.count("\n") >= 5 or bool(message.files)
    return str(reason.value) if shared and not is_fallback(rule) else ""


def is_fallback(rule: Rule) -> bool:
    """Return whether the rule is tried only if no other replies."""
    return isinstance(rule, Dynamic) and rule.fallback


def not_quite(rules: RuleBook, message: Message) -> Iterator[NearMiss]:
    """Yield the commands and prefixes that the text nearly matches."""
    text = fold(message.text)
    if not text or rules.command(text):
        return
    triggers = rules.command_triggers()
    slips = edit_distance.nearest(text, triggers)
    inside = _longest(name for name in _standing_in(text, triggers) if name not in slips)
    whys = {name: f"`{name}` is {_slips(text, name)} away" for name in slips}
    whys |= {name: f"`{name}` must be the whole message" for name in inside[:_MOST]}
    for name, why in whys.items():
        if rule := rules.command(name):
            yield miss(rule, why)
    for rule in rules.of(Prefix):
        if f" {rule.trigger.casefold()}" in text:
            yield miss(rule, f"`{rule.trigger.strip()}` must be the first thing in the message")


def _standing_in(text: str, names: Iterable[str]) -> list[str]:
    if len(text) >= 200:
        return []
    words = f" {text} "
    return [name for name in names if len(name) > 3 and f" {name} " in words]


def _slips(text: str, name: str) -> str:
    count = edit_distance.distance(text, name, limit=len(name)) or 0
    return "one typo" if count == 1 else f"{count} typos"


def _longest(names: Iterable[str]) -> list[str]:
    """Return the names that are not a part of another: not "tour" if there is "go tour"."""
    found = list(names)
    parts = {part for name in found for part in _standing_in(name, found) if part != name}
    return [name for name in found if name not in parts]
