"""Explain what the bot would do with a message, and why, without Slack. Pure.

    explain(loader.load(), "@gopher go tour").outcomes[0].replies[0].text

The message is parsed, matched and answered by the same code as a real one. The world outside is
simulated for the handlers: channels are those of `channels.toml`, and nothing is shared.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gopherbot.effects.posted import effects_of, render
from gopherbot.errors import ServiceUnreachable
from gopherbot.explain.scenario import ChannelKind, Names, Scenario, message
from gopherbot.model import Ask, Audience, CodeCheck, File, Message, React, Reply, Shape
from gopherbot.router import ChannelRule, Dynamic, Prefix, Reaction, Rule, SkipReason, fold
from gopherbot.rulebook import edit_distance
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import Match, RuleBook, permitted
from gopherbot.rulebook.python_errors import with_remedy
from gopherbot.slack import markup

__all__ = [
    "NOT_SHARED",
    "ChannelKind",
    "Explanation",
    "NearMiss",
    "Prediction",
    "RenderedReply",
    "Scenario",
    "answer",
    "explain",
    "explain_message",
    "outcome_of",
    "outcomes_of",
]

NOT_SHARED = "https://go.dev/play/p/not-shared"
"""Stands for the address of code that would be shared."""

_IN_GENERAL = Scenario()
_MOST = 3
"""Near misses reported per kind; more would hide the others."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule, and why it does not fire."""

    rule: str
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class RenderedReply:
    """A reply as members read it."""

    text: str
    attachment: str
    manner: tuple[str, ...]
    """How it is delivered, as far as that is unusual."""
    sent: Reply
    """The reply as the rule gave it, with Slack's markup."""
    markup: str = ""
    """What is sent, with Slack's markup and the ids of `Explanation.names`."""
    attachment_markup: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a rule does."""

    rule: str
    source: str
    emoji: tuple[str, ...] = ()
    replies: tuple[RenderedReply, ...] = ()
    notes: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """Code that would go to the Playground."""
    failure: str = ""
    traceback: str = ""
    """The traceback of the failure."""

    def __bool__(self) -> bool:
        """Return whether there is an emoji, a reply or a failure."""
        return bool(self.emoji or self.replies or self.failure)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about a message."""

    text: str
    """The text that is matched, without mentions."""
    channel: str
    kind: ChannelKind
    addressed: bool
    shadow: bool
    outcomes: tuple[Prediction, ...]
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
) -> tuple[Prediction, ...]:
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
        near=(*skipped, *_not_quite(content.rules, asked)),
        names=names.known(),
    )


def _tried(
    content: LoadedContent, asked: Message, names: Names, scenario: Scenario
) -> tuple[tuple[Prediction, ...], list[NearMiss]]:
    """Return what the rules do that match a message, and which of them do nothing after all."""
    found: list[Prediction] = []
    near: list[NearMiss] = []
    for match in content.rules.candidates(asked):
        rule = match.rule
        if match.skipped:
            why = _why_skipped(match, asked)
        elif not permitted(rule.kind, addressed=asked.addressed, shadow=scenario.shadow):
            why = "shadow mode: it would act in production"
        elif done := outcome_of(
            match,
            asked,
            rules=content.rules,
            names=names,
            files=scenario.files,
            groups=scenario.groups,
        ):
            found.append(done)
            continue
        else:
            quiet = _is_fallback(rule) or isinstance(rule, ChannelRule)
            why = "" if quiet else "its handler returned nothing"
        if why:
            near.append(NearMiss(rule.name, rule.source, why))
    return tuple(_each_emoji_once(found)), near


def answer(content: LoadedContent, rule: Rule, text: str) -> Prediction:
    """Return what a rule answers to a text, whether or not it fires for the text."""
    names = Names(content.data.workspace.bot, content.data.channels)
    asked = message(text, _IN_GENERAL, names, "explain")
    return outcome_of(Match(rule), asked, rules=content.rules, names=names, files={})


