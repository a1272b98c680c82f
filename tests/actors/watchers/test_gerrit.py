"""What is special about Gerrit's watcher: which changes are new, and how they are announced."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import redis
from cases import cases
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, job, warnings
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.watchers import gerrit
from gopherbot.effects.slack_effects import LOOK_BACK_SECONDS
from gopherbot.slack.errors import Retryable
from slack_simulator import Fault, Simulator
from slack_simulator.services.gerrit import Change

run = job("gerrit")


def numbers(slack: Simulator) -> list[int]:
    return [int(re.findall(r"\[(\d+)\]", post.text)[0]) for post in slack.posts("golang-cls")]


@pytest.fixture
def started(context: WorkerContext, slack: Simulator) -> WorkerContext:
    """A worker whose first run, with change 1 there, is over."""
    slack.services.gerrit.merge(1, "go: begin")
    run(context)
    assert numbers(slack) == [1]
    return context


@cases("project", "subject", "message", "shown", "body", "footer")
def test_an_announcement_holds_number_subject_link_and_commit_message(
    started: WorkerContext,
    slack: Simulator,
    project: str,
    subject: str,
    message: str,
    shown: str,
    body: str,
    footer: str,
) -> None:
    slack.services.gerrit.merge(600, subject, project, message)
    run(started)
    post, link = slack.posts("golang-cls")[-1], "https://go.dev/cl/600"
    assert post.text == f"[600] {shown} {link}"
    assert not post.unfurl_links
    assert not post.unfurl_media
    (card,) = post.attachments
    assert (card["title"], card["title_link"]) == (shown, link)
    assert (card["text"], card.get("footer", "")) == (body, footer)
    assert "mrkdwn_in" not in card


def test_long_texts_are_cut_before_they_are_escaped(
    started: WorkerContext, slack: Simulator
) -> None:
    slack.services.gerrit.merge(600, "&" * 298 + " &&", "go", "&" * 9999)
    run(started)
    (card,) = slack.posts("golang-cls")[-1].attachments
    assert card["title"] == "&amp;" * 298 + "…"
    assert card["text"] == "&amp;" * 2999 + "…"


@pytest.mark.parametrize(
    ("merged", "announced", "late"),
    [
        ({30: 0.1, 10: 0.2, 20: 0.3}, [30, 10, 20], []),
        ({12: 0, 10: 0, 11: 0}, [10, 11, 12], []),
        ({2: -20}, [2], []),
        ({7: -72, 8: 0.1}, [8], [["7"]]),
        ({50 + day: 24.0 * day for day in range(6)}, [50, 51, 52, 53, 54, 55], []),
    ],
    ids=["by merge", "chain", "visible late", "touched long after", "outage of days"],
)
def test_changes_are_announced_in_the_order_of_their_merging_unless_it_is_long_ago(
    started: WorkerContext,
    slack: Simulator,
    merged: dict[int, float],
    announced: list[int],
    late: list[list[str]],
) -> None:
    """`merged` says how many hours from now each was merged, in the order of Gerrit's list."""
    now = datetime.now(UTC)
    for number, hours in merged.items():
        submitted = now + timedelta(hours=hours)
        slack.services.gerrit.add(Change(number=number, subject="s", submitted=submitted))
    slack.services.gerrit.reorder(list(merged))
    with capture_logs() as logs:
        run(started)
        run(started)
    assert numbers(slack) == [1, *announced]
    assert [line["changes"] for line in logs if "merged long ago" in line["event"]] == late


@pytest.mark.parametrize(("unseen", "late"), [({"8", "6", "0"}, ["8"]), ({"6"}, ["6"])])
def test_changes_merged_too_long_ago_are_not_new(unseen: set[str], late: list[str]) -> None:
    """None may be seen after an outage with more changes than Gerrit lists."""
    now = datetime.now(UTC)
    changes = {
        str(days): gerrit.MergedChange(days, submitted=now - timedelta(days=days))
        for days in (8, 6, 0)
    }
    assert gerrit.recently_updated(changes, unseen) == late


def test_full_page_of_changes_is_told_bit_by_bit(started: WorkerContext, slack: Simulator) -> None:
    for number in range(100, 100 + gerrit.PAGE):
        slack.services.gerrit.merge(number, "s")
    with capture_logs() as logs:
        run(started)
    assert numbers(slack) == [1, *range(100, 100 + gerrit.MOST)]
    assert warnings(logs) == ["there may be more new changes than Gerrit listed"]
    assert [line["changes"] for line in logs if line["event"] == "left for the next run"] == [80]
    for _ in range(gerrit.PAGE // gerrit.MOST):
        run(started)
    assert numbers(slack) == [1, *range(100, 200)]


def test_an_answer_with_little_in_it_is_enough(
    elsewhere: WorkerContext, started: WorkerContext, slack: Simulator, httpserver: HTTPServer
) -> None:
    changes = [
        {"_number": 8, "revisions": {}, "current_revision": "s"},
        {
            "_number": 9,
            "updated": f"{datetime.now(UTC):%F %T.%f}000",
            "new_field": {"a": []},
            "revisions": {"r": {"commit": {"message": "another"}}},
            "current_revision": "s",
        },
    ]
    httpserver.expect_request("/changes/").respond_with_data(")]}'\n" + json.dumps(changes))
    run(elsewhere)
    assert numbers(slack) == [1, 9], "without a date, a change is an old one"
    assert "another" not in str(slack.posts()[-1].attachments)


# What any announcer does, tried with Gerrit.


def test_a_look_up_that_slack_puts_off_is_made_up_for(
    started: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    redis_client.flushall()
    channel_cache.run(started)
    slack.faults.add(Fault(kind="ratelimited", method="conversations.history", retry_after=7))
    with pytest.raises(Retryable) as again:
        run(started)
    assert again.value.retry_after == 7
    assert started.seen_items("gerrit").is_first_run()
    run(started)
    assert numbers(slack) == [1]
    looked_up = slack.calls("conversations.history")[-1].arguments
    assert float(looked_up["oldest"]) == pytest.approx(time.time() - LOOK_BACK_SECONDS, abs=300)


def test_only_a_first_run_looks_back(context: WorkerContext, slack: Simulator) -> None:
    slack.web_api.scopes = {"chat:write"}
    with capture_logs() as logs:
        for number in (1, 2):
            slack.services.gerrit.merge(number, "s")
            run(context)
    assert warnings(logs) == ["cannot look up earlier announcements"]
    assert numbers(slack) == [1, 2]


def test_a_channel_that_becomes_known_while_it_is_looked_up_is_no_missing_one(
    new_worker: NewWorker, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = new_worker()
    slack.services.gerrit.merge(1, "s")
    for name in ("is_filled", "id_of"):
        ask = getattr(context.channels, name)

        def ask_and_fill(*args: str, ask: Callable[..., object] = ask) -> object:
            found = ask(*args)
            channel_cache.run(context)
            return found

        monkeypatch.setattr(context.channels, name, ask_and_fill)
    run(context)
    assert numbers(slack) == [1]
