"""The same bot as a straightforward first version: Falcon, `actor.send`, Dramatiq's own broker and
worker settings, and slack-sdk's own client. It verifies signatures and answers every message.
"""

import json
import os
from typing import Any

import dramatiq
import falcon
from dramatiq.brokers.redis import RedisBroker
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))  # type: ignore[no-untyped-call]
verifier = SignatureVerifier(os.environ["GOPHER_SLACK_REQUEST_SECRET"])


@dramatiq.actor(queue_name="stock", max_retries=0)
def answer(envelope: dict[str, Any]) -> None:
    """Post the event's id, by which the bench recognises the reply."""
    slack = WebClient(
        token=os.environ["GOPHER_SLACK_BOT_ACCESS_TOKEN"],
        base_url=os.environ["GOPHER_SLACK_API_URL"],
    )
    slack.chat_postMessage(channel=envelope["event"]["channel"], text=envelope["event_id"])


class Events:
    """Takes the Events API's requests."""

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Verify, enqueue, acknowledge."""
        body = request.bounded_stream.read()
        if not verifier.is_valid_request(body, dict(request.headers)):
            raise falcon.HTTPUnauthorized
        answer.send(json.loads(body))


app = falcon.App()
app.add_route("/slack/event", Events())
