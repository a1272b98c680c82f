"""The most Redis connections that each part of a process opens.

Heroku's smallest plan allows 20 in total; `gopherbot check` adds these up.
"""

from __future__ import annotations

HEARTBEAT = 1
"""The heartbeat has its own connection, so it never waits for other commands."""

GATEWAY_WRITER = 1
"""Enqueues events."""
GATEWAY_READER = 1
"""Serves `/_ready` and `/metrics`."""
GATEWAY = HEARTBEAT + GATEWAY_WRITER + GATEWAY_READER

CONSUMER = 1
"""Per queue: its consumer blocks on this connection."""
WORKER_MESSAGES = 3
"""Shared by a worker's threads to process messages: claims, acknowledgements, retries."""
WORKER_MEMORY = 2
"""Shared by actors for the channel cache and the watchers' seen items."""
WORKER_SHARED = HEARTBEAT + WORKER_MESSAGES + WORKER_MEMORY

SCHEDULER_LEAD = 1
"""Renews the leader's lease, and sends jobs under it."""
SCHEDULER = HEARTBEAT + SCHEDULER_LEAD
