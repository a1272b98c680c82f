"""The queues: which event goes where, and Dramatiq over Redis."""
