"""Recovers the messages of dead workers, and drops what nobody will answer."""
