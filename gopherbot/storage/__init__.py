"""Redis: connections, key names, and the state that the bot keeps outside its queues."""
