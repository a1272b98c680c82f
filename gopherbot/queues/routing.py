"""Which event goes to which actor, by the table of actors."""

from __future__ import annotations

from collections import defaultdict

from gopherbot.actors.table import EVENT_ACTORS, EventActor

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # The row without channel types takes what the others leave, wherever it stands.
    _ROWS[_row.type].sort(key=lambda row: not row.channel_types)


def route(event_type: str, channel_type: object) -> EventActor | None:
    """Return the actor for an event of this type, or None for one that nobody reads."""
    for row in _ROWS.get(event_type, ()):
        if not row.channel_types or (
            isinstance(channel_type, str) and channel_type in row.channel_types
        ):
            return row
    return None
