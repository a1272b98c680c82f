"""Reports to the moderators: who sees what on their cards, and that each is seen once."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from cases import cases

from gopherbot.actors.interactions import report_card, report_form
from gopherbot.dev.bot import APP
from gopherbot.metrics.journal import RecordKind
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.slack.interactions import Interaction
from gopherbot.storage import keys
from gopherbot.storage.cases import REMEMBERED_SECONDS
from gopherbot.storage.client import text
from slack_simulator import Fault
from slack_simulator.web_api.faults import FaultKind

from .conftest import MODERATORS, SPAM, Desk
from .test_reporters import ANONYMITY, CLOSED


def test_moderators_get_a_report_and_its_reporter_hears_twice(desk: Desk) -> None:
    said = desk.reported(details="*again* <!here>")
    [card] = desk.cards()
    assert f"https://gophers.slack.com/archives/{said.channel}/p" in card
    for words in ("Spam or a scam", "@newcomer", "@regular", "*again* <!here>", "Open", SPAM):
        assert words in card
    [arrived] = desk.told()
    assert arrived.startswith("Thank you. The moderators have your report of <https://gophers")
    desk.click("I'm on it")
    [card] = desk.cards()
    assert re.search(r":eyes: On it: <https://\S+/team/U0MODERATOR\|@moderator>, <!date", card)
    assert len(desk.told()) == 1
    desk.click("Done", "reviewer")
    [card] = desk.cards()
    assert ":white_check_mark: Done: <https://" in card
    assert "report_buttons" not in card
    assert "cheap" in card
    assert desk.told()[1:] == [CLOSED]


def test_nothing_in_a_report_pings_or_becomes_markup(desk: Desk) -> None:
    hostile = "<!channel> <@U0MODERATOR> <https://evil.example|slack.com> *x* & co"
    desk.reported(words=hostile, details=hostile)
    [card] = desk.there.values()
    assert "<!" not in card.text
    for block in card.blocks:
        text = block.get("text") or (block.get("elements") or [{}])[0]
        if text.get("type") == "mrkdwn":
            assert text["verbatim"] is True
            assert not re.search(r"<[@!]|evil", text["text"])
    # Letter by letter, as rich text is.
    assert str(card.blocks).count("<https://evil.example|slack.com>") == 2


def test_several_reports_share_one_card_that_counts(desk: Desk) -> None:
    said = desk.reported()
    desk.report(said, "reviewer", details="it's a bot")
    desk.report(said, "reviewer", anonymous=True)
    [card] = desk.cards()
    assert "Open · 3 reports" in card
    assert ["Reported again" in reply for reply in desk.replies()] == [True, True]
    assert "it's a bot" in desk.replies()[0]
    # Nobody learns that others reported it.
    assert desk.told("reviewer")[0].partition(" of ")[0] == desk.told()[0].partition(" of ")[0]
    desk.click("Done")
    assert desk.heard() == [2, 4]


@ANONYMITY
def test_a_card_does_not_tell_whether_an_anonymous_reporter_also_gave_their_name(
    desk: Desk, anonymous: bool
) -> None:
    for user in ("regular", "reviewer"):
        said = desk.reported(anonymous=anonymous)
        desk.report(said, user, anonymous=not anonymous)
    assert ["Open · 2 reports" in card for card in desk.cards()] == [True, True]
    client = desk.context.redis
    for key in client.scan_iter(f"{APP}:case:*"):
        assert sum(text(name).startswith("by:") for name in client.hkeys(key)) == 2


def test_retried_first_report_is_not_added_to_its_own_card(desk: Desk) -> None:
    said = desk.slack.say(SPAM, "general", "newcomer")
    for user in ("regular", "reviewer"):
        desk.open_form(said, user)
    desk.slack.faults.add(Fault(method="conversations.open", kind="server_error"))
    desk.submit()
    assert desk.queued, "the card is there, but its reporter could not be told"
    desk.holds = True
    desk.submit("reviewer")
    desk.queued.reverse()
    desk.work()
    assert len(desk.replies()) == 1
    assert "2 reports" in desk.cards()[0]
    assert desk.heard() == [1, 1]


@cases("meanwhile", "shown", "state", "heard")
def test_overtaken_first_report_is_not_lost(
    desk: Desk, meanwhile: str, shown: list[str], state: str, heard: list[int]
) -> None:
    desk.limit(retry_after=0)
    said = desk.reported(details="the first words")
    waiting, desk.queued = desk.queued, []
    desk.report(said, "reviewer", details="the second words")
    if meanwhile == "deleted":
        desk.there.clear()
    if meanwhile == "closed":
        desk.click("Done")
    desk.queued = waiting
    desk.work(times=2)
    assert not desk.queued
    for words, message in zip(shown, desk.there.values(), strict=True):
        assert f"the {words} words" in str(message.blocks)
    assert len(desk.cards()) == 1 + (meanwhile == "closed")
    assert state in desk.cards()[-1]
    assert desk.heard() == heard
    desk.click("Done")
    assert desk.heard() == [2, 2]


@ANONYMITY
@pytest.mark.parametrize("deleted", [False, True], ids=["", "card deleted"])
@pytest.mark.parametrize("kind", ["ratelimited", "server_error"])
def test_a_report_that_waits_while_its_case_is_closed_is_a_new_card(
    desk: Desk, anonymous: bool, deleted: bool, kind: FaultKind
) -> None:
    said = desk.reported()
    desk.slack.faults.add(Fault(kind=kind, method="chat.postMessage", channel=MODERATORS))
    desk.report(said, "reviewer", details="the second words", anonymous=anonymous)
    close_first(desk)
    if deleted:
        desk.work()
        desk.there.clear()
    desk.work(times=4)
    assert not desk.queued
    again = desk.cards()[-1]
    assert "the second words" in again
    assert "'Open'" in again
    assert [len(desk.there), *desk.heard()] == [2 - deleted, 2, 1]
    desk.click("Done")
    assert [each.partition(" of ")[0] for each in desk.told("reviewer")] == [
        *("Thank you. The moderators have your report", CLOSED)
    ]


def close_first(desk: Desk) -> None:
    """Have a case closed, and that handled before the reports that wait."""
    desk.holds = True
    desk.click("Done")
    desk.queued.reverse()
    desk.holds = False


def test_report_that_moves_to_a_new_card_counts_once(desk: Desk) -> None:
    for _ in range(4):
        desk.reported("reviewer")
    said = desk.reported()
    desk.limit(channel=MODERATORS)
    desk.report(said, "reviewer", details="the fifth of this hour")
    close_first(desk)
    desk.work(times=4)
    assert "the fifth of this hour" in desk.cards()[-1]


def test_a_card_that_two_moderators_change_at_once_shows_the_latest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reported()
    [case] = desk.context.redis.scan_iter(f"{APP}:case:*")
    id, update = text(case).rpartition(":")[2], desk.context.slack.update

    def update_late(*args: Any, **more: Any) -> None:
        desk.context.cases.handle(id, "done", "U0REVIEWER", "reviewer")
        update(*args, **more)

    monkeypatch.setattr(desk.context.slack, "update", update_late)
    desk.click("I'm on it")
    assert "Done: <https://gophers.slack.com/team/U0REVIEWER" in desk.cards()[0]


def test_a_report_after_the_case_was_closed_is_a_new_card(desk: Desk) -> None:
    said = desk.reported()
    desk.click("Done")
    desk.report(said, "reviewer")
    assert ["'Open'" in card for card in desk.cards()] == [False, True]


def test_an_author_without_a_profile_is_shown_by_id(desk: Desk) -> None:
    desk.slack.faults.add(Fault(kind="error", error="user_not_found", method="users.info"))
    desk.reported()
    assert "|@U0NEWCOMER>" in desk.cards()[0]


def test_what_is_no_message_can_be_reported_too(desk: Desk) -> None:
    desk.slack.shortcut("tell_moderators", "regular")
    desk.submit(details="somebody writes me DMs")
    [card] = desk.cards()
    assert "somebody writes me DMs" in card
    assert "A message" not in card


def test_a_member_has_so_many_reports_an_hour(desk: Desk) -> None:
    for _ in range(6):
        desk.reported()
    desk.reported("reviewer")
    assert len(desk.cards()) == 6
    assert desk.told()[-1] == (
        "That's more reports than I can take from one member in an hour: please write to "
        "mods@example.org."
    )
    for key in desk.context.redis.scan_iter(f"{APP}:report*"):
        assert desk.context.redis.ttl(key) > 0, key


def test_further_report_may_wait_however_old_the_case_is(desk: Desk) -> None:
    said = desk.reported()
    [first] = desk.context.redis.scan_iter(keys.case_of_report(APP, "*"))
    desk.context.redis.expire(first, REMEMBERED_SECONDS - 1800)
    desk.limit(channel=MODERATORS)
    desk.report(said, "reviewer")
    assert desk.told("reviewer") == []
    desk.work()
    [arrived] = desk.told("reviewer")
    assert arrived.startswith("Thank you")


def test_deleted_card_takes_no_later_report_with_it(desk: Desk) -> None:
    said = desk.reported()
    desk.there.clear()
    desk.report(said, "reviewer")
    [again] = desk.cards()
    assert "@reviewer" in again
    desk.click("Done")
    assert desk.heard() == [2, 2]


def test_a_card_works_although_redis_has_lost_its_case(desk: Desk) -> None:
    desk.reported()
    for key in desk.context.redis.scan_iter(f"{APP}:case:*"):
        desk.context.redis.delete(key)
    desk.click("Done")
    [card] = desk.cards()
    assert "Done: <https://" in card


def test_a_late_click_does_not_reopen_a_closed_case(desk: Desk) -> None:
    desk.reported()
    [card] = desk.there.values()
    before = card.blocks
    desk.click("Done")
    [card] = desk.there.values()
    card.blocks = before  # as the other moderator's client still shows it
    desk.click("I'm on it", "reviewer")
    assert "Done: <https://gophers.slack.com/team/U0MODERATOR" in desk.cards()[0]
    assert len(desk.told()) == 2


def test_the_longest_texts_fit_into_what_slack_takes(desk: Desk) -> None:
    desk.reported(words='\n"\\<>&é🐹' * 4000, details='"🐹' * 1000)
    [card] = desk.cards()
    assert "🐹" in card
    [view] = desk.slack.calls("views.open")
    assert len(view.arguments["view"]["private_metadata"]) <= 3000


def test_the_journal_knows_a_report_by_its_id_alone(desk: Desk) -> None:
    desk.open_form(desk.slack.say(SPAM, "general", "newcomer"))
    desk.holds = True
    desk.submit()
    record = record_of(messages.decode(desk.queued[0].data))
    assert record
    assert re.fullmatch("In[0-9a-f]{20}", record.event)
    assert (record.channel, record.ts, record.kind) == ("", "", RecordKind.HANDLED)


# The form and the card alone.

SITE = "https://gophers.slack.com/"


def reported(channel: str) -> report_form.Reported:
    message = {"ts": "1.000200", "thread_ts": "1.000100", "user": "U0NEWCOMER", "text": "a &lt; b"}
    used = {"type": "message_action", "user": {"id": "U0REGULAR"}, "channel": {"id": channel}}
    return report_form.reported(msgspec.convert(used | {"message": message}, Interaction))


def test_a_form_carries_the_message_along_with_its_thread_and_as_it_reads() -> None:
    assert reported("C1") == report_form.Reported(
        "C1", "1.000200", thread_ts="1.000100", author="U0NEWCOMER", text="a < b"
    )


def test_only_about_a_message_there_may_be_nothing_to_add() -> None:
    def optional(about: report_form.Reported) -> list[bool]:
        blocks = report_form.view(about, ["Spam"])["blocks"]
        return [block["optional"] for block in blocks if block["type"] == "input"]

    assert optional(reported("C1")) == [False, True, True]
    assert optional(report_form.Reported()) == [False, False, True]


def test_a_card_names_no_private_place_and_escapes_what_others_wrote() -> None:
    report = report_form.Report(reported("C1"), "U1", "a|b<c", reason="R&D", details="")
    card = str(report_card.fixed(report, "I1", SITE, "link", "author"))
    assert " in <#C1>" in card
    assert f"<{SITE}team/U1|@a¦b&lt;c>" in card
    private = msgspec.structs.replace(report, about=reported("G1"))
    assert " in a private place" in str(report_card.fixed(private, "I1", SITE, "link", "author"))
    assert "*Reported again: R&amp;D*" in str(report_card.further(report, SITE))
