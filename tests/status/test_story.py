"""The story of an event where nobody wrote it down to the end."""

from __future__ import annotations

import time

import pytest

from gopherbot import table
from gopherbot.commands.why.story import DeadProcess, History, Subject, build_history
from gopherbot.commands.why.verdict import Conclusion, LedgerEntry, Queued
from gopherbot.metrics.counters import Reason
from gopherbot.metrics.journal import Ended, Record, RecordKind

AT = time.time() - 300
ASKED = Subject(channel="C1", ts=f"{AT:.6f}")


def handled(
    event: str,
    *notes: str,
    after: float = 1,
    attempt: int = 0,
    ended: Ended = Ended.DONE,
    queue: str = table.MESSAGE_PUBLIC,
    queued: int = 0,
) -> Record:
    return Record(
        RecordKind.HANDLED,
        int((AT + after) * 1000),
        event,
        ended,
        ASKED.channel,
        ASKED.ts,
        queue,
        "worker.1",
        queued=queued,
        notes=list(notes),
        attempt=attempt,
        gateway="web.2",
    )


def words(story: History) -> str:
    return "\n".join(step.text for step in story.steps)


@pytest.mark.parametrize(
    ("stands", "taken", "verdict"),
    [
        (["the answer of command:x is in C1 at 1.2"], [], Conclusion.ANSWERED),
        ([], ["an answer was taken back in C1 at 1.2"], Conclusion.TAKEN_AWAY),
        # What Slack rejected is settled, too.
        ([], [], Conclusion.UNKNOWN),
    ],
)
@pytest.mark.parametrize("records", [[], ["settled command:x#0 in 1 ms"]])
def test_without_a_record_what_is_in_slack_decides(
    records: list[str], stands: list[str], taken: list[str], verdict: Conclusion
) -> None:
    ledger = LedgerEntry({"command:x#0": "settled"}, stands, taken)
    story = build_history([handled("Ev1", *records)] if records else [], ASKED, ledger=ledger)
    assert story.verdict is verdict
    assert "ledger: command:x#0 settled" in words(story)


def test_what_a_process_that_died_may_have_had_is_not_called_undelivered() -> None:
    story = build_history([], ASKED, died=[DeadProcess("worker", "worker.1", AT + 1)])
    assert story.verdict is Conclusion.UNKNOWN
    assert "the worker on worker.1 was last seen: the record of its last 2 s is lost" in words(
        story
    )
    # It may have held the message for 30 s, and its last heartbeat may be 10 s old.
    for after, verdict in (
        *((-60, Conclusion.NEVER), (-10, Conclusion.UNKNOWN)),
        *((38, Conclusion.UNKNOWN), (60, Conclusion.NEVER)),
    ):
        assert (
            build_history([], ASKED, died=[DeadProcess("worker", "worker.1", AT + after)]).verdict
            is verdict
        )


def test_a_death_is_not_told_of_what_was_written_down() -> None:
    story = build_history([handled("Ev1")], ASKED, died=[DeadProcess("worker", "worker.2", AT + 1)])
    assert "last seen" not in words(story)


def test_an_edit_is_another_event_and_no_second_delivery() -> None:
    first, edit = handled("Ev1", "performed a#0"), handled("Ev2", "updated a#0", after=9)
    assert build_history([first, edit], ASKED).verdict is Conclusion.ANSWERED
    twice = handled("Ev1", "settled a#0", after=9)
    assert build_history([first, twice], ASKED).verdict is Conclusion.DOUBLED


def test_an_answer_that_was_taken_away_is_told_so_until_another_is_given() -> None:
    first, away = handled("Ev1", "performed a#0"), handled("Ev2", "removed a#0", after=9)
    assert build_history([first, away], ASKED).verdict is Conclusion.TAKEN_AWAY
    again = handled("Ev3", "performed b#0", after=19)
    assert build_history([first, away, again], ASKED).verdict is Conclusion.ANSWERED
    instead = handled("Ev2", "removed a#0", "performed b#0", after=9)
    assert build_history([first, instead], ASKED).verdict is Conclusion.ANSWERED


def test_each_delivery_names_its_gateway_once() -> None:
    retried = [handled("Ev1"), handled("Ev1", "performed a#0", after=3, attempt=1)]
    assert (
        words(build_history(retried, ASKED)).count("the gateway on web.2 received it from Slack")
        == 1
    )


