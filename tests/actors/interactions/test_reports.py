"""Reports to the moderators: who sees what, and that each is seen once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from actors.conftest import NewWorker
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.interactions import reporters
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.metrics.journal import RecordKind
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.storage import keys
from gopherbot.storage.cases import REMEMBERED_SECONDS
from gopherbot.storage.client import text
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.objects import Message

from .conftest import Desk

MODERATORS = "G0MODTEAM"
SPAM = "buy <https://spam.example|cheap> watches, <!channel> & <@U0MODERATOR>!"
DETAILS = "What should the moderators know?"
CLOSED = "The moderators have dealt with your report. Thank you for telling them."
UNNAMED: dict[str, Any] = {"Your name": ["anonymous"]}


def reported(desk: Desk, user: str = "regular", words: str = SPAM, **fields: Any) -> Posted:
    """Have a member report a message of the newcomer's. Return that message."""
    said = desk.slack.say(words, "general", "newcomer")
    report(desk, said, user, **fields)
    return said


def report(desk: Desk, said: Posted, user: str = "regular", **fields: Any) -> None:
    open_form(desk.slack, said, user)
    submit(desk, user, **fields)


def open_form(slack: Simulator, said: Posted, user: str = "regular") -> None:
    slack.interactivity.message_shortcut("report_message", said.channel, said.ts, user)


def submit(desk: Desk, user: str = "regular", **fields: Any) -> None:
    given = {"What's wrong?": "Spam or a scam", **fields}
    assert desk.slack.submit(given, user) == {}


def cards(slack: Simulator) -> list[Message]:
    """Return the messages in the moderators' channel that are in no thread."""
    there = slack.workspace.conversations[MODERATORS].messages.values()
    return [message for message in there if not message.is_reply]


def shown(message: Message) -> str:
    return str(message.blocks)


def told(slack: Simulator, user: str = "regular") -> list[str]:
    dm = slack.workspace.open_dm(slack.workspace.user(user))
    return [message.text for message in dm.messages.values()]


def test_moderators_get_a_report_and_its_reporter_hears_twice(desk: Desk, slack: Simulator) -> None:
    said = reported(desk, **{DETAILS: "*again* <!here>"})

    [card] = cards(slack)
    assert f"https://gophers.slack.com/archives/{said.channel}/p" in shown(card)
    for words in ("Spam or a scam", "@newcomer", "@regular", "*again* <!here>", "Open"):
        assert words in shown(card)
    assert "buy <https://spam.example|cheap> watches, <!channel> & <@U0MODERATOR>!" in shown(card)
    [arrived] = told(slack)
    assert arrived.startswith("Thank you. The moderators have your report of <https://gophers")

    slack.click("I'm on it", "moderator")
    [card] = cards(slack)
    assert re.search(
        r":eyes: On it: <https://\S+/team/U0MODERATOR\|@moderator>, <!date", shown(card)
    )
    assert len(told(slack)) == 1
    slack.click("Done", "reviewer")
    [card] = cards(slack)
    assert ":white_check_mark: Done: <https://" in shown(card)
    assert "report_buttons" not in shown(card)
    assert "cheap" in shown(card)
    assert told(slack)[1:] == [CLOSED]


def test_nothing_in_a_report_pings_or_becomes_markup(desk: Desk, slack: Simulator) -> None:
    hostile = "<!channel> <@U0MODERATOR> <https://evil.example|slack.com> *x* & co"
    reported(desk, words=hostile, **{DETAILS: hostile})

    [card] = cards(slack)
    assert "<!" not in card.text
    for block in card.blocks:
        text = block.get("text") or (block.get("elements") or [{}])[0]
        if text.get("type") == "mrkdwn":
            assert text["verbatim"] is True
            assert not re.search(r"<[@!]|evil", text["text"])
    # Letter by letter, as rich text is.
    assert shown(card).count("<https://evil.example|slack.com>") == 2


def test_who_reports_anonymously_is_named_nowhere(desk: Desk, slack: Simulator) -> None:
    reported(desk, **UNNAMED)

    [card] = cards(slack)
    assert "Reported anonymously" in shown(card)
    assert "regular" not in shown(card).lower()
    assert "U0REGULAR" not in str(card)
    assert told(slack)[0].endswith("They don't know that it was you.")
    slack.click("Not a problem", "moderator")
    assert len(told(slack)) == 2
    first, *others = [str(post.metadata) for post in slack.posts()]
    cases = re.findall(r"In[0-9a-f]{20}", first)
    assert cases
    assert not any(id in other for id in cases for other in others)


