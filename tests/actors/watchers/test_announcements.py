"""What holds for every watcher: each item is announced once and in order, whatever fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from actors.conftest import UNREADABLE, NewWorker, job, run_at_once, succeeds, warnings
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.watchers.announcer import cut
from gopherbot.errors import RetryLater
from slack_simulator import Fault, Simulator
from slack_simulator.services.vulndb import Vulnerability
from slack_simulator.web_api.faults import FaultKind

pytestmark = pytest.mark.usefixtures("parsed_here")

FAILURES = ["ratelimited", "cut_before", "cut_after", "cut_during", "server_error"]


def change(slack: Simulator, number: int) -> str:
    slack.services.gerrit.merge(number, "s")
    return f"[{number}]"


def blog_post(slack: Simulator, number: int) -> str:
    return slack.services.feeds.post("go.dev/blog/feed.atom", f"Number {number}").title


def vulnerability(slack: Simulator, number: int) -> str:
    return slack.services.vulndb.add(
        Vulnerability(id=f"GO-2026-{4000 + number}", module="stdlib")
    ).id


def status(slack: Simulator, _number: int) -> str:
    return slack.services.mastodon.address(slack.services.mastodon.post())


def show(slack: Simulator, _number: int) -> str:
    slack.services.changelog.streaming = True
    slack.services.changelog.next_episode = datetime.now(UTC)
    return "Go Time"


@dataclass
class Watched:
    """A watcher with the site that it reads. `publish_one` returns what its announcement holds."""

    slack: Simulator
    new_worker: NewWorker
    name: str
    channel: str
    site: str
    publish_one: Callable[[Simulator, int], str]
    most: int = 3
    items: list[str] = field(default_factory=list)

    def publish(self, count: int = 1) -> None:
        for _ in range(min(count, self.most - len(self.items)) if self.most == 1 else count):
            self.items.append(self.publish_one(self.slack, 101 + len(self.items)))

    @property
    def announced(self) -> list[str]:
        texts = [post.text for post in self.slack.posts(self.channel)]
        return [next((item for item in self.items if item in text), text) for text in texts]

    def run(self, context: WorkerContext | None = None, times: int = 1) -> None:
        """Run it in this worker, or each time in one more."""
        for _ in range(times):
            job(self.name)(context or self.new_worker())

    def fail(self, kind: FaultKind, **more: Any) -> None:
        """Let Slack fail when something is to be announced."""
        self.slack.faults.add(Fault(kind=kind, method="chat.postMessage", **more))

    def succeeds(self, context: WorkerContext) -> bool:
        return succeeds(self.run, context, self.name)


SEVERAL: dict[str, tuple[Any, ...]] = {
    "gerrit": ("gerrit", "golang-cls", "gerrit", change),
    "feed": ("feeds.The Go Blog", "general", "feeds", blog_post),
    "vulnerabilities": ("vulnerabilities", "security", "vulndb", vulnerability),
    "social": ("gotime_social", "gotimefm", "mastodon", status),
}
LIVE = ("gotime_live", "gotimefm", "changelog", show, 1)


@pytest.fixture(params=[*SEVERAL.values(), LIVE], ids=[*SEVERAL, "live"])
def watched(request: pytest.FixtureRequest, slack: Simulator, new_worker: NewWorker) -> Watched:
    return Watched(slack, new_worker, *request.param)


several = pytest.mark.parametrize("watched", SEVERAL.values(), ids=SEVERAL, indirect=True)


@pytest.fixture
def started(context: WorkerContext, watched: Watched) -> WorkerContext:
    """A worker whose first run, which found nothing, is over."""
    watched.run(context)
    return context


@several
def test_first_run_announces_the_newest_only(watched: Watched, context: WorkerContext) -> None:
    watched.publish(3)
    watched.run(context)
    watched.run(context)
    watched.publish(2)
    watched.run(context)
    assert watched.announced == watched.items[2:]


def test_items_come_once_and_oldest_first(watched: Watched, started: WorkerContext) -> None:
    for count in (1, 3, 0, 2):
        watched.publish(count)
        watched.run()
        watched.run(started)
    assert watched.announced == watched.items


@pytest.mark.parametrize("kind", ["down", "cut", "malformed"])
def test_an_unreachable_site_costs_one_line_and_no_item_and_is_no_success(
    watched: Watched, started: WorkerContext, kind: Any
) -> None:
    watched.publish(2)
    site = getattr(watched.slack.services, watched.site)
    site.fail(kind)
    with capture_logs() as logs:
        assert not watched.succeeds(started)
    assert warnings(logs) == [UNREADABLE]
    site.recover()
    assert watched.succeeds(started)
    assert watched.announced == watched.items


@pytest.mark.parametrize("kind", FAILURES)
def test_when_slack_fails_halfway_the_next_run_goes_on_there(
    watched: Watched, started: WorkerContext, kind: Any
) -> None:
    watched.publish(3)
    halfway = len(watched.items) // 2
    watched.fail(kind, skip=halfway, retry_after=90)
    with pytest.raises(RetryLater) as again:
        watched.run(started)
    assert kind != "ratelimited" or again.value.delay == 90
    assert started.seen_items(watched.name).unseen(["begun"]) == ["begun"] * (watched.most == 1)
    watched.publish()
    watched.run(times=2)
    assert watched.announced == watched.items


def test_rejected_item_stays_news_and_no_success(watched: Watched, started: WorkerContext) -> None:
    watched.publish(2)
    watched.fail("error", error="not_in_channel")
    assert not watched.succeeds(started)
    # What is true of one post in this channel is true of the next.
    assert watched.announced == []
    rejection = started.watcher_log.rejections()[watched.name]
    assert (rejection.error, rejection.channel) == ("not_in_channel", watched.channel)
    assert rejection.bot == "gopher"
    watched.run()
    assert watched.announced == watched.items
    assert started.watcher_log.rejections() == {}


def test_a_worker_that_dies_between_post_and_mark_causes_no_repeat(
    watched: Watched, started: WorkerContext, forgetful: dict[str, str]
) -> None:
    watched.publish(2)
    with pytest.raises(redis.RedisError):
        watched.run(watched.new_worker(**forgetful))
    assert watched.announced == watched.items[:1]
    watched.run()
    assert watched.announced == watched.items


@several
def test_next_run_continues_a_first_run_cut_short(watched: Watched, context: WorkerContext) -> None:
    watched.publish(3)
    watched.fail("ratelimited")
    with pytest.raises(RetryLater):
        watched.run(context)
    watched.run(times=2)
    assert watched.announced == watched.items[2:]


def test_marks_outlive_the_ledger_and_the_worker(
    watched: Watched, started: WorkerContext, pass_hours: Callable[[int], None]
) -> None:
    watched.publish(2)
    watched.run(started)
    pass_hours(1)
    watched.run()
    assert watched.announced == watched.items


def test_workers_at_once_announce_once_in_order(watched: Watched, started: WorkerContext) -> None:
    watched.slack.latency = 0.01
    watched.publish(3)
    run_at_once(watched.run, started, watched.new_worker(), watched.new_worker())
    watched.run(started)
    assert watched.announced == watched.items


def test_first_runs_at_once_announce_newest_once(watched: Watched, context: WorkerContext) -> None:
    watched.slack.latency = 0.01
    watched.publish(3)
    run_at_once(watched.run, context, watched.new_worker())
    watched.run(context)
    assert watched.announced == watched.items[-1:]


def test_the_newest_is_not_repeated_when_redis_has_lost_everything(
    watched: Watched, started: WorkerContext, redis_client: redis.Redis
) -> None:
    watched.publish(2)
    watched.run(started)
    redis_client.flushall()
    context = watched.new_worker()
    channel_cache.run(context)
    watched.run(context)
    watched.publish()
    watched.run(context)
    assert watched.announced == watched.items
    assert len(watched.slack.calls("conversations.history")) <= 2, "only first runs look"


def test_nothing_is_marked_before_channels_are_known(watched: Watched) -> None:
    context = watched.new_worker()
    watched.publish()
    with pytest.raises(RetryLater):
        watched.run(context)
    assert context.seen_items(watched.name).is_first_run()


def test_missing_channel_logs_once_marks_nothing(watched: Watched, context: WorkerContext) -> None:
    context.channels.fill({"C1": "elsewhere"})
    watched.publish()
    with capture_logs() as logs:
        assert not watched.succeeds(context)
    assert warnings(logs) == ["not announcing: no such channel"]
    assert context.seen_items(watched.name).is_first_run()
    rejection = context.watcher_log.rejections()[watched.name]
    assert (rejection.error, rejection.channel) == ("channel_not_found", watched.channel)


def test_shadow_mode_logs_each_item_for_good(watched: Watched, context: WorkerContext) -> None:
    shadow = watched.new_worker(ENV="staging")
    with capture_logs() as logs:
        for _ in range(3):
            watched.publish()
            watched.run(shadow)
            watched.run(shadow)
    logged = [line for line in logs if line["event"].startswith("shadow mode")]
    assert len(logged) == len(watched.items)
    assert all(line["item"].startswith(f"{watched.name}:") for line in logged)
    assert not watched.slack.calls("conversations.history")
    assert shadow.watcher_log.announcements() == {}
    watched.run(context)
    assert not watched.slack.posts(), "what was logged is no news in production either"


def test_only_a_text_that_is_too_long_is_cut() -> None:
    assert [cut("gopher", letters) for letters in (6, 5)] == ["gopher", "goph…"]
