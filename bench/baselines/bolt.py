"""A gateway on slack-bolt's Falcon adapter, constructed as its documentation shows it.

It verifies the signature, authorizes the event, and runs an empty listener in its own thread pool.
Nothing is queued. https://docs.slack.dev/tools/bolt-python/
"""

import logging
import os

import falcon
from slack_bolt import App  # type: ignore[import-not-found, unused-ignore]
from slack_bolt.adapter.falcon import (  # type: ignore[import-not-found, unused-ignore]
    SlackAppResource,
)
from slack_sdk import WebClient

logging.disable(logging.CRITICAL)

bolt = App(
    client=WebClient(
        token=os.environ["GOPHER_SLACK_BOT_ACCESS_TOKEN"],
        base_url=os.environ["GOPHER_SLACK_API_URL"],
    ),
    signing_secret=os.environ["GOPHER_SLACK_REQUEST_SECRET"],
)


def take_message() -> None:
    """Do nothing."""


bolt.event("message")(take_message)

app = falcon.App()
app.add_route("/slack/event", SlackAppResource(bolt))
