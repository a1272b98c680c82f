"""The story of an event where nobody wrote it down to the end."""

from __future__ import annotations

import time

from gopherbot.metrics.journal import Ended, Kind, Record
from gopherbot.status.story import Died, Ledger, Story, Subject, Verdict, tell

AT = time.time() - 300
ASKED = Subject(channel="C1", ts=f"{AT:.6f}")


def handled(event: str, *notes: str, after: float = 1, attempt: int = 0) -> Record:
    return Record(
        Kind.HANDLED,
        int((AT + after) * 1000),
        event,
        Ended.DONE,
        ASKED.channel,
        ASKED.ts,
        "slack_message_public",
        "worker.1",
        notes=list(notes),
        attempt=attempt,
        gateway="web.2",
    )


def words(story: Story) -> str:
    return "\n".join(step.text for step in story.steps)


def test_what_the_ledger_knows_was_answered_though_nobody_wrote_it_down() -> None:
    story = tell([], ASKED, ledger=Ledger({"command:x#0": "settled"}))
    assert story.verdict is Verdict.ANSWERED
    assert "ledger: command:x#0 settled" in words(story)


def test_what_a_process_that_died_may_have_had_is_not_called_undelivered() -> None:
    story = tell([], ASKED, died=[Died("worker", "worker.1", AT + 1)])
    assert story.verdict is Verdict.UNKNOWN
    assert "the worker on worker.1 was last seen: the record of its last 2 s is lost" in words(
        story
    )
    assert tell([], ASKED, died=[Died("worker", "worker.1", AT - 60)]).verdict is Verdict.NEVER
    assert tell([], ASKED, died=[Died("worker", "worker.1", AT + 60)]).verdict is Verdict.NEVER


def test_a_death_is_not_told_of_what_was_written_down() -> None:
    story = tell([handled("Ev1")], ASKED, died=[Died("worker", "worker.2", AT + 1)])
    assert "last seen" not in words(story)


def test_an_edit_is_another_event_and_no_second_delivery() -> None:
    first, edit = handled("Ev1", "performed a#0"), handled("Ev2", "updated a#0", after=9)
    assert tell([first, edit], ASKED).verdict is Verdict.ANSWERED
    twice = handled("Ev1", "settled a#0", after=9)
    assert tell([first, twice], ASKED).verdict is Verdict.DOUBLED


def test_an_answer_that_was_taken_away_is_told_so_until_another_is_given() -> None:
    first, away = handled("Ev1", "performed a#0"), handled("Ev2", "removed a#0", after=9)
    assert tell([first, away], ASKED).verdict is Verdict.TAKEN_AWAY
    again = handled("Ev3", "performed b#0", after=19)
    assert tell([first, away, again], ASKED).verdict is Verdict.ANSWERED


def test_each_delivery_names_its_gateway_once() -> None:
    retried = [handled("Ev1"), handled("Ev1", "performed a#0", after=3, attempt=1)]
    assert words(tell(retried, ASKED)).count("the gateway on web.2 received it from Slack") == 1
