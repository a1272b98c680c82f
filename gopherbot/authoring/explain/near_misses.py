"""Rules that nearly fire, and why they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gopherbot.model import Kind, Message
from gopherbot.router import Rule, fold
from gopherbot.rulebook import edit_distance
from gopherbot.rulebook.matching import Firing, Held, RuleBook

_MOST = 3
"""Near misses of one sort that are told; more would hide the others."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule, and why it does not fire."""

    rule: str
    source: str
    why: str


def miss(rule: Rule, why: str) -> NearMiss:
    """Say why a rule does not fire."""
    return NearMiss(rule.name, rule.source, why)


def why_held(firing: Firing, message: Message) -> str:
    """Say why a rule is held back; "" where nobody would have expected it to fire."""
    rule, held = firing.rule, firing.held
    if held is Held.CHANCE:
        return f"only one such message in {rule.one_in}, picked by chance; not this one"
    if held is Held.UNWANTED:
        # A dynamic rule looks at every message: only who shared something wonders about it.
        shared = message.text.count("\n") >= 5 or bool(message.files)
        return held.value if shared and not rule.fallback else ""
    return held.value if held and held is not Held.ANSWERED else ""


def not_quite(rules: RuleBook, message: Message) -> Iterator[NearMiss]:
    """Give the commands and prefixes that the text nearly is."""
    text = fold(message.text)
    if not text or rules.command(text):
        return
    triggers = rules.command_triggers()
    slips = edit_distance.nearest(text, triggers)
    inside = _longest(name for name in triggers if _stands_in(name, text) and name not in slips)
    whys = {name: f"`{name}` is {_slips(text, name)} away" for name in slips}
    whys |= {name: f"`{name}` has to be the whole message" for name in inside[:_MOST]}
    for name, why in whys.items():
        if rule := rules.command(name):
            yield miss(rule, why)
    for rule in rules.rules:
        if rule.kind is Kind.PREFIX and f" {rule.trigger.casefold()}" in text:
            yield miss(rule, f"`{rule.trigger.strip()}` has to be the first thing in the message")


def _stands_in(name: str, text: str) -> bool:
    return len(name) > 3 and len(text) < 200 and f" {name} " in f" {text} "


def _slips(text: str, name: str) -> str:
    count = edit_distance.distance(text, name, limit=len(name)) or 0
    return "a slip of the fingers" if count == 1 else f"{count} slips of the fingers"


def _longest(names: Iterable[str]) -> list[str]:
    """Leave out what is only a part of another name: "tour" where "go tour" is there."""
    found = list(names)
    return [name for name in found if not any(_stands_in(name, o) for o in found if o != name)]
