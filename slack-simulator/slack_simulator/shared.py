"""What all apps of a workspace share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_simulator.extensions import Extensions
from slack_simulator.feed import entries
from slack_simulator.feed.feed import Feed
from slack_simulator.services import Services
from slack_simulator.web_api.schedule import Schedule
from slack_simulator.web_api.uploads import Uploads
from slack_simulator.web_api.user_groups import UserGroups
from slack_simulator.workspace.changes import Change
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.setup import WorkspaceSetup
from slack_simulator.workspace.timestamps import Clock
from slack_simulator.workspace.workspace import Workspace

if TYPE_CHECKING:
    from slack_simulator.apps.app import App

SEEDED_START = 1_750_000_000.0
"""The time at which a seeded simulator starts: 15 June 2025."""


class Shared:
    """Slack without its apps: `Components` says what is in it.

    `apps` are by their ID, and `url` is where it listens, once it does.
    """

    def __init__(self, setup: WorkspaceSetup, *, seed: int | None = None) -> None:
        """Create it. With `seed`, IDs are the same each time and the clock stands."""
        self.setup = setup
        self.clock = Clock(None if seed is None else SEEDED_START)
        self.ids = Ids(seed)
        self.feed = Feed()
        self.workspace = Workspace(setup, self._observe, self.clock, self.ids)
        self.user_groups = UserGroups(self.workspace)
        self.schedule = Schedule(self.workspace)
        self.uploads = Uploads(self.ids)
        self.services = Services(self.feed)
        self.extensions = Extensions()
        self.apps: dict[str, App] = {}
        self.url = ""

    def close(self) -> None:
        """Stop all that waits, and close the apps' connections."""
        self.schedule.close()
        self.services.close()
        self.feed.close()
        for app in self.apps.values():
            app.disconnect()

    def _observe(self, change: Change) -> None:
        """Log a change in the feed, and send each app the events that it subscribes to."""
        sent = [(app, event) for app in self.apps.values() for event in app.events_of(change)]
        change.event_ids = [envelope.event_id for _, envelope in sent]
        identity = self.setup.identity
        self.feed.append(*entries.entry(identity, change, files_url=self.url, apps=self.apps))
        for app, envelope in sent:
            app.deliveries.send(envelope)
