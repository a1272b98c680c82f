"""Which event goes to which actor, by the table of actors."""

from __future__ import annotations

from collections import defaultdict

from gopherbot.actors.table import EVENT_ACTORS, EventActor

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
