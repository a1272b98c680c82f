"""What the bot keeps in Redis beside its queues and its ledger, and the connections to Redis."""
