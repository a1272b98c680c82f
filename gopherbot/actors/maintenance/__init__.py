"""The jobs that maintain the bot itself: its probes, the channel cache, and missed joins."""