def known_by(client: redis.Redis) -> list[str]:
    """Return what Redis has of the reporters of the only case, beside a digest of each."""
    [case] = client.scan_iter(f"{APP}:case:*")
    fields = client.hgetall(case).items()
    return sorted(text(value) for name, value in fields if text(name).startswith("by:"))


def test_of_an_anonymous_reporter_redis_has_a_digest_alone_and_of_a_closed_case_none(
    desk: Desk, slack: Simulator, redis_client: redis.Redis
) -> None:
    said = reported(desk, **UNNAMED)
    assert known_by(redis_client) == [""]
    report(desk, said, "reviewer")
    assert [len(value) > 20 for value in known_by(redis_client)] == [False, True]

    slack.click("Done", "moderator")
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [2, 2]
    assert known_by(redis_client) == []
    [case] = redis_client.keys(f"{APP}:case:*")
    assert 0 < redis_client.ttl(case) <= 8 * 24 * 60 * 60
    assert not redis_client.keys(f"{APP}:reported:*")


def test_a_reporter_whom_an_older_worker_knew_by_another_digest_hears_once(
    desk: Desk, slack: Simulator, redis_client: redis.Redis
) -> None:
    reported(desk)
    [case] = redis_client.scan_iter(f"{APP}:case:*")
    redis_client.hset(case, "by:0123456789", desk.context.sealer.seal(b"U0REGULAR"))
    slack.click("Done", "moderator")
    assert len(told(slack)) == 2


def test_anonymous_reporters_are_found_among_all_members_whatever_slack_says_meanwhile(
    desk: Desk, slack: Simulator, another_worker: Callable[[], WorkerContext]
) -> None:
    said = slack.say(SPAM, "general", "newcomer")
    for number in range(1200):
        slack.join_team(f"member{number}")
    report(desk, said, "member3", **UNNAMED)
    report(desk, said, "member1190", **UNNAMED)
    slack.faults.add(Fault(method="users.list", kind="ratelimited", retry_after=0, times=2))
    slack.faults.add(Fault(method="users.list", kind="server_error", skip=1))
    slack.click("Done", "moderator")
    for _ in range(3):
        desk.work(another_worker())
    assert [len(told(slack, user)) for user in ("member3", "member1190")] == [2, 2]


def test_member_list_is_read_only_until_reporters_are_found(desk: Desk, slack: Simulator) -> None:
    for number in range(600):
        slack.join_team(f"member{number}")
    reported(desk, **UNNAMED)
    slack.click("Done", "moderator")
    assert len(slack.calls("users.list")) == 1


def test_an_anonymous_reporter_who_left_holds_up_nothing(
    desk: Desk, slack: Simulator, redis_client: redis.Redis
) -> None:
    reported(desk, "regular", **UNNAMED)
    del slack.workspace.users["U0REGULAR"]
    slack.click("Done", "moderator")
    assert known_by(redis_client) == []
    assert desk.failed == []


def test_worker_searches_for_one_case_s_reporters_at_a_time(desk: Desk, slack: Simulator) -> None:
    reported(desk, **UNNAMED)
    with reporters._search:
        slack.click("Done", "moderator")
        assert len(told(slack)) == 1
    assert isinstance(desk.failed.pop(), RetryLater)
    desk.work()
    assert len(told(slack)) == 2


def test_several_reports_share_one_card_that_counts(desk: Desk, slack: Simulator) -> None:
    said = reported(desk)
    report(desk, said, "reviewer", **{DETAILS: "it's a bot"})
    report(desk, said, "reviewer", **UNNAMED)

    [card] = cards(slack)
    assert "Open · 3 reports" in shown(card)
    replies = [m for m in slack.workspace.conversations[MODERATORS].messages.values() if m.is_reply]
    assert ["Reported again" in shown(reply) for reply in replies] == [True, True]
    assert "it's a bot" in shown(replies[0])
    # Nobody learns that others reported it.
    assert told(slack, "reviewer")[0].partition(" of ")[0] == told(slack)[0].partition(" of ")[0]

    slack.click("Done", "moderator")
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [2, 4]


