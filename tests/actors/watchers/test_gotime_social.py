"""The watcher of Go Time's Mastodon account, against a simulated Mastodon and a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, job, run_at_once
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from slack_simulator import Simulator
from slack_simulator.web_api.faults import Fault

run = job("gotime_social")

ACCOUNT = "/api/v1/accounts/109349735213354404/statuses"


def linked(slack: Simulator) -> list[str]:
    """The addresses posted, in order."""
    return [post.text for post in slack.posts("gotimefm")]


def toot(slack: Simulator, minutes_ago: float = 0) -> str:
    """A status is posted; its address."""
    made = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return slack.services.mastodon.address(slack.services.mastodon.post(created_at=made))


def warnings(logs: list[Any]) -> list[str]:
    return [line["event"] for line in logs if line["log_level"] == "warning"]


def status(id: int | str, **more: object) -> dict[str, object]:
    """A status as Mastodon shapes it."""
    made = datetime.now(UTC).isoformat()
    return {"id": str(id), "created_at": made, "url": f"https://m.example/@gt/{id}", **more}


@pytest.fixture
def started(context: WorkerContext, slack: Simulator) -> WorkerContext:
    """A worker whose first run, with nothing there, is over."""
    run(context)
    return context


def test_the_first_run_links_only_the_newest_status(
    context: WorkerContext, slack: Simulator
) -> None:
    addresses = [toot(slack) for _ in range(5)]
    run(context)
    run(context)
    assert linked(slack) == addresses[-1:]


def test_the_first_run_links_nothing_if_the_newest_is_old(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    toot(slack, minutes_ago=31)
    run(context)
    assert linked(slack) == []
    fresh = [toot(slack), toot(slack)]
    run(new_worker())
    assert linked(slack) == fresh


def test_a_status_is_an_unfurling_link_under_the_name_of_changelog(
    started: WorkerContext, slack: Simulator
) -> None:
    toot(slack)
    run(started)
    (post,) = slack.posts()
    assert post.channel_name == "gotimefm"
    assert post.username == "Changelog"
    assert post.unfurl_links
    assert post.unfurl_media


def test_new_statuses_are_linked_once_each_and_oldest_first(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    expected = []
    for count in (1, 3, 0, 2):
        expected += [toot(slack) for _ in range(count)]
        run(new_worker())
        run(started)
    assert linked(slack) == expected


def test_what_is_older_than_half_an_hour_is_left_out_for_good(
    started: WorkerContext, slack: Simulator
) -> None:
    toot(slack, minutes_ago=30.1)
    fresh = toot(slack, minutes_ago=29.9)
    toot(slack, minutes_ago=45)
    with capture_logs() as logs:
        run(started)
        run(started)
    assert linked(slack) == [fresh]
    assert [line["reason"] for line in logs if line["event"] == "status not linked"] == [
        "old",
        "old",
    ]


def test_the_statuses_of_others_are_not_asked_for(started: WorkerContext, slack: Simulator) -> None:
    slack.services.mastodon.post(account="42")
    run(started)
    assert linked(slack) == []


def test_ids_are_compared_as_numbers_whatever_the_order_of_the_answer(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, httpserver: HTTPServer
) -> None:
    url = httpserver.url_for("").rstrip("/")
    httpserver.expect_ordered_request(ACCOUNT, query_string="").respond_with_json(
        [status(9), status(8)]
    )
    every = [status(id) for id in (20, 9, 100, 7, 10, 8)]
    httpserver.expect_ordered_request(ACCOUNT, query_string="since_id=9").respond_with_json(every)
    httpserver.expect_ordered_request(ACCOUNT, query_string="since_id=100").respond_with_json(every)
    for _ in range(3):
        run(new_worker(GOPHER_MASTODON_URL=url))
    httpserver.check()
    assert linked(slack) == [f"https://m.example/@gt/{id}" for id in (9, 10, 20, 100)]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "ftp://m.example/1",
        "https://m.example",
        "<!channel>",
        "https://m.example/1|<!here>",
        "https://m.example/1 <!channel>",
        "https://m.example/1\n<!channel>",
        "https://m.example/1>",
        "https://user@m.example/1",
        "https://m.example/" + "1" * 2000,
    ],
)
def test_an_address_of_another_shape_is_left_out_for_good(
    started: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    httpserver: HTTPServer,
    url: str | None,
) -> None:
    statuses = [status(2), status(1, url=url)]
    httpserver.expect_request(ACCOUNT).respond_with_json(statuses)
    for _ in range(2):
        run(new_worker(GOPHER_MASTODON_URL=httpserver.url_for("").rstrip("/")))
    assert linked(slack) == ["https://m.example/@gt/2"]


def test_an_address_with_a_query_is_escaped(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(ACCOUNT).respond_with_json([status(1, url="http://m.example/?a&b")])
    run(new_worker(GOPHER_MASTODON_URL=httpserver.url_for("").rstrip("/")))
    assert linked(slack) == ["http://m.example/?a&amp;b"]


@pytest.mark.parametrize("kind", ["down", "cut", "malformed"])
def test_a_mastodon_that_is_away_costs_one_line_and_no_status(
    started: WorkerContext, slack: Simulator, kind: Any
) -> None:
    address = toot(slack)
    slack.services.mastodon.fail(kind)
    with capture_logs() as logs:
        run(started)
    assert warnings(logs) == ["cannot read statuses"]
    slack.services.mastodon.recover()
    run(started)
    assert linked(slack) == [address]


@pytest.mark.parametrize(
    "body",
    [
        {"error": "This API requires an authenticated user"},
        [status("1x")],
        [status("1\n")],
        [status(1, created_at="now")],
        [status(1, url=["https://m.example/1"])],
        [{"id": 1}],
    ],
)
def test_a_strange_answer_costs_one_line(
    started: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    httpserver: HTTPServer,
    body: Any,
) -> None:
    httpserver.expect_request(ACCOUNT).respond_with_json(body)
    with capture_logs() as logs:
        run(new_worker(GOPHER_MASTODON_URL=httpserver.url_for("").rstrip("/")))
    assert warnings(logs) == ["cannot read statuses"]
    assert linked(slack) == []


@pytest.mark.parametrize("kind", ["ratelimited", "cut_before", "cut_after", "server_error"])
def test_when_slack_fails_halfway_the_next_run_goes_on_there(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, kind: Any
) -> None:
    addresses = [toot(slack) for _ in range(3)]
    slack.faults.add(Fault(kind=kind, method="chat.postMessage", skip=1))
    with pytest.raises(RetryLater):
        run(started)
    assert len(started.seen_items("gotime_social").all()) == 1
    addresses.append(toot(slack))
    run(new_worker())
    assert linked(slack) == addresses


def test_a_worker_that_dies_between_post_and_mark_causes_no_repeat(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator, forgetful: dict[str, str]
) -> None:
    addresses = [toot(slack) for _ in range(2)]
    with pytest.raises(redis.RedisError):
        run(new_worker(**forgetful))
    assert linked(slack) == addresses[:1]
    run(new_worker())
    assert linked(slack) == addresses


def test_a_first_run_that_is_cut_short_is_continued_by_the_next(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    addresses = [toot(slack) for _ in range(3)]
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage"))
    with pytest.raises(RetryLater):
        run(context)
    addresses.append(toot(slack))
    run(new_worker())
    assert linked(slack) == addresses[-2:]


def test_marks_outlive_the_ledger(
    started: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    pass_an_hour: Callable[[], None],
) -> None:
    address = toot(slack)
    run(started)
    pass_an_hour()
    run(new_worker())
    assert linked(slack) == [address]


def test_workers_at_once_link_each_status_once_and_in_order(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    slack.latency = 0.01
    addresses = [toot(slack) for _ in range(8)]
    run_at_once(run, started, new_worker(), new_worker())
    run(started)
    assert linked(slack) == addresses


def test_the_newest_is_not_repeated_when_redis_has_lost_everything(
    started: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    addresses = [toot(slack)]
    run(started)
    redis_client.flushall()
    started.channels.fill({"C0F1752BB": "gotimefm"})
    run(started)
    addresses.append(toot(slack))
    run(started)
    assert linked(slack) == addresses


def test_in_shadow_mode_each_status_is_logged_once(
    started: WorkerContext, new_worker: NewWorker, slack: Simulator
) -> None:
    shadow = new_worker(ENV="development")
    with capture_logs() as logs:
        for _ in range(2):
            toot(slack)
            run(shadow)
            run(shadow)
    assert len([line for line in logs if line["event"].startswith("shadow mode")]) == 2
    assert linked(slack) == []


def test_a_long_silence_does_not_make_a_new_beginning(
    started: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    first = toot(slack)
    run(started)
    seen = started.seen_items("gotime_social")
    redis_client.expire(seen.key, 60)
    run(started)
    assert redis_client.ttl(seen.key) > 30 * 24 * 60 * 60
    more = [toot(slack), toot(slack)]
    run(started)
    assert linked(slack) == [first, *more]
