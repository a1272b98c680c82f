"""Finds earlier messages for a member: what its menu offers comes from a search for the member."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

app = App(token=os.environ["SLACK_BOT_TOKEN"])
member = WebClient(token=os.environ["SLACK_USER_TOKEN"])


def plain(text):
    return {"type": "plain_text", "text": text}


MENU = {
    "type": "external_select",
    "action_id": "message",
    "placeholder": plain("Find a message"),
    "min_query_length": 2,
}


@app.command("/find")
def find(ack, say):
    ack()
    section = {"type": "section", "text": plain("What was it about?"), "accessory": MENU}
    say(text="What was it about?", blocks=[section])


@app.shortcut("find")
def find_in_modal(ack, body, client):
    ack()
    field = {"type": "input", "block_id": "found", "label": plain("Message"), "element": MENU}
    view = {"type": "modal", "callback_id": "find", "title": plain("Find"), "submit": plain("Show")}
    client.views_open(trigger_id=body["trigger_id"], view=view | {"blocks": [field]})


@app.options("message")
def offer(ack, payload):
    found = member.search_messages(query=payload["value"], count=5)["messages"]["matches"]
    options = [{"text": plain(each["text"][:75]), "value": each["permalink"]} for each in found]
    ack(options=options)


@app.action("message")
def show(ack, action, say):
    ack()
    say(f"Here it is: {action['selected_option']['value']}")


@app.view("find")
def show_from_modal(ack, body, view, client):
    ack()
    option = view["state"]["values"]["found"]["message"]["selected_option"]
    client.chat_postMessage(channel=body["user"]["id"], text=f"Here it is: {option['value']}")


if __name__ == "__main__":
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
