"""The watcher of feeds: each item once, oldest first, whatever a feed does."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest
import redis
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from actors.conftest import NewWorker, succeeds, warnings
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.watchers import feeds
from gopherbot.dev.bot import APP
from gopherbot.errors import RetryLater
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedUnavailable, Fetched, Validators
from gopherbot.services.feeds.items import FeedDocument
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.watcher_state import FeedState
from slack_simulator import Fault, Simulator
from slack_simulator.feed.recordings import Post

ADDRESS = "blog.example.org/feed.atom"
NAME = "feeds.Blog"
NOW = datetime.now(UTC)


class Blog:
    """A feed, a worker that watches it, and what was announced of it."""

    def __init__(self, new_worker: NewWorker, slack: Simulator, folder: Path) -> None:
        self.new_worker = new_worker
        self.slack = slack
        self.folder = folder
        self.context = self.watched()
        channel_cache.run(self.context)

    def watched(self, keys: str = "", *, address: str = ADDRESS, **more: str) -> WorkerContext:
        """Return one more worker, by a table with these further lines."""
        self.folder.mkdir(exist_ok=True)
        shutil.copy(CONTENT_FOLDER / "workspace.toml", self.folder)
        table = f'[feeds.Blog]\nchannel = "general"\nurl = "https://{address}"\n{keys}\n'
        (self.folder / "watchers.toml").write_text(table)
        return self.new_worker(GOPHER_CONTENT=str(self.folder), **more)

    def post(self, title: str, days: float = 0.0, **more: str) -> None:
        published = datetime.now(UTC) - timedelta(days=days)
        self.slack.services.feeds.post(ADDRESS, title, published=published, **more)

    def run(self, context: WorkerContext | None = None) -> None:
        run(context or self.context)

    def becomes(self, *items: str, address: str = ADDRESS) -> None:
        """Replace the feed's document by one of these RSS items, newest first."""
        self.slack.services.feeds.documents[address] = rss(*items)

    @property
    def announced(self) -> list[str]:
        """The titles, in the order in which they were announced."""
        return [post.text.partition("\n")[0].strip("*") for post in self.posts]

    @property
    def posts(self) -> list[Post]:
        return self.slack.posts("general")

    @property
    def answers(self) -> list[int]:
        """How the site has answered each time that it was asked."""
        asked = self.slack.feed.after(0, "service")
        return [entry["http_status"] for entry in asked if entry["service"] == "feeds"]

    @property
    def state(self) -> FeedState:
        return self.context.feed_states.load(NAME, f"https://{ADDRESS}")

    def replace_state(self, **more: float) -> None:
        self.context.feed_states.save(NAME, msgspec.structs.replace(self.state, **more))

    def succeeds(self) -> bool:
        return succeeds(run, self.context, NAME)


def rss(*items: str) -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'.encode()


def dated(hours: float) -> str:
    """A date so many hours ago, as RSS writes it."""
    return f"<pubDate>{format_datetime(datetime.now(UTC) - timedelta(hours=hours))}</pubDate>"


def item(id: object, title: object = None, link: str = "", *, hours: float | None = None) -> str:
    """An item of RSS, with its date so many hours ago."""
    named = "" if title is None else f"<title>{title}</title>"
    linked = f"<link>{link}</link>" if link else ""
    date = "" if hours is None else dated(hours)
    return f"<guid isPermaLink='false'>{id}</guid>{named}{linked}{date}"


def run(context: WorkerContext) -> None:
    (watcher,) = context.content.watchers
    feeds.run(context, watcher)  # type: ignore[arg-type]


@pytest.fixture
def blog(new_worker: NewWorker, slack: Simulator, tmp_path: Path, parsed_here: None) -> Blog:
    """A blog with one old item, which was read once."""
    blog = Blog(new_worker, slack, tmp_path / "content")
    blog.post("Old", days=30)
    blog.run()
    return blog


def test_a_new_item_is_announced_once_with_title_and_link(blog: Blog) -> None:
    blog.post("Range over func", link="https://blog.example.org/range?a=1&b=2")
    for _ in range(3):
        blog.run()
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":coffee: <{link}|{title}> in {#random}", ":coffee: a &lt;| b in <#{random}>"),
        ("*{title}*\\n<{link}>", "*a &lt;| b*"),
        ("*{title}* <{link}>\\nmore", "*a &lt;| b*\nmore"),
    ],
)
def test_item_without_a_link_shows_no_empty_one(blog: Blog, text: str, shown: str) -> None:
    blog.becomes(item(1, "a &amp;lt;| b"))
    blog.run(blog.watched(f'text = "{text}"'))
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
    for _ in range(4):
        blog.run()
    assert blog.announced == [f"Number {number}" for number in range(8)]


