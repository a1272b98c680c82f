"""The table of actors: one row for each actor that an event or the clock starts.

All else follows from the rows: how the gateway routes, what Dramatiq declares, the age limits, the
scheduler's jobs, the scopes and subscriptions of `gopherbot manifest`, what `gopherbot check`
probes, `gopherbot status`, and the docs. An actor is one file and one row: a watcher's file is in
`watchers/`, another job's in `maintenance/`, and that of an event's actor in `events/`.

It loads nothing heavy, because the gateway and the scheduler read it, too, and imports nothing of
ours but the shapes of watchers' tables. All times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from gopherbot.actors.watch_tables import FeedWatch, GerritWatch, LiveWatch, SocialWatch, Watch

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MESSAGE_PRIVATE = "slack_message_private"
MESSAGE_PUBLIC = "slack_message_public"
TEAM_JOIN = "slack_team_join"
CHANNEL_JOIN = "slack_channel_join"
BACKGROUND = "background"
"""The queue of periodic work, and of events for which nobody waits."""

PRIVATE_CHANNELS = frozenset({"im", "mpim", "group", "app_home"})
"""The `channel_type`s of conversations that are not public."""

PROBE_EVENT = "gopherbot_probe"
"""The type of an event of our own (`maintenance/probe.py`); Slack has none like it."""

Clock = Literal["ts", "event_time"]
"""What tells how old an event is: a message's own `ts`, or its envelope's `event_time`."""


@dataclass(frozen=True, slots=True)
class EventActor:
    """An actor that takes Slack's events, as the gateway gets them."""

    name: str
    """What Dramatiq calls it; its messages wait in Redis under this name, and are lost without."""
    help: str
    """What it does, in a line."""
    _: KW_ONLY
    handler: str
    """ROOM.MODULE.FUNCTION, called with a `WorkerContext` and the envelope, as bytes."""
    type: str
    """The event's type. One type goes to one actor, unless the next two tell them apart."""
    channel_types: frozenset[str] = frozenset()
    """Only events with one of these `channel_type`s; empty: every event that no other row takes."""
    subtypes: frozenset[str] = frozenset()
    """Only events with one of these `subtype`s; empty: every event that no other row takes."""
    queue: str = BACKGROUND
    max_age: int
    """Older events are dropped, when work starts and before each retry."""
    clock: Clock = "event_time"
    time_limit: int = 10
    max_backoff: int = 60
    """The longest wait between two retries."""
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    """The events to subscribe to, each with the scope that Slack asks for it."""
    scopes: tuple[str, ...] = ()
    """The scopes that it needs besides, but for what rules answer (`operations/scopes.py`)."""
    rules: str = ""
    """Subscribed to only if the content has a rule of this kind (a value of `model.Kind`)."""
    watcher: str = ""
    """Subscribed to only if the watcher of this name runs."""


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic actor: the function `run` of the file of its name.

    A job with a `table` is a watcher: it runs where `watchers.toml` has a table of its name, and is
    called with that table. The others run in every community.
    """

    name: str
    help: str
    """What it does, in a line."""
    _: KW_ONLY
    every: int
    every_in_shadow: int = 0
    """Seconds between runs in shadow mode; 0 stands for `every`."""
    time_limit: int = 5 * MINUTE
    scopes: tuple[str, ...] = ()
    """The scopes that its calls to Slack need, but for posting under another name."""
    rules: str = ""
    """It needs them only if the content has a rule of this kind (a value of `model.Kind`)."""
    table: type[Watch] | None = None
    """The shape of its table in `watchers.toml`."""
    many: bool = False
    """Whether it runs once for each table below its name, as `[feeds."The Go Blog"]`."""
    channel: str = ""
    """The channel in which it speaks where `watchers.toml` says nothing of it."""
    address: str = ""
    """What `gopherbot check` reads: with the services' addresses and its table's keys in braces."""

    @property
    def module(self) -> str:
        """Return the file that does it, as a module of this package."""
        return f"{'watchers' if self.table else 'maintenance'}.{self.name}"


EVENT_ACTORS = (
    EventActor(
        MESSAGE_PRIVATE,
        "answers messages in DMs, group DMs and private channels",
        handler="events.messages.handle",
        type="message",
        channel_types=PRIVATE_CHANNELS,
        queue=MESSAGE_PRIVATE,
        max_age=30,
        clock="ts",
        max_backoff=4,
        subscriptions={
            "message.im": "im:history",
            "message.mpim": "mpim:history",
            "message.groups": "groups:history",
        },
    ),
    EventActor(
        MESSAGE_PUBLIC,
        "answers messages in public channels",
        handler="events.messages.handle",
        type="message",
        queue=MESSAGE_PUBLIC,
        max_age=30,
        clock="ts",
        max_backoff=4,
        subscriptions={"message.channels": "channels:history"},
    ),
    *(
        EventActor(
            f"{queue}_changed",
            handler="events.edits.handle",
            help="makes the answers to an edited or deleted message true again",
            type="message",
            channel_types=channel_types,
            subtypes=frozenset({"message_changed", "message_deleted"}),
            queue=queue,
            max_age=10 * MINUTE,  # nothing new is said after 30 s, but what is wrong is put right
            clock="ts",
            max_backoff=15,
        )
        for queue, channel_types in (
            (MESSAGE_PRIVATE, PRIVATE_CHANNELS),
            (MESSAGE_PUBLIC, frozenset[str]()),
        )
    ),
    EventActor(
        "slack_reaction_added",
        handler="events.reactions.handle",
        help="takes an answer back when its asker or a moderator puts a cross on it",
        type="reaction_added",
        max_age=10 * MINUTE,
        max_backoff=15,
        subscriptions={"reaction_added": "reactions:read"},
    ),
    EventActor(
        TEAM_JOIN,
        "welcomes new members by DM",
        handler="events.joins.handle_team_join",
        type="team_join",
        queue=TEAM_JOIN,
        max_age=DAY,
        max_backoff=10 * MINUTE,
        subscriptions={"team_join": "users:read"},
        rules="team_join",
    ),
    EventActor(
        CHANNEL_JOIN,
        "welcomes members to a channel that has a welcome",
        handler="events.joins.handle_channel_join",
        type="member_joined_channel",
        queue=CHANNEL_JOIN,
        max_age=10 * MINUTE,
        subscriptions={"member_joined_channel": "channels:read"},
        rules="channel_join",
    ),
    *(
        EventActor(
            f"{event}_event",
            "keeps the channel cache right between two fills",
            handler="events.channel_changes.handle",
            type=event,
            max_age=10 * MINUTE,  # by then the cache was filled again
            subscriptions={event: "channels:read"},
        )
        for event in (
            *("channel_created", "channel_rename", "channel_deleted"),
            *("channel_archive", "channel_unarchive"),
        )
    ),
    EventActor(
        "emoji_changed",
        "notes new emoji for the watcher that tells of them",
        handler="watchers.community.handle_emoji",
        type="emoji_changed",
        max_age=HOUR,
        subscriptions={"emoji_changed": "emoji:read"},
        watcher="emoji_added",
    ),
    EventActor(
        BACKGROUND,
        "notes that the probe came through",
        handler="maintenance.probe.handle",
        type=PROBE_EVENT,
        max_age=MINUTE,
        max_backoff=4,
    ),
)

JOBS = (
    Job("probe", "sends an event of our own the way that Slack's events go", every=MINUTE),
    Job(
        "round_trip",
        "sees whether Slack still sends us events, where a channel is set for it",
        every=10 * MINUTE,
        scopes=("chat:write",),
    ),
    Job(
        "missed_joins",
        "welcomes members who joined while Slack was not heard, where that is switched on",
        every=10 * MINUTE,
        time_limit=30 * MINUTE,
        scopes=("users:read",),
        rules="team_join",
    ),
    Job(
        "channel_cache",
        "reads the names of all public channels",
        every=10 * MINUTE,
        scopes=("channels:read",),
    ),
    Job(
        "gerrit",
        "announces merged changes from Gerrit",
        every=10 * MINUTE,
        every_in_shadow=HOUR,
        scopes=("chat:write",),
        table=GerritWatch,
        address="{gerrit}/changes/?q=status:merged&n=1",
    ),
    *(
        Job(
            name,
            help,
            every=MINUTE,
            scopes=("chat:write",),
            table=Watch,
        )
        for name, help in (
            ("channel_created", "tells of new channels, once a minute at most"),
            ("channel_archived", "tells of archived channels, once a minute at most"),
            ("emoji_added", "tells of new emoji, once a minute at most"),
        )
    ),
    Job(
        "feeds",
        "announces the new items of a feed",
        every=10 * MINUTE,
        every_in_shadow=HOUR,
        scopes=("chat:write",),
        table=FeedWatch,
        many=True,
        address="{url}",
    ),
    Job(
        "gotime_live",
        "announces a show of changelog.com when it goes on air",
        every=MINUTE,
        scopes=("chat:write",),
        table=LiveWatch,
        address="{changelog}/live/status",
    ),
    Job(
        "gotime_social",
        "links new statuses of a Mastodon account",
        every=5 * MINUTE,
        scopes=("chat:write",),
        table=SocialWatch,
        address="{mastodon}/api/v1/accounts/{account}/statuses?limit=1",
    ),
)

QUEUES = tuple(dict.fromkeys(row.queue for row in EVENT_ACTORS))
"""Every queue. Each costs a worker one connection to Redis."""


def event_types(queue: str) -> dict[str, None]:
    """Return the types of Slack's events that go to a queue, each once, in the table's order."""
    rows = (row for row in EVENT_ACTORS if row.queue == queue and row.subscriptions)
    return dict.fromkeys(row.type for row in rows)


def event_actor(name: str) -> EventActor | None:
    """Return the row of the event actor with this name, or None."""
    return next((row for row in EVENT_ACTORS if row.name == name), None)


def max_age(actor: str) -> int | None:
    """Return how old a message for an actor may be; None for an actor that is in no row."""
    row = event_actor(actor)
    if row:
        return row.max_age
    return next((job.every for job in JOBS if job.name == actor), None)
