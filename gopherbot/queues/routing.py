"""Which event goes to which actor, and how old it is, by the table of actors."""

from __future__ import annotations

from collections import defaultdict

from gopherbot.actors.table import EVENT_ACTORS, EventActor
from gopherbot.slack import events

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # A row without subtypes or channel types takes what the others leave, wherever it stands.
    _ROWS[_row.type].sort(key=lambda row: (not row.subtypes, not row.channel_types))


def route(event_type: str, channel_type: object, subtype: object = None) -> EventActor | None:
    """Return the actor for an event of this type, or None for one that nobody reads."""
    for row in _ROWS.get(event_type, ()):
        if _has(row.subtypes, subtype) and _has(row.channel_types, channel_type):
            return row
    return None


def _has(wanted: frozenset[str], given: object) -> bool:
    return not wanted or (isinstance(given, str) and given in wanted)


def sent_at(row: EventActor, event_time: int, ts: object) -> float:
    """Return when an event happened by its actor's clock, in Unix seconds.

    0 if it cannot be told: such an event is too old for any actor.
    """
    if row.clock == "ts":
        return events.seconds(ts) or 0.0
    try:
        return float(event_time)
    except OverflowError:  # a number of hundreds of digits is no time
        return 0.0
