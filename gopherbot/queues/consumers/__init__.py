"""How a worker fetches and settles messages, with one consumer per queue."""
