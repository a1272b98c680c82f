"""Handlers of Slack's events. Event rows of the table of actors refer to the functions here."""
