"""Announces the new items of a feed, each once, oldest first.

An item is identified by the publisher's id, and also by its link and title together, because a
publisher that migrates its site may change the ids and dates of old items. If no id in the feed is
known, an item is also identified by its title alone. Handled items are remembered for 31 days after
they were last in the feed, so a feed that is edited, reordered, redated, filtered otherwise, or
emptied and refilled causes no repeats. An item that is older than a week when it is first seen is
skipped. After an outage, each run announces a few of the oldest items.
"""

from __future__ import annotations

import hashlib
import html
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from string import ascii_letters

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer
from gopherbot.errors import RetryLater, ServiceError
from gopherbot.model import Reply
from gopherbot.queues.worker.verdict import asked_delay
from gopherbot.rulebook.watchers import Watcher
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedUnavailable, Fetched, Validators
from gopherbot.services.feeds.items import Item
from gopherbot.slack.errors import SlackError
from gopherbot.slack.markup import escape
from gopherbot.storage.watcher_state import FeedState, SeenItems
from gopherbot.table import DAY, HOUR
from gopherbot.table.watches import FeedWatch

NEWS_SECONDS = 7 * DAY
"""An item older than this when it is first seen is not announced."""
LONGEST_PAUSE = DAY
"""The limit for the interval that a publisher asks for, in seconds."""

_NO_LINK = re.compile(r"<(?:\|([^<>]*))?>")
"""What becomes of `<{link}|{title}>` and `<{link}>` if an item has no link."""
_MOST_NOTES = 300
_SEARCHED_NOTES = 4000
"""Characters after the element's id in which its paragraph ends."""
_HEADING = re.compile(r"^\S+ \(released [^()]{1,40}\)\s*")
_MORE = re.compile(r"\s*(?:See|Read) the .*$")

log = logs.get_logger(__name__)


def run(context: WorkerContext, watcher: Watcher[FeedWatch]) -> None:
    """Announce the items of the feed that have not been announced."""
    announcer = Announcer.find(context, watcher)
    state = context.feed_states.load(watcher.name, watcher.watch.url)
    if time.time() < state.not_before:
        log.info("not due yet: the publisher asked for a longer interval")
    else:
        try:
            state = _read(context, watcher, announcer, state)
        except (RetryLater, SlackError) as again:
            # Don't fetch the feed every second while Slack is unavailable.
            raise RetryLater(str(again), delay=max(asked_delay(again) or 0.0, 60.0)) from None
        context.feed_states.save(watcher.name, state)
    if state.failing:
        context.counts.failed(watcher.name)


def _read(
    context: WorkerContext, watcher: Watcher[FeedWatch], announcer: Announcer, state: FeedState
) -> FeedState:
    """Read the feed and announce new items. Return the feed's new state."""
    if state.unreadable and time.time() - state.tried_at > HOUR:
        state = msgspec.structs.replace(state, etag="", last_modified="", digest="")
    known = Validators(state.etag, state.last_modified)
    try:
        fetched = context.feed_fetcher.fetch(watcher.watch.url, known)
    except FeedUnavailable as error:
        log.warning("cannot read what a watcher reads", error=str(error))
        return msgspec.structs.replace(state, failing=True, not_before=_later(error.retry_after))
    digest = hashlib.sha256(fetched.document or b"").hexdigest()
    if fetched.document is None or digest == state.digest:
        # A server that does not support conditional requests sends the whole document each time.
        return _unchanged(state)
    try:
        document = reader.read(fetched.document, url=fetched.url, content_type=fetched.content_type)
    except ServiceError as error:
        log.warning("cannot read what a watcher reads", error=str(error))
        now = time.time()
        return _found(state, fetched, digest, unreadable=True, failing=True, tried_at=now)
    if not _announce(context, watcher, announcer, document.items, state):
        # Keep the old validators, so that the next run gets the document again with the items left.
        return msgspec.structs.replace(state, failing=False)
    now = time.time()
    dates = (each.published for each in document.items if each.published and each.published <= now)
    return _found(
        state,
        fetched,
        digest,
        ttl=document.ttl if document.ttl and document.ttl > watcher.every else 0.0,
        read_at=now,
        newest=max(dates, default=state.newest),
    )


def _unchanged(state: FeedState) -> FeedState:
    read_at = state.read_at if state.unreadable else time.time()
    return msgspec.structs.replace(
        state, read_at=read_at, not_before=_later(state.ttl), failing=state.unreadable
    )


def _found(state: FeedState, fetched: Fetched, digest: str, **more: float) -> FeedState:
    """Return the state with this document. `more` has the fields that are not at their defaults."""
    kept = FeedState(
        url=state.url,
        etag=fetched.validators.etag,
        last_modified=fetched.validators.last_modified,
        digest=digest,
        not_before=_later(more.get("ttl")),
        read_at=state.read_at,
        newest=state.newest,
    )
    return msgspec.structs.replace(kept, **more)


