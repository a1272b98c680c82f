"""Clients of the web services other than Slack."""