DONE = "performed react:gopher in 3 ms"


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (handled("Ev1", DONE, "rejected command:x#0 not_in_channel"), Conclusion.REJECTED),
        (handled("Ev1", DONE, "failed prefix:define  KeyError"), Conclusion.RULE_FAILED),
        (handled("Ev1", DONE, "shadow dynamic:playground"), Conclusion.SHADOW),
        (handled("Ev1", DONE, "unknown command:x#0 in 9 ms"), Conclusion.DOUBTFUL),
        (handled("Ev1", DONE, "kept command:y#0: others replied to it"), Conclusion.KEPT),
        (handled("Ev1", DONE, ended=Ended.GAVE_UP), Conclusion.GAVE_UP),
        (handled("Ev1", DONE, ended=Ended.RETRY), Conclusion.RETRYING),
        (handled("Ev1", DONE, ended=Ended.STALE), Conclusion.STALE),
        (handled("Ev1", DONE, ended=Ended.DEAD), Conclusion.DEAD),
        (handled("Ev1", "superseded command:x#0 in 1 ms"), Conclusion.SUPERSEDED),
    ],
)
def test_an_emoji_is_no_answer_where_something_else_went_wrong(
    record: Record, verdict: Conclusion
) -> None:
    story = build_history([record], ASKED)
    assert story.verdict is verdict
    assert story.remedy


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Queued("slack_message_public", "Ev1", waited=8), Conclusion.RETRYING),
        (Queued("slack_message_public", "Ev2", waited=8), Conclusion.WAITING),
        (Queued("slack_message_public", "Ev1", dead=True), Conclusion.DEAD),
    ],
)
def test_what_still_waits_is_not_answered(found: Queued, verdict: Conclusion) -> None:
    assert build_history([handled("Ev1", DONE)], ASKED, [found]).verdict is verdict


def test_a_retry_that_succeeds_makes_up_for_a_rule_that_failed_before() -> None:
    first = handled("Ev1", "failed prefix:define  KeyError", ended=Ended.RETRY)
    again = handled("Ev1", DONE, after=3, attempt=1)
    assert build_history([first, again], ASKED).verdict is Conclusion.RETRIED
    # What Slack rejected is settled: the retry does not repeat it.
    first = handled("Ev1", "rejected command:x#0 not_in_channel", ended=Ended.RETRY)
    again = handled("Ev1", "settled command:x#0 in 1 ms", DONE, after=3, attempt=1)
    assert build_history([first, again], ASKED).verdict is Conclusion.REJECTED


def test_an_edit_that_is_answered_makes_up_for_what_was_rejected() -> None:
    first = handled("Ev1", "rejected command:x#0 not_in_channel")
    edit = handled("Ev2", "performed command:y#0 in 3 ms", after=9)
    assert build_history([first, edit], ASKED).verdict is Conclusion.ANSWERED


@pytest.mark.parametrize(
    "note",
    ["settled command:x#0 in 1 ms", "ignored an emoji from neither the asker nor a moderator"],
)
def test_what_changes_nothing_does_not_change_the_outcome(note: str) -> None:
    later = handled("Ev2", note, after=9)
    for notes, verdict in (
        ("rejected command:x#0 not_in_channel", Conclusion.REJECTED),
        ("performed command:x#0 in 3 ms", Conclusion.ANSWERED),
    ):
        assert build_history([handled("Ev1", notes), later], ASKED).verdict is verdict


def test_a_delivery_that_slack_repeats_hours_later_changes_nothing() -> None:
    late = handled("Ev1", after=200, ended=Ended.STALE)
    assert build_history([handled("Ev1", DONE), late], ASKED).verdict is Conclusion.ANSWERED


def test_the_events_of_the_bot_s_own_emoji_are_left_out() -> None:
    own = handled("Ev2", after=2, queue=table.BACKGROUND)
    story = build_history([handled("Ev1", DONE), own], ASKED)
    assert story.verdict is Conclusion.ANSWERED
    assert words(story).count("received it from Slack") == 1
    assert table.BACKGROUND not in words(story)
    cross = handled("Ev3", "removed command:x#0", after=4, queue=table.BACKGROUND)
    assert build_history([handled("Ev1", DONE), cross], ASKED).verdict is Conclusion.TAKEN_AWAY


def test_it_says_why_a_letter_is_dead() -> None:
    died_of = "its worker died twice while it worked on it"
    story = build_history(
        [], ASKED, [Queued("slack_message_public", "Ev1", dead=True, died_of=died_of)]
    )
    assert story.verdict is Conclusion.DEAD
    assert words(story) == f"dead letter of `slack_message_public`: {died_of}"


def test_what_killed_its_worker_and_was_dropped_since_was_delivered() -> None:
    taken = Record(RecordKind.TAKEN_OVER, int(AT * 1000), "Ev1", "", ASKED.channel, ASKED.ts)
    assert build_history([taken], ASKED).verdict is Conclusion.UNKNOWN


def test_it_was_received_before_it_waited_in_its_queue() -> None:
    story = build_history([handled("Ev1", DONE, after=20, queued=15_000)], ASKED)
    assert story.steps[0].text.endswith("received it from Slack")
    assert story.steps[0].at == pytest.approx(AT + 5, abs=0.01)


@pytest.mark.parametrize(
    ("after", "verdict"), [(300, Conclusion.BAD_SIGNATURE), (400, Conclusion.NEVER)]
)
def test_a_refusal_during_a_flood_is_recorded_minutes_later(
    after: float, verdict: Conclusion
) -> None:
    refused = Record(
        RecordKind.REFUSED, int((AT + after) * 1000), outcome=Reason.SIGNATURE, count=900
    )
    assert build_history([refused], ASKED).verdict is verdict


def test_the_present_is_given() -> None:
    story = build_history([], ASKED, ledger=LedgerEntry({"command:x#0": "claimed"}), now=AT + 7)
    assert story.steps[-1].at == AT + 7
