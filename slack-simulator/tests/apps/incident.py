"""Opens a channel for an incident: invites people, sets a topic, pins and bookmarks."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)


@app.command("/incident")
def declare(ack, command, client, respond):
    ack()
    name, _, email = command["text"].partition(" ")
    try:
        channel = client.conversations_create(name=f"incident-{name}")["channel"]["id"]
    except SlackApiError as refusal:
        respond(f"No channel: {refusal.response['error']}")
        return
    expert = client.users_lookupByEmail(email=email)["user"]["id"]
    client.conversations_invite(channel=channel, users=[command["user_id"], expert])
    group = client.usergroups_create(name=f"Incident {name}")["usergroup"]["id"]
    client.usergroups_users_update(usergroup=group, users=[command["user_id"], expert])
    client.conversations_setTopic(channel=channel, topic=f"Incident {name}: investigating")
    posted = client.chat_postMessage(channel=channel, text=f"<@{expert}>, please take over")
    client.pins_add(channel=channel, timestamp=posted["ts"])
    client.bookmarks_add(
        channel_id=channel, title="Runbook", type="link", link="https://example.com/runbook"
    )
    link = client.chat_getPermalink(channel=channel, message_ts=posted["ts"])["permalink"]
    respond(f"Declared: {link}", response_type="in_channel")


@app.event("member_joined_channel")
def joined(event, client):
    client.chat_postEphemeral(
        channel=event["channel"], user=event["user"], text="Welcome. Runbook above."
    )


@app.message("resolved")
def resolved(message, client):
    client.conversations_archive(channel=message["channel"])


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