def outcome_of(
    match: Match,
    message: Message,
    *,
    rules: RuleBook,
    names: Names,
    files: Mapping[str, str],
    groups: Collection[str] = (),
) -> Prediction:
    """Return how a rule answers a message. If its handler raises, the outcome has the failure."""
    rule, web = match.rule, _NoSharing(files)
    ask = Ask(
        message=message,
        argument=match.argument,
        channels=names,
        random=rule.random(message),
        playground=web,
        files=web,
        apis=web,
        help=rules,
        in_group=lambda group, user: group in groups,
    )
    try:
        effects = effects_of(rule.handler(ask))
    except Exception as error:
        return Prediction(
            rule.name,
            rule.source,
            failure=with_remedy(f"{type(error).__name__}: {error}", error),
            traceback=traceback.format_exc(),
        )
    return Prediction(
        rule=rule.name,
        source=rule.source,
        emoji=tuple(effect.emoji for effect in effects if isinstance(effect, React)),
        replies=tuple(_said(names, message, e) for e in effects if isinstance(e, Reply)),
        notes=tuple(web.notes),
        shared=tuple(web.shared),
    )


def _each_emoji_once(outcomes: Iterable[Prediction]) -> Iterator[Prediction]:
    """Yield the outcomes without the emoji that an earlier rule adds."""
    seen: set[str] = set()
    for one in outcomes:
        emoji = tuple(name for name in dict.fromkeys(one.emoji) if name not in seen)
        seen.update(emoji)
        if one := replace(one, emoji=emoji):
            yield one


def _said(names: Names, message: Message, reply: Reply) -> RenderedReply:
    rendered = render(reply, message)
    name = reply.persona.name if reply.persona else ""
    manner = {
        "only you see it": reply.to is Audience.ASKER_ONLY,
        "once a day": reply.once_a_day,
        "by direct message": reply.to is Audience.DM,
        "with cards for its links": reply.unfurl,
        f"under the name {name}": bool(name),
    }
    return RenderedReply(
        text=names.read(rendered.text),
        attachment=names.read(rendered.attachment),
        manner=tuple(words for words, so in manner.items() if so),
        sent=reply,
        markup=rendered.text,
        attachment_markup=rendered.attachment,
    )


class _NoSharing:
    """The world outside, simulated: files are those given, and code to share is only recorded."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.notes: list[str] = []
        self.shared: list[str] = []

    def share_code(self, code: str) -> str:
        self.shared.append(code)
        lines = len(code.splitlines())
        self.notes.append(f"{lines} lines would go to the Go Playground (not shared now)")
        return NOT_SHARED

    def check_code(self, code: str) -> CodeCheck:
        self.notes.append("the Go Playground would format and vet it (not asked now)")
        return CodeCheck()

    def read_file(self, file: File) -> str:
        return self.files[file.id]

    def read(self, service: str, path: str, shape: type[Shape]) -> Shape | None:
        self.notes.append(f"{service} would be asked (not asked now)")
        raise ServiceUnreachable(f"{service} is not asked")


def _why_skipped(match: Match, message: Message) -> str:
    """Return why a rule is skipped; "" if nobody would expect it to fire."""
    rule, reason = match.rule, match.skipped
    if reason is None or reason is SkipReason.ANSWERED:
        return ""
    if isinstance(rule, Reaction) and reason is SkipReason.CHANCE:
        return f"{reason.value} (fires for 1 message in {rule.one_in})"
    if reason is not SkipReason.CONDITION:
        return str(reason.value)
    # A dynamic rule checks every message, but only a member who shared something expects it to act.
    shared = message.text.count("\n") >= 5 or bool(message.files)
    return str(reason.value) if shared and not _is_fallback(rule) else ""


def _is_fallback(rule: Rule) -> bool:
    """Return whether the rule is tried only if no other replies."""
    return isinstance(rule, Dynamic) and rule.fallback


def _not_quite(rules: RuleBook, message: Message) -> Iterator[NearMiss]:
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
            yield NearMiss(rule.name, rule.source, why)
    for rule in rules.of(Prefix):
        if f" {rule.trigger.casefold()}" in text:
            why = f"`{rule.trigger.strip()}` must be the first thing in the message"
            yield NearMiss(rule.name, rule.source, why)


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
