"""`gopherbot status`: shows the running bot's health, gathered from Redis, and its problems."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

import click
import msgspec
import redis
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gopherbot.commands import width
from gopherbot.commands.environment import environ, redis_must_answer
from gopherbot.errors import GopherbotError
from gopherbot.metrics import counters
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import Platform, Role, Settings
from gopherbot.status import durations
from gopherbot.status.advice import Alert
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import ProcessStatus, SnapshotCollector, StatusSnapshot
from gopherbot.storage.client import connect
from gopherbot.storage.waves import WaveLog
from gopherbot.table import INTERACTION

WATCH_SECONDS = 2.0
_MOST_WAVES = 5
_LOST = "stopped without notice (crashed?)"
_WAYS = {"gateway": "through gateway, queue and worker", "queue": "through queue and worker"}


@click.command("status")
@click.option("--watch", is_flag=True, help="Refresh every two seconds, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(watch: bool, as_json: bool) -> None:
    """Show queues, processes, the last hour and the probe. Status 1 if the bot doesn't work."""
    if watch and as_json:
        raise click.UsageError("--watch is for people and --json for programs: choose one.")
    settings = Settings.read(Role.TOOL, environ())
    client = connect(settings.redis, connections=1, retries=1)
    collector = _Collector(settings, client)
    if watch:
        _watch(collector)
        return
    snapshot = collector.collect()
    alerts = find_alerts(snapshot, Platform.detect())
    if as_json:
        print(msgspec.json.encode({"snapshot": snapshot, "alerts": alerts}).decode())
    else:
        _console().print(view(snapshot, alerts))
    sys.exit(any(alert.critical for alert in alerts))


class _Collector:
    """Collects what `status` shows."""

    def __init__(self, settings: Settings, client: redis.Redis) -> None:
        app, jobs = settings.identity.app, scheduled_jobs(settings.content)
        self._state = SnapshotCollector(client, app, jobs, shadow=settings.shadow)
        self._waves = WaveLog(client, app)

    def collect(self) -> StatusSnapshot:
        """Return a snapshot. Raise `GopherbotError`."""
        with redis_must_answer():
            snapshot = self._state.collect()
            snapshot.waves = self._waves.recent()
        return snapshot


def _console() -> Console:
    return Console(file=sys.stdout, width=width(), highlight=False)


def _watch(collector: _Collector) -> None:
    console = _console()
    # Output to a file is one snapshot after the other.
    live = Live(console=console, screen=True, auto_refresh=False) if console.is_terminal else None
    # A KeyboardInterrupt raised in a callback or a `__del__` would be swallowed. To set an Event
    # just as the main thread begins to wait for it would hang.
    stops: SimpleQueue[int] = SimpleQueue()
    signal.signal(signal.SIGINT, lambda number, _: stops.put(number))
    with live or nullcontext():
        while True:
            picture = _picture(collector)
            if live:
                live.update(picture, refresh=True)
            else:
                console.print(picture)
            with suppress(Empty):
                stops.get(timeout=WATCH_SECONDS)
                return


def _picture(collector: _Collector) -> RenderableType:
    """Return the current view; an unreachable Redis is shown as an error, and watched for."""
    try:
        snapshot = collector.collect()
    except GopherbotError as error:
        return Text(str(error), style="red")
    return view(snapshot, find_alerts(snapshot, Platform.detect()))


def view(snapshot: StatusSnapshot, alerts: list[Alert]) -> RenderableType:
    """Return the snapshot laid out for a terminal."""
    at = datetime.fromtimestamp(snapshot.at, UTC)
    return Group(
        Text(
            f"{snapshot.app}, {at:%Y-%m-%d %H:%M:%S} UTC"
            f"{', shadow mode' if snapshot.shadow else ''}",
            style="bold",
        ),
        "",
        _queues(snapshot),
        "",
        _processes(snapshot.processes),
        "",
        *_hour(snapshot),
        _deliveries(snapshot),
        *_refusals(snapshot),
        "",
        _jobs(snapshot),
        "",
        _probe(snapshot),
        Text(_channels(snapshot)),
        Text(_memory(snapshot)),
        *_waves(snapshot),
        "",
        *_verdict(alerts),
    )


