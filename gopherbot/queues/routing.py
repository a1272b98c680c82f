"""Routes events to actors and dates them, by the table of actors."""

from __future__ import annotations

from collections import defaultdict

from gopherbot.slack import events
from gopherbot.table import EVENT_ACTORS, EventActor

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # Rows without subtypes or channel types are fallbacks, so they sort last.
    _ROWS[_row.type].sort(key=lambda row: (not row.subtypes, not row.channel_types))


def route(event_type: str, channel_type: object, subtype: object = None) -> EventActor | None:
    """Return the actor for an event, or None if no actor handles it."""
    for row in _ROWS.get(event_type, ()):
        if _has(row.subtypes, subtype) and _has(row.channel_types, channel_type):
            return row
    return None


def _has(wanted: frozenset[str], given: object) -> bool:
    return not wanted or (isinstance(given, str) and given in wanted)


def sent_at(row: EventActor, event_time: int, ts: object) -> float:
    """Return when an event happened, by the timestamp that its actor uses, in Unix seconds.

    Return 0 if it is unknown; such an event is too old for any actor.
    """
    if row.clock == "ts":
        return events.seconds(ts) or 0.0
    try:
        return float(event_time)
    except OverflowError:  # hundreds of digits
        return 0.0
