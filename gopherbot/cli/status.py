"""`gopherbot status`: how the running bot is, gathered from Redis, and what is wrong with it."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gopherbot.errors import GopherbotError
from gopherbot.metrics import counters
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import Platform, Role, Settings
from gopherbot.status import durations
from gopherbot.status.alerts import Trouble, troubles
from gopherbot.status.snapshot import Figures, Gatherer, ProcessFigures
from gopherbot.storage.client import REDIS_ERRORS, connect

WATCH_SECONDS = 2.0
_LOST = "stopped without notice (crashed?)"
_WAYS = {"gateway": "through gateway, queue and worker", "queue": "through queue and worker"}


@click.command("status")
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(watch: bool, as_json: bool) -> None:
    """Show queues, processes, the last hour and the probe. Status 1 if the bot does not work."""
    settings = Settings.read(Role.TOOL)
    client = connect(settings.redis, connections=1, retries=1)
    gatherer = Gatherer(
        client, settings.identity.app, scheduled_jobs(settings.content), shadow=settings.shadow
    )
    if watch:
        _watch(gatherer)
        return
    figures = _gather(gatherer)
    wrong = troubles(figures, Platform.detect())
    if as_json:
        print(msgspec.json.encode({"figures": figures, "troubles": wrong}).decode())
    else:
        Console(file=sys.stdout, highlight=False).print(view(figures, wrong))
    sys.exit(any(trouble.serious for trouble in wrong))


def _gather(gatherer: Gatherer) -> Figures:
    try:
        return gatherer.gather()
    except REDIS_ERRORS as error:
        raise GopherbotError(
            f"Redis does not answer ({error}): `gopherbot check` says more."
        ) from None


def _watch(gatherer: Gatherer) -> None:
    console = Console(file=sys.stdout, highlight=False)
    # Where it goes into a file, one picture follows the other.
    live = Live(console=console, screen=True, auto_refresh=False) if console.is_terminal else None
    with live or nullcontext(), suppress(KeyboardInterrupt):
        while True:
            picture = _picture(gatherer)
            if live:
                live.update(picture, refresh=True)
            else:
                console.print(picture)
            time.sleep(WATCH_SECONDS)


def _picture(gatherer: Gatherer) -> RenderableType:
    """Give what there is to see now; a Redis that is away is watched for, too."""
    try:
        figures = _gather(gatherer)
    except GopherbotError as error:
        return Text(str(error), style="red")
    return view(figures, troubles(figures, Platform.detect()))


def view(figures: Figures, wrong: list[Trouble]) -> RenderableType:
    """Lay the figures out for a terminal."""
    at = datetime.fromtimestamp(figures.at, UTC)
    return Group(
        Text(f"{figures.app}, {at:%Y-%m-%d %H:%M:%S} UTC", style="bold"),
        "",
        _queues(figures),
        "",
        _processes(figures.processes),
        "",
        *_hour(figures),
        *_refusals(figures),
        "",
        _jobs(figures),
        "",
        _probe(figures),
        Text(_channels(figures)),
        "",
        *_verdict(wrong),
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number and heading[-1] == " " else "left")
    return table


def _queues(figures: Figures) -> Table:
    table = _table("queue", "waiting ", "delayed ", "held ", "oldest ", "dead ")
    table.columns[0].min_width = max(len(queue.name) for queue in figures.queues)
    table.add_column("events", no_wrap=True, overflow="ellipsis", style="dim")
    for queue in figures.queues:
        oldest = "–" if queue.oldest is None else durations.words(queue.oldest)
        numbers = (queue.waiting, queue.delayed, queue.held, oldest, queue.dead)
        table.add_row(queue.name, *map(str, numbers), ", ".join(queue.events))
    return table


def _processes(processes: list[ProcessFigures]) -> Table:
    table = _table("process", "dyno", "commit", "up", "last seen")
    for process in processes:
        heard = durations.ago(process.silent)
        table.add_row(
            process.kind,
            process.dyno,
            process.commit[:8] or "–",
            durations.words(process.up),
            heard
            if process.alive
            else Text(f"{heard}: stopped without notice (crashed?)", style="yellow"),
        )
    if not processes:
        table.add_row("none", "", "", "", "")
    return table


def _hour(figures: Figures) -> list[Text]:
    count = figures.in_the_hour
    return [
        Text("in the last hour", style="dim"),
        Text(
            f"events: {count(counters.RECEIVED)} received, "
            f"{count(counters.ANSWERED)} answered with "
            f"{count(counters.EFFECTS)} replies and emoji, "
            f"{count(counters.STALE)} dropped as stale, {count(counters.FAILED)} failed"
        ),
        Text(
            f"also: {count(counters.RETRIED)} retried, {count(counters.DEAD)} dead-lettered, "
            f"{count(counters.REFUSED)} refused while Redis was away, "
            f"{count(counters.IGNORED)} ignored (unhandled event types)"
        ),
    ]


def _refusals(figures: Figures) -> list[Text]:
    """Name what the gateways refused, and when Slack was last heard."""
    heard = "not in the last month" if figures.heard is None else durations.ago(figures.heard)
    heard += " by members"
    trip = figures.round_trip
    if trip:
        heard += f", {'never' if trip.came is None else durations.ago(trip.came)} by the round trip"
    by_reason = ", ".join(f"{reason} {number}" for reason, number in figures.refusals().items())
    by_error = ", ".join(f"{error} {number}" for error, number in figures.rejections().items())
    return [
        Text(f"Slack last heard: {heard}"),
        Text(f"calls rejected by Slack: {by_error or 'none'}"),
        Text(f"refused requests: {by_reason or 'none'}"),
    ]


def _jobs(figures: Figures) -> Table:
    table = _table("job", "every", "last success")
    table.add_column("last announced", no_wrap=True, overflow="ellipsis", style="dim")
    for job in figures.jobs:
        last = "–" if job.succeeded is None else durations.ago(job.succeeded)
        said = job.announced
        ago = durations.ago(max(0.0, figures.at - said.at)) if said else ""
        table.add_row(
            job.name, durations.words(job.every), last, f"{ago}: {said.text}" if said else ""
        )
    return table


def _probe(figures: Figures) -> Text:
    probe = figures.probe
    if probe is None:
        return Text("probe: none in the last day")
    way = _WAYS.get(probe.way, probe.way)
    hint = "" if probe.way == "gateway" else "; set GOPHER_GATEWAY_URL to send it all the way"
    return Text(f"probe: {durations.ago(probe.age)}, in {durations.words(probe.took)} {way}{hint}")


def _channels(figures: Figures) -> str:
    if figures.channels_age is None:
        return f"channel cache: {figures.channels} channels"
    return f"channel cache: {figures.channels} channels, read {durations.ago(figures.channels_age)}"


def _verdict(wrong: list[Trouble]) -> list[Text]:
    if not wrong:
        return [Text("✓ all is well", style="green")]
    return [
        Text(f"{'✗' if trouble.serious else '!'} {trouble.text}", style=_STYLES[trouble.serious])
        for trouble in wrong
    ]


_STYLES = {True: "red", False: "yellow"}
