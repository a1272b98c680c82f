"""The watchers: jobs that look at something by the clock, and tell a channel what is new."""
