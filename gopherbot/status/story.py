"""The history of one event, from the journal and the state in Redis. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from gopherbot.actors import table
from gopherbot.metrics.journal import ANSWERS, Ended, Happened, Kind, Record
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
    SUPERSEDED = "left to an edit or a deletion"
    KEPT = "an obsolete answer stays"
    DOUBTFUL = "perhaps answered: Slack refused the lookup"
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
    UNKNOWN = "unknown: its record is lost"


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


class Found(msgspec.Struct):
    """Where the event is now: in a queue, or among the dead letters."""

    queue: str
    event: str
    dead: bool = False
    waited: float = 0.0
    died_of: str = ""
    """Why it is dead, if its error doesn't say so."""


class Ledger(msgspec.Struct):
    """The ledger's state of the message: effects kept for an hour, answers for a day."""

    effects: dict[str, str] = {}
    """`claimed`, `doubtful`, `settled`, … by effect key."""
    stands: list[str] = []
    """The answers in Slack, in words."""
    taken: list[str] = []
    """The answers that were taken back, in words."""


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
    now: float = 0.0,
) -> Story:
    """Return the history of the subject. `now` is in Unix seconds."""
    ledger = ledger or Ledger()
    events = {record.event for record in records if subject.is_of(record) and record.event}
    events |= {found.event for found in standing if found.event}
    about = [record for record in records if record.event in events]
    handled = [record for record in about if record.kind is Kind.HANDLED]
    first = next((record for record in handled), None)
    ts = subject.ts or (first.ts if first else "")
    near = _near(records, ts) if not about else []
    verdict = _verdict(about, handled, standing, near, ledger)
    lost = [] if handled or standing else _died_near(died, ts)
    if verdict is Verdict.NEVER:
        verdict = _unwritten(ledger, lost)
    steps = sorted(_steps([*about, *near], lost), key=lambda step: step.at)
    state = _state(standing, ledger, now)
    return Story(verdict, [*steps, *state], _remedy(verdict, about, near))


def _died_near(died: Sequence[Died], ts: str) -> list[Died]:
    """Return the processes that may have held the message when they died."""
    try:
        at = float(ts)
    except ValueError:
        return []
    return [each for each in died if at - DIED_BEFORE <= each.at <= at + DIED_AFTER]


def _unwritten(ledger: Ledger, lost: Sequence[Died]) -> Verdict:
    """Return a verdict from the remaining state, without journal records."""
    if ledger.stands:
        return Verdict.ANSWERED
    if ledger.taken:
        return Verdict.TAKEN_AWAY
    # What is settled may have been rejected.
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
    ledger: Ledger,
) -> Verdict:
    """Return the worst of what became of it."""
    if any(found.dead for found in standing):
        return Verdict.DEAD
    if not handled:
        return _not_handled(about, standing, near)
    attempts = _deciding(handled)
    ending = _ENDINGS.get(attempts[-1].outcome)
    if standing and not ending:
        begun = {record.event for record in handled}
        waits = any(found.event not in begun for found in standing)
        return Verdict.WAITING if waits else Verdict.RETRYING
    return ending or _done(about, attempts, ledger)


def _done(about: Sequence[Record], attempts: Sequence[Record], ledger: Ledger) -> Verdict:
    """Return the outcome of an event that is finished: answered only if nothing went wrong."""
    last, words = attempts[-1], _outcomes(attempts)
    wrong = next((verdict for word, verdict in _WORST_FIRST.items() if word in words), None)
    if wrong:
        return wrong
    if words & _SUCCESSES or (Happened.SETTLED in words and ledger.stands):
        taken_over = {record.event for record in about if record.kind is Kind.TAKEN_OVER}
        return _answered(attempts, words, taken_over=last.event in taken_over)
    if Happened.SETTLED in words:
        return Verdict.TAKEN_AWAY if ledger.taken else Verdict.UNKNOWN
    if Happened.SUPERSEDED in words:
        return Verdict.SUPERSEDED
    return Verdict.SILENT if last.rules else Verdict.NO_RULE


