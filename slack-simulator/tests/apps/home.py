"""Counts clicks in the Home tab."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)
clicks = {}


def home(user):
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Welcome home"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"<@{user}>, *{clicks.get(user, 0)}* clicks"},
            },
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "click",
                        "style": "primary",
                        "text": {"type": "plain_text", "text": "Click me"},
                    }
                ],
            },
        ],
    }


@app.event("app_home_opened")
def opened(event, client):
    client.views_publish(user_id=event["user"], view=home(event["user"]))


@app.action("click")
def clicked(ack, body, client):
    ack()
    user = body["user"]["id"]
    clicks[user] = clicks.get(user, 0) + 1
    client.views_publish(user_id=user, view=home(user))


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
