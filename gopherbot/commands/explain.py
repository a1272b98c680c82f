"""`gopherbot explain TEXT`: shows what the bot would do with a message, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast
from uuid import uuid4

import click
from click import style

from gopherbot.explain import (
    ChannelKind,
    Explanation,
    Prediction,
    RenderedReply,
    Scenario,
    explain,
    places,
)
from gopherbot.explain.places import Place
from gopherbot.model import Kind
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.settings import content_and_gateway, wants_colours

_KINDS = {
    "public": "a public channel",
    "private": "a private channel",
    "dm": "a direct message",
    "group-dm": "a group direct message",
}


@click.command("explain")
@click.argument("text", nargs=-1)
@click.option(
    "--channel-kind",
    type=click.Choice(list(_KINDS)),
    default="public",
    help="Where the message is written. Default: a public channel.",
)
@click.option("--channel", default="general", help="The name of that channel, without #.")
@click.option(
    "--addressed/--not-addressed",
    default=None,
    help="Whether the bot is mentioned. Writing @gopher in the text does the same.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file shared with the message. May be repeated.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="S…",
    help="The id of a user group that its author is in. May be repeated.",
)
@click.option("--mode", type=click.Choice(["production", "shadow"]), default="production")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The content folder. Default: GOPHER_CONTENT, or else this project's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(
    *,
    text: Sequence[str],
    channel_kind: str,
    channel: str,
    addressed: bool | None,
    files: Sequence[Path],
    groups: Sequence[str],
    mode: str,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Show what the bot would do with TEXT, and what it nearly does. Nothing is sent.

    A TEXT of "-" is read from standard input.
    """
    scenario = Scenario(
        kind=cast("ChannelKind", channel_kind),
        channel=channel.removeprefix("#"),
        addressed=addressed,
        shadow=mode == "shadow",
        files={file.name: file.read_text("utf-8", "replace") for file in files},
        groups=frozenset(groups),
    )
    if addressed is False and scenario.direct:
        raise click.UsageError("a direct message is always addressed to the bot")
    typed = sys.stdin.read() if text == ("-",) else " ".join(text)
    if not typed.strip() and not files:
        raise click.UsageError('give a TEXT, or a --file: gopherbot explain "@gopher go tour"')
    content = loader.load(folder or content_and_gateway()[0])
    found = explain(content, typed, scenario, event_id=uuid4().hex)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    for line in _lines(content, found, typed):
        click.echo(line, color=None if wants_colours() else False)


def _lines(content: LoadedContent, found: Explanation, typed: str) -> Iterator[str]:
    where = _KINDS[found.kind] + (
        f", {found.channel}" if found.kind in ("public", "private") else ""
    )
    to_bot = "to the bot" if found.addressed else "not to the bot"
    mode = "shadow mode" if found.shadow else "production"
    yield style(found.text or "(no text)", bold=True)
    yield style(f"{where}; {to_bot}; {mode}", dim=True)
    bot = content.data.workspace.bot
    members = [f"@{name}" for id, name in found.names.items() if id[0] == "U" and name != bot]
    for member in members if not found.addressed else ():
        if member in typed:
            yield style(f"{member} isn't the bot, which is called @{bot}", fg="yellow")
    for outcome in found.outcomes:
        place = places.of_outcome(content, found.text, outcome.rule)
        name = style(outcome.rule.strip(), fg="green", bold=True)
        yield "\n" + style("● ", fg="green") + name + _where(place)
        yield from _did(outcome)
    if not found.outcomes:
        yield style("\nThe bot would stay silent.", fg="yellow")
    if found.near:
        yield style("\nNearly:", dim=True)
    for near in found.near:
        place = places.of_rule(content, near.rule)
        yield style("○ ", fg="yellow") + near.rule.strip() + _where(place) + f": {near.why}"


def _did(outcome: Prediction) -> Iterator[str]:
    if outcome.emoji:
        yield "  reacts with " + " ".join(f":{name}:" for name in outcome.emoji)
    for note in outcome.notes:
        yield style(f"  {note}", fg="yellow")
    for said in outcome.replies:
        yield style(f"  {_lead(outcome.rule, said)}:", dim=True)
        yield _indented(said.text, "    ")
        if said.attachment:
            yield _indented(said.attachment, "    │ ")
    if outcome.failure:
        yield style(f"  fails with {outcome.failure}", fg="red")


def _lead(rule: str, said: RenderedReply) -> str:
    kind, _, name = rule.partition(":")
    if kind == Kind.CHANNEL_RULE.value:
        return f"a rule of #{name} would tell you, alone, at most once a day"
    return f"replies ({', '.join(said.manner)})" if said.manner else "replies"


def _indented(text: str, margin: str) -> str:
    return "\n".join(margin + line for line in text.splitlines())


def _where(place: Place) -> str:
    return style(f"  {place.source}:{place.line}" if place.line else f"  {place.source}", dim=True)