@pytest.mark.parametrize("first", [{}, UNNAMED], ids=["named", "anonymous"])
def test_a_card_does_not_tell_whether_an_anonymous_reporter_also_gave_their_name(
    desk: Desk, slack: Simulator, redis_client: redis.Redis, first: dict[str, Any]
) -> None:
    second = {} if first else UNNAMED
    for user in ("regular", "reviewer"):
        said = reported(desk, **first)
        report(desk, said, user, **second)

    for card in cards(slack):
        (state,) = (block for block in card.blocks if block["block_id"] == "report_state")
        assert state["elements"][0]["text"] == "Open · 2 reports"
    cases = [redis_client.hkeys(key) for key in redis_client.scan_iter(f"{APP}:case:*")]
    assert [sum(text(name).startswith("by:") for name in names) for names in cases] == [2, 2]


def test_a_further_report_goes_where_reports_go_now(
    desk: Desk, slack: Simulator, moderated: Path, new_worker: NewWorker
) -> None:
    said = reported(desk)
    now = slack.workspace.add_channel("modteam", private=True)
    (moderated / "moderation.toml").write_text('[reports]\nchannel = "modteam"\n')
    desk.context = new_worker(GOPHER_CONTENT=str(moderated))
    report(desk, said, "reviewer", **{DETAILS: "for few eyes"})

    assert len(slack.workspace.conversations[MODERATORS].messages) == 1
    [card] = slack.workspace.conversations[now.id].messages.values()
    assert "for few eyes" in shown(card)


def test_retried_first_report_is_not_added_to_its_own_card(desk: Desk, slack: Simulator) -> None:
    said = slack.say(SPAM, "general", "newcomer")
    open_form(slack, said)
    open_form(slack, said, "reviewer")
    slack.faults.add(Fault(method="conversations.open", kind="server_error"))
    submit(desk)
    assert desk.queued, "the card is there, but its reporter could not be told"
    desk.holds = True
    submit(desk, "reviewer")
    desk.queued.reverse()
    desk.work()

    replies = [m for m in slack.workspace.conversations[MODERATORS].messages.values() if m.is_reply]
    assert len(replies) == 1
    assert "2 reports" in shown(cards(slack)[0])
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [1, 1]


def test_overtaken_first_report_is_added_to_the_other_card(desk: Desk, slack: Simulator) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=0))
    said = reported(desk, **{DETAILS: "the first words"})
    waiting, desk.queued = desk.queued, []
    report(desk, said, "reviewer", **{DETAILS: "the second words"})
    desk.queued += waiting
    desk.work()

    assert not desk.queued
    there = [shown(each) for each in slack.workspace.conversations[MODERATORS].messages.values()]
    assert len(there) == 2
    assert "the second words" in there[0]
    assert "2 reports" in there[0]
    assert "the first words" in there[1]
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [1, 1]


def test_overtaken_first_report_survives_the_other_card(desk: Desk, slack: Simulator) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=0))
    said = reported(desk, **{DETAILS: "the first words"})
    waiting, desk.queued = desk.queued, []
    report(desk, said, "reviewer", **{DETAILS: "the second words"})
    slack.workspace.conversations[MODERATORS].messages.clear()
    desk.queued = waiting
    for _ in range(2):
        desk.work()

    assert not desk.queued
    [card] = cards(slack)
    assert "the first words" in shown(card)


def test_first_report_after_the_other_is_closed_is_a_new_card(desk: Desk, slack: Simulator) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=0))
    said = reported(desk, **{DETAILS: "the first words"})
    waiting, desk.queued = desk.queued, []
    report(desk, said, "reviewer", **{DETAILS: "the second words"})
    slack.click("Done", "moderator")
    desk.queued = waiting
    for _ in range(2):
        desk.work()

    assert not desk.queued
    closed, again = (shown(card) for card in cards(slack))
    assert "the second words" in closed
    assert "the first words" in again
    assert "'Open'" in again
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [1, 2]
    slack.click("Done", "moderator")
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [2, 2]


