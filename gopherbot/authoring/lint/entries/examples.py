"""Tries every rule that has an example: the rule must answer it as promised."""

from __future__ import annotations

from collections.abc import Iterator

from gopherbot.explain import Scenario, explain, outcomes_of
from gopherbot.model import React, Reply
from gopherbot.router import Rule
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.problems import Problem, at
from gopherbot.slack import markup

_TO_THE_BOT = Scenario(kind="dm")


def check(content: LoadedContent) -> Iterator[Problem]:
    """Send each rule's example to the bot, and yield what is wrong with the answers."""
    for rule in content.rules.rules:
        if rule.example:
            yield from at(rule.source, rule.trigger, _mistakes(content, rule, *rule.example))


def _mistakes(content: LoadedContent, rule: Rule, written: str, holds: str) -> Iterator[str]:
    outcomes = outcomes_of(content, written, _TO_THE_BOT)
    outcome = next((found for found in outcomes if found.rule == rule.name), None)
    if outcome is None:
        yield f"its example {written!r} gets no answer: {_why(content, written, rule)}"
    elif outcome.failure:
        yield f"it fails on its example {written!r}: {outcome.failure}"
    else:
        said = [f"{reply.text} {reply.attachment}" for reply in outcome.replies]
        if not any(markup.unescape(holds) in text for text in (*said, *outcome.emoji)):
            shown = said[0].strip() if said else ", ".join(outcome.emoji)
            yield f"its example {written!r} should give {holds!r}, but gives {shown[:80]!r}"


def _why(content: LoadedContent, written: str, rule: Rule) -> str:
    for near in explain(content, written, _TO_THE_BOT).near:
        if near.rule == rule.name:
            return (
                f"{near.why}; end the function with return {Reply.__name__}(…) "
                f"or {React.__name__}(…)"
                if "returned nothing" in near.why
                else near.why
            )
    return "the rule doesn't fire for it"
