"""The feed: everything that happened, in order."""
