"""What is special about the watcher of a show: when it counts as on air, and once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, job, warnings
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from slack_simulator import Simulator

run = job("gotime_live")


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
    context: WorkerContext,
    slack: Simulator,
    minutes: float | None,
    its_time: bool,
    streaming: bool,
) -> None:
    on_air(slack, minutes, streaming=streaming)
    with capture_logs() as logs:
        run(context)
    assert warnings(logs) == []
    texts = [post.text for post in slack.posts("gotimefm")]
    assert len(texts) == (its_time and streaming)
    assert all("Go Time" in text and "<https://changelog.com/live>" in text for text in texts)


def test_a_day_passes_before_the_next_announcement(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    pass_an_hour: Callable[[], None],
) -> None:
    on_air(slack)
    run(context)
    for hours, expected in ((2, 1), (23.9, 1), (24.1, 2), (25, 2), (7 * 24, 3)):
        pass_an_hour()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
            on_air(slack, minutes=3)
            run(new_worker())
            assert len(slack.posts("gotimefm")) == expected, hours


@pytest.mark.parametrize(
    ("status", "countdown", "warned", "posts"),
    [
        (b'{"streaming": "yes"}', b"{}", True, 0),
        (b"[]", b"{}", True, 0),
        (b'{"streaming": true}', b'{"data": "soon"}', True, 0),
        (b'{"streaming": true}', b'{"data": 1700000000}', True, 0),
        (b'{"streaming": true}', b"[]", True, 0),
        (b'{"streaming": true}', b'{"data": "NOW"}', False, 1),
        (b'{"streaming": true}', b'{"data": "NOW-05:00"}', False, 0),
    ],
)
def test_a_strange_answer_costs_one_line(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    httpserver: HTTPServer,
    status: bytes,
    countdown: bytes,
    warned: bool,
    posts: int,
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat().encode()
    answer = countdown.replace(b"NOW", now)
    httpserver.expect_request("/live/status").respond_with_data(status)
    httpserver.expect_request("/slack/countdown/gotime").respond_with_data(answer)
    with capture_logs() as logs:
        run(new_worker(GOPHER_CHANGELOG_URL=httpserver.url_for("").rstrip("/")))
    assert warnings(logs) == ["cannot read live status"] * warned
    assert len(slack.posts()) == posts


def test_no_channel_is_needed_before_something_is_on_air(
    new_worker: NewWorker, slack: Simulator
) -> None:
    context = new_worker()
    run(context)
    on_air(slack)
    with pytest.raises(RetryLater):
        run(context)


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
    run(new_worker(GOPHER_CONTENT=str(tmp_path), GOPHER_CHANGELOG_URL=url))
    (post,) = slack.posts()
    assert (post.channel_name, post.text) == ("random", "On air, says @bot in <#C029RQSEE>")
