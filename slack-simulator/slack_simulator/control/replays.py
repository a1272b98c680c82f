"""Replays of events: the same event again, or a changed one as a new event."""

import msgspec

from slack_simulator.components import Components
from slack_simulator.control.commands import Body
from slack_simulator.events import envelopes
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
    sent = components.deliveries.sent(wanted.event_id)
    if sent is None:
        raise ValueError(f"{wanted.event_id} isn't kept any longer, or was never sent")
    again = sent if wanted.event is None else envelopes.wrap(components.identity, wanted.event)
    components.feed.append(
        "replay",
        {"event_id": again.event_id, "replayed": sent.event_id, "event_type": again.event_type},
    )
    if wanted.event is not None:
        _put(components, wanted.event, again.event_id)
    components.deliveries.send(again)
    return {"event_id": again.event_id}


def read(components: Components, event_id: str) -> Json:
    """Return an event as it was sent. Raise `ValueError` if it isn't kept."""
    sent = components.deliveries.sent(event_id)
    if sent is None:
        raise ValueError(f"{event_id} isn't kept any longer, or was never sent")
    envelope: Json = msgspec.json.decode(sent.body)
    return {"envelope": envelope}


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
    files_url = components.web_api.files_url
    components.feed.append(*entries.entry(components.identity, change, files_url=files_url))
