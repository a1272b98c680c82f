"""The watcher of feeds: each item once, oldest first, whatever a feed does."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from cases import cases
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import UNREADABLE, warnings
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedUnavailable, Fetched, Validators
from gopherbot.services.feeds.items import FeedDocument
from gopherbot.storage import keys
from slack_simulator import Fault

from .conftest import ADDRESS, NAME, Blog, item, rss

NOW = datetime.now(UTC)


def test_a_new_item_is_announced_once_with_title_and_link(blog: Blog) -> None:
    blog.post("Range over func", link="https://blog.example.org/range?a=1&b=2")
    blog.run(times=3)
    (post,) = blog.posts
    assert post.text == "*Range over func*\n<https://blog.example.org/range?a=1&amp;b=2>"
    assert not post.unfurl_links


def test_the_site_is_told_whose_bot_it_is(blog: Blog, httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"/{ADDRESS}").respond_with_data(rss())
    workspace = blog.folder / "workspace.toml"
    named = 'source = "https://git.example/bot"'
    workspace.write_text(workspace.read_text().replace('source = ""', named))
    url = httpserver.url_for("").rstrip("/")
    blog.run(blog.new_worker(GOPHER_CONTENT=str(blog.folder), GOPHER_FEEDS_URL=url))
    ((request, _),) = httpserver.log
    assert request.headers["User-Agent"] == "gopherbot (+https://git.example/bot)"


def test_nothing_of_a_feed_becomes_markup_or_pings(blog: Blog) -> None:
    blog.post("<!channel> <@U0REGULAR> &amp; <b>bold</b>", link="javascript:alert(1)")
    blog.run()
    (post,) = blog.posts
    assert post.text == "*&lt;!channel&gt; &lt;@U0REGULAR&gt; &amp;amp; &lt;b&gt;bold&lt;/b&gt;*"


@cases("text", "shown")
def test_item_without_a_link_shows_no_empty_one(blog: Blog, text: str, shown: str) -> None:
    blog.becomes(item(1, "a &amp;lt;| b"))
    blog.run(blog.watched(f"text = {json.dumps(text)}"))
    (post,) = blog.posts
    assert post.text == shown.format(random=blog.slack.workspace.conversation("random").id)


def test_an_item_without_a_title_is_called_by_its_link(blog: Blog) -> None:
    blog.becomes("<guid>1</guid><link>https://b.example/1</link>")
    blog.run(blog.watched('text = "News: <{link}|{title}>"'))
    (post,) = blog.posts
    assert post.text == "News: <https://b.example/1|https://b.example/1>"


def test_a_feed_is_announced_in_its_own_words_under_its_own_name(blog: Blog) -> None:
    context = blog.watched(
        'text = "{{new}} <{link}|{title}> by {author} on {date}, in {#random}"\n'
        'username = "The Blog"\nicon = ":newspaper:"\nunfurl = true'
    )
    blog.post("T", link="https://a.example/", author="Nora & Co")
    blog.run(context)
    (post,) = blog.posts
    today = datetime.now(UTC)
    random_id = blog.slack.workspace.conversation("random").id
    assert post.text == (
        f"{{new}} <https://a.example/|T> by Nora &amp; Co on {today.day} {today:%B %Y}, "
        f"in <#{random_id}>"
    )
    assert (post.username, post.unfurl_links) == ("The Blog", True)
    assert post.icons == {"emoji": ":newspaper:"}


def test_items_come_oldest_first_and_a_few_in_one_run(blog: Blog) -> None:
    for number in range(8):
        blog.post(f"Number {number}", days=(8 - number) / 10)
    blog.run()
    assert blog.announced == ["Number 0", "Number 1", "Number 2"]
    blog.run(times=4)
    assert blog.announced == [f"Number {number}" for number in range(8)]


def test_what_is_older_than_a_week_is_no_news(blog: Blog) -> None:
    blog.post("Late", days=6.9)
    blog.post("Too late", days=7.1)
    blog.run(times=2)
    assert blog.announced == ["Late"]


def test_only_what_is_asked_for_is_announced(blog: Blog) -> None:
    context = blog.watched('only = ["/^go[0-9.]+$/", "Security"]\nwithout = ["1.99"]\nmost = 20')
    for title in ("go1.24.1", "go1.25rc1", "a SECURITY release", "go1.99", "weekly.2012-03-27"):
        blog.post(title)
    blog.run(context)
    assert blog.announced == ["go1.24.1", "a SECURITY release"]


def test_a_feed_whose_state_is_damaged_is_read_again(blog: Blog) -> None:
    blog.context.redis.set(keys.feed_state(APP, NAME), b"damaged")
    blog.post("New")
    blog.run()
    assert blog.announced == ["New"]


def test_unchanged_feed_is_not_sent_again(blog: Blog) -> None:
    blog.run()
    # As long as it's quiet, it is known for a month.
    assert blog.context.redis.ttl(keys.feed_state(APP, NAME)) > 30 * 24 * 3600
    blog.slack.services.feeds.fail("down")
    blog.run()
    blog.slack.services.feeds.recover()
    blog.run()
    assert blog.answers == [200, 304, 503, 304]


def test_without_validators_documents_compare(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its validators are kept all the same, should it learn to read them."""
    asked: list[Validators] = []
    sent = Fetched(
        rss(), "https://else.example/feed", "application/rss+xml", Validators('"1"', "today")
    )
    read: list[bytes] = []

    def fetch(_url: str, known: Validators) -> Fetched:
        asked.append(known)
        return sent

    def parse(document: bytes, *, url: str, content_type: str) -> FeedDocument:
        read.append(document)
        assert (url, content_type) == (sent.url, sent.content_type)
        return FeedDocument()

    monkeypatch.setattr(blog.context.feed_fetcher, "fetch", fetch)
    monkeypatch.setattr(reader, "read", parse)
    blog.run(times=3)
    assert asked[1:] == [sent.validators] * 2
    assert read == [sent.document]


