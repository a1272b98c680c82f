"""A tour of the Web API: a successful call of every method that is simulated."""

import io
from collections.abc import Callable
from typing import Any

import msgspec
from slack_sdk import WebClient

from slack_simulator import Simulator
from slack_simulator.events import envelopes
from slack_simulator.web_api.methods import APP_LEVEL, MEMBERS_ONLY
from slack_simulator.workspace.objects import Json

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "A section"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "A modal"}, "blocks": [SECTION]}

OBJECT = {
    "entity_type": "slack#/entities/task",
    "url": "https://example.com/1",
    "external_ref": {"id": "1"},
    "entity_payload": {"attributes": {"title": {"text": "A task"}}},
}


Send = Callable[[WebClient, str, Json], Json]
"""Calls a method with a client's token, and returns the answer."""


def by_json(web: WebClient, method: str, arguments: Json) -> Json:
    answer: Json = web.api_call(method, json=arguments).data  # type: ignore[assignment]
    return answer


def by_name(web: WebClient, method: str, arguments: Json) -> Json:
    """Call the method that `slack_sdk` has for it, which writes the request in its own way."""
    own = {"app_token": web.token} if method == "apps.connections.open" else {}
    named = getattr(web, method.replace(".", "_"), None)
    if named is None:
        return by_json(web, method, arguments)
    answer: Json = named(**arguments, **own).data
    return answer


