"""The table of actors: one row for each actor that an event, a member's click or the clock starts.

Everything else is derived from the rows: the gateway's routes, the actors declared to Dramatiq, the
age limits, the scheduler's jobs, the scopes and subscriptions in `gopherbot manifest`, the checks
of `gopherbot check`, `gopherbot status`, and the docs. To add an actor, add a file and a row. In
`gopherbot/actors/`, event actors live in `events/`, those of shortcuts, modals and buttons in
`interactions/`, watchers in `watchers/`, and the other jobs in `maintenance/`. An event that only a
watcher or a job waits for is handled in its file.

Every process reads the table, so it loads nothing heavy. Of our own code, it imports only the types
of watchers' tables. All times are in seconds.
"""

from __future__ import annotations

from collections.abc import Collection

from gopherbot.table.jobs import JOBS as JOBS
from gopherbot.table.rows import ANY_TABLE as ANY_TABLE
from gopherbot.table.rows import BACKGROUND as BACKGROUND
from gopherbot.table.rows import HOUR as HOUR
from gopherbot.table.rows import INTERACTION as INTERACTION
from gopherbot.table.rows import MINUTE as MINUTE
from gopherbot.table.rows import SHORTCUTS as SHORTCUTS
from gopherbot.table.rows import EventActor as EventActor
from gopherbot.table.rows import InteractionActor as InteractionActor
from gopherbot.table.rows import InteractionKind as InteractionKind
from gopherbot.table.rows import Job as Job
from gopherbot.table.rows import ScheduledJob as ScheduledJob

DAY = 24 * HOUR
FRESH_SECONDS = 30
"""The age after which a message gets no answer, nor an edit where there was no answer."""

MESSAGE_PRIVATE = "slack_message_private"
MESSAGE_PUBLIC = "slack_message_public"
TEAM_JOIN = "slack_team_join"
CHANNEL_JOIN = "slack_channel_join"

PRIVATE_CHANNELS = frozenset({"im", "mpim", "group", "app_home"})
"""The `channel_type`s of conversations that are not public."""

PROBE_EVENT = "gopherbot_probe"
"""The type of our own probe events (`maintenance/probe.py`). Slack has no such type."""
WAVE_EVENT = "gopherbot_wave"
"""The type of our own events that show a wave (`interactions/waves.py`)."""
WAVE_CARD = "wave_card"
CASE_EVENT = "gopherbot_case_closed"
"""The type of our own events that have reporters told (`interactions/reporters.py`)."""
CASE_CLOSED = "case_closed"

EVENT_ACTORS = (
    EventActor(
        MESSAGE_PRIVATE,
        "answers messages in DMs, group DMs and private channels",
        handler="events.messages.handle",
        type="message",
        channel_types=PRIVATE_CHANNELS,
        queue=MESSAGE_PRIVATE,
        max_age=FRESH_SECONDS,
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
        max_age=FRESH_SECONDS,
        clock="ts",
        max_backoff=4,
        subscriptions={"message.channels": "channels:history"},
    ),
    *(
        EventActor(
            f"{queue}_changed",
            handler="events.messages.handle_change",
            help="updates the answers to an edited message and deletes those to a deleted one",
            type="message",
            channel_types=channel_types,
            subtypes=frozenset({"message_changed", "message_deleted"}),
            queue=queue,
            max_age=10 * MINUTE,  # answers are corrected for longer than new ones are posted
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
        handler="events.messages.handle_reaction",
        help="deletes an answer that gets a cross, and shares a private one at its asker's request",
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
        or_moderation="waves",
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
            "updates the channel cache between two fills",
            handler="events.channel_changes.handle",
            type=event,
            max_age=10 * MINUTE,  # by then, the cache has been refilled
            subscriptions={event: "channels:read"},
        )
        for event in (
            *("channel_created", "channel_rename", "channel_deleted"),
            *("channel_archive", "channel_unarchive"),
        )
    ),
    EventActor(
        "emoji_changed",
        "records new emoji for the watcher that announces them",
        handler="watchers.community.handle_emoji",
        type="emoji_changed",
        max_age=HOUR,
        subscriptions={"emoji_changed": "emoji:read"},
        watcher="emoji_added",
    ),
    *(
        EventActor(
            f"{event}_event",
            "records changes of user groups for the watcher that tells moderators",
            handler="watchers.audit.handle_user_group",
            type=event,
            max_age=HOUR,
            subscriptions={event: "usergroups:read"},
            watcher="user_groups",
        )
        for event in ("subteam_created", "subteam_updated", "subteam_members_changed")
    ),
    EventActor(
        WAVE_CARD,
        "shows moderators a wave of the same text or link in several channels",
        handler="interactions.waves.handle",
        type=WAVE_EVENT,
        max_age=HOUR,
        max_backoff=MINUTE,
        moderation="waves",
    ),
    EventActor(
        CASE_CLOSED,
        "tells those who reported something anonymously that it's closed",
        handler="interactions.reporters.handle",
        type=CASE_EVENT,
        max_age=DAY,
        time_limit=30 * MINUTE,
        scopes=("im:write", "users:read"),
        moderation="reports",
    ),
    EventActor(
        BACKGROUND,
        "records that the probe arrived",
        handler="maintenance.probe.handle",
        type=PROBE_EVENT,
        max_age=MINUTE,
        max_backoff=4,
    ),
)

