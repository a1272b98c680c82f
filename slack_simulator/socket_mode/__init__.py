"""Socket Mode: events and interactions over a WebSocket that the app opens."""
