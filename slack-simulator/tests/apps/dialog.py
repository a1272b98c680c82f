"""A dialog, as apps from before modals open it."""

import os

from slack_bolt import App

app = App(token=os.environ["SLACK_BOT_TOKEN"], signing_secret=os.environ["SLACK_SIGNING_SECRET"])


@app.command("/ride")
def ask(ack, body, client):
    ack()
    place = {"type": "text", "label": "From", "name": "place"}
    car = {"type": "select", "label": "Car", "name": "car", "data_source": "external"}
    client.dialog_open(
        trigger_id=body["trigger_id"],
        dialog={
            "callback_id": "ride",
            "title": "A ride",
            "submit_label": "Order",
            "notify_on_cancel": True,
            "state": "now",
            "elements": [place, car],
        },
    )


@app.options("ride")
def cars(ack):
    ack(options=[{"label": "Small car", "value": "S"}, {"label": "Large car", "value": "L"}])


@app.action("ride")
def take(ack, body, client):
    if body["type"] == "dialog_cancellation":
        ack()
        client.chat_postMessage(channel=body["channel"]["id"], text="No ride, then.")
        return
    ride = body["submission"]
    if len(ride["place"]) < 3:
        ack(errors=[{"name": "place", "error": "Where is that?"}])
        return
    ack()
    text = f"{ride['car']} from {ride['place']}, {body['state']}"
    client.chat_postMessage(channel=body["channel"]["id"], text=text)


if __name__ == "__main__":
    app.start(int(os.environ["PORT"]))
