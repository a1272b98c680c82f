"""All that a test does as a member and expects of the app."""

from slack_simulator.members.acting import Acting
from slack_simulator.members.expecting import Expecting
from slack_simulator.members.installing import Installing


class WithMembers(Acting, Expecting, Installing):
    """A Slack whose members use the app, and that knows what the app did."""