def _announce(
    context: WorkerContext,
    watcher: Watcher[FeedWatch],
    announcer: Announcer,
    items: Sequence[Item],
    state: FeedState,
) -> bool:
    """Announce new items. Return whether none are left for the next run."""
    watch = watcher.watch
    by_key = {item.key: item for item in oldest_first(items)}
    pages = _pages(by_key)
    headlines = {key: item.headline for key, item in by_key.items() if item.title}
    wanted = [key for key, item in by_key.items() if watch.wants(item.title) and _is_news(item)]
    if announcer.first_run:
        due = announcer.new(wanted)
    else:
        new = _new(announcer.seen, by_key, pages, headlines, state)
        # Of another address, as on a first run, only the newest item is news.
        due = [key for key in (wanted if state.read_at else wanted[-1:]) if key in new]
    # What the table filters out is handled too: when the filter changes, it is not news.
    settled = by_key.keys() - set(due)
    names = [each[key] for each in (pages, headlines) for key in settled if key in each]
    announcer.seen.remember(*settled, *names)
    if len(due) > watch.most:
        log.info("left for the next run", items=len(due) - watch.most)
    for key in due:
        if len(announcer.dealt_with) == watch.most:
            break
        names = [each[key] for each in (pages, headlines) if key in each]
        item = by_key[key]
        notes = _notes(context, watch, item)
        if watch.notes and not notes and _is_young(item):
            log.info("left until its notes are there", item=key)
            break
        if not announcer.announce(key, _wording(announcer, watch, item, notes), *names):
            break
    return len(announcer.dealt_with) == len(due)


def _pages(by_key: dict[str, Item]) -> dict[str, str]:
    """Return each item's name by link and title, if it is unique in the feed."""
    times = Counter(item.page for item in by_key.values())
    return {key: item.page for key, item in by_key.items() if item.link and times[item.page] == 1}


def _new(
    seen: SeenItems,
    by_key: dict[str, Item],
    pages: dict[str, str],
    headlines: dict[str, str],
    state: FeedState,
) -> list[str]:
    """Return the keys of the items that have not been handled, oldest first."""
    unknown = seen.unseen(by_key)
    new = _unseen(seen, unknown, pages)
    if len(unknown) < len(by_key):
        return new
    # No id is known. Either all items are new, or the publisher has changed all ids.
    new = _unseen(seen, new, headlines)
    if not any(by_key[key].published for key in new):
        return new[-1:]
    # No item before had a date.
    since = state.newest or state.read_at - HOUR
    return [key for key in new if (by_key[key].published or 0.0) >= since]


def _unseen(seen: SeenItems, keys: list[str], names: dict[str, str]) -> list[str]:
    """Return the keys of the items that have not been handled under their other name either."""
    unseen = set(seen.unseen(names[key] for key in keys if key in names))
    return [key for key in keys if key not in names or names[key] in unseen]


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


def _is_young(item: Item) -> bool:
    return item.published is not None and time.time() - item.published < HOUR


def _notes(context: WorkerContext, watch: FeedWatch, item: Item) -> str:
    """Return what the table's page says about an item; "" while it says nothing."""
    if not watch.notes:
        return ""
    try:
        page = context.feed_fetcher.fetch(watch.notes)
    except FeedUnavailable as error:
        log.warning("cannot read notes", error=str(error))
        return ""
    return notes_about(page.document or b"", item.title)


def _wording(announcer: Announcer, watch: FeedWatch, item: Item, notes: str) -> Reply:
    """Return the announcement. All texts of an item are untrusted."""
    moment = item.published and datetime.fromtimestamp(item.published, UTC)
    text = announcer.render(
        watch.text,
        title=escape(item.title or item.link),
        version=escape(item.title.lstrip(ascii_letters).strip()),
        notes=escape(notes),
        link=escape(item.link),
        author=escape(item.author),
        date=f"{moment.day} {moment:%B %Y}" if moment else "",
    )
    if not item.link:
        text = _NO_LINK.sub(r"\1", text)
    lines = (line.rstrip() for line in text.splitlines())
    return Reply("\n".join(lines).strip(), unfurl=watch.unfurl)


def notes_about(document: bytes, id: str) -> str:
    """Return the paragraph in a page's element with this id, or after it; "" if there is none.

    Of its markup, only code is left, between backticks. What repeats the id, and where to read
    more, is left out.
    """
    text = document.decode("utf-8", "replace")
    found = re.search(rf"""\sid=["']?{re.escape(id)}["'\s>]""", text)
    if not found:
        return ""
    paragraph, ends, _ = text[found.start() : found.start() + _SEARCHED_NOTES].partition("</p>")
    inside = paragraph.partition(">")[2]
    plain = html.unescape(re.sub(r"<[^<>]{0,500}>", "", re.sub(r"</?code>", "`", inside)))
    said = _MORE.sub("", _HEADING.sub("", " ".join(plain.split()))) if ends else ""
    cut = said if len(said) <= _MOST_NOTES else said[: _MOST_NOTES - 1].rpartition(" ")[0] + " …"
    return cut[:1].upper() + cut[1:]
