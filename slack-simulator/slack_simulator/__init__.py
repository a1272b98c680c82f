"""A simulated Slack for developing and testing Slack apps over real HTTP.

The simulator keeps a workspace, signs and delivers events to the app's gateway, answers Web API
methods with Slack's shapes and errors, and fails on request. README.md in this folder shows how to
test any Slack app with it.

    with Simulator(gateway="http://127.0.0.1:8000/slack/event", signing_secret="…") as slack:
        slack.say("<@U0BOT> help", channel="general")
        [post] = slack.wait_for_posts(1)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_simulator.simulator import Simulator
    from slack_simulator.web_api.faults import Fault
    from slack_simulator.web_api.limits import RateLimit

__all__ = ["Fault", "RateLimit", "Simulator"]


def __getattr__(name: str) -> object:
    """Import what is asked for. pytest loads this package in projects that don't use it."""
    homes = {"Fault": "web_api.faults", "RateLimit": "web_api.limits", "Simulator": "simulator"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{homes[name]}"), name)
