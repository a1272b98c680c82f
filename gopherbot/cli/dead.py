"""`gopherbot dead`: lists and handles dead letters, which need an operator's decision."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.table import Table

from gopherbot.actors.table import QUEUES
from gopherbot.cli import width
from gopherbot.errors import GopherbotError
from gopherbot.operations.dead_letters import DeadLetter, DeadLetters
from gopherbot.settings import Role, Settings
from gopherbot.status import durations
from gopherbot.storage.client import REDIS_ERRORS, connect

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
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in ("id", "queue", "what", "died", "sent", "cause"):
        table.add_column(heading, no_wrap=heading == "id")
    now = time.time()
    for letter in found:
        sent = durations.ago(max(0.0, now - letter.sent)) if letter.sent else "–"
        died = durations.ago(max(0.0, now - letter.died))
        table.add_row(letter.id, letter.queue, letter.what, died, sent, letter.cause or "–")
    console = Console(width=width(), highlight=False)
    with console.capture() as printed:
        console.print(table)
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
    """Yield the dead letters. Errors of Redis become one clear message."""
    settings = Settings.read(Role.TOOL)
    client = connect(settings.redis, connections=1, retries=1)
    try:
        yield DeadLetters(client, settings.identity.app)
    except REDIS_ERRORS as error:
        raise GopherbotError(f"Redis does not answer ({error}): run `gopherbot check`.") from None


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
