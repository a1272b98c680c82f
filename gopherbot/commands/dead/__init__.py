"""`gopherbot dead`: lists and handles dead letters, which need an operator's decision.

They are messages that no actor could process; Dramatiq keeps them in `APP:QUEUE.XQ`. Each operation
is atomic, so that two operators, or an operator and a worker, cannot conflict.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import msgspec
import redis
from rich.console import Console
from rich.table import Table

from gopherbot import decoding, table
from gopherbot.commands import width
from gopherbot.commands.environment import environ, redis_must_answer
from gopherbot.errors import GopherbotError
from gopherbot.logs import MASK, mask_tokens
from gopherbot.queues import messages
from gopherbot.queues.messages import QueuedMessage
from gopherbot.settings import Role, Settings
from gopherbot.slack.events import AnyEnvelope
from gopherbot.status import durations
from gopherbot.storage import keys
from gopherbot.storage.client import connect
from gopherbot.table import QUEUES

_SCRIPT = Path(__file__).with_name("retry_dead.lua").read_text()
_OF_THE_PAST = frozenset({"eta", "retries", "died_of", "takeovers"})
"""The options of a message that it loses with a new start."""
_PRIVATE = frozenset({"token", "email", "phone"})
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w.-]{1,255}\.[A-Za-z]{2,}")
# Only in international form: other digits are more likely an id or a timestamp of Slack's.
_PHONE = re.compile(r"(?<![\w.+])(?:\+|tel:\+?)[0-9][0-9 ()./-]{5,24}[0-9]")
_FIELD = re.compile(r'("(?:token|email|phone)"\s*:\s*")[^"]*')


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. Its unreadable parts are None or empty."""

    queue: str
    key: bytes
    """Its id, as stored in Redis."""
    died: float
    """When it died, in Unix seconds."""
    data: bytes
    message: QueuedMessage | None
    envelope: AnyEnvelope | None

    @property
    def id(self) -> str:
        return self.key.decode("utf-8", "backslashreplace")

    @property
    def what(self) -> str:
        """Return the event's type, or the job's name."""
        if self.message is None:
            return "unreadable"
        if table.event_actor(self.message.actor_name) is None:
            return self.message.actor_name
        return (self.envelope and self.envelope.event.type) or "unreadable event"

    @property
    def sent(self) -> float:
        """Return when its event happened, in Unix seconds; 0 if unknown."""
        return messages.sent_at(self.message) if self.message else 0.0

    @property
    def cause(self) -> str:
        """Return why it died, or "" if nothing says so."""
        if self.message is None:
            return "unreadable"
        return str(self.message.options.get("died_of") or "")

    def is_stale(self) -> bool:
        """Return whether a worker would drop it as stale."""
        limit = table.max_age(self.message.actor_name) if self.message else None
        return limit is not None and time.time() - self.sent > limit

    def shown(self) -> str:
        """Return its content for an operator, with tokens, e-mail addresses and phones masked."""
        try:
            value = msgspec.json.decode(self.data)
            text = msgspec.json.format(msgspec.json.encode(_masked(value)), indent=2).decode()
        except decoding.UNREADABLE:
            text = _FIELD.sub(rf"\1{MASK}", self.data.decode("utf-8", "backslashreplace"))
        return _PHONE.sub(MASK, _EMAIL.sub(MASK, mask_tokens(text)))


