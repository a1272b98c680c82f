"""What the simulated workspace holds: channels, people, messages, files."""
