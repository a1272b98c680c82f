"""The queues: the wire format and how messages get in, for all who send.

`worker/` fetches and processes them, with Dramatiq. `recovery/` drops what is stale, and recovers
the messages of dead workers.
"""
