"""Checks of references to channels, and of the lists that the bot gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gopherbot.authoring.lint.wording.helps import mistakes
from gopherbot.authoring.lint.wording.texts import LONGEST
from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

_REFERENCE = re.compile(r"\{#([a-z0-9_-]+)\}")


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of references to channels, and of the lines of lists."""
    for text in data.texts():
        for name in _REFERENCE.findall(text.text):
            yield from _known(data, text.file, text.entry, name)
    for name in data.welcome.joins:
        yield from _known(data, "welcome.toml", f"joins.{name}", name)
    for watcher in data.watchers:
        yield from _known(data, "watchers.toml", watcher.name, watcher.watch.channel)
    if data.resources.channel:
        yield from _known(data, "newbie_resources.toml", "", data.resources.channel)
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, _line(mistakes(channel.line, name)))
        yield from _known(data, "channels.toml", name, name)
    yield from _welcome(data)
    yield from _resources(data)


def _known(data: Data, file: str, entry: str, name: str) -> Iterator[Problem]:
    if name.startswith("#"):
        yield Problem(file, entry, f'the channel {name!r} needs no "#": write "{name[1:]}"')
    elif data.channels and name not in data.channels:
        message = f"#{name} is not in channels.toml: make sure that the channel exists"
        yield Problem(file, entry, message, hint=True)


def _line(messages: Iterator[str]) -> Iterator[str]:
    return (message.replace("the help", "`line`") for message in messages)


def _welcome(data: Data) -> Iterator[Problem]:
    if not data.welcome.team:
        return
    lines = data.welcome.team.text.splitlines()
    if any("{channels}" in line and line.strip() != "{channels}" for line in lines):
        message = "{channels} shares its line: put it on a line of its own"
        yield Problem("welcome.toml", "team", message)
    if data.channels and not any("{channels}" in line for line in lines):
        message = "new members are shown no channels: put {channels} on a line of its own"
        yield Problem("welcome.toml", "team", message, hint=True)


def _resources(data: Data) -> Iterator[Problem]:
    file, resources = "newbie_resources.toml", data.resources
    if resources.sections and not resources.lead.strip():
        yield Problem(file, "", "`lead` is empty: write the text above the list")
    size = 0
    for section in resources.sections:
        size += len(section.title) + sum(len(link.url) + len(link.line) for link in section.links)
        for link in section.links:
            if link.line.rstrip().endswith("."):
                message = f"the line of {link.url} ends in a full stop: remove it"
                yield Problem(file, section.title, message)
    if size > LONGEST:
        message = f"the list has {size} characters: shorten it to {LONGEST} at most"
        yield Problem(file, "", message)
