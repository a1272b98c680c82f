"""`python -m gopherbot.explain.server FOLDER`: explains messages, for `gopherbot dev`.

Once the content is loaded, writes what the page suggests while a member types. Then reads a
question per line and writes an answer per line. All are JSON; `slack_simulator/extensions.py` and
`components.py` describe them. It is a separate process, so that a restart reads changed Python
files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from gopherbot import decoding
from gopherbot.errors import ContentError
from gopherbot.explain import (
    ChannelKind,
    Explanation,
    NearMiss,
    Prediction,
    Scenario,
    explain,
    places,
)
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
    bot: str = ""
    """The bot's id in a text as Slack sent it; "" if the text is as a member types it."""


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
    answering.write(msgspec.json.encode(_suggestions(content)) + b"\n")
    answering.flush()
    for line in sys.stdin.buffer:
        answering.write(msgspec.json.encode(_answer(content, line)) + b"\n")
        answering.flush()


def _suggestions(content: LoadedContent | list[str]) -> list[dict[str, str]]:
    entries = [] if isinstance(content, list) else content.rules.entries()
    return [{"text": entry.trigger, "help": entry.help} for entry in entries]


def _answer(content: LoadedContent | list[str], line: bytes) -> Json:
    if isinstance(content, list):
        return {"problems": content}
    try:
        question = decoding.decode(line, Question)
        scenario = Scenario(
            kind=_KINDS.get(question.kind, "public"),
            channel=question.channel or "general",
            user=question.user or "you",
            files=question.files,
            bot=question.bot,
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


def _outcome(content: LoadedContent, explained: Explanation, outcome: Prediction) -> Json:
    place = places.of_outcome(content, explained.text, outcome.rule)
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
    return {
        "rule": miss.rule,
        "why": miss.why,
        **msgspec.to_builtins(places.of_rule(content, miss.rule)),
    }


def _failure(outcome: Prediction) -> Json:
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
