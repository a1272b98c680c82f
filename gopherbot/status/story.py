"""The story of one event, told from the journal and from what stands in Redis. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from gopherbot.metrics.journal import Ended, Kind, Record
from gopherbot.metrics.refusals import CAUSES, Reason
from gopherbot.status import durations

BEFORE_SECONDS = 70.0
AFTER_SECONDS = 370.0
"""Refusals this long before and after a message may have been its deliveries: Slack sends one again
for 5 min or so, and under a flood a refusal is written down once a minute."""


class Verdict(StrEnum):
    """What became of an event, in a word."""

    ANSWERED = "answered"
    RATE_LIMITED = "answered after a rate limit"
    RETRIED = "answered after a retry"
    TAKEN_OVER = "taken over from a worker that died"
    DOUBLED = "delivered twice, answered once"
    NO_RULE = "no rule fired"
    SILENT = "its rules had nothing to say"
    SHADOW = "withheld by shadow mode"
    RULE_FAILED = "a rule failed"
    REJECTED = "rejected by Slack"
    STALE = "too old when its turn came"
    GAVE_UP = "given up"
    RETRYING = "being retried"
    DEAD = "dead-lettered"
    DROPPED = "dropped from a full queue"
    WAITING = "waiting in its queue"
    OTHER_APP = "refused: another app's"
    OTHER_TEAM = "refused: another workspace's"
    REFUSED = "refused"
    BAD_SIGNATURE = "never accepted: signatures did not match"
    NEVER = "never delivered"


class Subject(msgspec.Struct):
    """What is asked about: an event's id, or a message's channel and `ts`."""

    event: str = ""
    channel: str = ""
    ts: str = ""

    def is_of(self, record: Record) -> bool:
        """Return whether a record tells of it."""
        if self.event:
            return record.event == self.event
        return (record.channel, record.ts) == (self.channel, self.ts)


class Found(msgspec.Struct):
    """Where it stands now: in a queue, or among the dead letters."""

    queue: str
    event: str
    dead: bool = False
    waited: float = 0.0


class Step(msgspec.Struct):
    """A line of the story; `at` is in Unix seconds."""

    at: float
    text: str


class Story(msgspec.Struct):
    """The whole of it."""

    verdict: Verdict
    steps: list[Step]
    remedy: str = ""
    """What to type or where to look, if something is wrong."""


def tell(records: Sequence[Record], subject: Subject, standing: Sequence[Found] = ()) -> Story:
    """Tell what became of the subject."""
    events = {record.event for record in records if subject.is_of(record) and record.event}
    events |= {found.event for found in standing if found.event}
    about = [record for record in records if record.event in events]
    handled = [record for record in about if record.kind is Kind.HANDLED]
    first = next((record for record in handled), None)
    ts = subject.ts or (first.ts if first else "")
    near = _near(records, ts) if not about else []
    verdict = _verdict(about, handled, standing, near)
    return Story(verdict, [*_steps([*about, *near], standing)], _remedy(verdict, about, near))


def _near(records: Sequence[Record], ts: str) -> list[Record]:
    """Return refusals, of nobody knows which delivery, around the time of a message."""
    try:
        at = float(ts)
    except ValueError:
        return []
    return [
        record
        for record in records
        if record.kind is Kind.REFUSED
        and not record.event
        and at - BEFORE_SECONDS <= record.at / 1000 <= at + AFTER_SECONDS
    ]


def _verdict(
    about: Sequence[Record],
    handled: Sequence[Record],
    standing: Sequence[Found],
    near: Sequence[Record],
) -> Verdict:
    if any(found.dead for found in standing) or any(r.outcome == Ended.DEAD for r in handled):
        return Verdict.DEAD
    if not handled:
        return _not_handled(about, standing, near)
    words = {note.partition(" ")[0] for record in handled for note in record.notes}
    if words & {"performed", "settled"}:
        return _answered(about, handled)
    last = handled[-1]
    for found, verdict in (
        (last.outcome == Ended.STALE, Verdict.STALE),
        (last.outcome == Ended.GAVE_UP, Verdict.GAVE_UP),
        (bool(standing) or last.outcome == Ended.RETRY, Verdict.RETRYING),
        ("rejected" in words, Verdict.REJECTED),
        ("failed" in words, Verdict.RULE_FAILED),
        ("shadow" in words, Verdict.SHADOW),
        (bool(last.rules), Verdict.SILENT),
    ):
        if found:
            return verdict
    return Verdict.NO_RULE


def _not_handled(
    about: Sequence[Record], standing: Sequence[Found], near: Sequence[Record]
) -> Verdict:
    if any(record.kind is Kind.DROPPED for record in about):
        return Verdict.DROPPED
    if standing:
        return Verdict.WAITING
    for reason, verdict in ((Reason.APP, Verdict.OTHER_APP), (Reason.TEAM, Verdict.OTHER_TEAM)):
        if any(record.outcome == reason for record in about):
            return verdict
    if any(record.kind is Kind.REFUSED for record in about):
        return Verdict.REFUSED
    return Verdict.BAD_SIGNATURE if near else Verdict.NEVER


def _answered(about: Sequence[Record], handled: Sequence[Record]) -> Verdict:
    if any(record.kind is Kind.TAKEN_OVER for record in about):
        return Verdict.TAKEN_OVER
    if sum(record.attempt == 0 for record in handled) > 1:
        return Verdict.DOUBLED
    retries = [record.error for record in handled if record.outcome == Ended.RETRY]
    if any("ratelimited" in error or "rate_limited" in error for error in retries):
        return Verdict.RATE_LIMITED
    return Verdict.RETRIED if retries else Verdict.ANSWERED


def _steps(records: Sequence[Record], standing: Sequence[Found]) -> Iterator[Step]:
    for record in sorted(records, key=lambda each: each.at):
        yield Step(record.at / 1000, _step(record))
    for found in standing:
        where = f"dead letter of `{found.queue}`" if found.dead else f"waits in `{found.queue}`"
        for_ = "" if found.dead else f", for {durations.words(found.waited)} now"
        yield Step(datetime.now(UTC).timestamp(), f"{where}{for_}")


def _step(record: Record) -> str:
    if record.kind is Kind.TAKEN_OVER:
        return f"the worker on {record.process} died with it; it went back to its queue"
    if record.kind is Kind.DROPPED:
        return f"dropped from `{record.queue}`, which was too long: it was too old to be answered"
    if record.kind is Kind.REFUSED:
        many = f"{record.count} deliveries" if record.count > 1 else "a delivery"
        return f"the gateway refused {many}: {record.outcome}"
    attempt = f", attempt {record.attempt + 1}" if record.attempt else ""
    took = (
        f"`{record.queue}`, worker on {record.process}{attempt}: after "
        f"{durations.words(record.queued / 1000)} in the queue, "
        f"{durations.words(record.worked / 1000)} of work"
    )
    did = "; ".join(record.notes) or ("rules: " + ", ".join(record.rules) if record.rules else "")
    ended = {
        Ended.DONE: did or "no rule fired",
        Ended.STALE: f"too old: {record.error}",
        Ended.RETRY: f"will be tried again: {record.error}",
        Ended.GAVE_UP: f"given up: {record.error}",
        Ended.DEAD: f"dead-lettered: {record.error}",
    }[Ended(record.outcome)]
    more = f" ({did})" if did and record.outcome != Ended.DONE else ""
    return f"{took}: {ended}{more}"


def _remedy(verdict: Verdict, about: Sequence[Record], near: Sequence[Record]) -> str:
    if verdict in (Verdict.OTHER_APP, Verdict.OTHER_TEAM, Verdict.REFUSED, Verdict.BAD_SIGNATURE):
        refused = [*about, *near]
        reason = next((r.outcome for r in refused if r.kind is Kind.REFUSED), "")
        return CAUSES.get(Reason(reason), "") if reason else ""
    return _REMEDIES.get(verdict, "")


_REMEDIES = {
    Verdict.NEVER: "Slack sent nothing of it. Is the bot a member of the channel? Look at the "
    "app's page Event Subscriptions, and at `gopherbot status`.",
    Verdict.NO_RULE: 'gopherbot explain "TEXT" shows which rules nearly fire for it.',
    Verdict.SILENT: 'gopherbot explain "TEXT" shows what the rules say to it.',
    Verdict.SHADOW: "The bot only does what it is asked to: ENV is not production.",
    Verdict.RULE_FAILED: "The workers' logs have the traceback: look for `rule failed`.",
    Verdict.REJECTED: "gopherbot check says which scope or channel is missing.",
    Verdict.STALE: "Were workers away or too slow? gopherbot status shows the queues.",
    Verdict.DROPPED: "No worker took it in time: start workers; gopherbot status shows the queues.",
    Verdict.WAITING: "Is a worker alive? gopherbot status says so.",
    Verdict.GAVE_UP: "What it needed did not answer while the event was fresh.",
    Verdict.DEAD: "gopherbot dead list shows it; gopherbot dead retry ID tries again.",
}
