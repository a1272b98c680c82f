"""`gopherbot why`: what became of a message or an event."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import msgspec
import redis
from rich.console import Console
from rich.text import Text

from gopherbot.actors import table
from gopherbot.errors import GopherbotError
from gopherbot.metrics import journal
from gopherbot.queues import messages
from gopherbot.settings import Role, Settings
from gopherbot.status.story import Found, Story, Subject, tell
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, connect

_PERMALINK = re.compile(r"https://[^/]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?.*)?")
_TS = re.compile(r"\d{10}\.\d{6}")


@click.command("why")
@click.argument("what", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(what: tuple[str, ...], as_json: bool) -> None:
    """Tell what became of a message: WHAT is its link, its channel and ts, or an event's id."""
    subject = parse(what)
    settings = Settings.read(Role.TOOL)
    client = connect(settings.redis, connections=1, retries=1)
    app = settings.identity.app
    try:
        records = journal.read(client, app)
        known = {record.event for record in records if subject.is_of(record)}
        story = tell(records, subject, [*_standing(client, app, subject, known)])
    except REDIS_ERRORS as error:
        raise GopherbotError(
            f"Redis does not answer ({error}): `gopherbot check` says more."
        ) from None
    if as_json:
        print(msgspec.json.encode({"subject": subject, "story": story}).decode())
    else:
        Console(file=sys.stdout, highlight=False, soft_wrap=True).print(_view(story))


def parse(what: tuple[str, ...]) -> Subject:
    """Read the command's arguments. Raises `click.UsageError`."""
    link = _PERMALINK.fullmatch(what[0].strip("<>"))
    if link and len(what) == 1:
        return Subject(channel=link[1], ts=f"{link[2]}.{link[3]}")
    if len(what) == 2 and _TS.fullmatch(what[1]):
        return Subject(channel=what[0], ts=what[1])
    if len(what) == 1 and re.fullmatch(r"[\w-]+", what[0]):
        return Subject(event=what[0])
    raise click.UsageError(
        "give a message's link (Copy link), its channel's id and its ts, or an event's id"
    )


class _Event(msgspec.Struct):
    channel: object = None
    ts: object = None


class _Envelope(msgspec.Struct):
    event_id: str
    event: _Event


def _standing(client: redis.Redis, app: str, subject: Subject, known: set[str]) -> Iterator[Found]:
    """Look for it among what waits, is in a worker's hands, will be tried again, or died."""
    for queue in table.QUEUES:
        for key, dead in (
            (keys.messages(app, queue), False),
            (keys.messages(app, keys.delayed(queue)), False),
            (keys.dead_messages(app, queue), True),
        ):
            for _, data in client.hscan_iter(key, count=200):
                found = _found(data, subject, known)
                if found:
                    event, sent = found
                    yield Found(queue, event, dead, max(0.0, time.time() - sent))


def _found(data: bytes, subject: Subject, known: set[str]) -> tuple[str, float] | None:
    try:
        message = messages.decode(data)
        envelope = msgspec.json.decode(message.args[0], type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        return None
    its = (envelope.event.channel, envelope.event.ts)
    if envelope.event_id in {subject.event, *known} or its == (subject.channel, subject.ts):
        return envelope.event_id, message.message_timestamp / 1000
    return None


def _view(story: Story) -> Text:
    text = Text.assemble((str(story.verdict), "bold"))
    for step in story.steps:
        at = datetime.fromtimestamp(step.at, UTC)
        text.append(f"\n{at:%Y-%m-%d %H:%M:%S} UTC  ", style="dim")
        text.append(step.text)
    if story.remedy:
        text.append(f"\n→ {story.remedy}", style="yellow")
    return text
