"""An assistant, which answers in its threads, and a step for workflows."""

import os

from slack_bolt import App, Assistant
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)
assistant = Assistant()


@assistant.thread_started
def start(say, set_suggested_prompts):
    say("How can I help you?")
    set_suggested_prompts(prompts=[{"title": "Time", "message": "What time is it?"}])


@assistant.user_message
def answer(payload, say, set_status, set_title):
    set_title(payload["text"])
    set_status("is thinking…")
    say(f"You asked: {payload['text']}")


app.use(assistant)


@app.function("double")
def double(inputs, complete, fail):
    if not str(inputs["number"]).isdecimal():
        fail(f"{inputs['number']} is no number")
        return
    complete({"doubled": 2 * int(inputs["number"])})


@app.function("approval")
def ask(inputs, client):
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Approve"},
        "action_id": "approve",
    }
    blocks = [{"type": "actions", "elements": [button]}]
    client.chat_postMessage(channel=inputs["user_id"], text="May I?", blocks=blocks)


@app.action("approve")
def approve(ack, body, client, context, complete):
    ack()
    complete({"by": context.actor_user_id})
    client.chat_update(
        channel=context.channel_id, ts=body["message"]["ts"], text="Thank you", blocks=[]
    )


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
