"""The state of the simulated workspace: channels, people, messages and files."""
