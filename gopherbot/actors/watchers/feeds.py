"""Announces the new items of a feed, each once, oldest first.

An item is identified by the publisher's id, and also by its link and title together, because a
publisher that migrates its site may change the ids and dates of old items. Handled items are
remembered for 31 days after they were last in the feed, so a feed that is edited, reordered,
redated, or emptied and refilled causes no repeats. An item that is older than a week when it is
first seen is skipped. After an outage, each run announces a few of the oldest items.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.table import DAY, HOUR
from gopherbot.actors.watch_tables import FeedWatch
from gopherbot.actors.watchers.announcer import Announcer
from gopherbot.errors import RetryLater, ServiceError
from gopherbot.model import Ask, Message, Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedUnavailable, Fetched, Validators
from gopherbot.services.feeds.items import Item
from gopherbot.slack.markup import escape
from gopherbot.storage.feed_state import FeedState

NEWS_SECONDS = 7 * DAY
"""An item older than this when it is first seen is not announced."""
LONGEST_PAUSE = DAY
"""The limit for the interval that a publisher asks for, in seconds."""

log = logs.get_logger(__name__)


def run(context: WorkerContext, watcher: Watcher[FeedWatch]) -> None:
    """Announce the items of the feed that have not been announced."""
    announcer = Announcer.find(context, watcher)
    if not announcer:
        return
    state = context.feed_states.load(watcher.name, watcher.watch.url)
    if time.time() < state.not_before:
        log.info("not due yet: the publisher asked for a longer interval")
    else:
        try:
            state = _read(context, watcher, announcer, state)
        except RetryLater as again:
            # Don't fetch the feed every second while Slack is unavailable.
            raise RetryLater(str(again), delay=max(again.delay or 0.0, 60.0)) from None
        context.feed_states.save(watcher.name, state)
    if state.failing:
        context.counts.failed(watcher.name)


def _read(
    context: WorkerContext, watcher: Watcher[FeedWatch], announcer: Announcer, state: FeedState
) -> FeedState:
    """Read the feed and announce new items. Return the feed's new state."""
    known = Validators(state.etag, state.last_modified)
    try:
        fetched = context.feed_fetcher.fetch(watcher.watch.url, known)
    except FeedUnavailable as error:
        log.warning("cannot read feed", error=str(error))
        return msgspec.structs.replace(state, failing=True, not_before=_later(error.retry_after))
    digest = hashlib.sha256(fetched.document or b"").hexdigest()
    if fetched.document is None or digest == state.digest:
        # A server that does not support conditional requests sends the whole document each time.
        return _unchanged(state)
    try:
        document = reader.read(fetched.document, url=fetched.url, content_type=fetched.content_type)
    except ServiceError as error:
        log.warning("cannot read feed", error=str(error))
        return _found(state, fetched, digest, unreadable=True)
    ttl = document.ttl if document.ttl and document.ttl > watcher.every else 0.0
    if _announce(context, watcher, announcer, document.items, state.read_at):
        return _found(state, fetched, digest, ttl=ttl)
    # Keep the old validators, so that the next run gets the document again with the items left.
    return msgspec.structs.replace(state, read_at=time.time(), not_before=0.0, failing=False)


def _unchanged(state: FeedState) -> FeedState:
    read_at = state.read_at if state.unreadable else time.time()
    return msgspec.structs.replace(
        state, read_at=read_at, not_before=_later(state.ttl), failing=state.unreadable
    )


def _found(
    state: FeedState,
    fetched: Fetched,
    digest: str,
    *,
    unreadable: bool = False,
    ttl: float = 0.0,
) -> FeedState:
    return FeedState(
        url=state.url,
        etag=fetched.validators.etag,
        last_modified=fetched.validators.last_modified,
        digest=digest,
        unreadable=unreadable,
        failing=unreadable,
        ttl=ttl,
        not_before=_later(ttl),
        read_at=state.read_at if unreadable else time.time(),
    )


def _announce(
    context: WorkerContext,
    watcher: Watcher[FeedWatch],
    announcer: Announcer,
    items: Sequence[Item],
    read_at: float,
) -> bool:
    """Announce new items. Return whether none are left for the next run."""
    watch = watcher.watch
    by_key = {item.key: item for item in oldest_first(items) if watch.wants(item.title)}
    pages = _pages(by_key)
    due = [key for key in _new(announcer, by_key, pages, read_at) if _is_news(by_key[key])]
    settled = by_key.keys() - set(due)
    announcer.seen.remember(*settled, *(pages[key] for key in settled if key in pages))
    if len(due) > watch.most:
        log.info("left for the next run", items=len(due) - watch.most)
    for key in due[: watch.most]:
        names = [pages[key]] if key in pages else []
        if not announcer.announce(key, _wording(context, announcer, watch, by_key[key]), *names):
            return False
    return len(due) <= watch.most


def _pages(by_key: dict[str, Item]) -> dict[str, str]:
    """Return each item's name by link and title, if it is unique in the feed."""
    times = Counter(item.page for item in by_key.values())
    return {key: item.page for key, item in by_key.items() if item.link and times[item.page] == 1}


def _new(
    announcer: Announcer, by_key: dict[str, Item], pages: dict[str, str], read_at: float
) -> list[str]:
    """Return the keys of the items that have not been handled, oldest first."""
    new = announcer.new(list(by_key))
    if announcer.first_run:
        return new
    unseen = set(announcer.seen.unseen(pages[key] for key in new if key in pages))
    new = [key for key in new if key not in pages or pages[key] in unseen]
    if len(new) < len(by_key):
        return new
    # No item is known. Either all of them are new, or the publisher has changed all ids and links.
    since = [key for key in new if (by_key[key].published or 0.0) > read_at - HOUR]
    return since or new[-1:]


def oldest_first(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the items by date. If one has none, yield them in the reverse order of the feed."""
    backwards = list(reversed(items))
    if all(item.published is not None for item in items):
        backwards.sort(key=lambda item: item.published or 0.0)
    return iter(backwards)


def _is_news(item: Item) -> bool:
    return item.published is None or time.time() - item.published < NEWS_SECONDS


def _later(seconds: float | None) -> float:
    return time.time() + min(seconds, LONGEST_PAUSE) if seconds else 0.0


def _wording(context: WorkerContext, announcer: Announcer, watch: FeedWatch, item: Item) -> Reply:
    """Return the announcement. All texts of an item are untrusted."""
    nobody = Message(event_id="", channel=announcer.channel, user="", ts="", text="")
    moment = item.published and datetime.fromtimestamp(item.published, UTC)
    text = context.content.template(watch.text).render(
        Ask(nobody, channels=context.channels),
        title=escape(item.title or item.link),
        link=escape(item.link),
        author=escape(item.author),
        date=f"{moment.day} {moment:%B %Y}" if moment else "",
    )
    lines = (line.rstrip() for line in text.splitlines())
    return Reply("\n".join(lines).strip(), unfurl=watch.unfurl)
