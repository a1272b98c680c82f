"""What is wrong with a bot, in words, from its snapshot."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from gopherbot import table
from gopherbot.status import durations
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import (
    JobStatus,
    ProbeStatus,
    ProcessStatus,
    QueueStatus,
    RedisMemory,
    RoundTripStatus,
    StatusSnapshot,
)
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_state import Announcement, Rejection

AT = 1.7e9
HOUR = 3600.0
MIB = 1024**2
ROLES = ("web", "worker", "scheduler")


def process(
    kind: str, up: float = HOUR, *, alive: bool = True, silent: float = 3, shadow: bool = False
) -> ProcessStatus:
    return ProcessStatus(kind, f"{kind}.1", 7, "c0ffee", up, silent, alive, shadow)


def well(**more: Any) -> StatusSnapshot:
    """Return a snapshot of a bot that is well, but for what is given."""
    usual: dict[str, Any] = {
        "app": "gopherbot",
        "at": AT,
        "queues": queues(),
        "processes": without(),
        "hour": {},
        "total": {},
        "jobs": jobs(),
        "probe": probe(30),
        "channels": 17,
        "channels_age": 30.0,
    }
    return StatusSnapshot(**usual | more)


def without(*kinds: str) -> list[ProcessStatus]:
    return [process(k) for k in ROLES if k not in kinds]


def queues(*only: str, **more: Any) -> list[QueueStatus]:
    """Return the queues, empty; `more` replaces fields of those named, or of all."""
    empty = [QueueStatus(name, 0, 0, 0, 0, None) for name in table.QUEUES]
    return [
        msgspec.structs.replace(each, **more) if not only or each.name in only else each
        for each in empty
    ]


def probe(age: float) -> ProbeStatus:
    return ProbeStatus(age, 0.02, "gateway")


def jobs(ago: float | None = 30.0, probe_ago: float | None = 30.0) -> list[JobStatus]:
    """Return the periodic jobs with the ages of their last success."""
    return [
        JobStatus(job.name, job.every, probe_ago if job.name == "probe" else ago)
        for job in reversed(table.JOBS)
    ]


def trip(unanswered: int, came: float | None = 1400.0, sent: float = 60.0) -> RoundTripStatus:
    return RoundTripStatus(sent, came, unanswered, "update")


def gerrit(ago: float | None) -> list[JobStatus]:
    return [JobStatus("gerrit", 600, ago)]


def rejecting(error: str) -> list[JobStatus]:
    rejected = Rejection(error, "sea", "gopher", at=AT - 10, since=AT - 7200)
    return [JobStatus("feeds.Blog", 600, 9000.0, rejected=rejected)]


def speaking(job: str, **more: Any) -> StatusSnapshot:
    """Return the snapshot of a bot whose watcher is to post in #ovens, where it is no member."""
    ovens = UnusableChannel("ovens", ["feeds.Bread"], "crumb", exists=True, at=AT - 60)
    return well(jobs=[JobStatus(job, 600, 30.0, **more)], unusable=[ovens])


def refusing(heard: float | None, refused: float = 2.0, **reasons: int) -> StatusSnapshot:
    """Return the snapshot of a bot that refused so many requests, and when it heard a member."""
    hour = {f"refusals:{reason}": number for reason, number in reasons.items()}
    return well(hour=hour, heard=heard, refused=refused)


def deliveries(failed: int, of: int = 1000) -> StatusSnapshot:
    """Return the snapshot of a bot of whose deliveries in the last hour so many failed."""
    repeats = {"retries:http_timeout": failed - 1, "retries:other": 1}
    return well(hour={"deliveries:message": of} | repeats)


def events(stale: int, handled: int) -> StatusSnapshot:
    """Return the snapshot of a bot that dropped and handled so many events in ten minutes."""
    background = {"handled:background": 90, "stale:background": 90}
    return well(recent={f"stale:{PUBLIC}": stale, f"handled:{PUBLIC}": handled} | background)


