"""The Gerrit watcher against a simulated Gerrit and Slack, and a real Redis."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from conftest import RunningBot
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, job, run_at_once
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.watchers import gerrit
from gopherbot.effects.slack_effects import LOOK_BACK_SECONDS
from gopherbot.errors import RetryLater
from gopherbot.slack.errors import Retryable
from gopherbot.table.watches import GerritWatch
from slack_simulator import Simulator
from slack_simulator.services.gerrit import Change
from slack_simulator.web_api.faults import Fault

run = job("gerrit")

AGES_AGO = datetime.now(UTC) - timedelta(days=3)


def numbers(slack: Simulator) -> list[int]:
    """The changes announced, in order."""
    return [int(re.findall(r"\[(\d+)\]", post.text)[0]) for post in slack.posts("golang-cls")]


def marked(context: WorkerContext) -> set[str]:
    return context.seen_items("gerrit").all()


def events(logs: list[Any], level: str = "warning") -> list[str]:
    return [line["event"] for line in logs if line["log_level"] == level]


@pytest.fixture
def started(context: WorkerContext, slack: Simulator) -> WorkerContext:
    """A worker whose first run, with change 1 there, is over."""
    slack.services.gerrit.merge(1, "go: begin")
    run(context)
    assert numbers(slack) == [1]
    return context


def test_the_first_run_announces_only_the_newest_change(
    context: WorkerContext, slack: Simulator
) -> None:
    for number in range(101, 111):
        slack.services.gerrit.merge(number, "runtime: mend")
    run(context)
    run(context)
    assert numbers(slack) == [110]
    assert marked(context) == {str(number) for number in range(101, 111)}


def test_after_a_first_run_that_found_nothing_every_change_is_announced(
    context: WorkerContext, slack: Simulator
) -> None:
    run(context)
    for number in (5, 6):
        slack.services.gerrit.merge(number, "runtime: mend")
    run(context)
    assert numbers(slack) == [5, 6]


def test_an_announcement_holds_number_subject_link_and_commit_message(
    started: WorkerContext, slack: Simulator
) -> None:
    id = "Change-Id: I0123456789abcdef0123456789abcdef01234567"
    message = f"net/http: mend the client\n\nIt was broken.\n\nFixes #7\n\n{id}\n"
    slack.services.gerrit.merge(600, "net/http: mend the client", message=message)
    run(started)
    post = slack.posts("golang-cls")[-1]
    assert post.text == "[600] net/http: mend the client https://go.dev/cl/600"
    (card,) = post.attachments
    assert (card["title"], card["title_link"]) == (
        "net/http: mend the client",
        "https://go.dev/cl/600",
    )
    assert (card["text"], card["footer"]) == ("It was broken.\n\nFixes #7", id)
    assert not post.unfurl_links
    assert not post.unfurl_media


def test_the_subject_is_not_repeated_below_itself_whatever_its_blanks() -> None:
    message = "go:  begin\n\nAt last."
    commit = {"current_revision": "r", "revisions": {"r": {"commit": {"message": message}}}}
    change = msgspec.convert({"_number": 1, "subject": "go:  begin"} | commit, gerrit.Change)
    said = gerrit.wording(change, GerritWatch(channel="golang-cls", link="https://go.dev/cl/"))
    assert (said.text.partition(" https")[0], said.attachment) == ("[1] go: begin", "At last.")


def test_a_project_other_than_go_is_named(started: WorkerContext, slack: Simulator) -> None:
    slack.services.gerrit.merge(601, "gopls: speed up", project="tools")
    run(started)
    text = slack.posts("golang-cls")[-1].text
    assert text == "[601] tools: gopls: speed up https://go.dev/cl/601"


def test_what_authors_write_never_becomes_markup(started: WorkerContext, slack: Simulator) -> None:
    slack.services.gerrit.merge(602, "<!channel> & <@U1>", message="<!here> a < b && c > d")
    run(started)
    post = slack.posts("golang-cls")[-1]
    assert post.text.startswith("[602] &lt;!channel&gt; &amp; &lt;@U1&gt; https://")
    assert post.attachments[0]["text"] == "&lt;!here&gt; a &lt; b &amp;&amp; c &gt; d"
    assert post.attachments[0]["title"] == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert "mrkdwn_in" not in post.attachments[0]


def test_a_commit_message_of_any_length_is_taken_by_slack(
    started: WorkerContext, slack: Simulator
) -> None:
    slack.services.gerrit.merge(603, "all: rename", message="&" * 100_000)
    run(started)
    post = slack.posts("golang-cls")[-1]
    assert post.attachments[0]["text"].endswith("&amp;…")
    assert len(post.attachments[0]["text"]) < 20_000


def test_changes_are_announced_in_the_order_of_their_merging(
    started: WorkerContext, slack: Simulator
) -> None:
    now = datetime.now(UTC)
    for minute, number in enumerate((30, 10, 20)):
        submitted = now + timedelta(minutes=minute)
        slack.services.gerrit.add(Change(number=number, subject="s", submitted=submitted))
    slack.services.gerrit.reorder([20, 30, 10])
    run(started)
    assert numbers(slack) == [1, 30, 10, 20]


def test_a_chain_that_is_merged_at_once_is_announced_in_its_own_order(
    started: WorkerContext, slack: Simulator
) -> None:
    at_once = datetime.now(UTC)
    for number in (12, 10, 11):
        slack.services.gerrit.add(Change(number=number, subject="s", submitted=at_once))
    slack.services.gerrit.reorder([12, 10, 11])
    run(started)
    assert numbers(slack) == [1, 10, 11, 12]


def test_a_change_that_becomes_visible_hours_after_its_merge_is_announced(
    started: WorkerContext, slack: Simulator
) -> None:
    merged = datetime.now(UTC) - timedelta(hours=20)
    slack.services.gerrit.add(Change(number=2, subject="s", submitted=merged))
    run(started)
    assert numbers(slack) == [1, 2]


def test_a_change_that_is_touched_again_is_not_repeated(
    started: WorkerContext, slack: Simulator
) -> None:
    slack.services.gerrit.merge(2, "two")
    run(started)
    slack.services.gerrit.touch(1)
    slack.services.gerrit.merge(3, "three")
    run(started)
    slack.services.gerrit.reorder([1, 2, 3])
    run(started)
    assert numbers(slack) == [1, 2, 3]


def test_an_old_change_that_was_never_seen_is_not_new_when_it_is_touched(
    context: WorkerContext, slack: Simulator
) -> None:
    old = Change(number=7, subject="old", submitted=AGES_AGO, updated=AGES_AGO)
    slack.services.gerrit.add(old)
    for number in range(100, 100 + gerrit.PAGE):
        slack.services.gerrit.merge(number, "s")
    run(context)
    slack.services.gerrit.touch(7)
    slack.services.gerrit.merge(500, "new")
    with capture_logs() as logs:
        run(context)
        run(context)
    assert numbers(slack) == [199, 500]
    assert [line for line in logs if line.get("changes") == ["7"]], "said once, not silently"
    assert len([line for line in logs if line.get("changes") == ["7"]]) == 1


def test_if_none_was_seen_what_was_merged_a_week_before_the_last_is_not_new() -> None:
    """As after an outage with more changes than Gerrit lists."""
    now = datetime.now(UTC)
    changes = {
        str(days): gerrit.Change(days, submitted=now - timedelta(days=days)) for days in (8, 6, 0)
    }
    assert gerrit.recently_updated(changes, changes) == ["8"]


def test_a_full_page_of_new_changes_is_announced_bit_by_bit_and_completely(
    started: WorkerContext, slack: Simulator
) -> None:
    for number in range(100, 100 + gerrit.PAGE):
        slack.services.gerrit.merge(number, "s")
    with capture_logs() as logs:
        run(started)
    assert numbers(slack) == [1, *range(100, 100 + gerrit.MOST)]
    assert events(logs) == ["there may be more new changes than Gerrit listed"]
    assert [line["changes"] for line in logs if line["event"] == "left for the next run"] == [80]
    for _ in range(gerrit.PAGE // gerrit.MOST):
        run(started)
    assert numbers(slack) == [1, *range(100, 200)]


def test_after_an_outage_of_days_nothing_merged_meanwhile_is_left_out(
    started: WorkerContext, slack: Simulator
) -> None:
    now = datetime.now(UTC)
    for day in range(6):
        merged = now + timedelta(days=day)
        change = Change(number=50 + day, subject="s", submitted=merged, updated=merged)
        slack.services.gerrit.add(change)
    run(started)
    assert numbers(slack) == [1, 50, 51, 52, 53, 54, 55]


@pytest.mark.parametrize("kind", ["down", "cut", "malformed"])
def test_a_gerrit_that_is_away_costs_one_line_and_no_change(
    started: WorkerContext, slack: Simulator, kind: Any
) -> None:
    slack.services.gerrit.merge(2, "two")
    slack.services.gerrit.fail(kind)
    with capture_logs() as logs:
        run(started)
    assert events(logs) == ["cannot read gerrit"]
    slack.services.gerrit.recover()
    run(started)
    assert numbers(slack) == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b")]}'",
        b"null",
        b"{}",
        b"[1]",
        b"[" * 100_000,
        b'[{"subject": "no number"}]',
        b'[{"_number": "7"}]',
        b'[{"_number": 7, "submitted": "yesterday"}]',
        b'[{"_number": 7, "subject": "\xff\xfe"}]',
        b"<!DOCTYPE html><title>Sign in</title>",
    ],
)
def test_an_answer_that_is_not_gerrits_costs_one_line(
    new_worker: NewWorker,
    started: WorkerContext,
    slack: Simulator,
    httpserver: HTTPServer,
    body: bytes,
) -> None:
    httpserver.expect_request("/changes/").respond_with_data(body)
    context = new_worker(GOPHER_GERRIT_URL=httpserver.url_for("").rstrip("/"))
    with capture_logs() as logs:
        run(context)
    assert events(logs) == ["cannot read gerrit"]
    assert numbers(slack) == [1]
    assert marked(context) == {"1"}


def test_an_answer_with_little_in_it_is_enough(
    new_worker: NewWorker, started: WorkerContext, slack: Simulator, httpserver: HTTPServer
) -> None:
    changes = [{"_number": 9, "updated": "2024-05-01 10:00:00.000000000", "new_field": {"a": []}}]
    httpserver.expect_request("/changes/").respond_with_data(")]}'\n" + json.dumps(changes))
    run(new_worker(GOPHER_GERRIT_URL=httpserver.url_for("").rstrip("/")))
    assert numbers(slack) == [1, 9]


def test_when_slack_refuses_halfway_the_next_run_goes_on_there(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    for number in (2, 3, 4):
        slack.services.gerrit.merge(number, "s")
    slack.faults.add(
        Fault(kind="ratelimited", method="chat.postMessage", skip=1, times=2, retry_after=7)
    )
    with pytest.raises(RetryLater) as again:
        run(started)
    assert again.value.delay == 7
    assert numbers(slack) == [1, 2]
    assert marked(started) == {"1", "2"}
    slack.services.gerrit.merge(5, "s")
    with pytest.raises(RetryLater):
        run(new_worker())
    run(new_worker())
    assert numbers(slack) == [1, 2, 3, 4, 5]


def test_what_slack_rejects_stays_news_and_is_no_success(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    for number in (2, 3):
        slack.services.gerrit.merge(number, "s")
    slack.faults.add(Fault(kind="error", error="not_in_channel", method="chat.postMessage"))
    started.counts.take()
    run(started)
    started.counts.ended("gerrit")
    # What is true of one post in this channel is true of the next.
    assert numbers(slack) == [1]
    assert marked(started) == {"1"}
    assert started.counts.take()[1] == set(), "status must not take this run for a success"
    run(new_worker())
    assert numbers(slack) == [1, 2, 3]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "cut_during", "server_error"])
def test_a_post_of_which_nobody_knows_whether_it_worked_is_there_once(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, kind: Any
) -> None:
    for number in (2, 3):
        slack.services.gerrit.merge(number, "s")
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    with pytest.raises(RetryLater):
        run(started)
    assert marked(started) == {"1"}
    run(new_worker())
    assert numbers(slack) == [1, 2, 3]


def test_a_worker_that_dies_between_post_and_mark_causes_no_repeat(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, forgetful: dict[str, str]
) -> None:
    for number in (2, 3):
        slack.services.gerrit.merge(number, "s")
    with pytest.raises(redis.RedisError):
        run(new_worker(**forgetful))
    assert numbers(slack) == [1, 2]
    assert marked(started) == {"1"}
    run(new_worker())
    assert numbers(slack) == [1, 2, 3]
    assert marked(started) == {"1", "2", "3"}


def test_a_first_run_that_is_cut_short_is_continued_by_the_next(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    for number in (1, 2, 3):
        slack.services.gerrit.merge(number, "s")
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        run(context)
    slack.services.gerrit.merge(4, "s")
    run(new_worker())
    assert numbers(slack) == [3, 4]


def test_marks_outlive_the_ledger_and_the_worker(
    started: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    pass_an_hour: Callable[[], None],
) -> None:
    slack.services.gerrit.merge(2, "s")
    run(started)
    pass_an_hour()
    slack.services.gerrit.reorder([1, 2])
    run(new_worker())
    assert numbers(slack) == [1, 2]


def test_two_workers_at_once_announce_each_change_once_and_in_order(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    slack.latency = 0.01
    for number in range(2, 12):
        slack.services.gerrit.merge(number, "s")
    workers = [new_worker(), new_worker(), new_worker()]
    run_at_once(run, *workers)
    run(workers[0])
    assert numbers(slack) == list(range(1, 12))


def test_two_first_runs_at_once_announce_the_newest_once(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    slack.latency = 0.01
    for number in (1, 2, 3):
        slack.services.gerrit.merge(number, "s")
    run_at_once(run, context, new_worker())
    run(context)
    assert numbers(slack) == [3]


def test_the_newest_is_not_repeated_when_redis_has_lost_everything(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, redis_client: redis.Redis
) -> None:
    slack.services.gerrit.merge(2, "s")
    run(started)
    redis_client.flushall()
    context = new_worker()
    with pytest.raises(RetryLater):  # the channel cache is empty
        run(context)
    context.channels.fill({"C0VP8EF3R": "golang-cls"})
    run(context)
    slack.services.gerrit.merge(3, "s")
    run(context)
    assert numbers(slack) == [1, 2, 3]


def test_a_look_up_that_slack_puts_off_is_made_up_for(
    started: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    redis_client.flushall()
    started.channels.fill({"C0VP8EF3R": "golang-cls"})
    slack.faults.add(Fault(kind="ratelimited", method="conversations.history", retry_after=7))
    with pytest.raises(Retryable) as again:
        run(started)
    assert again.value.retry_after == 7
    assert started.seen_items("gerrit").is_first_run()
    run(started)
    assert numbers(slack) == [1]
    looked_up = slack.calls("conversations.history")[-1].arguments
    assert float(looked_up["oldest"]) == pytest.approx(time.time() - LOOK_BACK_SECONDS, abs=300)


def test_a_first_run_that_may_not_read_the_channel_announces_all_the_same(
    context: WorkerContext, slack: Simulator
) -> None:
    slack.web_api.scopes = {"chat:write"}
    slack.services.gerrit.merge(1, "s")
    run(context)
    assert numbers(slack) == [1]


def test_before_any_channel_is_known_it_is_tried_again_and_nothing_is_marked(
    new_worker: NewWorker, slack: Simulator
) -> None:
    context = new_worker()
    slack.services.gerrit.merge(1, "s")
    with pytest.raises(RetryLater):
        run(context)
    assert context.seen_items("gerrit").is_first_run()


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


def test_without_its_channel_there_is_one_line_and_nothing_is_marked(
    context: WorkerContext, slack: Simulator
) -> None:
    context.channels.fill({"C1": "elsewhere"})
    slack.services.gerrit.merge(1, "s")
    with capture_logs() as logs:
        run(context)
    assert events(logs) == ["not announcing: no such channel"]
    assert context.seen_items("gerrit").is_first_run()


def test_in_shadow_mode_each_change_is_logged_once_and_none_is_announced(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    shadow = new_worker(ENV="staging")
    with capture_logs() as logs:
        for number in (1, 2, 3):
            slack.services.gerrit.merge(number, "s")
            run(shadow)
            run(shadow)
    said = [line["item"] for line in logs if line["event"].startswith("shadow mode")]
    assert said == ["gerrit:1", "gerrit:2", "gerrit:3"]
    assert slack.posts() == []
    assert shadow.watcher_log.announcements() == {}
    assert slack.calls("conversations.history") == []


def test_a_community_without_watchers_has_none(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, tmp_path: Path
) -> None:
    slack.services.gerrit.merge(1, "s")
    (tmp_path / "workspace.toml").touch()
    run(new_worker(GOPHER_CONTENT=str(tmp_path)))
    assert slack.posts() == []
    assert slack.feed.after(0, "service") == []


def test_a_whole_bot_on_an_empty_redis_watches_from_its_first_seconds(
    running_bot: RunningBot, slack: Simulator
) -> None:
    slack.services.gerrit.merge(1, "s")
    slack.services.gerrit.merge(2, "s")
    running_bot("worker", "scheduler")
    slack.wait_for_posts(1, timeout=20)
    assert numbers(slack) == [2]
