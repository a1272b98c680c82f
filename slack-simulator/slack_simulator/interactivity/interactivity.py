"""Members' interactions with the app, and the effects of the app's responses."""

from collections.abc import Mapping
from typing import Any

from slack_simulator.blocks import attachments, elements
from slack_simulator.feed.feed import Feed
from slack_simulator.interactivity import dialogs, payloads, responses, used
from slack_simulator.interactivity.app_requests import AppRequests
from slack_simulator.interactivity.responses import Responses
from slack_simulator.interactivity.tokens import ResponseUrl, Triggers
from slack_simulator.interactivity.views import View, Views
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import AppIdentity, Conversation, Json, Message, User
from slack_simulator.workspace.workspace import Workspace


class Interactivity:
    """Slash commands, shortcuts, interactive elements and modals.

    Methods raise `SlackError` if the app fails.
    """

    def __init__(
        self,
        identity: AppIdentity,
        workspace: Workspace,
        requests: AppRequests,
        views: Views,
        feed: Feed,
    ) -> None:
        self.views = views
        self._feed = feed
        self._identity = identity
        self.triggers = Triggers(workspace.clock, workspace.ids)
        self.responses = Responses(identity, workspace)
        self.response_urls = self.responses.urls
        self.executions: dict[str, Json] = {}
        """The workflow steps under way: ID → what interactions with what they made say of them."""
        self._workspace = workspace
        self._requests = requests

    # Member actions.

    def slash_command(self, command: str, text: str, channel: str, user: str) -> None:
        """Send `/command text` as a member, and post the app's immediate response."""
        conversation, member = self._workspace.conversation(channel), self._workspace.user(user)
        form = payloads.slash_command(self._identity, member, conversation, command, text)
        form |= {
            "trigger_id": self.triggers.new(member.id, channel=conversation.id),
            "response_url": self.response_urls.new(conversation.id, member.id),
        }
        self._note("command", member, channel=conversation.id, text=f"{command} {text}".rstrip())
        answer = self._requests.send("slash_commands", form, user=member.id, title=command)
        if answer:
            where = ResponseUrl(channel=conversation.id, user=member.id, ts=None, until=0.0)
            try:
                self.responses.post(where, {"text": answer} if isinstance(answer, str) else answer)
            except SlackError as refusal:
                raise SlackError("invalid_command_response") from refusal

    def shortcut(self, callback_id: str, user: str) -> None:
        """Start a global shortcut as a member."""
        member = self._workspace.user(user)
        payload = self._payload("shortcut", member)
        self._note("shortcut", member, callback_id=callback_id)
        self._interact(
            payload | {"callback_id": callback_id, "action_ts": self._workspace.clock.stamp()}
        )

    def message_shortcut(self, callback_id: str, channel: str, ts: str, user: str) -> None:
        """Start a message shortcut as a member."""
        conversation, member = self._workspace.conversation(channel), self._workspace.user(user)
        message = self._workspace.message(conversation.id, ts)
        where = {"channel": conversation.id, "ts": ts}
        self._note("shortcut", member, callback_id=callback_id, **where)
        self._interact(
            self._payload("message_action", member)
            | {
                "callback_id": callback_id,
                "action_ts": self._workspace.clock.stamp(),
                "message_ts": ts,
                "message": self._shape(message),
                "channel": payloads.channel(conversation),
                "response_url": self.response_urls.new(conversation.id, member.id, ts),
            }
        )

    def act_on_message(self, action: Json, channel: str, ts: str, user: str, state: Json) -> None:
        """Use an element of a message as a member. `action` is the payload's entry."""
        conversation, member = self._workspace.conversation(channel), self._workspace.user(user)
        message = responses.in_message(conversation, ts)
        where = {"channel": conversation.id, "ts": ts}
        self._note("click", member, **where, **used.element(message.all_blocks, action))
        if attachments.is_control(action):
            self._act_on_attachment(action, conversation, message, member)
            return
        self._interact(
            self._payload("block_actions", member)
            | self._place(conversation, message)
            | self.executions.get(message.execution, {})
            | {
                "state": {"values": state},
                "response_url": self.response_urls.new(conversation.id, member.id, ts),
                "actions": [action | {"action_ts": self._workspace.clock.stamp()}],
            }
        )

    def _act_on_attachment(
        self, action: Json, conversation: Conversation, message: Message, member: User
    ) -> None:
        """Use a button or a menu of an attachment. The app's answer replaces the message."""
        answer = self._interact(
            self._of_attachment(action, conversation, message, member)
            | {
                "actions": [attachments.used(message.attachments, action)[1]],
                "trigger_id": self.triggers.new(member.id, channel=conversation.id),
                "response_url": self.response_urls.new(conversation.id, member.id, message.ts),
            }
        )
        if answer:
            where = ResponseUrl(channel=conversation.id, user=member.id, ts=message.ts, until=0.0)
            self.responses.post(where, {"text": answer} if isinstance(answer, str) else answer)

    def _of_attachment(
        self, action: Json, conversation: Conversation, message: Message, member: User
    ) -> Json:
        """Return what all interactions with an attachment say."""
        is_private = message.ephemeral_to is not None
        return {
            **payloads.common(self._identity, "interactive_message", member),
            **attachments.used(message.attachments, action)[0],
            "channel": payloads.channel(conversation),
            "action_ts": self._workspace.clock.stamp(),
            "message_ts": message.ts,
            "is_app_unfurl": False,
            **({} if is_private else {"original_message": self._shape(message)}),
        }

    def edit_details(self, url: str, user: str, reference: str, fields: Mapping[str, str]) -> None:
        """Submit what a member changed of an object beside a link: its fields by their names."""
        texts = {"type": "plain_text_input"}
        values = {
            name: {f"{name}.input": {**texts, "value": text}} for name, text in fields.items()
        }
        view = {
            "id": self._workspace.ids.new("V0", 10),
            "type": "entity_detail",
            "callback_id": "work-object-edit",
            "entity_url": url,
            "app_unfurl_url": url,
            "external_ref": {"id": reference},
            "state": {"values": values},
        }
        self._interact(
            self._payload("view_submission", self._workspace.user(user)) | {"view": view}
        )

    def _place(self, conversation: Conversation, message: Message) -> Json:
        """Return where an interaction with a message happens."""
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": conversation.id,
            "is_ephemeral": message.ephemeral_to is not None,
            **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        }
        channel = payloads.channel(conversation)
        return {"container": container, "channel": channel, "message": self._shape(message)}

    def act_on_view(self, action: Json, view_id: str, user: str, state: Json) -> None:
        """Use an element of a modal or the Home tab as a member."""
        view, member = self.views.get(view_id), self._workspace.user(user)
        view.shape["state"] = {"values": state}
        what = used.element(view.shape["blocks"], action)
        self._note("click", member, view=view.shape["callback_id"], **what)
        self._interact(
            self._payload("block_actions", member, view.id)
            | _in_view(view)
            | self.executions.get(view.execution, {})
            | {"actions": [action | {"action_ts": self._workspace.clock.stamp()}]}
        )

    def suggest_in_message(self, asked: Json, channel: str, ts: str, user: str) -> list[Json]:
        """Return the options that the app offers for an external select in a message.

        `asked` has `action_id`, `block_id`, and `value`: what the member has typed.
        """
        conversation, member = self._workspace.conversation(channel), self._workspace.user(user)
        message = responses.in_message(conversation, ts)
        if not attachments.is_control(asked):
            return self._suggest(asked, self._place(conversation, message), member)
        name = attachments.used(message.attachments, asked)[1]["name"]
        about = {"name": name, "value": asked["value"]}
        answer = self._interact(self._of_attachment(asked, conversation, message, member) | about)
        return attachments.options(answer) if isinstance(answer, dict) else []

    def suggest_in_view(self, asked: Json, view_id: str, user: str) -> list[Json]:
        """Return the options that the app offers for an external select in a view."""
        view, member = self.views.get(view_id), self._workspace.user(user)
        if view.dialog is None:
            return self._suggest(asked, _in_view(view), member)
        about = {"name": asked["action_id"], "value": asked["value"]}
        answer = self._interact(self._of_dialog("dialog_suggestion", view.dialog, member) | about)
        return dialogs.options(answer) if isinstance(answer, dict) else []

    def _suggest(self, asked: Json, place: Json, member: User) -> list[Json]:
        common = payloads.common(self._identity, "block_suggestion", member)
        answer = self._interact(common | place | asked)
        found = answer if isinstance(answer, dict) else {}
        groups = [group.get("options", []) for group in found.get("option_groups") or []]
        return [*(found.get("options") or []), *(each for group in groups for each in group)]

    def submit(self, view_id: str, user: str, state: Json) -> Json:
        """Submit a modal as a member. Return the app's errors by block ID, if any."""
        view, member = self.views.get(view_id), self._workspace.user(user)
        view.shape["state"] = {"values": state}
        given = used.fields(view.shape["blocks"], state)
        self._note("submit", member, view=view.shape["callback_id"], fields=given)
        if view.dialog is not None:
            return self._submit_dialog(view, view.dialog, member)
        payload = self._payload("view_submission", member, view.id)
        payload |= self.executions.get(view.execution, {})
        urls = self._response_urls(view, member)
        answer = self._interact(payload | {"view": view.shape, "response_urls": urls})
        return self._after_submission(view, member, answer if isinstance(answer, dict) else {})

    def _submit_dialog(self, view: View, dialog: Json, member: User) -> Json:
        payload = self._of_dialog("dialog_submission", dialog, member)
        filled = dialogs.submission(view.shape["state"]["values"])
        answer = self._interact(payload | {"submission": filled})
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if not errors:
            self.views.close(view.id)
        return {each["name"]: each["error"] for each in errors or ()}

    def _of_dialog(self, kind: str, dialog: Json, member: User) -> Json:
        """Return what all interactions with a dialog say."""
        conversation = self._workspace.conversation(dialog["channel"])
        return payloads.common(self._identity, kind, member) | {
            "callback_id": dialog["callback_id"],
            "state": dialog.get("state", ""),
            "channel": payloads.channel(conversation),
            "action_ts": self._workspace.clock.stamp(),
            "response_url": self.response_urls.new(conversation.id, member.id),
        }

    def _response_urls(self, view: View, member: User) -> list[Json]:
        """Return an address for each conversation chosen in an element that asks for one."""
        values, urls = view.shape["state"]["values"], []
        for block_id, element in elements(view.shape["blocks"]):
            state = values.get(block_id, {}).get(element["action_id"], {})
            channel = state.get("selected_conversation") or state.get("selected_channel")
            if element.get("response_url_enabled") and channel:
                place = {"block_id": block_id, "action_id": element["action_id"]}
                url = self.response_urls.new(channel, member.id)
                urls.append({**place, "channel_id": channel, "response_url": url})
        return urls

    def dismiss(self, view_id: str, user: str, *, everything: bool = False) -> None:
        """Close a modal as a member, or with `everything` the whole stack."""
        view, member = self.views.get(view_id), self._workspace.user(user)
        self._note("close", member, view=view.shape["callback_id"], everything=everything)
        if everything or view.shape["clear_on_close"]:
            self.views.clear(member.id)
        else:
            self.views.close(view.id)
        if view.dialog and view.dialog.get("notify_on_cancel"):
            self._interact(self._of_dialog("dialog_cancellation", view.dialog, member))
        if view.shape["notify_on_close"]:
            payload = self._payload("view_closed", member)
            payload |= self.executions.get(view.execution, {})
            self._interact(payload | {"view": view.shape, "is_cleared": everything})

    def _after_submission(self, view: View, member: User, answer: Json) -> Json:
        match answer.get("response_action"):
            case "errors":
                errors: Json = answer.get("errors", {})
                return errors
            case "update":
                self.views.update(view.id, answer["view"])
            case "push":
                self.views.open(member.id, answer["view"], previous=view.id)
            case "clear":
                self.views.clear(member.id)
            case _:
                self.views.close(view.id)
        return {}

    def _interact(self, payload: Json) -> Json | str:
        title = payload["type"]
        return self._requests.send("interactive", payload, user=payload["user"]["id"], title=title)

    def _note(self, do: str, member: User, **what: Any) -> None:
        """Log what a member does, before the app hears of it."""
        facts = {"app": self._identity.app_id, "user": member.id, "do": do}
        self._feed.append("used", facts | what)

    def _payload(self, kind: str, member: User, view_id: str | None = None) -> Json:
        trigger_id = self.triggers.new(member.id, view_id)
        common = payloads.common(self._identity, kind, member)
        return common | {"trigger_id": trigger_id}

    def _shape(self, message: Message) -> Any:
        author = self._workspace.users.get(message.user or "")
        return shapes.message_for_app(self._identity, message, author=author, files_url="")


def _in_view(view: View) -> Json:
    """Return where an interaction with a view happens."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.shape}