PUBLIC = table.MESSAGE_PUBLIC
NO_WORKER = "✗ no worker is alive: events wait in their queues unanswered"
LOOK = "; see `systemctl status` and the log of worker, or start the Procfile line `worker`"
UNSURE = "! can't tell whether a {} is alive: "
GONE = [process("worker", alive=False, silent=silent) for silent in (180, 600)]
NEVER = "! `gerrit` never succeeded"
LATE = probe(150)
FULL, TIGHT = RedisMemory(25 * MIB, 25 * MIB), RedisMemory(20 * MIB, 25 * MIB)
IS_FULL = "✗ Redis is full (25.0 of 25.0 MiB used): the gateway refuses events, and jobs…"
INVALID = ("invalid_auth", "account_inactive", "token_revoked")
NOT_IN_OVENS = (
    "! @crumb should post in #ovens (feeds.Bread) but isn't a member: write `/invite @crumb…"
)
DEAF = "✗ no delivery from Slack was accepted"
REFUSED = "deliveries refused in the last hour, most for"
DISABLED = "of Slack's deliveries in the last hour failed, most for `http_timeout`: at 95% Slack…"
MUCH = {"deliveries:message": 20_000, "deliveries:reaction_added": 4_000}
SILENT = "✗ Slack sends nothing: "

