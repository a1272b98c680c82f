"""The requests other than events that Slack sends to the gateway."""

import secrets
import time

import msgspec

from slack_simulator.events.delivery import Answer, Deliveries
from slack_simulator.workspace.objects import AppIdentity, Json


def verify_url(identity: AppIdentity, deliveries: Deliveries) -> bool:
    """Send the URL verification challenge. Return whether the gateway echoed it.

    A valid response has status 200 and the challenge as plain text, in a form or in JSON:
    https://docs.slack.dev/reference/events/url_verification
    """
    challenge = secrets.token_urlsafe(36)
    token = identity.verification_token
    request = {"type": "url_verification", "token": token, "challenge": challenge}
    answer = _post(deliveries, request)
    taken = challenge, f"challenge={challenge}"
    body = answer.body.decode("utf-8", "replace").strip()
    return answer.status == 200 and (body in taken or _in_json(body, challenge))


def app_rate_limited(identity: AppIdentity, deliveries: Deliveries) -> Answer:
    """Tell the gateway that its events are rate limited for the current minute."""
    return _post(
        deliveries,
        {
            "type": "app_rate_limited",
            "token": identity.verification_token,
            "team_id": identity.team_id,
            "minute_rate_limited": int(time.time()) // 60 * 60,
            "api_app_id": identity.app_id,
        },
    )


def _post(deliveries: Deliveries, payload: Json) -> Answer:
    body = msgspec.json.encode(payload)
    return deliveries.post(body, deliveries.sign(body))


def _in_json(body: str, challenge: str) -> bool:
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return isinstance(answer, dict) and answer.get("challenge") == challenge
