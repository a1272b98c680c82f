"""The Dramatiq side: which event goes to which queue, and how a worker takes it up.

`routing.py` and `messages.py` are for whoever sends a message, without Dramatiq; `broker.py`,
`consumers/` and `middleware.py` are the worker's. `heartbeat.py` recovers what the dead left.
"""
