"""Takes notes in a modal: by a global shortcut, or about a message."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)


def form(text="", channel=""):
    return {
        "type": "modal",
        "callback_id": "note",
        "private_metadata": channel,
        "title": {"type": "plain_text", "text": "A note"},
        "submit": {"type": "plain_text", "text": "Save"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": "note",
                "label": {"type": "plain_text", "text": "Note"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "initial_value": text,
                },
            },
            {
                "type": "input",
                "block_id": "colour",
                "label": {"type": "plain_text", "text": "Colour"},
                "optional": True,
                "element": {
                    "type": "static_select",
                    "action_id": "name",
                    "options": [
                        {"text": {"type": "plain_text", "text": name}, "value": name.lower()}
                        for name in ("Yellow", "Green")
                    ],
                },
            },
        ],
    }


@app.shortcut("new_note")
def new_note(ack, shortcut, client):
    ack()
    client.views_open(trigger_id=shortcut["trigger_id"], view=form())


@app.shortcut("note_message")
def note_message(ack, shortcut, client):
    ack()
    channel = shortcut["channel"]["id"]
    client.views_open(
        trigger_id=shortcut["trigger_id"], view=form(shortcut["message"]["text"], channel)
    )


@app.view("note")
def saved(ack, body, view, client):
    values = view["state"]["values"]
    text = values["note"]["text"]["value"] or ""
    if len(text) < 3:
        ack(response_action="errors", errors={"note": "Write three letters at least."})
        return
    ack()
    colour = (values["colour"]["name"]["selected_option"] or {"value": "white"})["value"]
    client.chat_postMessage(
        channel=view["private_metadata"] or body["user"]["id"],
        text=f"A {colour} note: {text}",
    )


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
