"""Recovers the messages of dead workers, and drops what nobody will answer."""

from __future__ import annotations

from gopherbot import table
from gopherbot.storage import keys

QUEUES = tuple(name for queue in table.QUEUES for name in (queue, keys.delayed(queue)))
"""Every queue, each followed by the one of its delayed messages."""