class Tour:
    """Calls methods, and keeps the answer of each."""

    def __init__(self, slack: Simulator, send: Send = by_json) -> None:
        self.slack = slack
        self._send = send
        self.answers: dict[str, Json] = {}
        self._web = self._client("xoxb-1")
        self._app = self._client("xapp-1")
        self._member = self._client(slack.user_token("regular"))
        self._admin = self._client(slack.user_token("moderator"))

    def _client(self, token: str) -> WebClient:
        return WebClient(token=token, base_url=self.slack.api_url, retry_handlers=[])

    def call(self, method: str, **arguments: Any) -> Json:
        """Call a method, and return its answer."""
        web = self._app if method in APP_LEVEL else self._web
        web = self._member if method in MEMBERS_ONLY else web
        web = self._admin if method.startswith("admin.apps.") else web
        answer = self._send(web, method, arguments)
        self.answers[method] = answer
        return answer

    def take(self) -> None:
        """Call every method."""
        self.call("api.test", foo="bar")
        self.call("apps.connections.open")
        self.call("auth.test")
        self._messages()
        self._channels()
        self._people()
        self._files()
        self._views()
        self._assistant()
        self._calls()
        self._canvases()
        self._members_own()
        self._connected()
        self._requested_apps()
        self._agents()
        self._installation()

    def _messages(self) -> None:
        slack = self.slack
        said = slack.say("<https://example.com/1>", thread_ts=slack.say("a question").ts)
        channel = said.channel
        slack.workspace.react(channel, said.ts, "tada", "regular")
        posted = self.call("chat.postMessage", channel=channel, text="hi", blocks=[SECTION])
        ts = posted["ts"]
        self.call("chat.postEphemeral", channel=channel, user="U0REGULAR", text="psst")
        self.call("chat.update", channel=channel, ts=ts, text="hello")
        self.call("chat.meMessage", channel=channel, text="thinks")
        self.call("chat.getPermalink", channel=channel, message_ts=ts)
        unfurls = {"https://example.com/1": {"text": "One"}}
        self.call("chat.unfurl", channel=channel, ts=said.ts, unfurls=unfurls)
        later = int(slack.clock.now()) + 3600
        due = self.call("chat.scheduleMessage", channel=channel, text="later", post_at=later)
        self.call("chat.scheduledMessages.list")
        scheduled = due["scheduled_message_id"]
        self.call("chat.deleteScheduledMessage", channel=channel, scheduled_message_id=scheduled)
        to = {"recipient_team_id": slack.identity.team_id, "recipient_user_id": "U0REGULAR"}
        stream = {"channel": channel, "thread_ts": ts, **to}
        started = self.call("chat.startStream", **stream, markdown_text="one")["ts"]
        self.call("chat.appendStream", channel=channel, ts=started, markdown_text=" two")
        self.call("chat.stopStream", channel=channel, ts=started)
        self.call("reactions.add", channel=channel, timestamp=ts, name="wave")
        self.call("reactions.get", channel=channel, timestamp=ts)
        self.call("reactions.list")
        self.call("reactions.remove", channel=channel, timestamp=ts, name="wave")
        self.call("pins.add", channel=channel, timestamp=ts)
        self.call("pins.list", channel=channel)
        self.call("pins.remove", channel=channel, timestamp=ts)
        self.call("conversations.history", channel=channel)
        for what in ("all", "files", "messages"):
            self.call(f"search.{what}", query="h")
        self.call("conversations.replies", channel=channel, ts=said.message.thread_ts)
        self.call("conversations.mark", channel=channel, ts=ts)
        self.call("chat.delete", channel=channel, ts=self.call(
            "chat.postMessage", channel=channel, text="to be deleted")["ts"])  # fmt: skip

    def _channels(self) -> None:
        channel = self.call("conversations.create", name="ovens")["channel"]["id"]
        link = {"title": "Docs", "type": "link", "link": "https://go.dev"}
        bookmark = self.call("bookmarks.add", channel_id=channel, **link)["bookmark"]["id"]
        about = {"channel_id": channel, "bookmark_id": bookmark}
        self.call("bookmarks.edit", **about, title="The docs")
        self.call("bookmarks.list", channel_id=channel)
        self.call("bookmarks.remove", **about)
        self.call("conversations.invite", channel=channel, users="U0REGULAR")
        self.call("conversations.info", channel=channel, include_num_members=True)
        self.call("conversations.members", channel=channel)
        self.call("conversations.kick", channel=channel, user="U0REGULAR")
        self.call("conversations.rename", channel=channel, name="stoves")
        self.call("conversations.setTopic", channel=channel, topic="Hot")
        self.call("conversations.setPurpose", channel=channel, purpose="Baking")
        self.call("conversations.archive", channel=channel)
        self.call("conversations.unarchive", channel=channel)
        self.call("conversations.leave", channel=channel)
        self.call("conversations.join", channel=channel)
        self.call("conversations.list", types="public_channel,private_channel,im,mpim")
        self.call("users.conversations")
        direct = self.call("conversations.open", users="U0REGULAR", return_im=True)
        self.call("conversations.close", channel=direct["channel"]["id"])

    def _people(self) -> None:
        self.call("users.info", user="U0REGULAR")
        self.call("users.list")
        self.call("bots.info", bot="B0BOT")
        self.call("users.lookupByEmail", email="regular@workspace.example")
        self.call("users.profile.set", user="U0REGULAR", profile={"status_text": "away"})
        self.call("users.profile.get", user="U0REGULAR")
        self.call("users.setPresence", presence="away")
        self.call("users.getPresence", user="U0BOT")
        group = self.call("usergroups.create", name="Helpers")["usergroup"]["id"]
        self.call("usergroups.users.update", usergroup=group, users="U0REGULAR")
        self.call("usergroups.users.list", usergroup=group)
        self.call("usergroups.update", usergroup=group, name="Responders")
        self.call("usergroups.list", include_users=True)
        self.call("usergroups.disable", usergroup=group)
        self.call("usergroups.enable", usergroup=group)
        self.call("team.info")
        self.call("emoji.list")

    def _files(self) -> None:
        self._web.files_upload_v2(content="a,b\n", filename="a.csv", channel=self._general())
        ticket = self.call("files.getUploadURLExternal", filename="b.txt", length=1)
        self._web._upload_file(
            url=ticket["upload_url"], data=b"b", logger=self._web._logger, timeout=30,
            proxy=None, ssl=None,
        )  # fmt: skip
        done = {"files": [{"id": ticket["file_id"], "title": "B"}], "channel_id": self._general()}
        file = self.call("files.completeUploadExternal", **done)["files"][0]["id"]
        self.call("files.info", file=file)
        self.call("files.list")
        self.call("files.sharedPublicURL", file=file)
        self.call("files.revokePublicURL", file=file)
        self.call("files.delete", file=file)
        remote = {"external_id": "1", "title": "Plan", "external_url": "https://example.com/plan"}
        self.call("files.remote.add", **remote)
        self.call("files.remote.update", external_id="1", title="Plans")
        self.call("files.remote.share", external_id="1", channels=self._general())
        self.call("files.remote.info", external_id="1")
        self.call("files.remote.list")
        self.call("files.remote.remove", external_id="1")

    def _general(self) -> str:
        return self.slack.workspace.conversation("general").id

    def _views(self) -> None:
        triggers = self.slack.interactivity.triggers
        view = self.call("views.open", trigger_id=triggers.new("U0REGULAR"), view=MODAL)["view"]
        self.call("views.update", view_id=view["id"], view=MODAL)
        self.call("views.push", trigger_id=triggers.new("U0REGULAR", view["id"]), view=MODAL)
        element = {"type": "text", "label": "What", "name": "what"}
        dialog = {"callback_id": "order", "title": "An order", "elements": [element]}
        self.call("dialog.open", trigger_id=triggers.new("U0REGULAR"), dialog=dialog)
        self.call("views.publish", user_id="U0REGULAR", view={"type": "home", "blocks": [SECTION]})

    def _assistant(self) -> None:
        thread = self.slack.open_assistant("regular")
        room = self.slack.workspace.open_dm(self.slack.workspace.user("regular")).id
        place = {"channel_id": room, "thread_ts": thread}
        self.call("assistant.threads.setStatus", **place, status="is thinking")
        self.call("assistant.threads.setTitle", **place, title="Time")
        prompts = [{"title": "Time", "message": "What time is it?"}]
        self.call("assistant.threads.setSuggestedPrompts", **place, prompts=prompts)
        for method, more in (("Success", {"outputs": {}}), ("Error", {"error": "no"})):
            execution = self.slack.run_function("step", {})
            self.call(f"functions.complete{method}", function_execution_id=execution, **more)

    def _calls(self) -> None:
        call = {"external_unique_id": "1", "join_url": "https://example.com", "title": "Baking"}
        made = self.call("calls.add", **call, created_by="U0REGULAR")["call"]["id"]
        users = [{"slack_id": "U0REGULAR"}, {"external_id": "2", "display_name": "Anna"}]
        self.call("calls.participants.add", id=made, users=users)
        self.call("calls.participants.remove", id=made, users=users[1:])
        self.call("calls.update", id=made, title="Cooking")
        self.call("calls.end", id=made, duration=60)
        self.call("calls.info", id=made)

    def _canvases(self) -> None:
        content = {"type": "markdown", "markdown": "# Bread\n\nFlour and water"}
        place = {"channel_id": self._general(), "document_content": content}
        self.call("conversations.canvases.create", **place)
        canvas = self.call("canvases.create", title="Recipes", document_content=content)
        id = canvas["canvas_id"]
        criteria = {"contains_text": "flour"}
        (found,) = self.call("canvases.sections.lookup", canvas_id=id, criteria=criteria)[
            "sections"
        ]
        change = {"operation": "replace", "section_id": found["id"], "document_content": content}
        self.call("canvases.edit", canvas_id=id, changes=[change])
        who = {"canvas_id": id, "user_ids": ["U0REGULAR"]}
        self.call("canvases.access.set", **who, access_level="write")
        self.call("canvases.access.delete", **who)
        self.call("canvases.delete", canvas_id=id)

    def _members_own(self) -> None:
        reminder = self.call("reminders.add", text="the bread", time="in 5 minutes")["reminder"]
        self.call("reminders.info", reminder=reminder["id"])
        self.call("reminders.complete", reminder=reminder["id"])
        self.call("reminders.list")
        self.call("reminders.delete", reminder=reminder["id"])
        self.call("dnd.setSnooze", num_minutes=5)
        self.call("dnd.endSnooze")
        self.call("dnd.endDnd")
        self.call("dnd.info", user="U0REGULAR")
        self.call("dnd.teamInfo", users="U0REGULAR,U0NEWCOMER")
        said = self.slack.say("worth keeping")
        star = {"channel": said.channel, "timestamp": said.ts}
        self.call("stars.add", **star)
        self.call("stars.list")
        self.call("stars.remove", **star)
        picture = self._member.users_setPhoto(image=io.BytesIO(b"\x89PNG"))
        self.answers["users.setPhoto"] = picture.data  # type: ignore[assignment]
        self.call("users.deletePhoto")
        self.call("users.identity")
        self.call("openid.connect.userInfo")
        self.call("team.profile.get")

    def _connected(self) -> None:
        channel, to = self.slack.workspace.conversation("random").id, "pat@partner.example"
        self.call("conversations.inviteShared", channel=channel, emails=to)
        invite = {"invite_id": self.slack.receive_invite()}
        self.call("conversations.acceptSharedInvite", **invite, channel_name="partners")
        self.call("conversations.listConnectInvites")
        self.call("conversations.approveSharedInvite", **invite)
        made = self.slack.workspace.conversation("partners")
        self.slack.workspace.join_channel(made.id, "regular")
        self.call("admin.conversations.disconnectShared", channel_id=made.id)
        self.call("conversations.declineSharedInvite", invite_id=self.slack.receive_invite())

    def _requested_apps(self) -> None:
        ids = [self.slack.request_app(f"bot{number}", scopes=["im:read"]) for number in range(4)]
        self.call("admin.apps.requests.list")
        self.call("admin.apps.requests.cancel", request_id=ids[0])
        self.call("admin.apps.approve", request_id=ids[1])
        self.call("admin.apps.approved.list")
        self.call("admin.apps.restrict", request_id=ids[2])
        listed = self.call("admin.apps.restricted.list")
        self.call("admin.apps.clearResolution", app_id=listed["restricted_apps"][0]["app"]["id"])

    def _agents(self) -> None:
        self.call("blocks.validate", blocks=[SECTION])
        self.call("developer.sampleData.get", query="echo")
        made = self.call("agents.conversations.create", name="Fix flaky test")["channel_id"]
        place = {"channel_id": made}
        diff = {"type": "diff", "content": "diff --git a/a b/a", "view_key": "diff"}
        self.call("agents.conversations.setView", **place, **diff)
        self.call("agents.conversations.listViews", **place)
        self.call("agents.conversations.removeView", **place, view_key="diff")
        commands = [{"name": "test", "description": "Run the tests"}]
        self.call("agents.conversations.setCommands", **place, commands=commands)
        self.call("agents.conversations.setProperties", **place, code_channel={})
        canvas = self.call("canvases.create", title="Plan")["canvas_id"]
        plan = {"channel": made, "canvas_id": canvas}
        self.call("agents.conversations.setCanvasContent", **plan, content="# Plan")
        self.call("agents.conversations.getCanvas", **plan)
        self.call("agents.conversations.archive", **place)
        direct = self.slack.workspace.open_dm(self.slack.workspace.user("regular")).id
        self.call("agents.sessions.setStatus", channel_id=direct, status="processing")
        self.call("agents.sessions.rename", channel_id=direct, title="Tests")

    def _installation(self) -> None:
        self.call("auth.teams.list")
        context = envelopes.wrap(self.slack.identity, {"type": "message"})
        context = msgspec.json.decode(context.body)["event_context"]
        self.call("apps.event.authorizations.list", event_context=context)
        trigger = self.slack.open_details("https://example.com/1")
        self.call("entity.presentDetails", trigger_id=trigger, metadata=OBJECT)
        code = self.slack.installations.approve("U0REGULAR", [], user_scopes=["openid", "email"])
        self.call("openid.connect.token", code=code, client_id="1.2", client_secret="x")
        code = self.slack.installations.approve("U0REGULAR", ["chat:write", "incoming-webhook"])
        self.call("oauth.v2.access", code=code, client_id="1.2", client_secret="x")
        self.call("auth.revoke")
        self._web.token = "xoxb-2"
        self.call("apps.uninstall", client_id="1.2", client_secret="x")
