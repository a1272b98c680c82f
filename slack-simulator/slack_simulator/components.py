"""The components of the simulator, wired together so that a change in one reaches the others."""

import fnmatch
import threading
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from slack_simulator import coverage
from slack_simulator.events import envelopes, examples, payloads
from slack_simulator.events.delivery import Deliveries
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.events.event_faults import EventFault
from slack_simulator.events.payloads import EVERY_EVENT
from slack_simulator.interactivity.app_requests import AppRequests
from slack_simulator.interactivity.interactivity import Interactivity
from slack_simulator.interactivity.views import View, Views
from slack_simulator.interactivity.webhooks import Webhooks
from slack_simulator.shared import Shared
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.web_api.caller import SCOPE_FAMILY, STEP_TOKEN, Backend
from slack_simulator.web_api.fault_lines import faults_of
from slack_simulator.web_api.faults import Fault, Faults
from slack_simulator.web_api.installations import Installations
from slack_simulator.web_api.methods import connect
from slack_simulator.web_api.web_api import WebApi
from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import Change
from slack_simulator.workspace.objects import AppIdentity, Json, User
from slack_simulator.workspace.setup import AppSetup


class Components:
    """An app in its workspace, without an HTTP server.

    All apps of a workspace share these:
    `workspace`      members, conversations and messages
    `services`       simulates other sites
    `user_groups`, `schedule`, `uploads`
                     what their names say
    `clock`          Slack's time, which can be advanced
    `feed`           logs everything that happens

    Each app has its own:
    `deliveries`     sends events to the app
    `web_api`        answers the app's calls
    `faults`         makes those calls fail
    `interactivity`  slash commands, shortcuts, buttons, modals and the Home tab
    `socket_mode`    the app's WebSocket connections, used in place of a gateway
    `installations`, `webhooks`
                     what their names say
    `subscriptions`  the event types that the app subscribes to
    `suggestions`    completions that the page offers while a member types: objects with `text`
                     (a command or a prefix) and `help`
    `extensions`     what the app reports to the page about itself
    """

    def __init__(
        self, shared: Shared, identity: AppIdentity, app: AppSetup, signing_secret: str
    ) -> None:
        self.shared = shared
        self.setup = shared.setup
        self.clock = shared.clock
        self.ids = shared.ids
        self.feed = shared.feed
        self.faults = Faults()
        self.workspace = shared.workspace
        self.user_groups = shared.user_groups
        self.schedule = shared.schedule
        self.uploads = shared.uploads
        self.services = shared.services
        self.extensions = shared.extensions
        self.identity = identity
        self.app_setup = app
        self.signing_secret = signing_secret
        self.socket_mode = SocketMode(identity)
        self.deliveries = Deliveries(identity.app_id, self.feed, signing_secret, self.socket_mode)
        path = app.interactivity_path
        requests = AppRequests(identity.app_id, self.feed, self.deliveries, self.socket_mode, path)
        views = Views(identity, self._observe_view, self.clock, self.ids)
        self.interactivity = Interactivity(identity, self.workspace, requests, views, self.feed)
        self.webhooks = Webhooks(identity, self.workspace)
        self.installations = Installations(self.clock, self.ids, rotates=app.token_rotation)
        self._assistants: dict[str, str] = {}
        """Member ID → the `ts` of the assistant's thread."""
        backend = Backend(
            identity=identity,
            workspace=self.workspace,
            user_groups=self.user_groups,
            schedule=self.schedule,
            uploads=self.uploads,
            installations=self.installations,
            interactivity=self.interactivity,
            webhooks=self.webhooks,
            socket_mode=self.socket_mode,
            executions=self.interactivity.executions,
            uninstall=self.uninstall,
        )
        self.web_api = WebApi(backend, app, self.feed, self.faults, coverage.advice)
        self.subscriptions = set(EVERY_EVENT if app.events is None else app.events)
        self.suggestions: Sequence[Mapping[str, str]] = ()
        self.scenario_stop = threading.Event()
        """Stops the scenario that is played in the background, if there is one."""

    @property
    def bot(self) -> User:
        """The app's bot user."""
        return self.workspace.users[self.identity.bot_user_id]

    @property
    def gateway(self) -> list[str]:
        """The addresses that take turns receiving events. Set it to one, several or None."""
        return self.deliveries.gateways

    @gateway.setter
    def gateway(self, addresses: str | Sequence[str] | None) -> None:
        if isinstance(addresses, str):
            addresses = [addresses]
        self.deliveries.gateways = list(addresses or ())

    @property
    def latency(self) -> float:
        """The minimum duration of every Web API call in seconds. Can be set."""
        return self.web_api.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.web_api.latency = seconds

    def listen_at(self, url: str) -> None:
        """Give the app addresses below `url`."""
        self.web_api.files_url = url
        self.interactivity.response_urls.base = f"{url}/hooks/{self.identity.app_id}"
        self.webhooks.base = url

    def disconnect(self) -> None:
        """Close the app's connections, without waiting for requests in flight."""
        self.web_api.close()
        self.deliveries.close()
        self.socket_mode.close()

    def deliver(self, event: Json, **overrides: object) -> str:
        """Deliver an inner event and return its ID. `overrides` replace fields of the envelope."""
        envelope = self._wrap(event, overrides)
        self.feed.append("event", {"event": event, "event_ids": [envelope.event_id]})
        self.deliveries.send(envelope)
        return envelope.event_id

    def deliver_example(self, kind: str, fields: Mapping[str, object] | None = None) -> str:
        """Deliver an event that nothing here causes, such as `team_rename`, and return its ID.

        `fields` replace those of an example of it. Raise `ValueError` if there is none.
        """
        identity, member = self.identity, self.workspace.user("regular")
        channel = next(iter(self.workspace.conversations.values()))
        facts = {
            "app": identity.app_id,
            "app_name": identity.bot_name,
            "team": identity.team_id,
            "team_name": identity.team_name,
            "domain": identity.domain,
            "user": member.id,
            "user_name": member.name,
            "email": member.email,
            "member": shapes.user(identity, member),
            "channel": channel.id,
            "channel_name": channel.name,
            "dm": self.workspace.open_dm(member, self.bot).id,
            "now": int(self.clock.now()),
            "later": int(self.clock.now()) + 14 * 24 * 60 * 60,
            "stamp": self.clock.stamp(),
        }
        return self.deliver(examples.example(kind, facts, fields or {}))

    def open_details(self, url: str, user: str = "regular", reference: str = "1") -> str:
        """Open what the app shows beside a link that it unfurled as an object, as a member.

        `reference` is the app's own ID of the object. Return the trigger that answers it.
        """
        member = self.workspace.user(user)
        trigger = self.interactivity.triggers.new(member.id)
        event: Json = {
            "type": "entity_details_requested",
            "user": member.id,
            "trigger_id": trigger,
            "link": {"url": url, "domain": urlsplit(url).hostname or ""},
            "entity_url": url,
            "app_unfurl_url": url,
            "external_ref": {"id": reference},
            "user_locale": "en-US",
            "event_ts": self.clock.stamp(),
        }
        self.deliver(event)
        return trigger

    def edit_details(
        self, url: str, user: str = "regular", reference: str = "1", **fields: str
    ) -> None:
        """Change an object that the app unfurled, as a member: its fields by their names."""
        self.interactivity.edit_details(url, user, reference, fields)

    def receive_invite(self, channel: str = "partners", to: str = "regular") -> str:
        """Invite a member to a channel of another workspace, by Slack Connect. Return the ID."""
        about = {"id": self.ids.new("C0", 7), "is_private": False, "is_im": False, "name": channel}
        member, workspace = self.workspace.user(to), self.workspace
        recipient = {"recipient_email": member.email, "recipient_user_id": member.id}
        made = connect.invite(workspace, connect.PARTNER, about, recipient, incoming=True)
        return str(made["invite"]["id"])

    def answer_invite(self, invite: str, answer: connect.Answer) -> None:
        """Accept, approve or decline the app's invitation, as the workspace that it invited.

        Raise `invite_not_found`, also if it is approved before it was accepted.
        """
        connect.answer(self.workspace, invite, answer, connect.PARTNER)

    def fault(self, text: str) -> None:
        """Make Slack fail as a line says, or as a named set does; see `fault_lines.py`.

        Raise `ValueError`, which says what is wrong with the line.
        """
        for fault in faults_of(text):
            if isinstance(fault, EventFault):
                self.deliveries.faults.add(fault)
            else:
                self.add_fault(fault)

    def add_fault(self, fault: Fault) -> None:
        """Make calls fail. Raise `ValueError` if no method of Slack's or answer has that name."""
        if not fnmatch.filter((*coverage.slack_methods(), *self.web_api.answers), fault.method):
            raise ValueError(coverage.advice(fault.method))
        self.faults.add(fault)

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the app's Home tab, or its Messages tab, as a member and notify the app."""
        member = self.workspace.user(user)
        event: Json = {
            "type": "app_home_opened",
            "user": member.id,
            "channel": self.workspace.open_dm(member, self.bot).id,
            "tab": tab,
            "event_ts": self.clock.stamp(),
        }
        view = self.interactivity.views.home(member.id)
        if view is not None and tab == "home":
            event["view"] = view.shape
        self.deliver(event)

    def open_assistant(self, user: str, context: str = "") -> str:
        """Open the app's assistant as a member who looks at channel `context`. Return its thread.

        The thread is in the member's DM with the app; the member's messages there have its `ts`.
        """
        member = self.workspace.user(user)
        conversation = self.workspace.open_dm(member, self.bot)
        root = self._assistants.get(member.id)
        kind = "assistant_thread_context_changed" if root else "assistant_thread_started"
        root = root or self.workspace.start_thread(conversation, self.bot)
        self._assistants[member.id] = root
        place = {"channel_id": self.workspace.conversation(context).id} if context else {}
        thread: Json = {
            "user_id": member.id,
            "context": {**place, "team_id": self.identity.team_id, "enterprise_id": None},
            "channel_id": conversation.id,
            "thread_ts": root,
        }
        stamp = self.clock.stamp()
        self.deliver({"type": kind, "assistant_thread": thread, "event_ts": stamp})
        return root

    def run_function(self, callback_id: str, inputs: Json) -> str:
        """Run the app's workflow step with this callback ID. Return the execution's ID."""
        execution = self.ids.new("Fx0", 10)
        function: Json = {
            "id": self.ids.new("Fn0", 10),
            "callback_id": callback_id,
            "title": callback_id,
            "type": "app",
            "input_parameters": [],
            "output_parameters": [],
            "app_id": self.identity.app_id,
            "date_created": int(self.clock.now()),
            "date_updated": int(self.clock.now()),
            "date_deleted": 0,
        }
        token = STEP_TOKEN + execution
        self.interactivity.executions[execution] = {
            "function_data": {
                "execution_id": execution,
                "function": {"callback_id": callback_id},
                "inputs": inputs,
            },
            "bot_access_token": token,
        }
        self.deliver(
            {
                "type": "function_executed",
                "function": function,
                "inputs": inputs,
                "function_execution_id": execution,
                "workflow_execution_id": self.ids.new("Wx0", 10),
                "bot_access_token": token,
                "event_ts": self.clock.stamp(),
            }
        )
        return execution

    def uninstall(self) -> None:
        """Uninstall the app as an admin: its tokens are revoked, and it is told."""
        self.installations.revoke_all()
        tokens = {"oauth": [], "bot": [self.identity.bot_user_id]}
        self.deliver({"type": "tokens_revoked", "tokens": tokens, "event_ts": self.clock.stamp()})
        self.deliver({"type": "app_uninstalled", "event_ts": self.clock.stamp()})

    def events_of(self, change: Change) -> list[EventEnvelope]:
        """Return the events about a change that the app subscribes to, the main one first."""
        inner = payloads.of_change(
            self.identity,
            change,
            files_url=self.web_api.files_url,
            domains=self.app_setup.unfurl_domains,
        )
        return [self._wrap(event, {}) for event in inner if self._wants(event)]

    def _wrap(self, event: Json, overrides: Mapping[str, object]) -> EventEnvelope:
        named: Json = {"event_time": int(self.clock.now())}
        if self.ids.is_seeded:
            named["event_id"] = self.ids.new("Ev0", 10)
        return envelopes.wrap(self.identity, event, **{**named, **overrides})

    def _wants(self, event: Json) -> bool:
        """Return whether the app subscribes to an event, as in `message` or `message.channels`."""
        if event["type"].startswith("message_metadata_") and not self._wants_metadata(event):
            return False
        family = SCOPE_FAMILY.get(event.get("channel_type", ""), "")
        return not self.subscriptions.isdisjoint({event["type"], f"{event['type']}.{family}"})

    def _wants_metadata(self, event: Json) -> bool:
        """Return whether the app subscribes to this metadata, of its type and by its app."""
        wanted = self.app_setup.metadata_subscriptions
        metadata = event.get("metadata") or event.get("previous_metadata") or {}
        return wanted is None or any(
            each.app_id in {"*", event["app_id"]}
            and each.event_type in {"*", metadata.get("event_type")}
            for each in wanted
        )

    def _observe_view(self, action: str, view: View) -> None:
        facts = {"action": action, "view_id": view.id, "user": view.user, "view": view.shape}
        self.feed.append("view", {"app": self.identity.app_id, **facts})
