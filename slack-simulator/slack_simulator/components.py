"""The components of the simulator, wired together so that a change in one reaches the others."""

import time
from collections.abc import Mapping, Sequence

from slack_simulator.events import envelopes, payloads
from slack_simulator.events.delivery import Deliveries
from slack_simulator.extensions import Extensions
from slack_simulator.feed import entries
from slack_simulator.feed.feed import Feed
from slack_simulator.interactivity.app_requests import AppRequests
from slack_simulator.interactivity.interactivity import Interactivity
from slack_simulator.interactivity.views import View, Views
from slack_simulator.services import Services
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.web_api.faults import Faults
from slack_simulator.web_api.web_api import WebApi
from slack_simulator.workspace.changes import Change
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.setup import WorkspaceSetup
from slack_simulator.workspace.workspace import Workspace


class Components:
    """The simulator without its HTTP server.

    `workspace`      members, conversations and messages
    `deliveries`     sends events to the app
    `web_api`        answers the app's calls
    `faults`         makes those calls fail
    `interactivity`  slash commands, shortcuts, buttons, modals and the Home tab
    `socket_mode`    the app's WebSocket connections, used in place of a gateway
    `services`       simulates other sites
    `feed`           logs everything that happens
    `subscriptions`  the event types that the app subscribes to
    `suggestions`    completions that the page offers while a member types: objects with `text`
                     (a command or a prefix) and `help`
    `extensions`     what the app reports to the page about itself
    """

    def __init__(self, setup: WorkspaceSetup, signing_secret: str) -> None:
        self.setup = setup
        self.identity = setup.identity
        self.signing_secret = signing_secret
        self.feed = Feed()
        self.faults = Faults()
        self.workspace = Workspace(setup, self._observe)
        self.socket_mode = SocketMode(self.identity)
        self.deliveries = Deliveries(self.feed, signing_secret, self.socket_mode)
        requests = AppRequests(self.feed, self.deliveries, self.socket_mode)
        views = Views(self.identity, self._observe_view)
        self.interactivity = Interactivity(self.workspace, requests, views)
        self.web_api = WebApi(
            self.workspace, self.feed, self.faults, self.interactivity, self.socket_mode
        )
        self.services = Services(self.feed)
        self.subscriptions = set(payloads.EVERY_EVENT)
        self.suggestions: Sequence[Mapping[str, str]] = ()
        self.extensions = Extensions()

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

    def deliver(self, event: Json, **overrides: object) -> str:
        """Deliver an inner event and return its ID. `overrides` replace fields of the envelope."""
        envelope = envelopes.wrap(self.identity, event, **overrides)
        self.feed.append("event", {"event": event, "event_ids": [envelope.event_id]})
        self.deliveries.send(envelope)
        return envelope.event_id

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the app's Home tab, or its Messages tab, as a member and notify the app."""
        member = self.workspace.user(user)
        event: Json = {
            "type": "app_home_opened",
            "user": member.id,
            "channel": self.workspace.open_dm(member).id,
            "tab": tab,
            "event_ts": f"{time.time():.6f}",
        }
        view = self.interactivity.views.home(member.id)
        if view is not None and tab == "home":
            event["view"] = view.shape
        self.deliver(event)

    def _observe_view(self, action: str, view: View) -> None:
        facts = {"action": action, "view_id": view.id, "user": view.user, "view": view.shape}
        self.feed.append("view", facts)

    def _observe(self, change: Change) -> None:
        """Log a change in the feed and send the bot the events that it subscribes to."""
        files_url = self.web_api.files_url
        inner = payloads.of_change(self.identity, change, files_url=files_url)
        wanted = [event for event in inner if event["type"] in self.subscriptions]
        wrapped = [envelopes.wrap(self.identity, event) for event in wanted]
        change.event_ids = [envelope.event_id for envelope in wrapped]
        kind, facts = entries.entry(self.identity, change, files_url=files_url)
        self.feed.append(kind, facts)
        for envelope in wrapped:
            self.deliveries.send(envelope)
