"""Schedules messages, lists what is scheduled, and shows previews of its own links."""

import os
import time

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)


@app.command("/later")
def later(ack, command, client):
    ack()
    minutes, _, text = command["text"].partition(" ")
    client.chat_scheduleMessage(
        channel=command["channel_id"], text=text, post_at=int(time.time()) + 60 * int(minutes)
    )


@app.command("/pending")
def pending(ack, command, client):
    waiting = client.chat_scheduledMessages_list(channel=command["channel_id"])
    ack("\n".join(message["text"] for message in waiting["scheduled_messages"]) or "Nothing")


@app.event("link_shared")
def unfurl(event, client):
    client.chat_unfurl(
        channel=event["channel"],
        ts=event["message_ts"],
        unfurls={link["url"]: {"text": "A reminder"} for link in event["links"]},
    )


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
