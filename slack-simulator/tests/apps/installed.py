"""Is installed by OAuth, and greets by its incoming webhook."""

import os

from slack_bolt import App
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.webhook import WebhookClient

store = FileInstallationStore(base_dir="./installations")
app = App(
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    oauth_settings=OAuthSettings(
        client_id="111.222",
        client_secret="a client's secret",
        scopes=["chat:write", "commands", "incoming-webhook"],
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir="./states"),
    ),
)


@app.command("/announce")
def announce(ack, command, context):
    ack()
    installation = store.find_installation(
        enterprise_id=context.enterprise_id, team_id=context.team_id
    )
    WebhookClient(installation.incoming_webhook_url).send(text=f"Announcing: {command['text']}")


@app.message("hello")
def greet(message, say):
    say(f"Hello <@{message['user']}>!")


if __name__ == "__main__":
    app.start(port=int(os.environ.get("PORT", "3000")))
