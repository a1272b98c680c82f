"""The rows of periodic actors in the table of actors. All times are in seconds."""

from __future__ import annotations

from gopherbot.table.rows import HOUR, MINUTE, Job
from gopherbot.table.watches import (
    AuditWatch,
    DailyAuditWatch,
    FeedWatch,
    GerritWatch,
    LiveWatch,
    SocialWatch,
    UnansweredWatch,
    VulnerabilityWatch,
    Watch,
)

JOBS = (
    Job("probe", "sends a probe event along the path of Slack's events", every=MINUTE),
    Job(
        "round_trip",
        "checks that Slack still sends us events, if a channel is configured for it",
        every=10 * MINUTE,
        scopes=("chat:write",),
    ),
    Job(
        "missed_joins",
        "welcomes members who joined while Slack sent no events, if that is enabled",
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
            handler=f"watchers.community.{name}",
        )
        for name, help in (
            ("channel_created", "announces new channels, at most once a minute"),
            ("channel_archived", "announces archived channels, at most once a minute"),
            ("emoji_added", "announces new emoji, at most once a minute"),
        )
    ),
    *(
        Job(
            name,
            help,
            every=MINUTE,
            scopes=("chat:write", "groups:read", *more),
            table=AuditWatch,
            handler=f"watchers.audit.{name}",
        )
        for name, help, more in (
            ("channel_renamed", "tells moderators of renamed channels", ()),
            ("user_groups", "tells moderators of changed user groups", ("usergroups:read",)),
        )
    ),
    Job(
        "accounts",
        "tells moderators once a day how many accounts are new and deactivated, and new apps",
        every=HOUR,
        time_limit=30 * MINUTE,
        scopes=("chat:write", "groups:read", "users:read"),
        table=DailyAuditWatch,
        handler="watchers.audit.accounts",
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
        "vulnerabilities",
        "announces new vulnerabilities of Go and its modules",
        every=10 * MINUTE,
        every_in_shadow=HOUR,
        scopes=("chat:write",),
        table=VulnerabilityWatch,
        address="{vulndb}/index/db.json",
    ),
    Job(
        "unanswered",
        "lists once a day which questions in the help channels nobody has answered",
        every=HOUR,
        scopes=("chat:write", "channels:history"),
        table=UnansweredWatch,
    ),
    Job(
        "gotime_live",
        "announces when a changelog.com show goes on air",
        every=MINUTE,
        scopes=("chat:write",),
        table=LiveWatch,
        address="{changelog}/live/status",
    ),
    Job(
        "gotime_social",
        "posts links to new statuses of a Mastodon account",
        every=5 * MINUTE,
        scopes=("chat:write",),
        table=SocialWatch,
        address="{mastodon}/api/v1/accounts/{account}/statuses?limit=1",
    ),
)
