"""What Slack sends to the gateway besides events."""

import secrets
import time

import msgspec

from slack_simulator.events.delivery import Answer, Deliveries
from slack_simulator.events.signing import signed_headers
from slack_simulator.workspace.objects import AppIdentity, Json


def verify_url(identity: AppIdentity, deliveries: Deliveries) -> bool:
    """Send the challenge that Slack sends to a new gateway; whether it came back properly.

    https://docs.slack.dev/reference/events/url_verification: 200 with the challenge as plain
    text, as a form or in JSON.
    """
    challenge = secrets.token_urlsafe(36)
    token = identity.verification_token
    request = {"type": "url_verification", "token": token, "challenge": challenge}
    answer = _post(deliveries, request)
    taken = challenge, f"challenge={challenge}"
    body = answer.body.decode("utf-8", "replace").strip()
    return answer.status == 200 and (body in taken or _in_json(body, challenge))


def app_rate_limited(identity: AppIdentity, deliveries: Deliveries) -> Answer:
    """Tell the gateway that events were held back for this minute."""
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
    return deliveries.post(body, signed_headers(deliveries.signing_secret, body))


def _in_json(body: str, challenge: str) -> bool:
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return isinstance(answer, dict) and answer.get("challenge") == challenge
