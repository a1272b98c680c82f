"""Announces that a changelog.com show is on air. Checks every minute, announces at most once a day.

There is a single item, "the show is on air", for all episodes. The service may change an episode's
time after its announcement, and that must not cause a second one.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer, in_utc
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.table.watches import LiveWatch

AHEAD = timedelta(minutes=5)
"""An episode that starts this soon counts as on air, because the hosts are already talking."""
AGO = timedelta(minutes=30)
"""An episode that started earlier is not announced, because listeners have missed too much."""
PAUSE_SECONDS = 24 * 60 * 60

ON_AIR = "on_air"


class Live(msgspec.Struct):
    """The response of `/live/status`: whether any show is on air."""

    streaming: bool = False


class Countdown(msgspec.Struct):
    """The response of `/slack/countdown/SHOW`: when the next or current episode starts."""

    data: datetime | None = None


def run(context: WorkerContext, watcher: Watcher[LiveWatch]) -> None:
    """Announce the show if it is on air and was not announced in the last day."""
    watch = watcher.watch
    announced = context.seen_items(watcher.name).seen_at(ON_AIR)
    if announced is not None and time.time() - announced < PAUSE_SECONDS:
        return
    if not is_on_air(context, watch.show):
        return
    announcer = Announcer.find(context, watcher)
    if announcer.was_posted_recently(ON_AIR):
        announcer.seen.remember(ON_AIR)
    else:
        announcer.announce(ON_AIR, Reply(announcer.render(watch.text)))


def is_on_air(context: WorkerContext, show: str) -> bool:
    """Return whether a stream is live and it is the show's time. Raise `ServiceError`."""
    base = context.settings.services.changelog
    if not context.fetcher.get_json(f"{base}/live/status", Live).streaming:
        return False
    starts = context.fetcher.get_json(f"{base}/slack/countdown/{show}", Countdown).data
    return starts is not None and -AGO <= in_utc(starts) - datetime.now(UTC) <= AHEAD
