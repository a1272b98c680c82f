"""The Gophers Slack's chat bot. ARCHITECTURE.md follows one event through these files."""
