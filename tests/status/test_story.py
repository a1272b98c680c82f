"""What `why` says about an event: from its records, and from where it is now."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gopherbot import table
from gopherbot.commands.why.story import DeadProcess, History, Subject, build_history
from gopherbot.commands.why.verdict import Conclusion, LedgerEntry, Queued, remedy
from gopherbot.metrics.counters import Reason
from gopherbot.metrics.journal import Ended, Record, RecordKind

AT = float(int(time.time()) - 300)
ASKED = Subject(channel="C1", ts=f"{AT:.6f}")
ANSWER = Subject(channel="C1", ts=ASKED.ts, answers=[("D1", "5.5")])
PUBLIC, BACKGROUND = table.MESSAGE_PUBLIC, table.BACKGROUND
DONE = "performed react:gopher in 3 ms"
REJECTED = "rejected command:x#0 not_in_channel"
SETTLED = "settled command:x#0 in 1 ms"
IGNORED = "ignored an emoji from neither the asker nor a moderator"


def handled(
    event: str,
    *notes: str,
    after: float = 1,
    attempt: int = 0,
    ended: Ended = Ended.DONE,
    queue: str = PUBLIC,
    **more: Any,
) -> Record:
    record = about(RecordKind.HANDLED, event, after, outcome=ended, queue=queue, **more)
    record.notes, record.attempt = list(notes), attempt
    return record


def about(kind: RecordKind, event: str = "Ev1", after: float = 0, **more: Any) -> Record:
    """Return a record of the message, so many seconds after it."""
    place = {"channel": ASKED.channel, "ts": ASKED.ts, "process": "worker.1"} if event else {}
    return Record(kind, int((AT + after) * 1000), event, **place | more)


def refused(reason: Reason, event: str = "", after: float = 0, count: int = 1) -> Record:
    return about(RecordKind.REFUSED, event, after, outcome=reason, process="web.2", count=count)


def retried(error: str) -> list[Record]:
    """Return the records of an event that was answered at its second attempt."""
    return [handled("Ev1", ended=Ended.RETRY, error=error), AGAIN]


FIRST, TAKEN_OVER = handled("Ev1", DONE), about(RecordKind.TAKEN_OVER)
AGAIN = handled("Ev1", DONE, after=3, attempt=1)
GONE = handled("Ev2", "removed a#0", after=9)


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([handled("Ev1")], Conclusion.NO_RULE),
        ([handled("Ev1", rules=["command:x"])], Conclusion.SILENT),
        ([FIRST], Conclusion.ANSWERED),
        # An emoji is no answer where something else went wrong, and the worst counts.
        ([handled("Ev1", DONE, "failed prefix:define  KeyError", REJECTED)], Conclusion.REJECTED),
        ([handled("Ev1", DONE, "failed prefix:define  KeyError")], Conclusion.RULE_FAILED),
        ([handled("Ev1", DONE, "unknown command:x#0 in 9 ms")], Conclusion.DOUBTFUL),
        ([handled("Ev1", DONE, "shadow dynamic:playground")], Conclusion.SHADOW),
        ([handled("Ev1", DONE, "kept command:y#0: others replied to it")], Conclusion.KEPT),
        ([handled("Ev1", DONE, ended=Ended.GAVE_UP)], Conclusion.GAVE_UP),
        ([handled("Ev1", DONE, ended=Ended.RETRY)], Conclusion.RETRYING),
        ([handled("Ev1", DONE, ended=Ended.STALE)], Conclusion.STALE),
        ([handled("Ev1", DONE, ended=Ended.DEAD)], Conclusion.DEAD),
        ([handled("Ev1", "superseded command:x#0 in 1 ms")], Conclusion.SUPERSEDED),
        # A retry makes up for what it does again: what Slack rejected is settled.
        (retried("timeout"), Conclusion.RETRIED),
        (retried("chat.postMessage: ratelimited"), Conclusion.RATE_LIMITED),
        (retried("rate_limited"), Conclusion.RATE_LIMITED),
        ([handled("Ev1", "failed a  KeyError", ended=Ended.RETRY), AGAIN], Conclusion.RETRIED),
        ([handled("Ev1", "shadow a", ended=Ended.RETRY), AGAIN], Conclusion.RETRIED),
        (
            [
                handled("Ev1", REJECTED, ended=Ended.RETRY),
                handled("Ev1", SETTLED, after=3, attempt=1),
            ],
            Conclusion.REJECTED,
        ),
        # An attempt that came too late after others is no repeated delivery, which counts for less.
        (
            [
                handled("Ev1", DONE, ended=Ended.RETRY),
                handled("Ev1", after=40, attempt=1, ended=Ended.STALE),
            ],
            Conclusion.STALE,
        ),
        ([FIRST, handled("Ev1", after=200, ended=Ended.STALE)], Conclusion.ANSWERED),
        ([FIRST, handled("Ev1", SETTLED, after=9)], Conclusion.DOUBLED),
        # An edit is an event of its own, and decides if it changes anything.
        ([FIRST, handled("Ev2", "updated a#0", after=9)], Conclusion.ANSWERED),
        ([handled("Ev1", REJECTED), handled("Ev2", DONE, after=9)], Conclusion.ANSWERED),
        *(
            ([handled("Ev1", first), handled("Ev2", note, after=9)], verdict)
            for note in (SETTLED, IGNORED)
            for first, verdict in ((REJECTED, Conclusion.REJECTED), (DONE, Conclusion.ANSWERED))
        ),
        ([handled("Ev1"), handled("Ev2", rules=["command:x"], after=9)], Conclusion.NO_RULE),
        ([FIRST, handled("Ev2", after=9, ended=Ended.GAVE_UP)], Conclusion.GAVE_UP),
        ([FIRST, GONE], Conclusion.TAKEN_AWAY),
        ([FIRST, handled("Ev2", "removed a#0", DONE, after=9)], Conclusion.ANSWERED),
        ([FIRST, GONE, handled("Ev3", DONE, after=19)], Conclusion.ANSWERED),
        # A death counts if the event that decides was in flight then.
        ([TAKEN_OVER, FIRST], Conclusion.TAKEN_OVER),
        ([TAKEN_OVER, handled("Ev1"), handled("Ev2", DONE, after=9)], Conclusion.ANSWERED),
        ([TAKEN_OVER], Conclusion.UNKNOWN),
        ([about(RecordKind.DROPPED)], Conclusion.DROPPED),
        ([refused(Reason.APP, "Ev1")], Conclusion.OTHER_APP),
        ([refused(Reason.TEAM, "Ev1")], Conclusion.OTHER_TEAM),
        ([refused(Reason.QUEUE, "Ev1")], Conclusion.REFUSED),
        # Slack retries for minutes, and during a flood refusals are recorded once a minute.
        *(
            ([refused(Reason.SIGNATURE, after=after, count=900)], verdict)
            for after, verdict in (
                *((-60, Conclusion.BAD_SIGNATURE), (-80, Conclusion.NEVER)),
                *((360, Conclusion.BAD_SIGNATURE), (380, Conclusion.NEVER)),
            )
        ),
        ([handled("Ev1"), refused(Reason.SIGNATURE)], Conclusion.NO_RULE),
        # Another event's refusal says nothing, and nor does another message.
        ([Record(RecordKind.REFUSED, int(AT * 1000), "Ev9", Reason.APP)], Conclusion.NEVER),
        ([handled("Ev9", DONE, ts="1.1")], Conclusion.NEVER),
        ([], Conclusion.NEVER),
    ],
)
def test_worst_recorded_outcome_counts(records: list[Record], verdict: Conclusion) -> None:
    assert build_history(records, ASKED).verdict is verdict


POSTED = ["the answer of command:x is in C1 at 1.2"]
TAKEN = ["an answer was taken back in C1 at 1.2"]


@pytest.mark.parametrize(
    ("posted", "taken", "verdict"),
    [
        (POSTED, [], Conclusion.ANSWERED),
        ([], TAKEN, Conclusion.TAKEN_AWAY),
        # What Slack rejected is settled, too.
        ([], [], Conclusion.UNKNOWN),
    ],
)
@pytest.mark.parametrize("records", [[], [handled("Ev1", SETTLED)]])
def test_without_a_record_what_is_in_slack_decides(
    records: list[Record], posted: list[str], taken: list[str], verdict: Conclusion
) -> None:
    ledger = LedgerEntry({"command:x#0": "settled"}, posted, taken)
    story = build_history(records, ASKED, ledger=ledger, now=AT + 7)
    assert story.verdict is verdict
    dealt_with = [] if records else ["command:x#0 was dealt with"]
    assert words(story)[len(records) :] == [*dealt_with, *posted, *taken]
    assert all(step.at == AT + 7 for step in story.steps[len(records) :])


@pytest.mark.parametrize(
    ("records", "found", "verdict"),
    [
        ([FIRST], [Queued(PUBLIC, "Ev1", waited=8)], Conclusion.RETRYING),
        ([FIRST], [Queued(PUBLIC, "Ev2", waited=8)], Conclusion.WAITING),
        ([handled("Ev1")], [Queued(PUBLIC, "Ev1"), Queued(PUBLIC, "Ev2")], Conclusion.WAITING),
        ([handled("Ev1", ended=Ended.GAVE_UP)], [Queued(PUBLIC, "Ev1")], Conclusion.GAVE_UP),
        (
            [handled("Ev1")],
            [Queued(PUBLIC, "Ev1"), Queued(PUBLIC, "Ev1", dead=True)],
            Conclusion.DEAD,
        ),
        ([], [Queued(PUBLIC, "Ev1")], Conclusion.WAITING),
        ([about(RecordKind.DROPPED)], [Queued(PUBLIC, "Ev1")], Conclusion.DROPPED),
        # A record that names no message is found by the event that waits.
        ([Record(RecordKind.TAKEN_OVER, 5, "Ev1")], [Queued(PUBLIC, "Ev1")], Conclusion.WAITING),
    ],
)
def test_what_still_waits_is_not_answered(
    records: list[Record], found: list[Queued], verdict: Conclusion
) -> None:
    story = build_history(records, ASKED, found, died=[DeadProcess("worker", "worker.1", AT)])
    assert story.verdict is verdict
    assert "last seen" not in str(words(story))
    assert len(story.steps) >= len(records) + len(found)


def words(story: History) -> list[str]:
    return [step.text for step in story.steps]


def test_what_a_process_that_died_may_have_had_is_not_called_undelivered() -> None:
    lost = "the worker on worker.1 was last seen: the record of its last 2 s is lost"
    # It may have held the message for 30 s, and its last heartbeat may be 10 s old.
    for after, steps in ((-13, []), (-11, [lost]), (39, [lost]), (41, [])):
        died = [DeadProcess("worker", "worker.1", AT + after)]
        story = build_history([], ASKED, died=died)
        assert words(story) == steps
        assert story.verdict is (Conclusion.UNKNOWN if steps else Conclusion.NEVER)
        assert "last seen" not in str(words(build_history([handled("Ev1")], ASKED, died=died)))


def test_a_refusal_that_names_no_event_is_left_out_where_there_are_others() -> None:
    assert len(build_history([FIRST, refused(Reason.SIGNATURE)], ASKED).steps) == 1


def test_a_history_is_told_in_order_with_what_each_process_did() -> None:
    records = [
        about(RecordKind.REFUSED, after=-3, outcome=Reason.QUEUE, process=""),
        refused(Reason.QUEUE, "Ev1", after=-2, count=2),
        about(RecordKind.DROPPED, after=-1, queue=PUBLIC, process="web.2"),
        about(RecordKind.TAKEN_OVER, after=21),
        handled("Ev1", rules=["a", "b"], after=20, queued=15_000, worked=2_000, gateway="web.2"),
        handled(
            *("Ev1", REJECTED, "failed prefix:define  KeyError", "shadow react:a"),
            after=23,
            attempt=2,
            ended=Ended.RETRY,
            error="late",
            gateway="web.2",
        ),
        handled("Ev1", after=24, attempt=3, ended=Ended.STALE, error="31 s"),
        # A worker had died with it, so this is the same delivery.
        handled("Ev1", after=25, ended=Ended.GAVE_UP, error="no", gateway="web.2", queued=22_000),
        handled("Ev1", after=26, ended=Ended.DEAD, error="bug"),
    ]
    dead = Queued(PUBLIC, "Ev1", dead=True, died_of="a bug")
    ledger = LedgerEntry({"command:x#0": "doubtful"})
    story = build_history(
        records, ASKED, [dead, Queued(PUBLIC, "Ev1", waited=61)], ledger=ledger, now=AT
    )
    at = f"`{PUBLIC}`, worker on worker.1"
    dropped = f"dropped from `{PUBLIC}` by the gateway on web.2: the queue was too long and the"
    dropped += " event too old"
    none = "after 0 ms in the queue, 0 ms of work"
    did = "Slack rejected command:x#0: not_in_channel; prefix:define  failed: KeyError; react:a"
    assert [(step.at - AT, step.text) for step in story.steps] == [
        (-3, "the gateway refused a delivery: queue"),
        (-2, "the gateway on web.2 refused 2 deliveries: queue"),
        (-1, dropped),
        (3, "the gateway on web.2 received it from Slack"),
        (20, f"{at}: after 15 s in the queue, 2 s of work: rules: a, b"),
        (21, "the worker on worker.1 died while working on it; it was requeued"),
        (23, f"{at}, attempt 3: {none}: will be retried: late ({did} withheld by shadow mode)"),
        (24, f"{at}, attempt 4: {none}: too old: 31 s"),
        (25, f"{at}: after 22 s in the queue, 0 ms of work: given up: no"),
        (26, f"{at}: {none}: dead-lettered: bug"),
        (0, f"dead letter of `{PUBLIC}`: a bug"),
        (0, f"waiting in `{PUBLIC}` for 61 s"),
        (0, "command:x#0 may have been performed: the next attempt looks in Slack"),
    ]


def test_an_event_s_own_id_finds_its_message() -> None:
    records = [FIRST, handled("Ev2", REJECTED, after=2)]
    assert build_history(records, Subject(event="Ev1")).verdict is Conclusion.ANSWERED


def test_the_events_of_the_bot_s_own_emoji_and_posts_are_left_out() -> None:
    own = handled("Ev2", after=2, queue=BACKGROUND)
    post = handled("Ev4", after=2, ts="5.5", channel="D1")
    story = build_history([FIRST, own, post], ANSWER)
    assert (story.verdict, len(story.steps)) == (Conclusion.ANSWERED, 1)
    cross = handled("Ev3", "removed command:x#0", after=4, queue=BACKGROUND, ts="5.5", channel="D1")
    assert build_history([FIRST, cross], ANSWER).verdict is Conclusion.TAKEN_AWAY
    failed = handled("Ev2", after=2, queue=BACKGROUND, ended=Ended.GAVE_UP)
    assert build_history([FIRST, failed], ASKED).verdict is Conclusion.GAVE_UP


def test_what_went_wrong_has_a_remedy_and_what_was_refused_its_cause() -> None:
    fine = {
        *(Conclusion.ANSWERED, Conclusion.RATE_LIMITED, Conclusion.RETRIED, Conclusion.TAKEN_OVER),
        *(Conclusion.DOUBLED, Conclusion.TAKEN_AWAY),
    }
    causes = {
        Conclusion.OTHER_APP,
        Conclusion.OTHER_TEAM,
        Conclusion.REFUSED,
        Conclusion.BAD_SIGNATURE,
    }
    assert {each for each in Conclusion if not remedy(each, [], [])} == fine | causes
    for reason, event in ((Reason.APP, "Ev1"), (Reason.SIGNATURE, "")):
        assert build_history([refused(reason, event)], ASKED).remedy == reason.cause
    own, neighbour = refused(Reason.APP, "Ev1"), refused(Reason.SIGNATURE)
    assert remedy(Conclusion.REFUSED, [own], [neighbour]) == Reason.APP.cause
