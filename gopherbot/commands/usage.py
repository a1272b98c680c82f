"""`gopherbot usage`: shows which answers help, and which words find nothing, without names."""

from __future__ import annotations

import sys

import click
import msgspec
import redis
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gopherbot.commands import width
from gopherbot.commands.environment import environ, redis_must_answer
from gopherbot.metrics.counters import USES
from gopherbot.model import Use
from gopherbot.settings import Role, Settings
from gopherbot.status.snapshot import by_label
from gopherbot.storage import keys, missed_words
from gopherbot.storage.client import connect, text

_HINT = 'For each, add a line to [asked] in search.toml: "NAME OF WHAT ANSWERS IT" = ["{}"]'


class Usage(msgspec.Struct):
    """How often each answer was used, by its name and use, and the words that found nothing."""

    answers: dict[str, dict[str, int]]
    words: list[str]
    """Those that three members used within the last month, the latest first."""


@click.command("usage")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show how often each answer was shown, shared, suggested and taken back."""
    settings = Settings.read(Role.TOOL, environ())
    with redis_must_answer():
        usage = _read(connect(settings.redis, connections=1, retries=1), settings.identity.app)
    if as_json:
        print(msgspec.json.encode(usage).decode())
    else:
        Console(file=sys.stdout, width=width(), highlight=False).print(_view(usage, settings))


def _read(client: redis.Redis, app: str) -> Usage:
    counts = client.hgetall(keys.counters(app, "total"))
    total = {text(field): int(number) for field, number in counts.items()}
    answers: dict[str, dict[str, int]] = {}
    for label, number in by_label(total, USES).items():
        use, _, name = label.partition(":")
        answers.setdefault(name, {})[use] = number
    most = dict(sorted(answers.items(), key=lambda each: (-sum(each[1].values()), each[0])))
    return Usage(most, missed_words.read(client, app))


def _view(usage: Usage, settings: Settings) -> RenderableType:
    parts: list[RenderableType] = []
    if not settings.usage:
        parts.append(Text("GOPHER_NO_USAGE is 1: nothing more is counted.\n"))
    if usage.answers:
        table = Table("answer", box=None, pad_edge=False)
        for use in Use:
            table.add_column(use, justify="right")
        for name, uses in usage.answers.items():
            table.add_row(name, *(str(uses.get(use, 0)) for use in Use))
        parts.append(table)
    else:
        parts.append(Text("No answer has been counted yet."))
    if usage.words:
        hint = _HINT.format(usage.words[0])
        words = f"\nFound nothing, asked by three members or more: {', '.join(usage.words)}\n{hint}"
        parts.append(Text(words))
    return Group(*parts)