class DeadLetters:
    """The dead letters of an app. Redis errors propagate."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app
        self._retry = client.register_script(_SCRIPT)

    def all(self, queue_names: Sequence[str] = QUEUES) -> Iterator[DeadLetter]:
        """Yield the letters queue by queue, newest first."""
        for queue in queue_names:
            ids, bodies = self._keys(queue)
            with self.client.pipeline(transaction=True) as pipe:
                pipe.zrevrange(ids, 0, -1, withscores=True)
                pipe.hgetall(bodies)
                died, held = pipe.execute()
            for key, died_ms in died:
                yield _letter(queue, key, died_ms / 1000, held.get(key, b""))

    def retry(self, letter: DeadLetter) -> bool:
        """Requeue a letter at the end of its queue, as if new; return whether it still existed.

        Raise `ValueError` if no worker could read it.
        """
        if letter.message is None:
            raise ValueError("no worker can read it: it would die again")
        id = uuid4().hex
        options = {k: v for k, v in letter.message.options.items() if k not in _OF_THE_PAST}
        message = msgspec.structs.replace(
            letter.message, queue_name=letter.queue, options=options | {"redis_message_id": id}
        )
        names = [
            *self._keys(letter.queue),
            keys.messages(self.app, letter.queue),
            keys.waiting(self.app, letter.queue),
        ]
        return bool(self._retry(keys=names, args=[letter.key, id, messages.encode(message)]))

    def drop(self, letter: DeadLetter) -> bool:
        """Delete a letter for good; return whether it still existed."""
        ids, bodies = self._keys(letter.queue)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zrem(ids, letter.key)
            pipe.hdel(bodies, letter.key)
            return bool(pipe.execute()[0])

    def _keys(self, queue: str) -> tuple[str, str]:
        return keys.dead_ids(self.app, queue), keys.dead_messages(self.app, queue)


def _letter(queue: str, key: bytes, died: float, data: bytes) -> DeadLetter:
    message = envelope = None
    try:
        message = messages.decode(data)
        if message.args:
            envelope = decoding.decode(message.args[0], AnyEnvelope)
    except decoding.UNREADABLE:
        pass  # Undecodable, which may be why it died: the raw data is shown.
    return DeadLetter(queue, key, died, data, message, envelope)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if key in _PRIVATE and inner else _masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return value


_queue = click.option("--queue", type=click.Choice(QUEUES), help="Only the letters of this queue.")
_all = click.option("--all", "every", is_flag=True, help="All dead letters.")
_id = click.argument("id", required=False)


@click.group("dead")
def command() -> None:
    """List, show, retry or drop events that couldn't be processed. They are kept for seven days."""


@command.command("list")
@_queue
def list_(queue: str | None) -> None:
    """List dead letters, newest first."""
    with _letters() as letters:
        found = list(letters.all(_names(queue)))
    if not found:
        print("There are no dead letters.")
        return
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("id", "queue", "what", "died", "sent", "cause"):
        shown.add_column(heading, no_wrap=heading == "id")
    now = time.time()
    for letter in found:
        sent = durations.ago(max(0.0, now - letter.sent)) if letter.sent else "–"
        died = durations.ago(max(0.0, now - letter.died))
        shown.add_row(letter.id, letter.queue, letter.what, died, sent, letter.cause or "–")
    console = Console(width=width(), highlight=False)
    with console.capture() as printed:
        console.print(shown)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))


@command.command("show")
@click.argument("id")
def show(id: str) -> None:
    """Show one in full, with tokens, e-mail addresses and phone numbers masked.

    A unique prefix of its id is enough."""
    with _letters() as letters:
        letter = _find(letters, id)
    print(letter.shown())


@command.command("retry")
@_id
@_queue
@_all
def retry(id: str | None, queue: str | None, every: bool) -> None:
    """Requeue dead letters once their cause has been fixed."""
    with _letters() as letters:
        chosen = _choose(letters, id, queue, every=every)
        done: list[DeadLetter] = []
        for letter in chosen:
            try:
                if letters.retry(letter):
                    done.append(letter)
            except ValueError as reason:
                print(f"{letter.id} stays: {reason}")
    print(f"{len(done)} requeued.")
    stale = sum(letter.is_stale() for letter in done)
    if stale:
        print(f"{stale} of them too old: a worker will drop these as stale, without an answer.")


@command.command("drop")
@_id
@_queue
@_all
@click.option("--yes", is_flag=True, help="Drop several without asking.")
def drop(id: str | None, queue: str | None, every: bool, yes: bool) -> None:
    """Delete dead letters for good."""
    with _letters() as letters:
        chosen = _choose(letters, id, queue, every=every)
        if id is None and chosen and not yes:
            click.confirm(f"Drop {len(chosen)} dead letters for good?", abort=True)
        print(f"{sum(map(letters.drop, chosen))} dropped.")


@contextmanager
def _letters() -> Iterator[DeadLetters]:
    settings = Settings.read(Role.TOOL, environ())
    client = connect(settings.redis, connections=1, retries=1)
    with redis_must_answer():
        yield DeadLetters(client, settings.identity.app)


def _names(queue: str | None) -> Sequence[str]:
    return (queue,) if queue else QUEUES


def _choose(
    letters: DeadLetters, id: str | None, queue: str | None, *, every: bool
) -> list[DeadLetter]:
    if sum(map(bool, (id, queue, every))) != 1:
        raise click.UsageError("Specify exactly one of ID, --queue or --all.")
    return [_find(letters, id)] if id else list(letters.all(_names(queue)))


def _find(letters: DeadLetters, id: str) -> DeadLetter:
    found = [letter for letter in letters.all() if letter.id.startswith(id)]
    exact = [letter for letter in found if letter.id == id]
    if len(exact or found) == 1:
        return (exact or found)[0]
    what = "Several dead letters begin" if found else "No dead letter begins"
    raise GopherbotError(f"{what} with {id}: see `gopherbot dead list`.")
