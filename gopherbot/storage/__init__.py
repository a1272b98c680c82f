"""Redis: connections, the name of every key, and what the bot remembers beside its queues."""
