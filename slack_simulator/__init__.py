"""A stand-in for Slack, for development and tests: real HTTP on both sides.

It keeps a workspace, signs and delivers events to the gateway as Slack does, answers the Web API
methods the bot calls with Slack's shapes and errors, and can be told to fail. README.md beside
this file shows how any Slack app can be tested with it.

    with Simulator(gateway="http://127.0.0.1:8000/slack/event", signing_secret="…") as slack:
        slack.say("<@U0BOT> help", channel="general")
        [post] = slack.wait_for_posts(1)
"""

from slack_simulator.simulator import Simulator
from slack_simulator.web_api.faults import Fault
from slack_simulator.web_api.limits import RateLimit

__all__ = ["Fault", "RateLimit", "Simulator"]
