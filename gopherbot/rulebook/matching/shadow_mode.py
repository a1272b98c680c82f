"""Shadow mode: what the bot does outside production. Pure."""

from __future__ import annotations

from gopherbot.model import Kind


def permitted(kind: Kind, *, addressed: bool, shadow: bool, edited: bool = False) -> bool:
    """Return whether a rule of this kind may act. This is all there is to shadow mode."""
    if not shadow or kind is Kind.COMMAND:
        return True
    if edited:
        return False
    return kind in (Kind.REACTION, Kind.CONTAINS, Kind.PREFIX) and addressed
