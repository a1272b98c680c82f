"""The chat bot of the Gophers Slack. ARCHITECTURE.md follows one event through these files."""
