"""What the bot does on Slack's events: an event row of the table names a function here."""
