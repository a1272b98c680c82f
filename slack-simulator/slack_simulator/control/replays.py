"""Replays of events: the same event again, or a changed one as a new event."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.control.commands import Body
from slack_simulator.events import envelopes
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.feed import entries
from slack_simulator.workspace import posting
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Draft, Json


class Replay(Body, kw_only=True):
    """The event to replay. `event` replaces its inner event."""

    event_id: str
    event: Json | None = None


def replay(components: Components, wanted: Replay) -> Json:
    """Send an event again.

    An unchanged event keeps its ID, so that the app can recognize the duplicate. A changed one gets
    a new ID, and its message is added to the channel unless it is there already.
    """
    app, sent = _sent(components, wanted.event_id)
    again = sent if wanted.event is None else envelopes.wrap(app.identity, wanted.event)
    components.feed.append(
        "replay",
        {"event_id": again.event_id, "replayed": sent.event_id, "event_type": again.event_type},
    )
    if wanted.event is not None:
        _put(components, wanted.event, again.event_id)
    app.deliveries.send(again)
    return {"event_id": again.event_id}


def read(components: Components, event_id: str) -> Json:
    """Return an event as it was sent. Raise `ValueError` if it isn't kept."""
    envelope: Json = msgspec.json.decode(_sent(components, event_id)[1].body)
    return {"envelope": envelope}


def _sent(components: Components, event_id: str) -> tuple[Components, EventEnvelope]:
    """Return an event with the app that it was sent to."""
    for app in components.shared.apps.values():
        if sent := app.deliveries.sent(event_id):
            return app, sent
    raise ValueError(f"{event_id} isn't kept any longer, or was never sent")


def _put(components: Components, event: Json, event_id: str) -> None:
    """Add an event's message to its channel, unless it is there or Slack would reject it."""
    workspace = components.workspace
    if event.get("type") not in {"message", "app_mention"} or event.get("subtype"):
        return
    try:
        conversation = workspace.conversation(str(event.get("channel", "")))
        author = workspace.user(str(event.get("user", "")))
        if str(event.get("ts")) in conversation.messages:
            return
        draft = Draft(
            text=str(event.get("text", "")),
            ts=str(event.get("ts")),
            thread_ts=event.get("thread_ts"),
        )
        with workspace.lock:
            message = posting.compose(conversation, author, draft, str(event.get("ts")), "")
            conversation.add(message)
            posting.thread(conversation, message)
    except SlackError:
        return
    change = Posted(message=message, conversation=conversation, author=author)
    change.event_ids = [event_id]
    shared = components.shared
    components.feed.append(
        *entries.entry(components.identity, change, files_url=shared.url, apps=shared.apps)
    )
