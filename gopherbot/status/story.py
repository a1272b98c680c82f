"""The history of one event, from the journal and the state in Redis. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from gopherbot.metrics.journal import Ended, Kind, Record
from gopherbot.metrics.refusals import CAUSES, Reason
from gopherbot.status import durations

BEFORE_SECONDS = 70.0
AFTER_SECONDS = 370.0
"""A refusal in this window around a message may be its delivery: Slack retries for about 5 min, and
during a flood refusals are recorded once a minute."""


DIED_BEFORE, DIED_AFTER = 12.0, 40.0
"""A process last seen in this window around a message may have held it: its last 2 s are missing
from the journal, and it may have died up to 10 s after its last heartbeat."""


class Verdict(StrEnum):
    """The outcome of an event."""

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
    TAKEN_AWAY = "answered, then the answer was removed"
    WAITING = "waiting in its queue"
    OTHER_APP = "refused: another app's"
    OTHER_TEAM = "refused: another workspace's"
    REFUSED = "refused"
    BAD_SIGNATURE = "never accepted: signatures did not match"
    NEVER = "never delivered"
    UNKNOWN = "unknown: a process died at that time"


class Subject(msgspec.Struct):
    """The subject of the query: an event's id, or a message's channel and `ts`."""

    event: str = ""
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""
    answers: list[tuple[str, str]] = []
    """Channel and `ts` of its answers, past ones included: a `:x:` on one concerns it, too."""

    def is_of(self, record: Record) -> bool:
        """Return whether a record concerns the subject."""
        if self.event:
            return record.event == self.event
        place = (record.channel, record.ts)
        # The post of an answer is itself an event, which leads to nothing and has no notes.
        return place == (self.channel, self.ts) or (place in self.answers and bool(record.notes))


class Found(msgspec.Struct):
    """Where the event is now: in a queue, or among the dead letters."""

    queue: str
    event: str
    dead: bool = False
    waited: float = 0.0


class Ledger(msgspec.Struct):
    """The ledger's state of the message: effects kept for an hour, answers for a day."""

    effects: dict[str, str] = {}
    """`claimed`, `doubtful`, `settled`, … by effect key."""
    stands: list[str] = []
    """The answers in Slack, in words."""


class Died(msgspec.Struct):
    """A process that ended without signing off."""

    kind: str
    process: str
    at: float
    """Time of its last heartbeat, in Unix seconds."""


class Step(msgspec.Struct):
    """One line of the history; `at` is in Unix seconds."""

    at: float
    text: str


class Story(msgspec.Struct):
    """The history of a subject, with its outcome."""

    verdict: Verdict
    steps: list[Step]
    remedy: str = ""
    """A command to run or a place to look, if something is wrong."""


def tell(
    records: Sequence[Record],
    subject: Subject,
    standing: Sequence[Found] = (),
    *,
    ledger: Ledger | None = None,
    died: Sequence[Died] = (),
) -> Story:
    """Return the history of the subject."""
    ledger = ledger or Ledger()
    events = {record.event for record in records if subject.is_of(record) and record.event}
    events |= {found.event for found in standing if found.event}
    about = [record for record in records if record.event in events]
    handled = [record for record in about if record.kind is Kind.HANDLED]
    first = next((record for record in handled), None)
    ts = subject.ts or (first.ts if first else "")
    near = _near(records, ts) if not about else []
    verdict = _verdict(about, handled, standing, near)
    lost = [] if handled or standing else _died_near(died, ts)
    if verdict is Verdict.NEVER:
        verdict = _unwritten(ledger, lost)
    steps = sorted(_steps([*about, *near], lost), key=lambda step: step.at)
    now = _now(standing, ledger)
    return Story(verdict, [*steps, *now], _remedy(verdict, about, near))


def _died_near(died: Sequence[Died], ts: str) -> list[Died]:
    """Return the processes that may have held the message when they died."""
    try:
        at = float(ts)
    except ValueError:
        return []
    return [each for each in died if at - DIED_BEFORE <= each.at <= at + DIED_AFTER]


def _unwritten(ledger: Ledger, lost: Sequence[Died]) -> Verdict:
    """Return a verdict from the remaining state, without journal records."""
    if "settled" in ledger.effects.values() or ledger.stands:
        return Verdict.ANSWERED
    return Verdict.UNKNOWN if ledger.effects or lost else Verdict.NEVER


def _near(records: Sequence[Record], ts: str) -> list[Record]:
    """Return the refusals without an event id around the time of a message."""
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
    words = set[str]().union(*map(_words, handled))
    if words & {"performed", "settled", "updated", "removed"}:
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


def _words(record: Record) -> set[str]:
    return {note.partition(" ")[0] for note in record.notes}


def _answered(about: Sequence[Record], handled: Sequence[Record]) -> Verdict:
    if any(record.kind is Kind.TAKEN_OVER for record in about):
        return Verdict.TAKEN_OVER
    last = [_words(record) for record in handled if record.notes][-1]
    if "removed" in last and not last & {"performed", "updated"}:
        return Verdict.TAKEN_AWAY
    # An edit is an event of its own.
    first_tries = Counter(record.event for record in handled if record.attempt == 0)
    if max(first_tries.values(), default=0) > 1:
        return Verdict.DOUBLED
    retries = [record.error for record in handled if record.outcome == Ended.RETRY]
    if any("ratelimited" in error or "rate_limited" in error for error in retries):
        return Verdict.RATE_LIMITED
    return Verdict.RETRIED if retries else Verdict.ANSWERED


