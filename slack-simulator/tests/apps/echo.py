"""Repeats what it is told: in messages, and by the command /echo."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)


@app.event("app_mention")
def mentioned(event, say):
    said = event["text"].partition("> ")[2]
    say(text=f"You said: {said}", thread_ts=event.get("thread_ts"))


@app.message("hello")
def greeted(message, say):
    say(
        text=f"Hello <@{message['user']}>!",
        blocks=[
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"Hello <@{message['user']}>!"},
                "accessory": {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Wave back"},
                    "action_id": "wave",
                    "value": "hand",
                },
            }
        ],
    )


@app.action("wave")
def waved(ack, body, respond):
    ack()
    respond(f"<@{body['user']['id']}> waved with a {body['actions'][0]['value']}")


@app.command("/echo")
def echo(ack, respond, command):
    ack()
    respond(f"{command['text']}")


@app.command("/shout")
def shout(ack, command):
    ack(text=command["text"].upper(), response_type="in_channel")


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
