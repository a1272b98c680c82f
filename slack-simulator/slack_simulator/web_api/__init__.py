"""The subset of Slack's Web API that bots call."""
