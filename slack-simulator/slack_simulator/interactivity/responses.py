"""What an app sends to a response URL, or answers a slash command with."""

import msgspec

from slack_simulator.http.messages import Request, Response, json_response, text_response
from slack_simulator.interactivity.tokens import ResponseUrl, ResponseUrls
from slack_simulator.interactivity.webhooks import draft_of
from slack_simulator.workspace import posting
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import AppIdentity, Conversation, Json, Message
from slack_simulator.workspace.workspace import Workspace


class Responses:
    """The response URLs, and what comes of responses."""

    def __init__(self, identity: AppIdentity, workspace: Workspace) -> None:
        self.urls = ResponseUrls(workspace.clock, workspace.ids)
        self._identity = identity
        self._workspace = workspace

    def receive(self, request: Request) -> Response:
        """Answer a POST to a response URL: https://docs.slack.dev/interactivity/handling-user-interaction"""
        if request.method != "POST":
            return text_response("use POST here", 405, Allow="POST")
        try:
            where = self.urls.use(request.path.rpartition("/")[2])
            self.post(where, msgspec.json.decode(request.body, type=Json))
        except SlackError as refusal:
            facts = {"ok": False, "error": refusal.error}
            return json_response(facts, 400 if refusal.error == "invalid_blocks" else 404)
        except msgspec.DecodeError:
            return text_response("invalid_payload", 400)
        return text_response("ok")

    def post(self, where: ResponseUrl, answer: Json) -> None:
        """Post a response, or change the original message. Raise `invalid_blocks`."""
        workspace, draft = self._workspace, draft_of(answer)
        posting.check_blocks(draft.blocks)
        bot = workspace.users[self._identity.bot_user_id]
        conversation = workspace.conversation(where.channel)
        if where.ts and _is_about_original(answer) and self._replace(where, answer):
            return
        if not (draft.text or draft.blocks or draft.attachments):
            return
        if answer.get("response_type") == "in_channel":
            workspace.post(conversation, bot, draft)
        else:
            workspace.post_ephemeral(conversation, bot, draft, to=workspace.user(where.user))

    def _replace(self, where: ResponseUrl, answer: Json) -> bool:
        """Update or delete the original message.

        Return False if it isn't the bot's, or if a message takes the place of the deleted one.
        """
        workspace = self._workspace
        bot = workspace.users[self._identity.bot_user_id]
        conversation = workspace.conversation(where.channel)
        try:
            original = in_message(conversation, where.ts or "")
        except SlackError:
            return False
        if original.bot_id != bot.bot_id:
            return False
        if answer.get("delete_original"):
            workspace.remove(conversation, original, bot)
            return False
        text = str(answer.get("text", ""))
        blocks, attachments = answer.get("blocks"), answer.get("attachments") or []
        workspace.rewrite(
            conversation, original, bot, text=text, blocks=blocks, attachments=attachments
        )
        return True


def in_message(conversation: Conversation, ts: str) -> Message:
    """Return a message, ephemeral or not. Raise `message_not_found`."""
    if ts in conversation.messages:
        return conversation.messages[ts]
    found = next((each for each in conversation.ephemerals if each.ts == ts), None)
    if found is None:
        raise SlackError("message_not_found")
    return found


def _is_about_original(answer: Json) -> bool:
    """Return whether a response applies to the original message, which is the default."""
    return bool(answer.get("delete_original") or answer.get("replace_original", True))