# "…" stands for any words; one alert is one line.
ALERTS: list[tuple[StatusSnapshot, str]] = [
    (well(), ""),
    # The processes: of several lost ones the last one seen counts, and none of another kind.
    (
        well(processes=without("web")),
        "✗ no gateway is alive: Slack's events are refused, and Slack…",
    ),
    (
        well(processes=without("scheduler")),
        "✗ no scheduler is alive: no watcher runs, and no probe…",
    ),
    (well(processes=without("worker")), NO_WORKER + LOOK),
    (well(processes=[*without("worker"), *GONE]), f"{NO_WORKER} (last seen 3 min ago){LOOK}"),
    (
        well(processes=without("worker"), foreign=1),
        f"{UNSURE.format('worker')}1 process of another…",
    ),
    (
        well(processes=without("web"), foreign=2),
        f"{UNSURE.format('gateway')}2 processes of another…",
    ),
    (well(foreign=1), ""),
    (
        well(processes=without("web"), memory=FULL),
        f"{IS_FULL}\n{UNSURE.format('gateway')}Redis is full, so a new one can't…log of web…",
    ),
    (
        well(processes=[*without("worker"), process("worker", shadow=True)]),
        "! shadow mode: …set ENV…",
    ),
    # The probe: a bot just started need not have sent one; a second scheduler hides nothing.
    (well(probe=probe(110)), ""),
    (well(probe=probe(111)), "✗ the probe is 111 s old: …"),
    (well(probe=None, processes=[process(k, 20) for k in ROLES]), ""),
    (well(probe=None, processes=[*without(), process("scheduler", 5)]), "✗ no probe has come thr…"),
    (
        well(probe=None, processes=without("scheduler")),
        "✗ no scheduler…\n✗ no probe has come through: no scheduler is alive to send one",
    ),
    (
        well(probe=LATE, processes=without("worker")),
        f"{NO_WORKER}{LOOK}\n✗ the probe is 2 min old: the workers have stopped",
    ),
    (
        well(probe=LATE, queues=queues(table.BACKGROUND, waiting=1)),
        "✗ …: a worker hangs or is over…",
    ),
    (well(probe=LATE, queues=queues(PUBLIC, waiting=1)), "✗ …: it is sent but doesn't arrive: do…"),
    (
        well(probe=LATE, jobs=jobs(probe_ago=111.0)),
        "✗ …: no gateway accepts it; is GOPHER_GATEWAY…",
    ),
    (well(probe=LATE, jobs=jobs(probe_ago=None)), "✗ …: no gateway accepts it; is GOPHER_GATEWAY…"),
    # The jobs: one that never ran is told while schedulers come and go.
    (well(jobs=gerrit(1260.0)), ""),
    (
        well(jobs=gerrit(1261.0)),
        "! `gerrit` last succeeded 21 min ago, but runs every 10 min: is its…",
    ),
    (well(jobs=gerrit(None), processes=[*without(), process("scheduler", 5)]), f"{NEVER}, but…"),
    (well(jobs=gerrit(None), processes=[*without("scheduler"), process("scheduler", 5)]), ""),
    (well(jobs=jobs(9e9), processes=without("worker")), NO_WORKER + LOOK),
    (well(jobs=jobs(9e9), processes=without("scheduler")), "✗ no scheduler…"),
    (well(jobs=jobs(probe_ago=9e9)), ""),
    # The queues, and what became of events.
    (well(queues=queues(waiting=3, oldest=30.0)), ""),
    (well(queues=queues(PUBLIC, waiting=3, oldest=31.0)), f"✗ `{PUBLIC}`: 3 waiting, …for 31 s; …"),
    *((events(stale, handled), "") for stale, handled in ((3, 3), (2, 0), (0, 0))),
    (
        events(30, 0),
        "✗ 30 of 30 events in the last 10 min were dropped as too old: were the workers…",
    ),
    (events(3, 2), "✗ 3 of 5 events in the last 10 min were dropped as too old: were the workers…"),
    (
        well(queues=queues(PUBLIC, dead=1), causes={"its worker died twice": 1}),
        "! 1 dead letter (its worker died twice: 1): `gopherbot dead list` shows what could not…",
    ),
    (well(hour={"failed": 1, f"failed:{PUBLIC}": 2, "failed:background": 9}), "! 3 failed in…"),
    (well(hour={f"refused:{PUBLIC}": 2}), "! 2 refused in the last hour: Redis was unreachable…"),
    (well(hour={"limited": 1}), "! 1 rate limits in the last hour: Slack withheld some events"),
    # The worst comes first.
    (well(queues=queues(dead=1), probe=LATE), "✗ the probe…\n! 6 dead letters: `gopherbot dead…"),
    # Redis.
    *((well(memory=memory), "") for memory in (RedisMemory(79, 100), RedisMemory(10**9, 0))),
    (well(memory=TIGHT), "! Redis is nearly full (20.0 of 25.0 MiB used): see the queues above"),
    (well(memory=RedisMemory(99, 100)), "✗ Redis is full…"),
    (
        well(memory=RedisMemory(1, 100, "allkeys-lru", 19)),
        "✗ Redis has evicted 19 keys since it started (allkeys-lru): …maxmemory-policy noeviction…",
    ),
    (well(memory=RedisMemory(1, 100, "volatile-ttl")), "! Redis will evict keys…maxmemory-policy…"),
    *(
        (well(memory=RedisMemory(1, *more)), "")
        for more in ((100, "noeviction", 19), (0, "allkeys-lru", 0), (100, "", 19))
    ),
    (
        well(refuses=60.0),
        "✗ Redis refuses a command of a worker (last 1 min ago): `gopherbot check…",
    ),
    (well(refuses=61.0), ""),
    # What Slack rejects.
    (
        well(hour={"rejections:not_in_channel": 3, "rejections:msg_too_long": 1}),
        "! 4 calls rejected by Slack in the last hour (not_in_channel 3, msg_too_long 1): `goph…",
    ),
    *(
        (
            well(hour={"rejections:msg_too_long": 4, f"rejections:{error}": 4}, revoked=900.0),
            f"✗ Slack rejects the bot token ({error}, last 15 min ago): nothing is answered; copy…",
        )
        for error in (*INVALID, "not_authed", "token_expired")
    ),
    (well(revoked=30.0), "✗ Slack rejects the bot token (invalid_auth, last 30 s ago): …"),
    (well(hour={"rejections:token_revoked": 4}, revoked=901.0), "! 4 calls rejected by Slack…"),
    *(
        (
            well(jobs=rejecting(error)),
            f"! Slack rejects the posts of `feeds.Blog` in #sea ({error}, first 2 h ago): {remedy}",
        )
        for error, remedy in (
            ("not_in_channel", "write `/invite @gopher` in #sea"),
            ("is_archived", "unarchive #sea, or name another `channel` in watchers.toml"),
            ("channel_not_found", "#sea isn't a public channel: create it, or name another…"),
            ("missing_scope", "`gopherbot check` says which scope is missing"),
            ("restricted_action", "allow @gopher to post in the settings of #sea"),
            *((error, "reinstall the app, and set GOPHER_SLACK_BOT_…") for error in INVALID),
            (
                "something_new",
                "see https://docs.slack.dev/reference/methods/chat.postMessage#errors",
            ),
        )
    ),
    *(
        (
            well(reports=Rejection(error, "moderators", "gopher", at=AT - 10, since=AT - 7200)),
            f"✗ members' reports don't reach the … in moderators ({error}, first 2 h ago): {words}",
        )
        for error, words in (
            ("not_private", "make it private, or write the id of another in moderation.toml"),
            ("not_in_channel", "write `/invite @gopher` in it"),
            ("anything", "`gopherbot check` says what is wrong with the channel"),
        )
    ),
    # A channel without the bot is told before Slack rejects a post there, one of the two, and until
    # a watcher spoke there since it was looked at.
    (speaking("feeds.Bread"), NOT_IN_OVENS),
    (speaking("feeds.Bread", announced=Announcement("*Rye*", AT - 500)), NOT_IN_OVENS),
    (speaking("feeds.Bread", announced=Announcement("*Rye*", AT - 5)), ""),
    (speaking("feeds.Buns", announced=Announcement("*Rye*", AT - 5)), NOT_IN_OVENS),
    (
        speaking("feeds.Bread", rejected=Rejection("not_in_channel", "ovens", "crumb", AT, AT - 5)),
        "! Slack rejects the posts of `feeds.Bread` in #ovens (not_in_channel, first 5 s ago): …",
    ),
    # What the gateways refuse, also where members' events were accepted until a minute ago: the
    # secret was just changed. What may be forged, or comes again, is no outage.
    (
        refusing(None, signature=3),
        f"{DEAF} in the last hour; 3 {REFUSED} `signature`: GOPHER_SLACK_…",
    ),
    (
        refusing(60.0, signature=3),
        f"{DEAF} for 1 min; 3 {REFUSED} `signature`: GOPHER_SLACK_REQUE…",
    ),
    (refusing(HOUR, signature=3), f"{DEAF} in the last hour; …"),
    (refusing(None, signature=2, app=3, unsigned=9), f"{DEAF} …; 5 {REFUSED} `app`: …APP_ID is…"),
    (refusing(31.0, signature=50), f"! 50 {REFUSED} `signature`: …"),
    (refusing(5000.0, signature=2), f"! 2 {REFUSED} `signature`: …"),
    (refusing(None, queue=9), f"! 9 {REFUSED} `queue`: Redis is unreachable, slow or full: …"),
    (refusing(None, refused=HOUR + 1, signature=9), ""),
    (refusing(None, unsigned=900, method=40, unreadable=5), ""),
    # What Slack delivers, before it switches the app off or withholds events.
    *((deliveries(failed, of), "") for failed, of in ((9, 1000), (99, 1000), (9, 10))),
    (deliveries(100), f"! 10% {DISABLED}"),
    (deliveries(494), f"! 49% {DISABLED}"),
    (deliveries(500), f"✗ 50% {DISABLED}"),
    (deliveries(2000), f"✗ 100% {DISABLED}"),
    (well(hour=MUCH | {"deliveries:reaction_added": 3_999}), ""),
    (well(hour=MUCH), "! Slack delivered 24000 events in the last hour, most…`message` (20000): …"),
    # The round trips: the last one may be on its way; a member may have been heard between two.
    (well(round_trip=trip(1)), ""),
    (well(round_trip=trip(2, sent=49.0)), ""),
    (well(round_trip=trip(2, sent=50.0)), f"{SILENT}2…(last success: 23 min ago, last…: never);…"),
    (
        well(round_trip=trip(2), heard=660.0),
        "! 2 round trips through Slack failed (last success: 2…",
    ),
    (well(round_trip=trip(3, None), heard=661.0), f"{SILENT}3…: never, last event from…: 11 min…"),
]


@pytest.mark.parametrize(("snapshot", "words"), ALERTS, ids=lambda row: str(row)[:50])
def test_each_problem_is_an_alert_with_what_to_do(snapshot: StatusSnapshot, words: str) -> None:
    found = [f"{'✗' if each.critical else '!'} {each.text}" for each in find_alerts(snapshot)]
    assert re.fullmatch(re.escape(words).replace("…", ".*"), "\n".join(found)), found


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.0, "just now"), (0.99, "just now"), (1, "1 s ago"), (59.4, "59 s ago")),
        *((60, "1 min ago"), (90, "90 s ago"), (120, "2 min ago"), (3600, "1 h ago")),
        *((7200, "2 h ago"), (86_400, "24 h ago"), (172_800, "2 days ago")),
    ],
)
def test_an_age_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert durations.ago(seconds) == words