@pytest.mark.parametrize("fields", [{}, UNNAMED], ids=["named", "anonymous"])
@pytest.mark.parametrize("deleted", [False, True], ids=["", "card deleted"])
@pytest.mark.parametrize("kind", ["ratelimited", "server_error"])
def test_a_report_that_waits_while_its_case_is_closed_is_a_new_card(
    desk: Desk, slack: Simulator, fields: dict[str, Any], deleted: bool, kind: Any
) -> None:
    said = reported(desk)
    slack.faults.add(Fault(kind=kind, method="chat.postMessage", channel=MODERATORS))
    report(desk, said, "reviewer", **{DETAILS: "the second words"}, **fields)
    desk.holds = True
    slack.click("Done", "moderator")
    desk.queued.reverse()
    desk.holds = False
    there = slack.workspace.conversations[MODERATORS].messages
    if deleted:
        desk.work()
        there.clear()
    for _ in range(4):
        desk.work()

    assert not desk.queued
    *_, again = cards(slack)
    assert "the second words" in shown(again)
    assert "'Open'" in shown(again)
    assert [len(there), len(told(slack)), len(told(slack, "reviewer"))] == [2 - deleted, 2, 1]
    slack.click("Done", "moderator")
    assert [each.partition(" of ")[0] for each in told(slack, "reviewer")] == [
        "Thank you. The moderators have your report",
        CLOSED,
    ]


def test_report_that_moves_to_a_new_card_counts_once(desk: Desk, slack: Simulator) -> None:
    for _ in range(4):
        report(desk, slack.say("rude", "general", "newcomer"), "reviewer")
    said = reported(desk)
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", channel=MODERATORS))
    report(desk, said, "reviewer", **{DETAILS: "the fifth of this hour"})
    desk.holds = True
    slack.click("Done", "moderator")
    desk.queued.reverse()
    desk.holds = False
    for _ in range(4):
        desk.work()

    assert "the fifth of this hour" in shown(cards(slack)[-1])


def test_who_hears_late_that_a_report_arrived_hears_then_that_it_is_closed(
    desk: Desk, slack: Simulator, redis_client: redis.Redis
) -> None:
    said = slack.say(SPAM, "general", "newcomer")
    slack.faults.add(Fault(kind="server_error", method="conversations.open", times=None))
    report(desk, said)
    report(desk, said, "reviewer", **UNNAMED)
    slack.faults.clear()
    waiting, desk.queued = desk.queued, []
    slack.click("Done", "moderator")
    assert told(slack) == told(slack, "reviewer") == []

    desk.queued = waiting
    for _ in range(3):
        desk.work()
    for user in ("regular", "reviewer"):
        first, second = told(slack, user)
        assert first.startswith("Thank you. The moderators have your report")
        assert second == CLOSED
    assert known_by(redis_client) == []
    assert len(slack.workspace.conversations[MODERATORS].messages) == 2


def test_a_card_whose_post_was_cut_off_is_found_and_not_posted_again(
    desk: Desk, slack: Simulator, another_worker: Callable[[], WorkerContext]
) -> None:
    slack.faults.add(Fault(method="chat.postMessage", kind="cut_after"))
    said = reported(desk)
    for _ in range(3):
        desk.work(another_worker())
    assert desk.queued == []
    report(desk, said, "reviewer")
    [card] = cards(slack)
    assert "2 reports" in shown(card)


def test_a_notice_whose_post_was_cut_off_days_ago_is_found_and_not_posted_again(
    desk: Desk, slack: Simulator, another_worker: Callable[[], WorkerContext]
) -> None:
    slack.faults.add(Fault(method="chat.postMessage", kind="cut_after", skip=1))
    reported(desk)
    there = slack.workspace.open_dm(slack.workspace.user("regular")).messages
    [notice] = there.values()
    notice.ts = f"{float(notice.ts) - 6 * 24 * 60 * 60:.6f}"
    there.clear()
    there[notice.ts] = notice
    for _ in range(3):
        desk.work(another_worker())
    assert desk.queued == []
    assert told(slack) == [notice.text]


