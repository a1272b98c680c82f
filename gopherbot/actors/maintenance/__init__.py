"""The jobs that keep the bot itself in order: its probes, and its cache of channels."""
