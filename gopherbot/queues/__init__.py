"""The Dramatiq side: how events are routed to queues, and how workers process them.

`routing.py` and `messages.py` serve all senders and do not load Dramatiq. `broker.py`, `consumers/`
and `middleware.py` are the worker's. `recovery/` recovers the messages of dead workers.
"""