_ENDINGS: Mapping[str, Verdict] = {
    Ended.DEAD: Verdict.DEAD,
    Ended.STALE: Verdict.STALE,
    Ended.GAVE_UP: Verdict.GAVE_UP,
    Ended.RETRY: Verdict.RETRYING,
}
_WORST_FIRST = {
    Happened.REJECTED: Verdict.REJECTED,
    Happened.FAILED: Verdict.RULE_FAILED,
    Happened.UNKNOWN: Verdict.DOUBTFUL,
    Happened.WITHHELD: Verdict.SHADOW,
    Happened.KEPT: Verdict.KEPT,
}
_SUCCESSES = frozenset(word for word in Happened if word.is_success)


def _deciding(handled: Sequence[Record]) -> list[Record]:
    """Return the attempts at the last event that changed anything: an edit is one of its own."""
    by_event: dict[str, list[Record]] = {}
    for record in handled:
        attempts = by_event.setdefault(record.event, [])
        # Slack may repeat a delivery hours later: what was done before still counts.
        if not attempts or record.outcome != Ended.STALE or record.attempt:
            attempts.append(record)
    decisive = [
        attempts
        for attempts in by_event.values()
        if attempts[-1].outcome != Ended.DONE
        or _outcomes(attempts) - {Happened.SETTLED, Happened.IGNORED}
    ]
    return (decisive or list(by_event.values())[:1])[-1]


def _outcomes(attempts: Sequence[Record]) -> set[str]:
    """Return the words of the last attempt, and of earlier ones what it didn't do again."""
    earlier = set[str]().union(*map(_words, attempts[:-1])) - {Happened.FAILED, Happened.WITHHELD}
    return earlier | _words(attempts[-1])


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


def _answered(attempts: Sequence[Record], words: set[str], *, taken_over: bool) -> Verdict:
    if taken_over:
        return Verdict.TAKEN_OVER
    if Happened.REMOVED in words and not words & ANSWERS:
        return Verdict.TAKEN_AWAY
    if sum(record.attempt == 0 for record in attempts) > 1:
        return Verdict.DOUBLED
    retries = [record.error for record in attempts if record.outcome == Ended.RETRY]
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


def _state(standing: Sequence[Found], ledger: Ledger, now: float) -> Iterator[Step]:
    for found in standing:
        if found.dead:
            why = f": {found.died_of}" if found.died_of else ""
            yield Step(now, f"dead letter of `{found.queue}`{why}")
        else:
            yield Step(now, f"waiting in `{found.queue}` for {durations.words(found.waited)}")
    if ledger.effects:
        known = ", ".join(
            f"{key} {state}{_STATES.get(state, '')}" for key, state in ledger.effects.items()
        )
        yield Step(now, f"ledger: {known}")
    for words in (*ledger.stands, *ledger.taken):
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
        case Happened.REJECTED:
            return f"Slack rejected {what}: {error}"
        case Happened.FAILED:
            return f"{what} failed: {error}"
        case Happened.WITHHELD:
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
    Verdict.SUPERSEDED: "The text that is there now decides: ask again in a moment.",
    Verdict.KEPT: "Others replied to it, or Slack refused to remove it.",
    Verdict.DOUBTFUL: "Look for it in Slack. `gopherbot check` says which scope is missing.",
    Verdict.SHADOW: "ENV is not production: in shadow mode the bot does only what it is asked to.",
    Verdict.RULE_FAILED: "The workers' logs have the traceback: look for `rule failed`.",
    Verdict.REJECTED: "`gopherbot check` says which scope or channel is missing.",
    Verdict.STALE: "Were the workers down or too slow? `gopherbot status` shows the queues.",
    Verdict.DROPPED: "No worker got to it in time: start more. `gopherbot status` shows the "
    "queues.",
    Verdict.RETRYING: "Ask again in a moment: its last error is above.",
    Verdict.WAITING: "Is a worker alive? `gopherbot status` says so.",
    Verdict.GAVE_UP: "A service that it needs did not respond while the event was fresh.",
    Verdict.DEAD: "`gopherbot dead list` shows it; `gopherbot dead retry ID` requeues it.",
}
