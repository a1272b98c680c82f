"""Who reports: what is known of them, and that each hears once what became of it."""

from __future__ import annotations

import re

import pytest

from gopherbot.actors.interactions import reporters
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.storage.client import text
from slack_simulator import Fault

from .conftest import SPAM, Desk

CLOSED = "The moderators have dealt with your report. Thank you for telling them."
ANONYMITY = pytest.mark.parametrize("anonymous", [False, True], ids=["named", "anonymous"])


def known(desk: Desk) -> list[str]:
    """Return what Redis has of the reporters of the only case, beside a digest of each."""
    [case] = desk.context.redis.scan_iter(f"{APP}:case:*")
    fields = desk.context.redis.hgetall(case).items()
    return sorted(text(value) for name, value in fields if text(name).startswith("by:"))


def test_who_reports_anonymously_is_named_nowhere(desk: Desk) -> None:
    desk.reported(anonymous=True)
    [card] = desk.there.values()
    assert "Reported anonymously" in str(card.blocks)
    assert "regular" not in str(card).lower()
    assert desk.told()[0].endswith("They don't know that it was you.")
    desk.click("Not a problem")
    assert len(desk.told()) == 2
    first, *others = [str(post.metadata) for post in desk.slack.posts()]
    cases = re.findall(r"In[0-9a-f]{20}", first)
    assert cases
    assert not any(id in other for id in cases for other in others)


def test_of_an_anonymous_reporter_redis_has_a_digest_alone_and_of_a_closed_case_none(
    desk: Desk,
) -> None:
    said = desk.reported(anonymous=True)
    assert known(desk) == [""]
    desk.report(said, "reviewer")
    assert [len(value) > 20 for value in known(desk)] == [False, True]
    desk.click("Done")
    assert desk.heard() == [2, 2]
    assert known(desk) == []
    client = desk.context.redis
    [case] = client.keys(f"{APP}:case:*")
    assert 0 < client.ttl(case) <= 8 * 24 * 60 * 60
    assert not client.keys(f"{APP}:reported:*")


def test_anonymous_reporters_are_found_among_all_members_whatever_slack_says(desk: Desk) -> None:
    said = desk.slack.say(SPAM, "general", "newcomer")
    for number in range(1200):
        desk.slack.join_team(f"member{number}")
    for user in ("member3", "member1190"):
        desk.report(said, user, anonymous=True)
    desk.limit("users.list", retry_after=0, times=2)
    desk.slack.faults.add(Fault(method="users.list", kind="server_error", skip=1))
    desk.click("Done")
    desk.work(times=3)
    assert [len(desk.told(user)) for user in ("member3", "member1190")] == [2, 2]


def test_member_list_is_read_only_until_reporters_are_found(desk: Desk) -> None:
    for number in range(600):
        desk.slack.join_team(f"member{number}")
    desk.reported(anonymous=True)
    desk.click("Done")
    assert len(desk.slack.calls("users.list")) == 1


def test_an_anonymous_reporter_who_left_holds_up_nothing(desk: Desk) -> None:
    desk.reported(anonymous=True)
    del desk.slack.workspace.users["U0REGULAR"]
    desk.click("Done")
    assert known(desk) == []
    assert desk.failed == []


def test_worker_searches_for_one_case_s_reporters_at_a_time(desk: Desk) -> None:
    desk.reported(anonymous=True)
    with reporters._search:
        desk.click("Done")
        assert len(desk.told()) == 1
    assert isinstance(desk.failed.pop(), RetryLater)
    desk.work()
    assert len(desk.told()) == 2


def test_who_hears_late_that_a_report_arrived_hears_then_that_it_is_closed(desk: Desk) -> None:
    said = desk.slack.say(SPAM, "general", "newcomer")
    desk.slack.faults.add(Fault(kind="server_error", method="conversations.open", times=None))
    desk.report(said)
    desk.report(said, "reviewer", anonymous=True)
    desk.slack.faults.clear()
    waiting, desk.queued = desk.queued, []
    desk.click("Done")
    assert desk.heard() == [0, 0]
    desk.queued = waiting
    desk.work(times=3)
    for user in ("regular", "reviewer"):
        first, second = desk.told(user)
        assert first.startswith("Thank you. The moderators have your report")
        assert second == CLOSED
    assert known(desk) == []
    assert len(desk.there) == 2
