"""How many connections to Redis each part of a process keeps at most.

The smallest plan of Heroku's allows 20 in all; `gopherbot check` adds these up.
"""

from __future__ import annotations

GATEWAY_WRITER = 1
"""Puts events into their queues."""
GATEWAY_READER = 1
"""Answers `/_ready` and `/metrics`, and tells that the process lives."""
GATEWAY = GATEWAY_WRITER + GATEWAY_READER

CONSUMER = 1
"""Each queue's consumer waits in a command of its own."""
WORKER_MESSAGES = 3
"""Shared by a worker's threads for what every message needs: claims and acknowledgements."""
WORKER_OCCASIONAL = 2
"""For what happens now and then in a worker: heartbeats, retries."""
WORKER_MEMORY = 2
"""Shared by actors for the channel cache and what watchers have seen."""
WORKER_SHARED = WORKER_MESSAGES + WORKER_OCCASIONAL + WORKER_MEMORY

SCHEDULER = 1
