"""`python -m gopherbot.authoring.explain.server FOLDER`: explains messages, for `gopherbot dev`.

Writes an empty line once the content is loaded, then reads a question per line and writes an answer
per line, as JSON; `slack_simulator/extensions.py` describes both. It is a separate process, so that
a restart reads changed Python files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gopherbot import shapes
from gopherbot.authoring.explain import (
    ChannelKind,
    Explanation,
    Outcome,
    Scenario,
    explain,
    rule_sources,
)
from gopherbot.authoring.explain.near_misses import NearMiss
from gopherbot.errors import ContentError
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent

_KINDS: dict[str, ChannelKind] = {
    "channel": "public",
    "group": "private",
    "im": "dm",
    "mpim": "group-dm",
}
Json = dict[str, Any]


class Question(msgspec.Struct):
    """A question from the page."""

    text: str = ""
    channel: str = "general"
    kind: str = "channel"
    user: str = "you"
    event_id: str = "explain"
    files: dict[str, str] = {}


def main() -> None:
    """Answer questions until standard input ends."""
    answering = sys.stdout.buffer
    # What content prints must not mix with the answers.
    sys.stdout = sys.stderr
    folder = Path(sys.argv[1])
    try:
        content: LoadedContent | list[str] = loader.load(folder)
    except ContentError as error:
        content = list(error.problems)
    except Exception as error:
        content = [f"{type(error).__name__}: {error}"]
    answering.write(b"\n")
    answering.flush()
    for line in sys.stdin.buffer:
        answering.write(msgspec.json.encode(_answer(content, line)) + b"\n")
        answering.flush()


def _answer(content: LoadedContent | list[str], line: bytes) -> Json:
    if isinstance(content, list):
        return {"problems": content}
    try:
        question = shapes.decode(line, Question)
        scenario = Scenario(
            kind=_KINDS.get(question.kind, "public"),
            channel=question.channel or "general",
            user=question.user or "you",
            files=question.files,
        )
        explained = explain(content, question.text, scenario, event_id=question.event_id)
    except Exception as error:
        return {"problems": [f"{type(error).__name__}: {error}"]}
    return {
        "addressed": explained.addressed,
        "outcomes": [_outcome(content, explained, outcome) for outcome in explained.outcomes],
        "near": [_near(content, miss) for miss in explained.near],
        "names": explained.names,
    }


def _outcome(content: LoadedContent, explained: Explanation, outcome: Outcome) -> Json:
    place = _place(content, outcome.rule)
    if outcome.rule.startswith("prefix:define"):
        asked = explained.text.partition(" ")[2]
        place = rule_sources.of_term(content.data, asked) or place
    return {
        "rule": outcome.rule,
        **msgspec.to_builtins(place),
        "emoji": outcome.emoji,
        "replies": [
            {"text": said.markup, "attachment": said.attachment_markup, "manner": said.manner}
            for said in outcome.replies
        ],
        "notes": outcome.notes,
        "failure": _failure(outcome) if outcome.failure else None,
    }


def _near(content: LoadedContent, miss: NearMiss) -> Json:
    return {"rule": miss.rule, "why": miss.why, **msgspec.to_builtins(_place(content, miss.rule))}


def _place(content: LoadedContent, name: str) -> rule_sources.Place:
    rule = next((rule for rule in _rules(content) if rule.name == name), None)
    return rule_sources.of_rule(content, rule) if rule else rule_sources.Place("")


def _rules(content: LoadedContent) -> Iterable[Any]:
    return content.rules.rules


def _failure(outcome: Outcome) -> Json:
    frames = [line for line in outcome.traceback.splitlines() if line.strip().startswith("File ")]
    source, line = "", 0
    if frames:
        _, path, rest = frames[-1].split('"')
        source, line = Path(path).name, int("".join(c for c in rest.split(",")[1] if c.isdigit()))
    return {
        "error": outcome.failure,
        "source": source,
        "line": line,
        "traceback": outcome.traceback,
    }


if __name__ == "__main__":
    main()
