"""Explains what the bot would do with a message, and why, without Slack. Pure.

    explain(loader.load(), "@gopher go tour").outcomes[0].replies[0].text

The message is parsed, matched and answered by the same code as a real one. The world outside is
simulated for the handlers: channels are those of `channels.toml`, and nothing is shared.
"""

from __future__ import annotations

from dataclasses import dataclass

from gopherbot.authoring.explain import near_misses, outcomes
from gopherbot.authoring.explain.names import Names
from gopherbot.authoring.explain.near_misses import NearMiss
from gopherbot.authoring.explain.outcomes import NOT_SHARED, Outcome, Said
from gopherbot.authoring.explain.scenario import ChannelKind, Scenario, message
from gopherbot.model import Message
from gopherbot.router import Rule
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import Firing
from gopherbot.rulebook.matching.shadow_mode import permitted
from gopherbot.slack import markup

__all__ = [
    "NOT_SHARED",
    "ChannelKind",
    "Explanation",
    "NearMiss",
    "Outcome",
    "Said",
    "Scenario",
    "answer",
    "explain",
    "explain_message",
    "outcomes_of",
]

_IN_GENERAL = Scenario()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about a message."""

    text: str
    """The text that is matched, without mentions."""
    channel: str
    kind: ChannelKind
    addressed: bool
    shadow: bool
    outcomes: tuple[Outcome, ...]
    near: tuple[NearMiss, ...]
    names: dict[str, str]
    """The names of the simulated members and channels, by id."""


def explain(
    content: LoadedContent,
    text: str,
    scenario: Scenario = _IN_GENERAL,
    *,
    event_id: str = "explain",
) -> Explanation:
    """Return what the bot would do with a text as a member types it, and what it nearly does.

    `event_id` seeds random choices: the same one always gives the same result.
    """
    names = Names(content.data.workspace.bot, content.data.channels)
    return explain_message(content, message(text, scenario, names, event_id), names, scenario)


def outcomes_of(
    content: LoadedContent,
    text: str,
    scenario: Scenario = _IN_GENERAL,
    *,
    event_id: str = "explain",
) -> tuple[Outcome, ...]:
    """Return only what the bot would do. What it nearly does takes longer to find."""
    names = Names(content.data.workspace.bot, content.data.channels)
    return _tried(content, message(text, scenario, names, event_id), names, scenario)[0]


def explain_message(
    content: LoadedContent, asked: Message, names: Names, scenario: Scenario
) -> Explanation:
    """Return the same for a message as the bot sees it."""
    found, skipped = _tried(content, asked, names, scenario)
    return Explanation(
        text=asked.text,
        channel=names.read(markup.channel(asked.channel)),
        kind=scenario.kind,
        addressed=asked.addressed,
        shadow=scenario.shadow,
        outcomes=found,
        near=(*skipped, *near_misses.not_quite(content.rules, asked)),
        names=names.known(),
    )


def _tried(
    content: LoadedContent, asked: Message, names: Names, scenario: Scenario
) -> tuple[tuple[Outcome, ...], list[NearMiss]]:
    """Return what the rules do that match a message, and which of them do nothing after all."""
    found: list[Outcome] = []
    near: list[NearMiss] = []
    for firing in content.rules.considered(asked):
        rule = firing.rule
        if firing.skipped:
            why = near_misses.why_skipped(firing, asked)
        elif not permitted(rule.kind, addressed=asked.addressed, shadow=scenario.shadow):
            why = "shadow mode: it would act in production"
        elif done := outcomes.outcome(
            firing, asked, rules=content.rules, names=names, files=scenario.files
        ):
            found.append(done)
            continue
        else:
            why = "" if near_misses.is_fallback(rule) else "its handler returned nothing"
        if why:
            near.append(near_misses.miss(rule, why))
    return tuple(outcomes.each_emoji_once(found)), near


def answer(content: LoadedContent, rule: Rule, text: str) -> Outcome:
    """Return what a rule answers to a text, whether or not it fires for the text."""
    names = Names(content.data.workspace.bot, content.data.channels)
    asked = message(text, _IN_GENERAL, names, "explain")
    return outcomes.outcome(Firing(rule), asked, rules=content.rules, names=names, files={})
