"""The types of rows in the table of actors. All times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from gopherbot.table.watches import Watch

MINUTE = 60
HOUR = 60 * MINUTE

BACKGROUND = "background"
"""The queue for periodic work, and for events that no member is waiting on."""
INTERACTION = "slack_interaction"
"""The queue for what members do with shortcuts, modals and buttons. What waits there is sealed."""

Clock = Literal["ts", "event_time"]
"""The timestamp that gives an event's age: the message's `ts` or the envelope's `event_time`."""


@dataclass(frozen=True, slots=True)
class EventActor:
    """An actor that handles Slack events as the gateway receives them."""

    name: str
    """The actor's name in Dramatiq. Queued messages refer to it: renaming an actor loses them."""
    help: str
    """What it does, in one line."""
    _: KW_ONLY
    handler: str
    """ROOM.MODULE.FUNCTION. It is called with a `WorkerContext` and the envelope as bytes."""
    type: str
    """The event's type. Rows with the same type differ in one of the next two fields."""
    channel_types: frozenset[str] = frozenset()
    """The `channel_type`s it takes; if empty, all that no other row takes."""
    subtypes: frozenset[str] = frozenset()
    """The `subtype`s it takes; if empty, all that no other row takes."""
    queue: str = BACKGROUND
    max_age: int
    """Older events are dropped, both before the first attempt and before each retry."""
    clock: Clock = "event_time"
    time_limit: int = 10
    max_backoff: int = 60
    """The maximum delay between two retries."""
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    """The events to subscribe to, each with the scope that Slack requires for it."""
    scopes: tuple[str, ...] = ()
    """Further scopes it needs, except those for rules' answers (see `commands/manifest.py`)."""
    rules: str = ""
    """Subscribe only if the content has a rule of this kind (a value of `model.Kind`)."""
    watcher: str = ""
    """Subscribe only if the watcher with this name runs."""
    moderation: str = ""
    """Subscribe only if `moderation.toml` has this table."""
    or_moderation: str = ""
    """Subscribe if `moderation.toml` has this table, whatever else is missing."""


ANY_TABLE = "*"

InteractionKind = Literal[
    "message_action", "shortcut", "view_submission", "view_closed", "block_actions"
]
"""The `type` of what Slack sends when a member uses a shortcut, a modal or a button."""
SHORTCUTS: Mapping[InteractionKind, Literal["global", "message"]] = {
    "message_action": "message",
    "shortcut": "global",
}
"""The kinds that Slack lists in its menus, each with its type in the app's manifest."""


@dataclass(frozen=True, slots=True)
class InteractionActor:
    """An actor that handles what members do with a shortcut, a modal, a button or a menu."""

    name: str
    """The actor's name in Dramatiq. Queued messages refer to it: renaming an actor loses them."""
    help: str
    """What it does, in one line."""
    _: KW_ONLY
    handler: str
    """ROOM.MODULE.FUNCTION. It is called with a `WorkerContext` and an `Interaction`."""
    kind: InteractionKind
    id: str
    """The `callback_id` of the shortcut or view, or the `action_id` of the button."""
    title: str = ""
    """A shortcut's name in Slack's menus: 24 characters at most."""
    queue: str = INTERACTION
    max_age: int = 30 * MINUTE
    """Older ones are dropped. The default is as long as a member can still be answered."""
    time_limit: int = 10
    max_backoff: int = 15
    """The maximum delay between two retries."""
    scopes: tuple[str, ...] = ()
    """The scopes that its Slack calls need, except those for rules' answers."""
    moderation: str = ""
    """Offer it only if `moderation.toml` has this table, or with `ANY_TABLE`, one of the others."""


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic actor: unless `handler` says otherwise, `run` in the file with its name.

    A job with a `table` is a watcher. It runs if `watchers.toml` has a table with its name, and
    gets that table as an argument. All other jobs run in every community.
    """

    name: str
    help: str
    """What it does, in one line."""
    _: KW_ONLY
    every: int
    """The interval between runs."""
    every_in_shadow: int = 0
    """The interval in shadow mode; 0 means `every`."""
    time_limit: int = 5 * MINUTE
    scopes: tuple[str, ...] = ()
    """The scopes its Slack calls need, except the one for posting under another name."""
    rules: str = ""
    """Request `scopes` only if the content has a rule of this kind (a value of `model.Kind`)."""
    table: type[Watch] | None = None
    """The type of its table in `watchers.toml`."""
    many: bool = False
    """Whether it runs once per table below its name, such as `[feeds."The Go Blog"]`."""
    channel: str = ""
    """The channel it posts to if `watchers.toml` has no table for it."""
    address: str = ""
    """The address `gopherbot check` reads. Braces refer to services and keys of its table."""
    handler: str = ""
    """ROOM.MODULE.FUNCTION, if it is not WATCHERS_OR_MAINTENANCE.NAME.run."""

    @property
    def runs(self) -> str:
        """Return ROOM.MODULE.FUNCTION of what it runs."""
        room = "watchers" if self.table else "maintenance"
        return self.handler or f"{room}.{self.name}.run"


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job as the scheduler sends it and `status` shows it. Each table of a watcher is one job."""

    name: str
    actor: str
    entry: str
    every: int
    every_in_shadow: int = 0

    def period(self, *, shadow: bool) -> int:
        """Return the seconds between two runs; a message that waited longer is dropped."""
        return self.every_in_shadow if shadow and self.every_in_shadow else self.every
