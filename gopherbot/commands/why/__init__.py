"""`gopherbot why`: explains what happened to a message or an event."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

from gopherbot import decoding, logs, table
from gopherbot.commands.why.evidence import Sources
from gopherbot.commands.why.story import History, Subject, build_history
from gopherbot.errors import GopherbotError
from gopherbot.explain import ChannelKind, Scenario, explain_message
from gopherbot.explain.scenario import Names, channel_type
from gopherbot.metrics.journal import Record
from gopherbot.model import Message
from gopherbot.rulebook import loader
from gopherbot.settings import Role, Settings
from gopherbot.slack import events
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.slack.http_pool import HttpPool
from gopherbot.storage.client import REDIS_ERRORS, connect

_PERMALINK = re.compile(
    r"https://[^/]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?(?:.*&)?thread_ts=(\d+\.\d+))?.*"
)
_TS = re.compile(r"\d{10}\.\d{6}")


class Now(msgspec.Struct):
    """What the rules make of the message's current text in Slack. The text itself is not shown."""

    fires: list[str] = []
    nearly: dict[str, str] = {}
    """Why each of these rules does not fire, by rule."""
    problem: str = ""
    """Why the text cannot be explained."""


@click.command("why")
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(what: tuple[str, ...], as_json: bool) -> None:
    """Explain what happened to a message. WHAT is its link, its channel and ts, or an event id."""
    subject = parse(what)
    # Only the story goes to stdout.
    logs.configure_logging(logging.WARNING, stream=sys.stderr)
    settings = Settings.read(Role.TOOL)
    evidence = Sources(connect(settings.redis, connections=1, retries=1), settings.identity.app)
    try:
        subject, about, story = find_story(evidence, subject)
    except REDIS_ERRORS as error:
        raise GopherbotError(f"Redis does not answer ({error}): run `gopherbot check`.") from None
    now = _explained(settings, subject, about)
    if as_json:
        print(msgspec.json.encode({"subject": subject, "story": story, "now": now}).decode())
    else:
        Console(file=sys.stdout, highlight=False, soft_wrap=True).print(_view(story, now))


def find_story(evidence: Sources, subject: Subject) -> tuple[Subject, list[Record], History]:
    """Return the resolved subject, its records and its story. Raise `REDIS_ERRORS`."""
    subject = evidence.resolve(subject)
    records = evidence.records()
    about = [record for record in records if subject.is_of(record)]
    queued = evidence.queued(subject, {record.event for record in about})
    ledger, died = evidence.ledger(subject), evidence.died()
    now = time.time()
    return (
        subject,
        about,
        build_history(records, subject, queued, ledger=ledger, died=died, now=now),
    )


def parse(what: tuple[str, ...]) -> Subject:
    """Return what the arguments name. Raise `click.UsageError` if that is unclear."""
    link = _PERMALINK.fullmatch(what[0].strip("<>"))
    if link and len(what) == 1:
        return Subject(channel=link[1], ts=f"{link[2]}.{link[3]}", thread_ts=link[4] or "")
    if len(what) == 2 and _TS.fullmatch(what[1]):
        return Subject(channel=what[0], ts=what[1])
    if len(what) == 1 and re.fullmatch(r"[\w-]+", what[0]):
        return Subject(event=what[0])
    raise click.UsageError(
        "give a message's link (Copy link), its channel's id and its ts, or an event's id"
    )


def _explained(settings: Settings, subject: Subject, about: list[Record]) -> Now | None:
    """Fetch the text and apply the rules; None without a message or a token. Files are empty."""
    first = next((record for record in about if record.ts), None)
    channel, ts = subject.channel or (first.channel if first else ""), subject.ts
    ts = ts or (first.ts if first else "")
    if not channel or not ts or not settings.bot_token:
        return None
    content = loader.load(settings.content)
    slack = Slack(settings, HttpPool(settings.slack_api_url))
    private = any(record.queue == table.MESSAGE_PRIVATE for record in about)
    kind: ChannelKind = "dm" if channel.startswith("D") else "private" if private else "public"
    try:
        found = slack.message(channel, ts, thread_ts=subject.thread_ts)
        own = slack.own_user()
    except SlackError as error:
        return Now(problem=f"its text can't be fetched from Slack ({error})")
    if found is None:
        return Now(problem="it's no longer in Slack")
    asked = _message(found, channel, kind, own)
    if asked is None:
        return Now(problem="the bot doesn't read such messages: no member wrote it")
    names = Names(content.data.workspace.bot, content.data.channels)
    files = {file.id: "" for file in asked.files}
    scenario = Scenario(kind=kind, channel=channel, shadow=settings.shadow, files=files)
    explained = explain_message(content, asked, names, scenario)
    return Now(
        fires=[outcome.rule.strip() for outcome in explained.outcomes],
        nearly={near.rule.strip(): near.why for near in explained.near},
    )


def _message(found: Mapping[str, Any], channel: str, kind: ChannelKind, own: str) -> Message | None:
    """Return the message as the bot receives it in an event; None if it ignores such messages."""
    told = {**found, "channel": channel, "channel_type": channel_type(kind)}
    try:
        event = decoding.decode(msgspec.json.encode(told), events.MessageEvent)
    except msgspec.MsgspecError:
        return None
    return events.to_message(events.Envelope("why", event), frozenset({own}))


def _view(story: History, now: Now | None) -> Text:
    text = Text.assemble((str(story.verdict), "bold"))
    for step in story.steps:
        at = datetime.fromtimestamp(step.at, UTC)
        text.append(f"\n{at:%Y-%m-%d %H:%M:%S} UTC  ", style="dim")
        text.append(step.text)
    if now:
        for line in _now(now):
            text.append(f"\n{'by its text now':<23}  ", style="dim")
            text.append(line)
    if story.remedy:
        text.append(f"\n→ {story.remedy}", style="yellow")
    return text


def _now(now: Now) -> Iterator[str]:
    if now.problem:
        yield now.problem
        return
    yield f"fires: {', '.join(now.fires)}" if now.fires else "no rule fires"
    for rule, why in now.nearly.items():
        yield f"nearly fires: {rule}: {why}"
