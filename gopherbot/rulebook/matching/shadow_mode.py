"""Shadow mode: what the bot does anywhere but in production. Pure."""

from __future__ import annotations

from gopherbot.model import Kind


def permitted(kind: Kind, *, addressed: bool, shadow: bool, edited: bool = False) -> bool:
    """Whether a rule of this kind may act: the whole of shadow mode."""
    if not shadow or kind is Kind.COMMAND:
        return True
    if edited:
        return False
    return kind in (Kind.REACTION, Kind.CONTAINS, Kind.PREFIX) and addressed
