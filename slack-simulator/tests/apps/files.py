"""Makes a report of what it is told, as a file, and says what it knows of files."""

import os

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

app = App(
    token=os.environ["SLACK_BOT_TOKEN"],
    signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
)


@app.command("/report")
def report(ack, command, client):
    ack()
    client.files_upload_v2(
        channel=command["channel_id"],
        content=f"{command['user_name']},{command['text']}\n",
        filename="report.csv",
        title="Report",
        initial_comment="Here is your report",
    )


@app.event("file_shared")
def shared(event, client, context):
    if event["user_id"] == context.bot_user_id:
        return
    file = client.files_info(file=event["file_id"])["file"]
    client.chat_postMessage(
        channel=event["channel_id"], text=f"{file['name']} has {file['size']} bytes"
    )


if __name__ == "__main__":
    if "SLACK_APP_TOKEN" in os.environ:
        SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start()
    else:
        app.start(port=int(os.environ.get("PORT", "3000")))
