"""Checks of emoji: how they are written, and whether the workspace has them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from gopherbot.authoring.lint.wording.texts import CODE
from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

_FORM = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")
_IN_TEXT = re.compile(r"(?<![\w:]):(?P<name>[a-z][a-z0-9_+'-]*):(?![\w/])")


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of every emoji that the bot adds, obeys or writes."""
    if not find_spec("slack_simulator"):
        # A dyno installs only what the bot runs on.
        message = "Slack's emoji weren't checked: install slack-simulator, which has their names"
        yield Problem("reactions.toml", "", message, hint=True)
    custom = {*data.workspace.custom_emoji, *_pictures(data)}
    for entry, reaction in data.reactions.items():
        yield from at("reactions.toml", entry, _names(reaction.emoji))
        yield from _unknown("reactions.toml", entry, reaction.emoji, custom)
    yield from at("workspace.toml", "", _names(data.workspace.take_back))
    yield from _unknown("workspace.toml", "", data.workspace.take_back, custom)
    for text in data.texts():
        said = [match["name"] for match in _IN_TEXT.finditer(CODE.sub(" ", text.sample))]
        yield from _unknown(text.file, text.entry, said, custom)


def _pictures(data: Data) -> Iterator[str]:
    return (path.stem for path in (data.folder / "emoji").glob("*.*"))


def _unknown(file: str, entry: str, emoji: Sequence[str], custom: set[str]) -> Iterator[Problem]:
    if not find_spec("slack_simulator"):
        return
    from slack_simulator.workspace import emoji as slacks  # noqa: PLC0415 - development only

    for name in emoji:
        if _FORM.fullmatch(name) and not slacks.is_known(name, custom):
            near = difflib.get_close_matches(name, [*custom, *slacks.standard()], 1)
            message = (
                f"Slack has no emoji :{name}:"
                + (f"; did you mean :{near[0]}:?" if near else "")
                + " If it's your workspace's own, add it to `custom_emoji` in workspace.toml"
            )
            yield Problem(file, entry, message, hint=True)


def _names(emoji: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(emoji):
        if name in emoji[:number]:
            yield f"the emoji {name!r} is listed twice: remove one"
        if _FORM.fullmatch(name):
            continue
        if bare := _FORM.fullmatch(name.strip(": ").lower()):
            yield f'the emoji {name!r} must be the bare name in lower case: write "{bare[0]}"'
        else:
            yield (
                f"the emoji {name!r} must be a name, as Slack shows it between colons: "
                'write "tada" for :tada:'
            )
