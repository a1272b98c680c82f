"""The way out by HTTP, for Slack's Web API and for all other services."""