@pytest.mark.parametrize("change", ["edit", "shuffle", "date", "refill", "undate"])
def test_a_feed_that_is_changed_repeats_nothing(blog: Blog, change: str) -> None:
    for number in range(3):
        blog.post(f"Number {number}", days=1)
    blog.run()
    assert len(blog.announced) == 3
    items = list(blog.slack.services.feeds.items[ADDRESS])
    if change == "refill":
        blog.slack.services.feeds.clear(ADDRESS)
        blog.run()
    for item in items:
        if change == "edit":
            item.title += ", edited"
            item.link += "?again"
        if change == "date":
            item.published = datetime.now(UTC)
        if change == "undate":
            item.published = None
    if change == "shuffle":
        random.Random(1).shuffle(items)
    blog.slack.services.feeds.items[ADDRESS] = items
    for _ in range(3):
        blog.run()
    assert len(blog.announced) == 3


def test_handled_item_is_known_while_it_is_listed(blog: Blog, redis_client: redis.Redis) -> None:
    blog.post("Standing", days=1)
    blog.run()
    # A quiet feed: nothing is remembered again for more than a month.
    key = keys.seen_items(APP, NAME)
    for item in map(text, redis_client.zrange(key, 0, -1)):
        redis_client.zadd(key, {item: time.time() - 40 * 24 * 3600})
    blog.slack.services.feeds.items[ADDRESS][-1].published = datetime.now(UTC)
    blog.post("New")
    for _ in range(3):
        blog.run()
    assert blog.announced == ["Standing", "New"]


def test_ids_that_change_all_at_once_cause_no_flood(blog: Blog) -> None:
    for number in range(6):
        blog.post(f"Number {number}", days=2)
    blog.run()
    blog.run()
    assert len(blog.announced) == 6
    for item in blog.slack.services.feeds.items[ADDRESS]:
        item.id += "-of-another-generator"
        item.link += "?moved"
    for _ in range(3):
        blog.run()
    assert len(blog.announced) <= 7


def test_an_item_that_gets_another_id_and_another_date_is_not_repeated(blog: Blog) -> None:
    """A blog that moved: all it ever had is new and of today, but for links and titles."""
    for number in range(3):
        blog.post(f"Number {number}", days=1)
    blog.run()
    blog.slack.services.feeds.items[ADDRESS][1].published = datetime.now(UTC)
    blog.slack.services.feeds.items[ADDRESS][1].id = "one-of-them-first"
    blog.run()
    for item in blog.slack.services.feeds.items[ADDRESS]:
        item.id += "-of-another-generator"
        item.published = datetime.now(UTC)
    blog.post("New")
    for _ in range(3):
        blog.run()
    assert blog.announced == ["Number 0", "Number 1", "Number 2", "New"]


@pytest.mark.parametrize("age", [None, 0.0, 5.0], ids=["undated", "of now", "dated"])
def test_changing_ids_and_links_repeat_nothing(blog: Blog, age: float | None) -> None:
    def fetched(at: int, newest: int) -> None:
        numbers = range(newest, newest - 5, -1)
        ages = [None if age is None else age - number * 0.1 for number in numbers]
        links = [f"https://blog.example.org/{number}?session={at}" for number in numbers]
        items = zip(numbers, links, ages, strict=True)
        blog.becomes(*(item(f"{at}-{n}", f"Page {n}", link, hours=h) for n, link, h in items))

    for at in range(4):
        fetched(at, newest=5)
        blog.run()
    before = list(blog.announced)
    assert len(before) == len(set(before))
    for at in range(4, 8):
        fetched(at, newest=6)
        blog.run()
    assert blog.announced == [*before, "Page 6"]


SITE = "https://b.example/"
SMALL = [item("Next year", "Next year", hours=-9000), item("A", "A", hours=48)]
HELD_BACK = [item(name, name, hours=hours) for name, hours in (("C", 2), ("B", 3), ("0", 90))]
KNOWN = item("Known", "Known")


