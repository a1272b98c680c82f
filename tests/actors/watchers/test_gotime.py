"""What is special about the watcher of a show: when it counts as on air, and once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cases import cases
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import UNREADABLE, NewWorker, job, warnings
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from slack_simulator import Simulator

live, social = job("gotime_live"), job("gotime_social")
ACCOUNT = "/api/v1/accounts/109349735213354404/statuses"


def status(id: int | str, **more: object) -> dict[str, object]:
    made = datetime.now(UTC).isoformat()
    return {"id": str(id), "created_at": made, "url": f"https://m.example/@gt/{id}", **more}


def on_air(slack: Simulator, minutes: float | None = 0, *, streaming: bool = True) -> None:
    """Have an episode start in so many minutes, or none; and something be streamed."""
    slack.services.changelog.streaming = streaming
    starts = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
    slack.services.changelog.next_episode = starts


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize(
    ("minutes", "its_time"),
    [
        *((4.9, True), (0, True), (-10, True), (-29.9, True)),
        *((5.1, False), (600, False), (-30.1, False), (-600, False), (None, False)),
    ],
)
def test_a_show_is_announced_if_something_is_streamed_at_its_time(
    context: WorkerContext, slack: Simulator, minutes: float | None, its_time: bool, streaming: bool
) -> None:
    on_air(slack, minutes, streaming=streaming)
    with capture_logs() as logs:
        live(context)
    assert warnings(logs) == []
    texts = [post.text for post in slack.posts("gotimefm")]
    assert len(texts) == (its_time and streaming)
    assert all("Go Time" in text and "<https://changelog.com/live>" in text for text in texts)


def test_a_day_passes_before_the_next_announcement(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    pass_hours: Callable[[int], None],
) -> None:
    on_air(slack)
    live(context)
    for hours, expected in ((2, 1), (23.9, 1), (24.1, 2), (25, 2), (7 * 24, 3)):
        pass_hours(1)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
            on_air(slack, minutes=3)
            live(new_worker())
            assert len(slack.posts("gotimefm")) == expected, hours


@pytest.mark.parametrize(("zone", "posts"), [("", 1), ("+05:00", 0)])
def test_a_time_without_a_zone_is_utc(
    context: WorkerContext,
    elsewhere: WorkerContext,
    slack: Simulator,
    httpserver: HTTPServer,
    zone: str,
    posts: int,
) -> None:
    now = f"{datetime.now(UTC).replace(tzinfo=None).isoformat()}{zone}"
    httpserver.expect_request("/live/status").respond_with_json({"streaming": True})
    httpserver.expect_request("/slack/countdown/gotime").respond_with_json({"data": now})
    httpserver.expect_request(ACCOUNT).respond_with_json([status(1, created_at=now)])
    live(elsewhere)
    social(elsewhere)
    assert len(slack.posts()) == 2 * posts


def test_no_channel_is_needed_off_air(new_worker: NewWorker, slack: Simulator) -> None:
    context = new_worker()
    live(context)
    on_air(slack)
    with pytest.raises(RetryLater):
        live(context)


def test_show_text_and_channel_are_the_communitys(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    httpserver: HTTPServer,
    tmp_path: Path,
) -> None:
    text = (
        '[gotime_live]\nchannel = "random"\nshow = "jsparty"\n'
        'text = "On air, says {bot} in {#general}"\n'
    )
    (tmp_path / "watchers.toml").write_text(text)
    httpserver.expect_request("/live/status").respond_with_json({"streaming": True})
    starts = {"data": datetime.now(UTC).isoformat()}
    httpserver.expect_request("/slack/countdown/jsparty").respond_with_json(starts)
    url = httpserver.url_for("").rstrip("/")
    live(new_worker(GOPHER_CONTENT=str(tmp_path), GOPHER_CHANGELOG_URL=url))
    (post,) = slack.posts()
    assert (post.channel_name, post.text) == ("random", "On air, says @bot in <#C029RQSEE>")


# What is special about the watcher of a Mastodon account: which statuses it links.


def linked(slack: Simulator) -> list[str]:
    return [post.text for post in slack.posts("gotimefm")]


def toot(slack: Simulator, minutes_ago: float = 0) -> str:
    made = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return slack.services.mastodon.address(slack.services.mastodon.post(created_at=made))


@pytest.fixture
def started(context: WorkerContext) -> WorkerContext:
    """A worker whose first run, with nothing there, is over."""
    social(context)
    return context


def test_the_first_run_links_nothing_if_the_newest_is_old(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    toot(slack, minutes_ago=31)
    social(context)
    assert linked(slack) == []
    fresh = [toot(slack), toot(slack)]
    social(new_worker())
    assert linked(slack) == fresh


def test_status_unfurls_under_changelogs_name(started: WorkerContext, slack: Simulator) -> None:
    toot(slack)
    slack.services.mastodon.post(account="42")
    social(started)
    (post,) = slack.posts()
    assert (post.channel_name, post.username) == ("gotimefm", "Changelog")
    assert post.unfurl_links
    assert post.unfurl_media


def test_status_over_half_an_hour_old_is_skipped(started: WorkerContext, slack: Simulator) -> None:
    toot(slack, minutes_ago=30.1)
    fresh = toot(slack, minutes_ago=29.9)
    toot(slack, minutes_ago=45)
    with capture_logs() as logs:
        social(started)
        social(started)
    assert linked(slack) == [fresh]
    reasons = [line["reason"] for line in logs if line["event"] == "status not linked"]
    assert reasons == ["old", "old"]


def test_ids_are_compared_as_numbers_whatever_the_order_of_the_answer(
    context: WorkerContext, elsewhere: WorkerContext, slack: Simulator, httpserver: HTTPServer
) -> None:
    every = [status(id) for id in (20, 9, 100, 7, 10, 8)]
    for query, answer in (
        ("", [status(9), status(8)]),
        ("since_id=9", every),
        ("since_id=100", every),
    ):
        httpserver.expect_ordered_request(ACCOUNT, query_string=query).respond_with_json(answer)
    for _ in range(3):
        social(elsewhere)
    httpserver.check()
    assert linked(slack) == [f"https://m.example/@gt/{id}" for id in (9, 10, 20, 100)]


@cases("url", "shown")
def test_an_address_of_another_shape_is_left_out_for_good(
    started: WorkerContext,
    elsewhere: WorkerContext,
    slack: Simulator,
    httpserver: HTTPServer,
    url: str,
    shown: list[str],
) -> None:
    httpserver.expect_request(ACCOUNT).respond_with_json([status(2), status(1, url=url or None)])
    for _ in range(2):
        social(elsewhere)
    assert linked(slack) == [*shown, "https://m.example/@gt/2"]


@pytest.mark.parametrize("id", ["1x", "1\n"])
def test_an_id_is_a_number(
    started: WorkerContext, elsewhere: WorkerContext, httpserver: HTTPServer, id: str
) -> None:
    httpserver.expect_request(ACCOUNT).respond_with_json([status(id)])
    with capture_logs() as logs:
        social(elsewhere)
    assert warnings(logs) == [UNREADABLE]
