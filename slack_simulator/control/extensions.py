"""Questions that the page has for the app; see slack_simulator/extensions.py."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.workspace.objects import Json


def explain(components: Components, question: Json) -> Json:
    """Ask the app what it would do with a message."""
    explainer = components.extensions.explain
    if explainer is None:
        raise ValueError("this app does not explain itself: see Simulator.extensions")
    version = explainer.version()
    sent = components.deliveries.sent(str(question.get("event_id", "")))
    if sent is not None:
        question = question | {"event": msgspec.json.decode(sent.body)["event"]}
    try:
        answer = explainer(question)
    except Exception as error:
        answer = {"problems": [f"{type(error).__name__}: {error}"]}
    return answer | {"version": version}


def health(components: Components) -> Json:
    """Return how the app is, as far as it tells, and how its last event was taken."""
    told = components.extensions.health() if components.extensions.health is not None else {}
    attempts = components.deliveries.attempts
    last = attempts[-1] if attempts else None
    explainer = components.extensions.explain
    return {
        "parts": told.get("parts", [_gateway(components, last.error if last else None)]),
        "last_error": told.get("last_error"),
        "version": explainer.version() if explainer is not None else None,
    }


def _gateway(components: Components, error: str | None) -> Json:
    """Return how the app is as seen from here: by what became of the last event."""
    if not components.gateway:
        return {"name": "app", "state": "unknown", "note": "no gateway is set"}
    if error is None:
        return {"name": "app", "state": "unknown", "note": "no event was sent yet"}
    return {"name": "app", "state": "down" if error else "ok", "note": error or "acknowledges"}
