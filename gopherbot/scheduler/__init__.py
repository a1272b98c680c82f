"""Sends messages to the periodic actors, and does nothing else.

Any number of schedulers may run: the leader sends, the others stand by. `clock.py` holds the
lease and runs the jobs on APScheduler, `__main__.py` is the process.
"""