@pytest.mark.parametrize(
    ("documents", "announced"),
    [
        # Items that share an id are told apart by their links.
        (
            [[item(0, n, f"{SITE}{n}") for n in range(newest, 0, -1)] for newest in range(1, 5)],
            ["1", "2", "3", "4"],
        ),
        # One without a link may have the title of one that is gone.
        ([[item(each, "Daily"), item(0, "About")] for each in (1, 2)], ["Daily", "Daily"]),
        # Those without titles are not taken for one another, nor are those that share a link.
        (
            [[item(n, link=SITE + n, hours=3 - h)] for h, n in enumerate("AB")],
            [SITE + "A", SITE + "B"],
        ),
        ([[item(n, n, SITE)] for n in "AB"], ["A", "B"]),
        # Where one has no date, the feed's order counts.
        *(
            ([[KNOWN], [item(n, n, hours=hours[n]) for n in "CBA"] + [KNOWN]], ["Known", *"ABC"])
            for hours in (dict.fromkeys("ABC"), {"C": 1, "B": None, "A": 2})
        ),
        # Those that are new and dated hours ago, in a small feed, were scheduled or held back.
        *(
            ([SMALL, SMALL, between, HELD_BACK, HELD_BACK], ["A", "Next year", "B", "C"])
            for between in (list[str](), b"<html></html>")
        ),
    ],
)
def test_items_are_told_apart_and_put_in_order(
    blog: Blog, documents: list[list[str] | bytes], announced: list[str]
) -> None:
    for each in documents:
        blog.slack.services.feeds.documents[ADDRESS] = (
            each if isinstance(each, bytes) else rss(*each)
        )
        blog.run()
    assert blog.announced == announced


@pytest.mark.parametrize("link", ["https://status.example.org/", ""])
def test_items_that_share_a_link_or_a_title_are_all_announced(blog: Blog, link: str) -> None:
    for number in range(2):
        blog.post("Maintenance", link=link, id=f"maintenance-{number}")
        blog.post(f"Incident {number}", link=link)
    for _ in range(2):
        blog.run()
    blog.post("Maintenance", link="https://blog.example.org/of-march", id="maintenance-of-march")
    blog.post("Maintenance", link=link, id="maintenance-3")
    blog.run()
    assert sorted(blog.announced) == ["Incident 0", "Incident 1", *["Maintenance"] * 4]


def test_one_that_slack_rejects_is_not_taken_for_its_own_repeat(blog: Blog) -> None:
    blog.post("Refused", id="first")
    blog.slack.faults.add(Fault(kind="error", error="not_in_channel", method="chat.postMessage"))
    blog.run()
    blog.slack.services.feeds.items[ADDRESS][-1].id = "second"
    blog.run()
    assert blog.announced == ["Refused"]


def test_a_feed_whose_items_are_all_new_after_an_outage_loses_none(blog: Blog) -> None:
    blog.slack.services.feeds.clear(ADDRESS)
    for number in range(10):
        blog.post(f"Number {number}", days=-0.001 * number)
    for _ in range(4):
        blog.run()
    assert blog.announced == [f"Number {number}" for number in range(10)]


def test_what_is_older_than_a_week_is_no_news(blog: Blog) -> None:
    blog.post("Late", days=6.9)
    blog.post("Too late", days=7.1)
    for _ in range(2):
        blog.run()
    assert blog.announced == ["Late"]


def test_only_what_is_asked_for_is_announced(blog: Blog) -> None:
    context = blog.watched('only = ["/^go[0-9.]+$/", "Security"]\nwithout = ["1.99"]\nmost = 20')
    for title in ("go1.24.1", "go1.25rc1", "a SECURITY release", "go1.99", "weekly.2012-03-27"):
        blog.post(title)
    blog.run(context)
    assert blog.announced == ["go1.24.1", "a SECURITY release"]


@pytest.mark.parametrize("hours", [None, 24], ids=["undated", "dated"])
def test_changed_filter_makes_no_old_item_news(blog: Blog, hours: float | None) -> None:
    def fetched(*titles: str) -> None:
        blog.becomes(*(item(title, title, hours=hours) for title in titles))

    archive = [f"Other {number}" for number in range(9)]
    fetched("Go", *archive)
    for _ in range(2):
        blog.run(blog.watched('only = ["Go"]'))
    for _ in range(4):
        fetched("Other new", "Go", *archive)
        blog.run(blog.watched())
    assert blog.announced == ["Go", "Other new"]


def test_a_feed_whose_state_is_damaged_is_read_anew(blog: Blog, redis_client: redis.Redis) -> None:
    redis_client.set(keys.feed_state(APP, NAME), b"damaged")
    blog.post("New")
    blog.run()
    assert blog.announced == ["New"]


