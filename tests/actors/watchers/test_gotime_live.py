"""The watcher of Go Time on air, against simulated services and a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, job, run_at_once
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from slack_simulator import Simulator
from slack_simulator.feed.recordings import Post
from slack_simulator.web_api.faults import Fault

run = job("gotime_live")


def on_air(slack: Simulator, minutes: float = 0) -> None:
    """An episode starts in so many minutes, and something is streamed."""
    slack.services.changelog.streaming = True
    slack.services.changelog.next_episode = datetime.now(UTC) + timedelta(minutes=minutes)


def posts(slack: Simulator) -> list[Post]:
    return slack.posts("gotimefm")


def warnings(logs: list[Any]) -> list[str]:
    return [line["event"] for line in logs if line["log_level"] == "warning"]


@pytest.mark.parametrize("minutes", [4.9, 0, -10, -29.9])
def test_a_show_on_air_is_announced_once(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, minutes: float
) -> None:
    on_air(slack, minutes)
    run(context)
    run(context)
    run(new_worker())
    (post,) = posts(slack)
    assert "Go Time" in post.text
    assert "<https://changelog.com/live>" in post.text


@pytest.mark.parametrize("minutes", [5.1, 600, -30.1, -600])
def test_another_show_is_not_announced(
    context: WorkerContext, slack: Simulator, minutes: float
) -> None:
    on_air(slack, minutes)
    run(context)
    assert posts(slack) == []


def test_what_is_not_streamed_is_not_announced(context: WorkerContext, slack: Simulator) -> None:
    on_air(slack)
    slack.services.changelog.streaming = False
    run(context)
    assert posts(slack) == []


def test_a_stream_without_a_coming_episode_is_not_announced(
    context: WorkerContext, slack: Simulator
) -> None:
    slack.services.changelog.streaming = True
    with capture_logs() as logs:
        run(context)
    assert posts(slack) == []
    assert warnings(logs) == []


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
            assert len(posts(slack)) == expected, hours


def test_an_episode_that_is_moved_while_on_air_is_announced_once(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, forgetful: dict[str, str]
) -> None:
    on_air(slack)
    with pytest.raises(redis.RedisError):
        run(new_worker(**forgetful))
    on_air(slack, minutes=2)
    run(context)
    assert len(posts(slack)) == 1


@pytest.mark.parametrize("kind", ["down", "cut", "malformed"])
def test_a_service_that_is_away_costs_one_line_and_no_announcement(
    context: WorkerContext, slack: Simulator, kind: Any
) -> None:
    on_air(slack)
    slack.services.changelog.fail(kind)
    with capture_logs() as logs:
        run(context)
    assert warnings(logs) == ["cannot read live status"]
    slack.services.changelog.recover()
    run(context)
    assert len(posts(slack)) == 1


@pytest.mark.parametrize(
    ("status", "countdown"),
    [
        (b'{"streaming": "yes"}', b"{}"),
        (b"[]", b"{}"),
        (b'{"streaming": true}', b'{"data": "soon"}'),
        (b'{"streaming": true}', b'{"data": 1700000000}'),
        (b'{"streaming": true}', b"[]"),
    ],
)
def test_a_strange_answer_costs_one_line(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    httpserver: HTTPServer,
    status: bytes,
    countdown: bytes,
) -> None:
    httpserver.expect_request("/live/status").respond_with_data(status)
    httpserver.expect_request("/slack/countdown/gotime").respond_with_data(countdown)
    with capture_logs() as logs:
        run(new_worker(GOPHER_CHANGELOG_URL=httpserver.url_for("").rstrip("/")))
    assert warnings(logs) == ["cannot read live status"]
    assert posts(slack) == []


@pytest.mark.parametrize("kind", ["ratelimited", "cut_before", "cut_after", "server_error"])
def test_slack_failing_costs_neither_the_announcement_nor_a_second_one(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, kind: Any
) -> None:
    on_air(slack)
    slack.faults.add(Fault(kind=kind, method="chat.postMessage"))
    with pytest.raises(RetryLater):
        run(context)
    run(new_worker())
    run(context)
    assert len(posts(slack)) == 1


def test_workers_at_once_announce_it_once(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    slack.latency = 0.01
    on_air(slack)
    run_at_once(run, context, new_worker(), new_worker())
    run(context)
    assert len(posts(slack)) == 1


def test_it_is_not_announced_again_when_redis_has_lost_everything(
    context: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    on_air(slack)
    run(context)
    redis_client.flushall()
    context.channels.fill({"C0F1752BB": "gotimefm"})
    run(context)
    run(context)
    assert len(posts(slack)) == 1


def test_in_shadow_mode_it_is_logged_once(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    shadow = new_worker(ENV="testing")
    on_air(slack)
    with capture_logs() as logs:
        run(shadow)
        run(shadow)
    assert len([line for line in logs if line["event"].startswith("shadow mode")]) == 1
    assert posts(slack) == []


def test_before_any_channel_is_known_it_is_tried_again(
    new_worker: NewWorker, slack: Simulator
) -> None:
    context = new_worker()
    run(context)  # nothing is on air: no channel is needed
    on_air(slack)
    with pytest.raises(RetryLater):
        run(context)


def test_the_text_and_the_channel_are_the_communitys(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, tmp_path: Path
) -> None:
    text = '[gotime_live]\nchannel = "random"\ntext = "On air, says {bot} in {#general}"\n'
    (tmp_path / "watchers.toml").write_text(text)
    on_air(slack)
    run(new_worker(GOPHER_CONTENT=str(tmp_path)))
    (post,) = slack.posts()
    assert (post.channel_name, post.text) == ("random", "On air, says @bot in <#C029RQSEE>")
