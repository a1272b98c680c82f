"""The feed: an ordered log of everything that happened, for tests, the page and the control API.

An entry has a number (`seq`, from 1), a `kind`, wall-clock and monotonic times, and facts by kind:

=================  ================================================================================
kind               facts
=================  ================================================================================
message            channel, channel_name, message (Slack's shape), by_bot, app, event_ids
ephemeral          channel, channel_name, message, user (the only reader), by_bot, app
message_changed    channel, message, event_ids
message_deleted    channel, ts, event_ids
reaction           channel, ts, emoji, user, by_bot, app, event_ids
reaction_removed   channel, ts, emoji, user, by_bot, app, event_ids
team_join          user (Slack's shape), event_ids
channel_join       channel, channel_name, user, event_ids
channel_leave      channel, channel_name, user, by_bot, event_ids
channel_changed    channel, channel_name, what, is_archived, user, event_ids
emoji_changed      emoji, added, event_ids
dm_opened          channel, members
announced          what (as its event is called), events, user, by_bot, app, channel,
                   channel_name, event_ids; bookmarks, if those of a channel changed
app_added          app, bot (id, name), user (Slack's shape), setup
delivery           app, event_id, event_type, attempt, gateway
acknowledged       app, event_id, event_type, attempt, gateway, status, error, reason, seconds,
                   exchange
not_sent           app, event_id, event_type, reason: no app is connected, or lost by a fault
api_call           app, method, arguments, http_status (None: cut), error, fault, began (seconds
                   since 1970), seconds, channel, exchange, hint (what to do if it isn't simulated)
service            service, method, path, http_status, seconds, exchange
event              event (delivered without a workspace change), event_ids
used               app, user, do (command, shortcut, click, submit, close) and the fields of that
                   action in `scenario.py`, before the app hears of it
interaction        app, type, user, channel, http_status, error, seconds, exchange
view               app, action (opened, pushed, updated, published, closed), view_id, user,
                   view
scenario           state (playing, ended, stopped, failed), done, actions (numbers), error
notice             text, which the page shows for a moment
replay             event_id, replayed (the ID of the original event), event_type
trace              as logged by a process of the app; usually event_id and seconds. The last
                   line of an attempt has an outcome: done, retry, stale, gave_up or dead. `did`
                   lists what it did, as `WORD SUBJECT`; the page reports rejected and shadow
=================  ================================================================================

`app` is the ID of the app that it is about or that did it, or null. Its bot did what is `by_bot`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from slack_simulator.feed.exchanges import Exchanges

PATIENCE = 30.0
"""The default timeout of a wait in seconds, generous enough for a busy machine."""

ENTRIES_KEPT = 40_000


class Entry(msgspec.Struct, frozen=True):
    """One entry. `at` is in seconds since 1970, `monotonic` is the monotonic clock's time."""

    seq: int
    kind: str
    at: float
    monotonic: float
    facts: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a fact, or `default` if the entry has none of that name."""
        return self.facts.get(name, default)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as a flat JSON object. Its fields override facts of the same name."""
        own = {"seq": self.seq, "kind": self.kind, "at": self.at, "monotonic": self.monotonic}
        return self.facts | own


class Feed:
    """An ordered log that can be waited on. It keeps the newest `kept` entries."""

    def __init__(self, kept: int = ENTRIES_KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._changed = threading.Condition()
        self._seq = 0
        self._closed = False
        self.started = time.time()
        """When it began, in seconds since 1970: a restarted simulator counts from 1 again."""
        self.exchanges = Exchanges()
        """The raw requests and responses; an entry's `exchange` is a number in here."""

    @property
    def seq(self) -> int:
        """The number of the newest entry; 0 if there is none."""
        return self._seq

    @property
    def oldest(self) -> int:
        """The number of the oldest entry still kept; `seq` + 1 if there is none."""
        with self._changed:
            return self._entries[0].seq if self._entries else self._seq + 1

    @property
    def closed(self) -> bool:
        """Whether the feed is closed: no waiter gets another entry."""
        return self._closed

    def append(self, kind: str, facts: dict[str, Any]) -> Entry:
        """Append an entry and wake all waiters."""
        with self._changed:
            self._seq += 1
            entry = Entry(self._seq, kind, time.time(), time.monotonic(), facts)
            self._entries.append(entry)
            self._changed.notify_all()
            return entry

    def after(self, seq: int = 0, kind: str | None = None) -> list[Entry]:
        """Return the entries (of one kind) after number `seq`, oldest first."""
        with self._changed:
            return [e for e in self._newer(seq) if kind is None or e.kind == kind]

    def wait_after(self, seq: int, timeout: float) -> list[Entry]:
        """Return the entries after number `seq`. Wait up to `timeout` seconds for one."""
        with self._changed:
            self._changed.wait_for(lambda: self._seq > seq or self._closed, timeout)
            return self._newer(seq)

    def wait(
        self, predicate: Callable[[Entry], bool], timeout: float = PATIENCE, *, after: int = 0
    ) -> Entry:
        """Return the first entry after number `after` that satisfies `predicate`.

        Raise `TimeoutError`, with the latest entries, if there is none within `timeout` seconds.
        """
        return self.collect(predicate, 1, timeout, after=after)[0]

    def collect(
        self,
        predicate: Callable[[Entry], bool],
        count: int,
        timeout: float = PATIENCE,
        *,
        after: int = 0,
    ) -> list[Entry]:
        """Return the first `count` entries that satisfy `predicate`. Errors are as in `wait`."""
        deadline = time.monotonic() + timeout
        found: list[Entry] = []
        seen = after
        while True:
            for entry in self.wait_after(seen, max(0.0, deadline - time.monotonic())):
                seen = entry.seq
                if predicate(entry):
                    found.append(entry)
                    if len(found) == count:
                        return found
            if time.monotonic() >= deadline or self._closed:
                raise TimeoutError(self._timeout_message(found, count, timeout))

    def close(self) -> None:
        """Close the feed and wake all waiters."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _newer(self, seq: int) -> list[Entry]:
        # Read backwards, so that the cost doesn't grow with the number of older entries.
        return list(self._backwards(seq))[::-1]

    def _backwards(self, seq: int) -> Iterator[Entry]:
        for entry in reversed(self._entries):
            if entry.seq <= seq:
                return
            yield entry

    def _timeout_message(self, found: list[Entry], count: int, timeout: float) -> str:
        last = [f"{entry.kind} {entry.facts}"[:200] for entry in self.after(self._seq - 10)]
        told = "\n  ".join(["the latest entries:", *last])
        return f"{len(found)} of {count} awaited entries came within {timeout} s; {told}"