def test_unchanged_feed_is_not_sent_again(blog: Blog, redis_client: redis.Redis) -> None:
    blog.run()
    # As long as it's quiet, it is known for a month.
    assert redis_client.ttl(keys.feed_state(APP, NAME)) > 30 * 24 * 3600
    blog.slack.services.feeds.fail("down")
    blog.run()
    blog.slack.services.feeds.recover()
    blog.run()
    assert blog.answers == [200, 304, 503, 304]


def test_what_is_left_to_the_next_run_is_asked_for_whole_again(blog: Blog) -> None:
    for number in range(4):
        blog.post(f"Number {number}")
    for _ in range(3):
        blog.run()
    assert blog.answers == [200, 200, 200, 304]


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
    for _ in range(3):
        blog.run()
    assert asked[1:] == [sent.validators] * 2
    assert read == [sent.document]


def test_what_is_no_feed_is_read_once_an_hour_and_no_success(blog: Blog) -> None:
    blog.slack.services.feeds.documents[ADDRESS] = b"<html><body>Moved</body></html>"
    for _ in range(2):
        with capture_logs() as logs:
            assert [blog.succeeds(), blog.succeeds()] == [False, False]
        assert warnings(logs) == ["cannot read feed"]
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
    for _ in range(3):
        blog.run()
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
    for number in range(5):
        blog.post(f"Number {number}")
    assert blog.succeeds()


@pytest.mark.parametrize("hours", [None, 24], ids=["undated", "dated"])
def test_feed_at_another_address_tells_its_newest_only(blog: Blog, hours: float | None) -> None:
    elsewhere = "else.example.org/feed"
    other = blog.watched(address=elsewhere)
    blog.slack.services.feeds.fail("down")
    blog.run(other)
    blog.slack.services.feeds.recover()
    blog.slack.services.feeds.documents[elsewhere] = b"<html></html>"
    for _ in range(2):
        blog.run(other)
    for newest in (9, 10):
        items = (item(n, f"Else {n}", hours=hours) for n in range(newest, 0, -1))
        blog.becomes(*items, address=elsewhere)
        for _ in range(3):
            blog.run(other)
    assert blog.announced == ["Else 9", "Else 10"]


def test_a_feed_that_moved_with_its_items_repeats_none(blog: Blog) -> None:
    items = [item(n, f"Number {n}") for n in (2, 1)]
    for known in (items[1:], items):
        blog.becomes(*known)
        blog.run()
    blog.becomes(*items, address="else.example.org/feed")
    blog.run(blog.watched(address="else.example.org/feed"))
    assert blog.announced == ["Number 1", "Number 2"]


# Stored by an older release.


def test_upgrade_reads_what_was_unreadable(blog: Blog, redis_client: redis.Redis) -> None:
    """Its parser may have been at fault: on Heroku, it found no feed readable."""
    blog.post("New")
    state = blog.context.feed_states.load(NAME, f"https://{ADDRESS}")
    fetched = blog.context.feed_fetcher.fetch(state.url)
    assert fetched.document
    stored = {
        "url": state.url,
        "etag": fetched.validators.etag,
        "last_modified": fetched.validators.last_modified,
        "digest": hashlib.sha256(fetched.document).hexdigest(),
        "unreadable": True,
        "failing": True,
        "read_at": time.time() - 3600,
    }
    redis_client.set(keys.feed_state(APP, NAME), json.dumps(stored))
    blog.run()
    assert blog.announced == ["New"]


def older(blog: Blog, redis_client: redis.Redis) -> None:
    """Make of what is stored what an older release would have stored."""
    state = json.loads(redis_client.get(keys.feed_state(APP, NAME)) or b"")
    del state["newest"], state["tried_at"]
    redis_client.set(keys.feed_state(APP, NAME), json.dumps(state))
    titles = (item for item in blog.context.seen_items(NAME).all() if item.startswith("title-"))
    redis_client.zrem(keys.seen_items(APP, NAME), *titles)


def test_all_new_items_after_an_upgrade_are_told(blog: Blog, redis_client: redis.Redis) -> None:
    blog.becomes(item("A", "A", hours=9))
    blog.run()
    older(blog, redis_client)
    blog.becomes(item("C", "C", hours=0.5), item("B", "B", hours=0.6))
    blog.run()
    assert blog.announced == ["A", "B", "C"]