def test_a_card_that_two_moderators_change_at_once_shows_the_latest(
    desk: Desk, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(desk)
    [case] = desk.context.redis.scan_iter(f"{APP}:case:*")
    id, update = text(case).rpartition(":")[2], desk.context.slack.update

    def update_late(*args: Any, **more: Any) -> None:
        desk.context.cases.handle(id, "done", "U0REVIEWER", "reviewer")
        update(*args, **more)

    monkeypatch.setattr(desk.context.slack, "update", update_late)
    slack.click("I'm on it", "moderator")
    assert "Done: <https://gophers.slack.com/team/U0REVIEWER" in shown(cards(slack)[0])


def test_a_report_after_the_case_was_closed_is_a_new_card(desk: Desk, slack: Simulator) -> None:
    said = reported(desk)
    slack.click("Done", "moderator")
    report(desk, said, "reviewer")

    assert len(cards(slack)) == 2
    assert "Open" in shown(cards(slack)[-1])


def test_what_is_no_message_can_be_reported_too(desk: Desk, slack: Simulator) -> None:
    slack.shortcut("tell_moderators", "regular")
    submit(desk, **{DETAILS: "somebody writes me DMs"})

    [card] = cards(slack)
    assert "somebody writes me DMs" in shown(card)
    assert "A message" not in shown(card)


def test_a_member_has_so_many_reports_an_hour(desk: Desk, slack: Simulator) -> None:
    for _ in range(6):
        reported(desk)
    report(desk, slack.say("rude", "general", "newcomer"), "reviewer")

    assert len(cards(slack)) == 6
    *_, last = told(slack)
    assert last == (
        "That's more reports than I can take from one member in an hour: please write to "
        "mods@example.org."
    )


@pytest.mark.parametrize(
    ("error", "times"), [("", 1), ("", 2), ("trigger_exchanged", 1), ("invalid_arguments", 1)]
)
def test_a_form_that_does_not_open_is_answered_where_it_was_asked_for(
    desk: Desk, slack: Simulator, error: str, times: int
) -> None:
    desk.holds = True
    if error:
        slack.faults.add(Fault(kind="error", method="views.open", error=error))
    else:
        slack.interactivity.triggers.seconds = -1.0
    said = slack.say(SPAM, "general", "newcomer")
    open_form(slack, said)
    desk.queued *= times
    desk.work()

    [late] = [post for post in slack.posts("general") if post.ephemeral]
    assert late.text == (
        "Sorry, I couldn't open the form. Please try again, or write to mods@example.org."
    )
    assert late.user == "U0REGULAR"


def test_a_late_global_shortcut_is_answered_by_dm(desk: Desk, slack: Simulator) -> None:
    slack.interactivity.triggers.seconds = -1.0
    slack.shortcut("tell_moderators", "regular")
    [late] = told(slack)
    assert late.startswith("Sorry, I couldn't open the form.")


def convert(slack: Simulator) -> None:
    slack.workspace.conversations[MODERATORS].kind = "channel"


def leave(slack: Simulator) -> None:
    slack.workspace.conversations[MODERATORS].members.pop(slack.identity.bot_user_id)


def archive(slack: Simulator) -> None:
    slack.workspace.conversations[MODERATORS].is_archived = True


def remove(slack: Simulator) -> None:
    slack.workspace.conversations[MODERATORS].name = "something-else"


@pytest.mark.parametrize(
    ("before", "spoil"),
    [(True, convert), (True, leave), (True, archive), *((False, s) for s in (convert, remove))],
)
def test_a_report_goes_nowhere_else_and_its_reporter_is_told_whom_to_write_to(
    desk: Desk, slack: Simulator, before: bool, spoil: Any
) -> None:
    if before:
        reported(desk)
    seen = len(slack.posts())
    spoil(slack)
    reported(desk, "reviewer")
    for _ in range(3):
        desk.work()

    after = slack.posts()[seen:]
    [failed] = told(slack, "reviewer")
    assert failed.endswith("please don't wait for me: write to mods@example.org.")
    assert [post.text for post in after] == [failed]
    assert "reports" in desk.context.watcher_log.rejections()
    assert desk.queued, "it is tried again"


def test_a_channel_with_members_of_another_organization_gets_no_report(
    desk: Desk, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = desk.context.slack.channel(MODERATORS)
    assert channel
    shared = replace(channel, is_shared=True)
    monkeypatch.setattr(desk.context.slack, "channel", lambda id: shared)
    reported(desk)
    assert cards(slack) == []
    assert "reports" in desk.context.watcher_log.rejections()


def test_unshown_report_is_shown_once_the_channel_is_fixed(desk: Desk, slack: Simulator) -> None:
    leave(slack)
    reported(desk)
    slack.workspace.conversations[MODERATORS].members[slack.identity.bot_user_id] = None
    desk.work()

    assert len(cards(slack)) == 1
    assert len(told(slack)) == 2
    assert not desk.context.watcher_log.rejections()


def test_a_report_that_slack_does_not_take_for_ten_minutes_is_told(
    desk: Desk, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault(kind="ratelimited", method="chat.postMessage", channel=MODERATORS, times=None)
    slack.faults.add(fault)
    reported(desk)
    assert told(slack) == []
    monkeypatch.setattr("gopherbot.actors.interactions.reports.PATIENCE_SECONDS", -1)
    desk.work()
    desk.work()
    [failed] = told(slack)
    assert failed.startswith("I can't reach the moderators' channel")
    slack.faults.clear()
    desk.work()
    assert len(cards(slack)) == 1
    assert not desk.context.watcher_log.rejections()


def test_further_report_may_wait_however_old_the_case_is(desk: Desk, slack: Simulator) -> None:
    said = reported(desk)
    [first] = desk.context.redis.scan_iter(keys.case_of_report(APP, "*"))
    desk.context.redis.expire(first, REMEMBERED_SECONDS - 1800)
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", channel=MODERATORS))
    report(desk, said, "reviewer")
    assert told(slack, "reviewer") == []
    desk.work()
    [arrived] = told(slack, "reviewer")
    assert arrived.startswith("Thank you")


def test_another_channel_that_takes_the_name_gets_no_report(desk: Desk, slack: Simulator) -> None:
    reported(desk)
    slack.workspace.conversations[MODERATORS].name = "old-moderators"
    taken = slack.workspace.add_channel("moderators")
    taken.kind = "group"
    reported(desk, "reviewer")

    assert len(cards(slack)) == 2
    assert not slack.workspace.conversations[taken.id].messages


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.info"])
@pytest.mark.parametrize("kind", ["ratelimited", "cut_after"])
def test_a_call_that_fails_is_made_up_for(
    desk: Desk, slack: Simulator, method: str, kind: str
) -> None:
    said = slack.say(SPAM, "general", "newcomer")
    report(desk, said, "reviewer")
    fault: Any = {"kind": kind, "method": method, "times": 1}
    slack.faults.add(Fault(**fault))
    report(desk, said)
    desk.work()
    slack.faults.add(Fault(**fault))
    slack.click("Done", "moderator")
    for _ in range(4):
        desk.work()

    assert not desk.queued
    [card] = cards(slack)
    assert "Done" in shown(card)
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [2, 2]


def test_deleted_card_takes_no_later_report_with_it(desk: Desk, slack: Simulator) -> None:
    said = reported(desk)
    [card] = cards(slack)
    slack.workspace.conversations[MODERATORS].messages.pop(card.ts)
    report(desk, said, "reviewer")

    [again] = cards(slack)
    assert "@reviewer" in shown(again)
    slack.click("Done", "moderator")
    assert [len(told(slack, user)) for user in ("regular", "reviewer")] == [2, 2]


def test_a_card_works_although_redis_has_lost_its_case(
    desk: Desk, slack: Simulator, redis_client: redis.Redis
) -> None:
    reported(desk)
    for key in redis_client.scan_iter(f"{APP}:case:*"):
        redis_client.delete(key)
    slack.click("Done", "moderator")
    [card] = cards(slack)
    assert "Done: <https://" in shown(card)


def test_a_late_click_does_not_reopen_a_closed_case(desk: Desk, slack: Simulator) -> None:
    reported(desk)
    [card] = cards(slack)
    before = card.blocks
    slack.click("Done", "moderator")
    [card] = cards(slack)
    card.blocks = before  # as the other moderator's client still shows it
    slack.click("I'm on it", "reviewer")
    [card] = cards(slack)
    assert "Done: <https://gophers.slack.com/team/U0MODERATOR" in shown(card)
    assert len(told(slack)) == 2


def test_the_longest_texts_fit_into_what_slack_takes(desk: Desk, slack: Simulator) -> None:
    reported(desk, words='\n"\\<>&é🐹' * 4000, **{DETAILS: '"🐹' * 1000})
    [card] = cards(slack)
    assert "🐹" in shown(card)
    views = slack.calls("views.open")
    assert len(views[-1].arguments["view"]["private_metadata"]) <= 3000


def test_the_journal_knows_a_report_by_its_id_alone(desk: Desk) -> None:
    said = desk.slack.say(SPAM, "general", "newcomer")
    open_form(desk.slack, said)
    desk.holds = True
    submit(desk)

    record = record_of(messages.decode(desk.queued[0].data))
    assert record
    assert re.fullmatch("In[0-9a-f]{20}", record.event)
    assert (record.channel, record.ts, record.kind) == ("", "", RecordKind.HANDLED)
