"""After the READMEs of slackclient and slackeventsapi."""

import os

from slack import WebClient
from slackeventsapi import SlackEventAdapter

events = SlackEventAdapter(os.environ["SLACK_SIGNING_SECRET"], "/slack/events")
client = WebClient(os.environ["SLACK_BOT_TOKEN"])


@events.on("message")
def greet(payload):
    event = payload["event"]
    if "bot_id" not in event and "hi" in event.get("text", ""):
        client.chat_postMessage(channel=event["channel"], text=f"Hello <@{event['user']}>!")


events.start(port=int(os.environ["PORT"]))
