"""The components of the simulator, wired together: what happens in one is told to the others."""

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

    `workspace` is what there is, `deliveries` sends events, `web_api` answers the bot, `faults`
    makes it fail, `services` stands in for other sites, and `feed` logs all of it.
    `subscriptions` are the types of event that the app asked for, `suggestions` what the page
    offers while somebody types: objects with `text` (a command or a prefix) and `help`.
    `extensions` is what the app tells the page about itself, `interactivity` what members do to it
    besides talking, `socket_mode` how it may be connected in place of a gateway.
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
        """Where events are delivered to, in turn. May be set to one address, several or None."""
        return self.deliveries.gateways

    @gateway.setter
    def gateway(self, addresses: str | Sequence[str] | None) -> None:
        if isinstance(addresses, str):
            addresses = [addresses]
        self.deliveries.gateways = list(addresses or ())

    @property
    def latency(self) -> float:
        """Seconds that every call of the Web API takes at least; may be set."""
        return self.web_api.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.web_api.latency = seconds

    def deliver(self, event: Json, **overrides: object) -> str:
        """Deliver any inner event; overrides replace fields of the envelope. Return its id."""
        envelope = envelopes.wrap(self.identity, event, **overrides)
        self.feed.append("event", {"event": event, "event_ids": [envelope.event_id]})
        self.deliveries.send(envelope)
        return envelope.event_id

    def open_home(self, user: str, tab: str = "home") -> None:
        """Have a member open the app's Home tab, or the messages beside it: the app is told."""
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
        """Log a change in the feed and send the bot the events that tell of it."""
        files_url = self.web_api.files_url
        inner = payloads.of_change(self.identity, change, files_url=files_url)
        wanted = [event for event in inner if event["type"] in self.subscriptions]
        wrapped = [envelopes.wrap(self.identity, event) for event in wanted]
        change.event_ids = [envelope.event_id for envelope in wrapped]
        kind, facts = entries.entry(self.identity, change, files_url=files_url)
        self.feed.append(kind, facts)
        for envelope in wrapped:
            self.deliveries.send(envelope)
