"""Sends messages to the periodic actors, and does nothing else.

Any number may run: one leads and sends, the others wait for its place. `leadership.py` is the lock
and the sending under it, `clock.py` the table of jobs on APScheduler, `__main__.py` the process.
"""