def test_what_is_no_feed_is_read_once_an_hour_and_no_success(blog: Blog) -> None:
    blog.slack.services.feeds.documents[ADDRESS] = b"<html><body>Moved</body></html>"
    for _ in range(2):
        with capture_logs() as logs:
            assert [blog.succeeds(), blog.succeeds()] == [False, False]
        assert warnings(logs) == [UNREADABLE]
        blog.replace_state(tried_at=blog.state.tried_at - 3700)
    del blog.slack.services.feeds.documents[ADDRESS]
    blog.post("Back")
    assert blog.succeeds()
    assert blog.announced == ["Back"]


def test_retry_after_is_kept_and_no_success(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(url: str, _known: Validators) -> Fetched:
        asked.append(url)
        raise FeedUnavailable("answered 503", retry_after=7200)

    monkeypatch.setattr(blog.context.feed_fetcher, "fetch", refuse)
    assert [blog.succeeds(), blog.succeeds()] == [False, False]
    assert len(asked) == 1
    assert time.time() + 7000 < blog.state.not_before <= time.time() + 7200
    blog.replace_state(not_before=time.time() + 60)
    assert not blog.succeeds()
    assert len(asked) == 1
    blog.replace_state(not_before=time.time() - 1)
    assert not blog.succeeds()
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(10, 0), (11, 660), (500_000, 24 * 3600)], ids=["short", "", "long"]
)
def test_publishers_wish_is_granted_up_to_a_day(blog: Blog, minutes: int, seconds: int) -> None:
    head = f"<title>t</title><ttl>{minutes}</ttl>".encode()
    blog.slack.services.feeds.documents[ADDRESS] = rss().replace(b"<title>t</title>", head)
    blog.run(times=3)
    assert blog.answers == ([200, 200] if seconds else [200, 200, 304, 304])
    blog.replace_state(not_before=0.0)
    blog.run()
    # It has not changed, and what was said of it holds.
    if seconds:
        assert time.time() + seconds - 200 < blog.state.not_before <= time.time() + seconds
    else:
        assert blog.state.not_before == 0


def test_a_feed_that_is_back_is_a_success_though_items_are_left(blog: Blog) -> None:
    blog.slack.services.feeds.fail("down")
    blog.run()
    blog.slack.services.feeds.recover()
    blog.number(*range(5))
    assert blog.succeeds()


# Rejected by Slack.


def test_posts_rejected_for_themselves_hold_up_no_other(blog: Blog) -> None:
    for number in range(4):
        blog.post(f"Poison {number}")
    blog.post("Wholesome")
    for _ in range(3):
        blog.reject("invalid_attachments", times=4)
        blog.run()
        assert blog.announced == ["Wholesome"]
        assert blog.context.watcher_log.rejections()[NAME].error == "invalid_attachments"
    for _ in range(2):
        blog.run()
    assert blog.announced == ["Wholesome", *(f"Poison {number}" for number in range(4))]
    assert blog.context.watcher_log.rejections() == {}


@pytest.mark.parametrize(
    ("title", "noted"), [("One", "*One*"), ("One " + "x" * 99, "*One " + "x" * 74 + "…")]
)
def test_what_was_announced_last_is_noted(blog: Blog, title: str, noted: str) -> None:
    blog.post(title)
    blog.run()
    announcement = blog.context.watcher_log.announcements()[NAME]
    assert announcement.text == noted
    assert abs(announcement.at - time.time()) < 60


@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.history"])
@pytest.mark.parametrize(("asked", "delay"), [(1, 60), (90, 90)])
def test_limiting_slack_costs_a_publisher_one_request_a_minute(
    blog: Blog, method: str, asked: int, delay: int
) -> None:
    # On a first run, it looks for earlier posts.
    blog.context.redis.delete(keys.seen_items(APP, NAME))
    blog.post("New")
    blog.slack.faults.add(Fault(kind="ratelimited", method=method, retry_after=asked))
    with pytest.raises(RetryLater) as again:
        blog.run()
    assert again.value.delay == delay