SHARE_BUTTON = "share_answer"
REPORT_SHORTCUT, TELL_SHORTCUT = "Report to moderators", "Tell the moderators"

INTERACTION_ACTORS = (
    InteractionActor(
        "report_message",
        "reports a message to the moderators in private",
        handler="interactions.reports.open_form",
        kind="message_action",
        id="report_message",
        title=REPORT_SHORTCUT,
        moderation="reports",
    ),
    InteractionActor(
        "tell_moderators",
        "tells the moderators something in private",
        handler="interactions.reports.open_form",
        kind="shortcut",
        id="tell_moderators",
        title=TELL_SHORTCUT,
        moderation="reports",
    ),
    InteractionActor(
        "report_submitted",
        "brings a report to the moderators",
        handler="interactions.reports.submit",
        kind="view_submission",
        id="report",
        max_age=7 * DAY,
        max_backoff=10 * MINUTE,
        scopes=("chat:write", "groups:read", "im:write", "users:read"),
        moderation="reports",
    ),
    *(
        InteractionActor(
            f"report_{what}",
            f"notes on a report's card that {what_it_says}",
            handler=f"interactions.reports.{what}",
            kind="block_actions",
            id=f"report_{what}",
            max_age=DAY,
            scopes=("chat:write", "im:write"),
            moderation="reports",
        )
        for what, what_it_says in (
            ("on_it", "a moderator is on it"),
            ("done", "it's done, and tells who reported it"),
            ("dismissed", "it's no problem, and tells who reported it"),
        )
    ),
    *(
        InteractionActor(
            f"wave_{button}",
            help,
            handler=f"interactions.waves.{button}",
            kind="block_actions",
            id=f"wave_{button}",
            scopes=("groups:read",),
            moderation="waves",
        )
        for button, help in (
            ("on_it", "notes on the card of a wave that a moderator is on it"),
            ("fine", "leaves alone what moderators call fine"),
        )
    ),
    InteractionActor(
        SHARE_BUTTON,
        "posts a private answer for all at its asker's request",
        handler="interactions.sharing.share",
        kind="block_actions",
        id=SHARE_BUTTON,
        moderation=ANY_TABLE,
    ),
)

EVENT_QUEUES = tuple(dict.fromkeys(row.queue for row in EVENT_ACTORS))
QUEUES = (*EVENT_QUEUES, INTERACTION)
"""Every queue. Each that has an actor in use costs a worker one connection to Redis."""


def event_types(queue: str) -> dict[str, None]:
    """Return the types of what Slack sends that goes to a queue, once each, in table order."""
    rows = (row for row in EVENT_ACTORS if row.queue == queue and row.subscriptions)
    clicks = (row for row in INTERACTION_ACTORS if row.queue == queue)
    return dict.fromkeys((*(row.type for row in rows), *(row.kind for row in clicks)))


def event_actor(name: str) -> EventActor | None:
    """Return the row of the event actor with this name, or None."""
    return next((row for row in EVENT_ACTORS if row.name == name), None)


def interaction_actors(moderation: Collection[str]) -> list[InteractionActor]:
    """Return the rows in use, where `moderation` are the names of `moderation.toml`'s tables."""
    tables = {"", *moderation}
    if any(row.moderation in moderation for row in INTERACTION_ACTORS):
        tables.add(ANY_TABLE)
    return [row for row in INTERACTION_ACTORS if row.moderation in tables]


def interaction_actor(name: str) -> InteractionActor | None:
    """Return the row of the interaction actor with this name, or None."""
    return next((row for row in INTERACTION_ACTORS if row.name == name), None)


def max_age(actor: str) -> int | None:
    """Return the maximum age of an actor's messages; None for an actor without a row."""
    row = event_actor(actor) or interaction_actor(actor)
    if row:
        return row.max_age
    return next((job.every for job in JOBS if job.name == actor), None)
