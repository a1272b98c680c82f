"""The watchers: periodic jobs that check for news and announce it in a channel."""
