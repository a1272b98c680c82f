"""The history of one event, from the journal and the state in Redis. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gopherbot import table
from gopherbot.commands.why.verdict import (
    Conclusion,
    LedgerEntry,
    Queued,
    conclude,
    remedy,
    without_records,
)
from gopherbot.metrics.journal import Ended, Happened, Record, RecordKind
from gopherbot.status import durations

BEFORE_SECONDS = 70.0
AFTER_SECONDS = 370.0
"""A refusal in this window around a message may be its delivery: Slack retries for about 5 min, and
during a flood refusals are recorded once a minute."""


DIED_BEFORE, DIED_AFTER = 12.0, 40.0
"""A process last seen in this window around a message may have held it: its last 2 s are missing
from the journal, and it may have died up to 10 s after its last heartbeat."""


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
        # The bot's own posts and emoji are events, too. They lead to nothing, and have no notes.
        other = record.queue == table.BACKGROUND or place in self.answers
        of_no_effect = not record.notes and record.outcome == Ended.DONE
        return place in ((self.channel, self.ts), *self.answers) and not (other and of_no_effect)


class DeadProcess(msgspec.Struct):
    """A process that ended without signing off."""

    kind: str
    process: str
    at: float
    """Time of its last heartbeat, in Unix seconds."""


class Step(msgspec.Struct):
    """One line of the history; `at` is in Unix seconds."""

    at: float
    text: str


class History(msgspec.Struct):
    """The history of a subject, with its outcome."""

    verdict: Conclusion
    steps: list[Step]
    remedy: str = ""
    """A command to run or a place to look, if something is wrong."""


def build_history(
    records: Sequence[Record],
    subject: Subject,
    queued: Sequence[Queued] = (),
    *,
    ledger: LedgerEntry | None = None,
    died: Sequence[DeadProcess] = (),
    now: float = 0.0,
) -> History:
    """Return the history of the subject. `now` is in Unix seconds."""
    ledger = ledger or LedgerEntry()
    events = {record.event for record in records if subject.is_of(record)}
    events |= {found.event for found in queued if found.event}
    about = [record for record in records if record.event in events]
    handled = [record for record in about if record.kind is RecordKind.HANDLED]
    near = _near(records, subject.ts) if not about else []
    verdict = conclude(about, handled, queued, near, ledger)
    lost = [] if handled or queued else _died_near(died, subject.ts)
    if verdict is Conclusion.NEVER:
        verdict = without_records(ledger, lost=bool(lost))
    steps = sorted(_steps([*about, *near], lost), key=lambda step: step.at)
    if handled:  # Their notes say more.
        effects = {key: word for key, word in ledger.effects.items() if word != "settled"}
        ledger = msgspec.structs.replace(ledger, effects=effects)
    state = _state(queued, ledger, now)
    return History(verdict, [*steps, *state], remedy(verdict, about, near))


def _died_near(died: Sequence[DeadProcess], ts: str) -> list[DeadProcess]:
    """Return the processes that may have held the message when they died."""
    try:
        at = float(ts)
    except ValueError:
        return []
    return [each for each in died if at - DIED_BEFORE <= each.at <= at + DIED_AFTER]


def _near(records: Sequence[Record], ts: str) -> list[Record]:
    """Return the refusals without an event id around the time of a message."""
    try:
        at = float(ts)
    except ValueError:
        return []
    return [
        record
        for record in records
        if record.kind is RecordKind.REFUSED
        and not record.event
        and at - BEFORE_SECONDS <= record.at / 1000 <= at + AFTER_SECONDS
    ]


def _steps(records: Sequence[Record], lost: Sequence[DeadProcess]) -> Iterator[Step]:
    received: set[tuple[str, int]] = set()
    for record in records:
        if record.gateway:
            at = record.at - record.worked - record.queued
            # For a retry, `at` is when the event was requeued.
            if record.attempt == 0 and (record.event, at) not in received:
                received.add((record.event, at))
                what = _CHANGES.get(record.change, "it")
                yield Step(at / 1000, f"the gateway on {record.gateway} received {what} from Slack")
        yield Step(record.at / 1000, _step(record))
    for each in lost:
        yield Step(
            each.at,
            f"the {each.kind} on {each.process} was last seen: the record of its last 2 s is lost",
        )


def _state(queued: Sequence[Queued], ledger: LedgerEntry, now: float) -> Iterator[Step]:
    for found in queued:
        if found.dead:
            why = f": {found.died_of}" if found.died_of else ""
            yield Step(now, f"dead letter of `{found.queue}`{why}")
        else:
            yield Step(now, f"waiting in `{found.queue}` for {durations.words(found.waited)}")
    for effect, state in ledger.effects.items():
        yield Step(now, f"{effect} {_STATES.get(state, state)}")
    for words in (*ledger.posted, *ledger.taken):
        yield Step(now, words)


def _step(record: Record) -> str:
    if record.kind is RecordKind.TAKEN_OVER:
        return f"the worker on {record.process} died while working on it; it was requeued"
    if record.kind is RecordKind.DROPPED:
        by = f" by the gateway on {record.process}" if record.process else ""
        return f"dropped from `{record.queue}`{by}: the queue was too long and the event too old"
    if record.kind is RecordKind.REFUSED:
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
        case Happened.REJECTED:
            return f"Slack rejected {what}: {error}"
        case Happened.FAILED:
            return f"{what} failed: {error}"
        case Happened.WITHHELD:
            return f"{subject} withheld by shadow mode"
        case _:
            return note


_CHANGES = {"edit": "an edit of it", "deletion": "its deletion", "reaction": "a reaction to it"}
_STATES = {
    "claimed": "is being performed",
    "settled": "was dealt with",
    "doubtful": "may have been performed: the next attempt looks in Slack",
}
