"""`python -m gopherbot.explain.server FOLDER`: explains messages, for `gopherbot dev`.

Once the content is loaded, writes what the page suggests while a member types. Then reads a
question per line and writes an answer per line. All are JSON; `slack_simulator/extensions.py` and
`components.py` describe them. It is a separate process, so that a restart reads changed Python
files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from gopherbot import decoding
from gopherbot.errors import ContentError
from gopherbot.explain import ChannelKind, Explanation, NearMiss, Prediction, Scenario, explain
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.schema import Data, glossary_folder
from gopherbot.settings import CONTENT_FOLDER

_KINDS: dict[str, ChannelKind] = {
    "channel": "public",
    "group": "private",
    "im": "dm",
    "mpim": "group-dm",
}
Json = dict[str, Any]
_HEADER = re.compile(
    r"\[\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|'(?P<literal>[^']*)'|(?P<bare>[^\]]*?))\s*\]"
)


class Question(msgspec.Struct):
    """A question from the page."""

    text: str = ""
    channel: str = "general"
    kind: str = "channel"
    user: str = "you"
    event_id: str = "explain"
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A file's name, a line in it (0 if unknown) and the text of the entry there."""

    source: str
    line: int = 0
    entry: str = ""


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
    place = _place(content, outcome.rule)
    if outcome.rule.startswith("prefix:define"):
        asked = explained.text.partition(" ")[2]
        place = _of_term(content.data, asked) or place
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


def _place(content: LoadedContent, name: str) -> Place:
    rule = next((rule for rule in content.rules.rules if rule.name == name), None)
    return _of_rule(content, rule) if rule else Place("")


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


def _of_rule(content: LoadedContent, rule: Rule) -> Place:
    """Return where a rule is defined."""
    for folder in (content.data.folder, CONTENT_FOLDER):
        path = folder / rule.source
        if not path.is_file():
            continue
        if path.suffix == ".toml":
            return _entry(path, rule.entry) or Place(_short(path))
        return Place(_short(path), _line_of(rule, path))
    return Place(rule.source)


def _of_term(data: Data, asked: str) -> Place | None:
    """Return where the term that a member asks for is defined."""
    found = data.glossary.find(asked)
    folder = glossary_folder(data.folder)
    if found is None or folder is None:
        return None
    place = _entry(folder / found.term.file, found.term.name)
    return replace(place, source=f"glossary/{found.term.file}") if place else None


def _line_of(rule: Rule, path: Path) -> int:
    """Return the line of a rule's function; 0 if the function is in another file."""
    code = getattr(rule.handler, "__code__", None)
    if code is not None and Path(code.co_filename).name == path.name:
        return int(code.co_firstlineno)
    return 0


def _entry(path: Path, name: str) -> Place | None:
    """Return the entry with this name of a TOML file, ignoring case; None if there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    headers = list(_headers(lines))
    for place, (number, found) in enumerate(headers):
        if found.casefold() == name.casefold():
            end = headers[place + 1][0] if place + 1 < len(headers) else len(lines)
            return Place(_short(path), number + 1, "\n".join(lines[number:end]).strip())
    return None


def _headers(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines):
        if match := _HEADER.fullmatch(line.strip()):
            yield number, match["quoted"] or match["literal"] or match["bare"] or ""


def _short(path: Path) -> str:
    """Return a path as its folder's name and its own."""
    return f"{path.parent.name}/{path.name}"


if __name__ == "__main__":
    main()
