"""The outcome of an event: the worst of what is known, with a remedy. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from gopherbot.metrics.counters import Reason
from gopherbot.metrics.journal import ANSWERS, Ended, Happened, Record, RecordKind


class Conclusion(StrEnum):
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
    UNHEARD = "unknown: nothing is recorded of it"
    UNKNOWN = "unknown: its record is lost"


class Queued(msgspec.Struct):
    """Where the event is now: in a queue, or among the dead letters."""

    queue: str
    event: str
    dead: bool = False
    waited: float = 0.0
    died_of: str = ""
    """Why it is dead; "" if unknown."""


class LedgerEntry(msgspec.Struct):
    """The ledger's state of the message: effects kept for an hour, answers for a day."""

    effects: dict[str, str] = {}
    """`claimed`, `doubtful`, `settled`, … by effect key."""
    posted: list[str] = []
    """The answers in Slack, in words."""
    taken: list[str] = []
    """The answers that were taken back, in words."""


def conclude(
    about: Sequence[Record],
    handled: Sequence[Record],
    queued: Sequence[Queued],
    near: Sequence[Record],
    ledger: LedgerEntry,
) -> Conclusion:
    """Return the worst of what became of it."""
    if any(found.dead for found in queued):
        return Conclusion.DEAD
    if not handled:
        return _not_handled(about, queued, near)
    attempts = _deciding(handled)
    ending = _ENDINGS.get(attempts[-1].outcome)
    if queued and not ending:
        begun = {record.event for record in handled}
        waits = any(found.event not in begun for found in queued)
        return Conclusion.WAITING if waits else Conclusion.RETRYING
    return ending or _done(about, attempts, ledger)


def _done(about: Sequence[Record], attempts: Sequence[Record], ledger: LedgerEntry) -> Conclusion:
    """Return the outcome of an event that is finished: answered only if nothing went wrong."""
    last, words = attempts[-1], _outcomes(attempts)
    wrong = next((verdict for word, verdict in _WORST_FIRST.items() if word in words), None)
    if wrong:
        return wrong
    if words & _SUCCESSES or (Happened.SETTLED in words and ledger.posted):
        taken_over = {record.event for record in about if record.kind is RecordKind.TAKEN_OVER}
        return _answered(attempts, words, taken_over=last.event in taken_over)
    if Happened.SETTLED in words:
        return Conclusion.TAKEN_AWAY if ledger.taken else Conclusion.UNKNOWN
    if Happened.SUPERSEDED in words:
        return Conclusion.SUPERSEDED
    return Conclusion.SILENT if last.rules else Conclusion.NO_RULE


_ENDINGS: Mapping[str, Conclusion] = {
    Ended.DEAD: Conclusion.DEAD,
    Ended.STALE: Conclusion.STALE,
    Ended.GAVE_UP: Conclusion.GAVE_UP,
    Ended.RETRY: Conclusion.RETRYING,
}
_WORST_FIRST = {
    Happened.REJECTED: Conclusion.REJECTED,
    Happened.FAILED: Conclusion.RULE_FAILED,
    Happened.UNKNOWN: Conclusion.DOUBTFUL,
    Happened.WITHHELD: Conclusion.SHADOW,
    Happened.KEPT: Conclusion.KEPT,
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
    about: Sequence[Record], queued: Sequence[Queued], near: Sequence[Record]
) -> Conclusion:
    if any(record.kind is RecordKind.DROPPED for record in about):
        return Conclusion.DROPPED
    if queued:
        return Conclusion.WAITING
    for reason, verdict in (
        (Reason.APP, Conclusion.OTHER_APP),
        (Reason.TEAM, Conclusion.OTHER_TEAM),
    ):
        if any(record.outcome == reason for record in about):
            return verdict
    if any(record.kind is RecordKind.REFUSED for record in about):
        return Conclusion.REFUSED
    if any(record.kind is RecordKind.TAKEN_OVER for record in about):
        return Conclusion.UNKNOWN
    return Conclusion.BAD_SIGNATURE if near else Conclusion.NEVER


def _words(record: Record) -> set[str]:
    return {note.partition(" ")[0] for note in record.notes}


def _answered(attempts: Sequence[Record], words: set[str], *, taken_over: bool) -> Conclusion:
    if taken_over:
        return Conclusion.TAKEN_OVER
    if Happened.REMOVED in words and not words & ANSWERS:
        return Conclusion.TAKEN_AWAY
    if sum(record.attempt == 0 for record in attempts) > 1:
        return Conclusion.DOUBLED
    retries = [record.error for record in attempts if record.outcome == Ended.RETRY]
    if any("ratelimited" in error or "rate_limited" in error for error in retries):
        return Conclusion.RATE_LIMITED
    return Conclusion.RETRIED if retries else Conclusion.ANSWERED


def without_records(ledger: LedgerEntry, *, lost: bool) -> Conclusion:
    """Return a verdict from the remaining state, without journal records."""
    if ledger.posted:
        return Conclusion.ANSWERED
    if ledger.taken:
        return Conclusion.TAKEN_AWAY
    # What is settled may have been rejected.
    return Conclusion.UNKNOWN if ledger.effects or lost else Conclusion.NEVER


def remedy(verdict: Conclusion, about: Sequence[Record], near: Sequence[Record]) -> str:
    """Return a command to run or a place to look, or "" if nothing is wrong."""
    if verdict in (
        Conclusion.OTHER_APP,
        Conclusion.OTHER_TEAM,
        Conclusion.REFUSED,
        Conclusion.BAD_SIGNATURE,
    ):
        refused = [*about, *near]
        reason = next((r.outcome for r in refused if r.kind is RecordKind.REFUSED), "")
        return Reason(reason).cause if reason else ""
    return _REMEDIES.get(verdict, "")


_REMEDIES = {
    Conclusion.NEVER: "Slack never sent it. Is the bot a member of the channel? See the app's "
    "Event Subscriptions page, and `gopherbot status`.",
    Conclusion.UNHEARD: "Is it the right message? The journal goes back 48 hours. It's younger and "
    "wasn't deleted? Slack never sent it: is the bot a member of the channel?",
    Conclusion.UNKNOWN: "Check Slack for an answer, and the logs for the event: the last 2 s of a "
    "killed process are missing from the journal.",
    Conclusion.NO_RULE: '`gopherbot explain "TEXT"` shows which rules nearly match.',
    Conclusion.SILENT: '`gopherbot explain "TEXT"` shows what the rules answer.',
    Conclusion.SUPERSEDED: "The text that is there now decides: ask again in a moment.",
    Conclusion.KEPT: "Others replied to it, or Slack refused to remove it.",
    Conclusion.DOUBTFUL: "Look for it in Slack. `gopherbot check` says which scope is missing.",
    Conclusion.SHADOW: "ENV isn't production: in shadow mode the bot does only what it's asked to.",
    Conclusion.RULE_FAILED: "The workers' logs have the traceback: look for `rule failed`.",
    Conclusion.REJECTED: "`gopherbot check` says which scope or channel is missing.",
    Conclusion.STALE: "Were the workers down or too slow? `gopherbot status` shows the queues.",
    Conclusion.DROPPED: "No worker got to it in time: start more. `gopherbot status` shows the "
    "queues.",
    Conclusion.RETRYING: "Ask again in a moment: its last error is above.",
    Conclusion.WAITING: "Is a worker alive? `gopherbot status` says so.",
    Conclusion.GAVE_UP: "A service that it needs did not respond while the event was fresh.",
    Conclusion.DEAD: "`gopherbot dead list` shows it; `gopherbot dead retry ID` requeues it.",
}
