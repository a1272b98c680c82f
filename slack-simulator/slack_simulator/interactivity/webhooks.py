"""Incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

import threading
from urllib.parse import parse_qs

import msgspec

from slack_simulator.http.messages import Request, Response, text_response
from slack_simulator.workspace import posting
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import AppIdentity, Draft, Json
from slack_simulator.workspace.workspace import Workspace

PATH = "/services/"


class Webhooks:
    """The addresses that post in a channel each."""

    def __init__(self, identity: AppIdentity, workspace: Workspace) -> None:
        self.base = ""
        """The simulator's base URL, set once it listens."""
        self._identity = identity
        self._workspace = workspace
        self._lock = threading.Lock()
        self._channels: dict[str, str] = {}

    def new(self, channel: str) -> str:
        """Return a new address that posts in a channel, named or by its ID."""
        workspace = self._workspace
        identity, conversation = self._identity, workspace.conversation(channel)
        path = f"{identity.team_id}/{identity.bot_id}/{workspace.ids.token(18)}"
        with self._lock:
            self._channels[path] = conversation.id
        return f"{self.base}{PATH}{path}"

    def receive(self, request: Request) -> Response:
        """Post what is sent to an address. Errors are Slack's, as plain text."""
        if request.method != "POST":
            return text_response("invalid_payload", 405, Allow="POST")
        channel = self._channels.get(request.path.removeprefix(PATH))
        if channel is None:
            return text_response("no_service", 404)
        try:
            self._post(channel, _payload(request))
        except SlackError as refusal:
            archived = refusal.error == "is_archived"
            gone = refusal.error in {"is_archived", "channel_not_found"}
            reason = "channel_is_archived" if archived else refusal.error
            return text_response(reason, (410 if archived else 404) if gone else 400)
        return text_response("ok")

    def _post(self, channel: str, payload: Json) -> None:
        workspace = self._workspace
        draft = draft_of(payload)
        if not (draft.text or draft.blocks or draft.attachments):
            raise SlackError("no_text")
        posting.check_blocks(draft.blocks)
        bot = workspace.users[self._identity.bot_user_id]
        workspace.post(workspace.conversation(channel), bot, draft)


def draft_of(payload: Json) -> Draft:
    """Return the message that a payload for an address describes, perhaps an empty one."""
    return Draft(
        text=str(payload.get("text") or ""),
        blocks=payload.get("blocks") or [],
        attachments=payload.get("attachments") or [],
        thread_ts=payload.get("thread_ts"),
    )


def _payload(request: Request) -> Json:
    """Return the message, sent as JSON or as the form field `payload`."""
    raw = request.body
    if request.content_type == "application/x-www-form-urlencoded" and raw.startswith(b"payload="):
        raw = parse_qs(raw.decode("utf-8", "replace"))["payload"][0].encode()
    try:
        return msgspec.json.decode(raw, type=Json)
    except msgspec.DecodeError:
        raise SlackError("invalid_payload") from None