def _table(*headings: str, last: str = "") -> Table:
    """Return a borderless table. Only the `last` column shrinks in a narrow terminal."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if number and heading[-1] == " " else "left",
            no_wrap=bool(last),
        )
    if last:
        table.add_column(last, style="dim")
    return table


def _queues(snapshot: StatusSnapshot) -> Table:
    table = _table("queue", "waiting ", "delayed ", "in flight ", "oldest ", "dead ")
    for queue in snapshot.queues:
        if queue.name == INTERACTION and not snapshot.total.get(
            f"{counters.RECEIVED}:{queue.name}"
        ):
            continue  # nobody has used a shortcut
        oldest = "–" if queue.oldest is None else durations.words(queue.oldest)
        numbers = (queue.waiting, queue.delayed, queue.in_flight, oldest, queue.dead)
        table.add_row(queue.name, *map(str, numbers))
    return table


def _processes(processes: list[ProcessStatus]) -> Table:
    table = _table("process", "dyno", "commit", "up", "last seen")
    for process in processes:
        heard = durations.ago(process.silent)
        table.add_row(
            process.kind,
            process.dyno,
            process.commit[:8] or "–",
            durations.words(process.up),
            heard if process.alive else Text(f"{heard}: {_LOST}", style="yellow"),
        )
    if not processes:
        table.add_row("none", "", "", "", "")
    return table


def _hour(snapshot: StatusSnapshot) -> list[Text]:
    count = snapshot.last_hour
    return [
        Text("in the last hour", style="dim"),
        Text(
            f"events: {count(counters.RECEIVED)} received, "
            f"{count(counters.ANSWERED)} answered with "
            f"{count(counters.EFFECTS)} replies and emoji, "
            f"{count(counters.STALE)} dropped as stale, {count(counters.FAILED)} failed"
        ),
        Text(
            f"also: {count(counters.ANNOUNCED)} announced, {count(counters.RETRIED)} retried, "
            f"{count(counters.DEAD)} dead-lettered, "
            f"{count(counters.REFUSED)} not enqueued, "
            f"{count(counters.IGNORED)} ignored (unhandled event types)"
        ),
    ]


def _deliveries(snapshot: StatusSnapshot) -> Text:
    """Return what Slack delivered, against what it bears."""
    by_type, repeats = snapshot.deliveries(), snapshot.retries()
    most = max(by_type, key=lambda type: by_type[type], default="")
    mostly = f", most of them {most}" if most else ""
    why = ", ".join(f"{reason} {number}" for reason, number in repeats.items())
    return Text(
        f"deliveries: {sum(by_type.values())} of at most {counters.MOST_DELIVERIES}{mostly}; "
        f"{snapshot.failed_share:.0%} failed{f' ({why})' if why else ''}"
    )


def _refusals(snapshot: StatusSnapshot) -> list[Text]:
    """Return what the gateways and Slack refused, and when Slack was last heard."""
    heard = "not in the last month" if snapshot.heard is None else durations.ago(snapshot.heard)
    heard += " by members"
    trip = snapshot.round_trip
    if trip:
        heard += f", {'never' if trip.came is None else durations.ago(trip.came)} by the round trip"
    by_reason = ", ".join(f"{reason} {number}" for reason, number in snapshot.refusals().items())
    by_error = ", ".join(f"{error} {number}" for error, number in snapshot.rejections().items())
    return [
        Text(f"Slack last heard: {heard}"),
        Text(f"calls rejected by Slack: {by_error or 'none'}"),
        Text(f"refused requests: {by_reason or 'none'}"),
    ]


def _jobs(snapshot: StatusSnapshot) -> Table:
    table = _table("job", "every", "last success", last="last announced")
    for job in snapshot.jobs:
        last = "–" if job.succeeded is None else durations.ago(job.succeeded)
        said = job.announced
        ago = durations.ago(max(0.0, snapshot.at - said.at)) if said else ""
        words = Text(f"{ago}: {said.text}" if said else "", no_wrap=True, overflow="ellipsis")
        table.add_row(job.name, durations.words(job.every), last, words)
    return table


def _probe(snapshot: StatusSnapshot) -> Text:
    probe = snapshot.probe
    if probe is None:
        return Text("probe: none in the last day")
    way = _WAYS.get(probe.way, probe.way)
    hint = "" if probe.way == "gateway" else "; set GOPHER_GATEWAY_URL to include the gateway"
    return Text(f"probe: {durations.ago(probe.age)}, in {durations.words(probe.took)} {way}{hint}")


def _channels(snapshot: StatusSnapshot) -> str:
    if snapshot.channels_age is None:
        return f"channel cache: {snapshot.channels} channels"
    return (
        f"channel cache: {snapshot.channels} channels, read {durations.ago(snapshot.channels_age)}"
    )


def _waves(snapshot: StatusSnapshot) -> Iterator[Text]:
    """Yield the last waves, and what the moderators were told of them."""
    if snapshot.waves:
        yield Text(f"waves of the same message: {len(snapshot.waves)} in the last 7 days")
    for wave in snapshot.waves[: -_MOST_WAVES - 1 : -1]:
        told = "the moderators were told" if wave.card else "would have told the moderators"
        channel, ts = wave.places[0]
        yield Text(
            f"  {durations.ago(max(0.0, snapshot.at - wave.at))}: {len(wave.places)} messages in "
            f"{wave.channels} channels: {told}; the first is {channel} {ts}"
        )


def _memory(snapshot: StatusSnapshot) -> str:
    used, limit = (f"{n / 1024**2:.1f} MiB" for n in (snapshot.memory.used, snapshot.memory.limit))
    return f"redis: {used} used, " + (f"of {limit}" if snapshot.memory.limit else "no limit set")


def _verdict(alerts: list[Alert]) -> list[Text]:
    if not alerts:
        return [Text("✓ all is well", style="green")]
    return [
        Text(f"{'✗' if alert.critical else '!'} {alert.text}", style=_STYLES[alert.critical])
        for alert in alerts
    ]


_STYLES = {True: "red", False: "yellow"}
