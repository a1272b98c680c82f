"""Renders the placeholders in content texts: `{#general}`, `{bot}`, `{source}`.

Inside code, a brace is a brace; elsewhere, `{{` is one.

A text is checked when it is loaded, but rendered only when it is said, because channel ids are
unknown before. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gopherbot.model import Ask
from gopherbot.slack import markup

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PIECE = re.compile(rf"{CODE.pattern}|\{{\{{|\}}\}}|\{{(?P<name>[^{{}}]*)\}}|[{{}}]", re.DOTALL)
_CHANNEL = re.compile(r"#[a-z0-9_-]{1,80}")
PLACEHOLDERS = frozenset({"bot", "contact", "report", "source"})
WELCOME_PLACEHOLDERS = PLACEHOLDERS | {"channels"}
SHARED_PLACEHOLDERS = PLACEHOLDERS | {"author", "links"}
OBJECTIONS = PLACEHOLDERS | {"author", "objections"}


@dataclass(frozen=True, slots=True)
class ContentText:
    """A text of a content file, with its location."""

    file: str
    entry: str
    key: str
    text: str
    placeholders: frozenset[str] = PLACEHOLDERS
    """The placeholders that it may hold, besides channels."""

    @property
    def sample(self) -> str:
        """The text as the bot might say it, with samples for its own placeholders."""
        text = self.text
        for name in self.placeholders - PLACEHOLDERS:
            text = text.replace(f"{{{name}}}", "https://example.org/" if name == "link" else name)
        return text


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders. `fixed` holds the values that are the same for every message."""

    text: str
    fixed: Mapping[str, str]

    def render(self, ask: Ask, **more: str) -> str:
        """Return the text for one message; `more` adds values to the fixed ones."""

        def value(match: re.Match[str]) -> str:
            if match[0].startswith("`"):
                return match[0]
            if match[0] in ("{{", "}}"):
                return match[0][0]
            name = match["name"]
            if name.startswith("#"):
                id = ask.channels.id_of(name[1:])
                return markup.channel(id) if id else name
            if name == "bot":
                # Sorted, so that a retry after a crash names the same id.
                ids = sorted(ask.message.bot_users)
                return markup.user(ids[0]) if ids else self.fixed["bot"]
            return more[name] if name in more else self.fixed[name]

        return _PIECE.sub(value, self.text)


def without(text: str, missing: Iterable[str]) -> str:
    """Return a text without the lines that name a placeholder of `missing`."""
    # Line by line the same text, but without its code.
    prose = CODE.sub(lambda code: "\n" * code[0].count("\n"), text).split("\n")
    gone = [f"{{{name}}}" for name in missing]
    return "\n".join(
        line
        for line, said in zip(text.split("\n"), prose, strict=True)
        if not any(name in said for name in gone)
    )


def problems(text: str, allowed: frozenset[str]) -> list[str]:
    """Return the problems of a text's braces; `allowed` names the placeholders besides channels."""
    found = []
    for match in _PIECE.finditer(text):
        name = match["name"]
        if match[0] in ("{{", "}}") or match[0].startswith("`"):
            continue
        if name and (name in allowed or _CHANNEL.fullmatch(name)):
            continue
        known = ", ".join(f"{{{name}}}" for name in sorted(allowed))
        remedy = _code_remedy(text) or (
            f"use {known} or {{#channel}}, and double any other brace outside code"
        )
        found.append(f"{match[0]!r} isn't a placeholder: {remedy}")
    return found


def _code_remedy(text: str) -> str:
    """Return what to write so that code is code in Slack; "" if it is."""
    prose = CODE.sub("", text)
    if "~~~" in prose:
        return "Slack knows no ~~~, write ``` before and after a block of code"
    if re.search(r"(?<!`)``(?!`)", text):
        return "Slack knows no ``, write one ` before and after a piece of code"
    if "`" in prose:
        return "it's in code that has no end, write one ` or ``` before and after it"
    return ""
