"""An agent that thinks aloud, answers bit by bit, and asks whether that helped."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.models.blocks import (
    ContextActionsBlock,
    FeedbackButtonObject,
    FeedbackButtonsElement,
)
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk

app = App(token=os.environ["SLACK_BOT_TOKEN"])

FEEDBACK = ContextActionsBlock(
    elements=[
        FeedbackButtonsElement(
            action_id="feedback",
            positive_button=FeedbackButtonObject(text="Good answer", value="good"),
            negative_button=FeedbackButtonObject(text="Bad answer", value="bad"),
        )
    ]
)


@app.event("app_mention")
def answer(event, client, set_status, say_stream):
    client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")
    set_status(status="is thinking", loading_messages=["Looking", "Reading"])
    stream = say_stream()
    stream.append(chunks=[TaskUpdateChunk(id="1", title="Searching", status="in_progress")])
    stream.append(chunks=[TaskUpdateChunk(id="1", title="Searching", status="complete")])
    stream.append(chunks=[MarkdownTextChunk(text="It is **Tuesday**.")])
    stream.stop(blocks=[FEEDBACK])


@app.action("feedback")
def thank(ack, body, client):
    ack()
    client.chat_postEphemeral(
        channel=body["channel"]["id"],
        user=body["user"]["id"],
        thread_ts=body["message"]["ts"],
        text=f"Noted: {body['actions'][0]['value']}",
    )


if __name__ == "__main__":
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
