"""How many connections to Redis each part of a process keeps at most.

The smallest plan of Heroku's allows 20 in all; `gopherbot check` adds these up.
"""

from __future__ import annotations

HEARTBEAT = 1
"""Each process's heartbeat waits for nothing else."""

GATEWAY_WRITER = 1
"""Puts events into their queues."""
GATEWAY_READER = 1
"""Answers `/_ready` and `/metrics`."""
GATEWAY = HEARTBEAT + GATEWAY_WRITER + GATEWAY_READER

CONSUMER = 1
"""Each queue's consumer waits in a command of its own."""
WORKER_MESSAGES = 3
"""Shared by a worker's threads for what messages need: claims, acknowledgements, retries."""
WORKER_MEMORY = 2
"""Shared by actors for the channel cache and what watchers have seen."""
WORKER_SHARED = HEARTBEAT + WORKER_MESSAGES + WORKER_MEMORY

SCHEDULER_LEAD = 1
"""Keeps the lead, and sends under it."""
SCHEDULER = HEARTBEAT + SCHEDULER_LEAD
