"""Runs a rule that fires, and returns what it says and does as members see it."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gopherbot.authoring.explain.names import Names
from gopherbot.effects.rendering import effects_of, render
from gopherbot.model import Ask, File, Message, React, Reply
from gopherbot.rulebook.matching import Firing, RuleBook

NOT_SHARED = "https://go.dev/play/p/not-shared"
"""Stands for the address of code that would be shared."""


@dataclass(frozen=True, slots=True)
class Said:
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
class Outcome:
    """What a rule does."""

    rule: str
    source: str
    emoji: tuple[str, ...] = ()
    replies: tuple[Said, ...] = ()
    notes: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """Code that would go to the Playground."""
    failure: str = ""
    traceback: str = ""
    """The traceback of the failure."""

    def __bool__(self) -> bool:
        """Return whether there is an emoji, a reply or a failure."""
        return bool(self.emoji or self.replies or self.failure)


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

    def read_file(self, file: File) -> str:
        return self.files[file.id]


def outcome(
    firing: Firing, message: Message, *, rules: RuleBook, names: Names, files: Mapping[str, str]
) -> Outcome:
    """Return how a rule answers a message. If its handler raises, the outcome has the failure."""
    rule, web = firing.rule, _NoSharing(files)
    ask = Ask(
        message=message,
        argument=firing.argument,
        channels=names,
        random=rule.random(message),
        web=web,
        help=rules,
    )
    try:
        effects = effects_of(rule.handler(ask))
    except Exception as error:
        return Outcome(
            rule.name,
            rule.source,
            failure=f"{type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
        )
    return Outcome(
        rule=rule.name,
        source=rule.source,
        emoji=tuple(effect.emoji for effect in effects if isinstance(effect, React)),
        replies=tuple(_said(names, message, e) for e in effects if isinstance(e, Reply)),
        notes=tuple(web.notes),
        shared=tuple(web.shared),
    )


def each_emoji_once(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield the outcomes without the emoji that an earlier rule adds."""
    seen: set[str] = set()
    for one in outcomes:
        emoji = tuple(name for name in dict.fromkeys(one.emoji) if name not in seen)
        seen.update(emoji)
        if one := replace(one, emoji=emoji):
            yield one


def _said(names: Names, message: Message, reply: Reply) -> Said:
    rendered = render(reply, message)
    manner = {
        "only you see it": reply.ephemeral,
        "by direct message": reply.dm,
        "with cards for its links": reply.unfurl,
        f"under the name {reply.username}": bool(reply.username),
    }
    return Said(
        text=names.read(rendered.text),
        attachment=names.read(rendered.attachment),
        manner=tuple(words for words, so in manner.items() if so),
        sent=reply,
        markup=rendered.text,
        attachment_markup=rendered.attachment,
    )
