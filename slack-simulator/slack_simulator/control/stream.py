"""The feed over HTTP, by long polling and as server-sent events."""

import contextlib
from collections.abc import Iterator

import msgspec

from slack_simulator.feed.feed import Entry, Feed
from slack_simulator.http.messages import Request, Response, json_response

HEARTBEAT = 15.0
LONGEST_WAIT = 60.0


def poll(feed: Feed, request: Request) -> Response:
    """Return the entries after `after` (of one `kind`), waiting up to `wait` seconds for one.

    This answers GET /sim/feed. With `limit`, return only the `limit` oldest ones.
    """
    query = request.query
    after, wait = int(query.get("after") or 0), float(query.get("wait") or 0)
    kind = query.get("kind") or None
    with contextlib.suppress(TimeoutError):
        feed.wait(lambda entry: kind in {None, entry.kind}, min(wait, LONGEST_WAIT), after=after)
    seq = feed.seq
    limit = int(query["limit"]) if query.get("limit") else None
    entries = [entry.as_dict() for entry in feed.after(after, kind)[:limit]]
    # `entries` may have entries newer than the `seq` read before it.
    seq = max([seq, *(entry["seq"] for entry in entries)])
    return json_response({"ok": True, "seq": seq, "oldest": feed.oldest, "entries": entries})


def events(feed: Feed, request: Request) -> Response:
    """Return the feed as server-sent events.

    This answers GET /sim/stream. The stream starts after the entry in Last-Event-ID, else after
    `after`, else with the next entry. A `gap` event means that entries were lost because they are
    no longer kept.
    """
    given = request.headers.get("last-event-id") or request.query.get("after")
    after = feed.seq if not given else int(given)
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    return Response(headers=headers, stream=_stream(feed, after))


def _stream(feed: Feed, seq: int) -> Iterator[bytes]:
    yield b": the feed\n\n"
    while not feed.closed:
        entries = feed.wait_after(seq, HEARTBEAT)
        if entries:
            gap = b"event: gap\ndata: {}\n\n" if entries[0].seq > seq + 1 else b""
            yield gap + b"".join(map(_event, entries))
            seq = entries[-1].seq
        elif not feed.closed:
            yield b": still here\n\n"


def _event(entry: Entry) -> bytes:
    head = f"id: {entry.seq}\nevent: {entry.kind}\ndata: ".encode()
    return head + msgspec.json.encode(entry.as_dict()) + b"\n\n"