def _steps(records: Sequence[Record], lost: Sequence[Died]) -> Iterator[Step]:
    received: set[tuple[str, int]] = set()
    for record in records:
        if record.gateway:
            at = record.at - record.worked - record.queued
            # For a retry, `at` is when the event was requeued.
            if record.attempt == 0 and (record.event, at) not in received:
                received.add((record.event, at))
                yield Step(at / 1000, f"the gateway on {record.gateway} received it from Slack")
        yield Step(record.at / 1000, _step(record))
    for each in lost:
        yield Step(
            each.at,
            f"the {each.kind} on {each.process} was last seen: the record of its last 2 s is lost",
        )


def _now(standing: Sequence[Found], ledger: Ledger) -> Iterator[Step]:
    now = datetime.now(UTC).timestamp()
    for found in standing:
        where = f"dead letter of `{found.queue}`" if found.dead else f"waiting in `{found.queue}`"
        for_ = "" if found.dead else f" for {durations.words(found.waited)}"
        yield Step(now, f"{where}{for_}")
    if ledger.effects:
        known = ", ".join(
            f"{key} {state}{_STATES.get(state, '')}" for key, state in ledger.effects.items()
        )
        yield Step(now, f"ledger: {known}")
    for words in ledger.stands:
        yield Step(now, words)


def _step(record: Record) -> str:
    if record.kind is Kind.TAKEN_OVER:
        return f"the worker on {record.process} died while working on it; it was requeued"
    if record.kind is Kind.DROPPED:
        by = f" by the gateway on {record.process}" if record.process else ""
        return f"dropped from `{record.queue}`{by}: the queue was too long and the event too old"
    if record.kind is Kind.REFUSED:
        many = f"{record.count} deliveries" if record.count > 1 else "a delivery"
        gateway = f"the gateway on {record.process}" if record.process else "the gateway"
        return f"{gateway} refused {many}: {record.outcome}"
    attempt = f", attempt {record.attempt + 1}" if record.attempt else ""
    took = (
        f"`{record.queue}`, worker on {record.process}{attempt}: after "
        f"{durations.words(record.queued / 1000)} in the queue, "
        f"{durations.words(record.worked / 1000)} of work"
    )
    notes = "; ".join(map(_in_words, record.notes))
    did = notes or ("rules: " + ", ".join(record.rules) if record.rules else "")
    ended = {
        Ended.DONE: did or "no rule fired",
        Ended.STALE: f"too old: {record.error}",
        Ended.RETRY: f"will be retried: {record.error}",
        Ended.GAVE_UP: f"given up: {record.error}",
        Ended.DEAD: f"dead-lettered: {record.error}",
    }[Ended(record.outcome)]
    more = f" ({did})" if did and record.outcome != Ended.DONE else ""
    return f"{took}: {ended}{more}"


def _in_words(note: str) -> str:
    """Return a note of the journal, `WORD SUBJECT`, as words; the last word may be an error."""
    word, _, subject = note.partition(" ")
    what, _, error = subject.rpartition(" ")
    match word:
        case "rejected":
            return f"Slack rejected {what}: {error}"
        case "failed":
            return f"{what} failed: {error}"
        case "shadow":
            return f"{subject} withheld by shadow mode"
        case _:
            return note


_STATES = {
    "settled": " (done with: nothing repeats it)",
    "doubtful": " (the next attempt checks in Slack whether it was done)",
}


def _remedy(verdict: Verdict, about: Sequence[Record], near: Sequence[Record]) -> str:
    if verdict in (Verdict.OTHER_APP, Verdict.OTHER_TEAM, Verdict.REFUSED, Verdict.BAD_SIGNATURE):
        refused = [*about, *near]
        reason = next((r.outcome for r in refused if r.kind is Kind.REFUSED), "")
        return CAUSES.get(Reason(reason), "") if reason else ""
    return _REMEDIES.get(verdict, "")


_REMEDIES = {
    Verdict.NEVER: "Slack never sent it. Is the bot a member of the channel? See the app's "
    "Event Subscriptions page, and `gopherbot status`.",
    Verdict.UNKNOWN: "Check Slack for an answer, and the logs for the event: the last 2 s of a "
    "killed process are missing from the journal.",
    Verdict.NO_RULE: '`gopherbot explain "TEXT"` shows which rules nearly match.',
    Verdict.SILENT: '`gopherbot explain "TEXT"` shows what the rules answer.',
    Verdict.SHADOW: "ENV is not production: in shadow mode the bot does only what it is asked to.",
    Verdict.RULE_FAILED: "The workers' logs have the traceback: look for `rule failed`.",
    Verdict.REJECTED: "`gopherbot check` says which scope or channel is missing.",
    Verdict.STALE: "Were the workers down or too slow? `gopherbot status` shows the queues.",
    Verdict.DROPPED: "No worker got to it in time: start more. `gopherbot status` shows the "
    "queues.",
    Verdict.WAITING: "Is a worker alive? `gopherbot status` says so.",
    Verdict.GAVE_UP: "A service that it needs did not respond while the event was fresh.",
    Verdict.DEAD: "`gopherbot dead list` shows it; `gopherbot dead retry ID` requeues it.",
}