@pytest.mark.parametrize("hours", [None, 3], ids=["undated", "dated"])
def test_an_archive_whose_ids_and_links_are_new_after_the_upgrade_causes_no_flood(
    blog: Blog, redis_client: redis.Redis, hours: float | None
) -> None:
    def fetched(at: int, *titles: str) -> None:
        blog.becomes(*(item(f"{at}-{title}", title, hours=hours) for title in titles))

    fetched(1, "C", "B", "A")
    blog.run()
    before = len(blog.announced)
    older(blog, redis_client)
    for at in range(2, 6):
        fetched(at, "C", "B", "A")
        blog.run()
    assert len(blog.announced) - before <= 1


# Rejected by Slack.


def test_a_rejection_is_known_until_a_run_without_one(blog: Blog) -> None:
    blog.post("New")
    fault = Fault(kind="error", error="is_archived", method="chat.postMessage", times=None)
    blog.slack.faults.add(fault)
    for _ in range(3):
        with capture_logs() as logs:
            blog.run()
        assert warnings(logs) == ["slack rejected it"]
    rejection = blog.context.watcher_log.rejections()[NAME]
    assert rejection.since < rejection.at
    assert rejection.bot == "gopher"
    blog.slack.faults.clear()
    begun = time.time()
    blog.run()
    blog.context.watcher_log.ran(NAME, begun)
    assert blog.announced == ["New"]
    assert blog.context.watcher_log.rejections() == {}


def test_a_rejected_post_that_is_no_news_any_more_is_given_up(blog: Blog) -> None:
    blog.post("Old news", days=6.9)
    blog.slack.faults.add(Fault(kind="error", error="not_in_channel", method="chat.postMessage"))
    blog.run()
    blog.slack.services.feeds.items[ADDRESS][-1].published = NOW - timedelta(days=8)
    for _ in range(2):
        blog.run()
    assert blog.announced == []


def test_posts_rejected_for_themselves_hold_up_no_other(
    blog: Blog,
) -> None:
    for number in range(4):
        blog.post(f"Poison {number}")
    blog.post("Wholesome")
    for _ in range(3):
        blog.slack.faults.add(
            Fault(kind="error", error="invalid_attachments", method="chat.postMessage", times=4)
        )
        begun = time.time()
        blog.run()
        blog.context.watcher_log.ran(NAME, begun)
        assert blog.announced == ["Wholesome"]
        assert blog.context.watcher_log.rejections()[NAME].error == "invalid_attachments"
    for _ in range(2):
        begun = time.time()
        blog.run()
        blog.context.watcher_log.ran(NAME, begun)
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
def test_a_publisher_is_not_asked_again_every_second_while_slack_is_unavailable(
    blog: Blog, redis_client: redis.Redis, method: str, asked: int, delay: int
) -> None:
    redis_client.delete(keys.seen_items(APP, NAME))  # On a first run, it looks for earlier posts.
    blog.post("New")
    blog.slack.faults.add(Fault(kind="ratelimited", method=method, retry_after=asked))
    with pytest.raises(RetryLater) as again:
        blog.run()
    assert again.value.delay == delay


@pytest.mark.parametrize("kind", ["server_error", "cut_after"])
def test_a_slack_that_takes_nothing_for_an_hour_costs_nothing(
    blog: Blog, pass_an_hour: Callable[[], None], kind: str
) -> None:
    """An hour passes by the clocks that count: the ledger's, and the scheduler's six runs."""
    for number in range(2):
        blog.post(f"Number {number}")
    blog.slack.faults.add(Fault(kind=kind, method="chat.postMessage", times=None))  # type: ignore[arg-type]
    for at in range(6):
        # A post whose answer is lost is found in the channel by the next look.
        with suppress(RetryLater) if kind == "cut_after" else pytest.raises(RetryLater):
            blog.run()
        if at == 2:
            blog.post("Number 2")
    pass_an_hour()
    blog.slack.faults.clear()
    for _ in range(2):
        blog.run()
    assert blog.announced == ["Number 0", "Number 1", "Number 2"]


def test_who_comes_from_another_bot_repeats_nothing(
    new_worker: NewWorker, slack: Simulator, tmp_path: Path
) -> None:
    """As docs/operating.md says: first it looks in shadow mode, then it speaks."""
    blog = Blog(new_worker, slack, tmp_path / "content")
    for number in range(3):
        blog.post(f"Announced by the other bot {number}")
    shadow = blog.watched(ENV="staging")
    blog.run(shadow)
    blog.post("Meanwhile", days=-0.001)
    blog.run(blog.watched())
    assert blog.announced == ["Meanwhile"]
