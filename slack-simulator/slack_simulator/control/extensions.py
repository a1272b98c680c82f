"""Requests to the app's extensions; see slack_simulator/extensions.py."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.control.commands import Body, Empty
from slack_simulator.events.delivery import Attempt
from slack_simulator.workspace.objects import Json


class AboutMessage(Body, kw_only=True):
    """A message's channel (an ID) and `ts`."""

    channel: str
    ts: str


NO_LISTENER = 404
"""Bolt's answer to an event that the app listens to nowhere."""


def explain(components: Components, question: Json) -> Json:
    """Ask the app what it would do with a message."""
    explainer = components.extensions.explain
    if explainer is None:
        raise ValueError("this app doesn't explain itself; see slack_simulator/extensions.py")
    version = explainer.version()
    sent = components.deliveries.sent(str(question.get("event_id", "")))
    if sent is not None:
        question = _of_event(components, msgspec.json.decode(sent.body)["event"]) | question
    try:
        answer = explainer(question)
    except Exception as error:
        answer = {"problems": [f"{type(error).__name__}: {error}"]}
    return answer | {"version": version}


def _of_event(components: Components, event: Json) -> Json:
    """Return the question for a sent message: its event, typed text and files."""
    workspace = components.workspace
    # For an edit, ask about the new message.
    message = event.get("message", event)
    files = [workspace.files.get(file["id"]) for file in message.get("files", ())]
    return {
        "event": event,
        "text": workspace.typed(message.get("text", "")),
        "files": {file.name: file.content.decode("utf-8", "replace") for file in files if file},
    }


def compare(components: Components, _: Empty) -> Json:
    """Ask the app what it would do differently since its files were changed."""
    if components.extensions.compare is None:
        raise ValueError("this app doesn't compare itself; see slack_simulator/extensions.py")
    return components.extensions.compare()


def why(components: Components, message: AboutMessage) -> Json:
    """Ask the app what became of a message."""
    if components.extensions.why is None:
        raise ValueError("this app keeps no record for others; see slack_simulator/extensions.py")
    return components.extensions.why({"channel": message.channel, "ts": message.ts})


def health(components: Components) -> Json:
    """Return the health that the app reports, or else the outcome of its last event."""
    told = components.extensions.health() if components.extensions.health is not None else {}
    attempts = components.deliveries.attempts
    last = attempts[-1] if attempts else None
    explainer = components.extensions.explain
    return {
        "parts": told.get("parts", [_app(components, last)]),
        "problem": told.get("problem", ""),
        "last_error": told.get("last_error"),
        "version": explainer.version() if explainer is not None else None,
    }


def _app(components: Components, last: Attempt | None) -> Json:
    """Return the app's health judged by the outcome of the last event."""
    if components.socket_mode.is_connected:
        return {"name": "app", "state": "ok", "note": "connected over Socket Mode"}
    if not components.gateway:
        note = "no Request URL is set, and no app is connected over Socket Mode"
        return {"name": "app", "state": "unknown", "note": note}
    if last is None:
        return {"name": "app", "state": "unknown", "note": "no event has been sent yet"}
    if last.status == NO_LISTENER:
        return {"name": "app", "state": "ok", "note": "has no listener for the last event"}
    state = "down" if last.error else "ok"
    return {"name": "app", "state": state, "note": last.error or "acknowledges"}
