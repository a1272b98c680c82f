"""No item of a feed is repeated, whatever becomes of ids, links and dates."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest

from gopherbot.dev.bot import APP
from gopherbot.storage import keys
from gopherbot.storage.client import text

from .conftest import ADDRESS, NAME, Blog, item, rss


@pytest.mark.parametrize("change", ["edit", "shuffle", "date", "refill", "undate"])
def test_a_feed_that_is_changed_repeats_nothing(blog: Blog, change: str) -> None:
    blog.number(*range(3), days=1)
    blog.run()
    assert len(blog.announced) == 3
    items = list(blog.slack.services.feeds.items[ADDRESS])
    if change == "refill":
        blog.slack.services.feeds.clear(ADDRESS)
        blog.run()
    for each in items:
        if change == "edit":
            each.title += ", edited"
            each.link += "?again"
        if change == "date":
            each.published = datetime.now(UTC)
        if change == "undate":
            each.published = None
    if change == "shuffle":
        random.Random(1).shuffle(items)
    blog.slack.services.feeds.items[ADDRESS] = items
    blog.run(times=3)
    assert len(blog.announced) == 3


def test_handled_item_is_known_while_it_is_listed(blog: Blog) -> None:
    blog.post("Standing", days=1)
    blog.run()
    # A quiet feed: nothing is remembered again for more than a month.
    key, client = keys.seen_items(APP, NAME), blog.context.redis
    for each in map(text, client.zrange(key, 0, -1)):
        client.zadd(key, {each: time.time() - 40 * 24 * 3600})
    blog.slack.services.feeds.items[ADDRESS][-1].published = datetime.now(UTC)
    blog.post("New")
    blog.run(times=3)
    assert blog.announced == ["Standing", "New"]


def test_an_item_that_gets_another_id_and_another_date_is_not_repeated(blog: Blog) -> None:
    """A blog that moved: all it ever had is new and of today, but for links and titles."""
    blog.number(*range(3), days=1)
    blog.run()
    blog.slack.services.feeds.items[ADDRESS][1].published = datetime.now(UTC)
    blog.slack.services.feeds.items[ADDRESS][1].id = "one-of-them-first"
    blog.run()
    for each in blog.slack.services.feeds.items[ADDRESS]:
        each.id += "-of-another-generator"
        each.published = datetime.now(UTC)
    blog.post("New")
    blog.run(times=3)
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
    blog.run(times=2)
    blog.post("Maintenance", link="https://blog.example.org/of-march", id="maintenance-of-march")
    blog.post("Maintenance", link=link, id="maintenance-3")
    blog.run()
    assert sorted(blog.announced) == ["Incident 0", "Incident 1", *["Maintenance"] * 4]


def test_one_that_slack_rejects_is_not_taken_for_its_own_repeat(blog: Blog) -> None:
    blog.post("Refused", id="first")
    blog.reject()
    blog.run()
    blog.slack.services.feeds.items[ADDRESS][-1].id = "second"
    blog.run()
    assert blog.announced == ["Refused"]


@pytest.mark.parametrize("hours", [None, 24], ids=["undated", "dated"])
def test_changed_filter_makes_no_old_item_news(blog: Blog, hours: float | None) -> None:
    def fetched(*titles: str) -> None:
        blog.becomes(*(item(title, title, hours=hours) for title in titles))

    archive = [f"Other {number}" for number in range(9)]
    fetched("Go", *archive)
    blog.run(blog.watched('only = ["Go"]'), times=2)
    for _ in range(4):
        fetched("Other new", "Go", *archive)
        blog.run(blog.watched())
    assert blog.announced == ["Go", "Other new"]


@pytest.mark.parametrize("hours", [None, 24], ids=["undated", "dated"])
def test_feed_at_another_address_tells_its_newest_only(blog: Blog, hours: float | None) -> None:
    elsewhere = "else.example.org/feed"
    other = blog.watched(address=elsewhere)
    blog.slack.services.feeds.fail("down")
    blog.run(other)
    blog.slack.services.feeds.recover()
    blog.slack.services.feeds.documents[elsewhere] = b"<html></html>"
    blog.run(other, times=2)
    for newest in (9, 10):
        items = (item(n, f"Else {n}", hours=hours) for n in range(newest, 0, -1))
        blog.becomes(*items, address=elsewhere)
        blog.run(other, times=3)
    assert blog.announced == ["Else 9", "Else 10"]


def test_a_feed_that_moved_with_its_items_repeats_none(blog: Blog) -> None:
    items = [item(n, f"Number {n}") for n in (2, 1)]
    for known in (items[1:], items):
        blog.becomes(*known)
        blog.run()
    blog.becomes(*items, address="else.example.org/feed")
    blog.run(blog.watched(address="else.example.org/feed"))
    assert blog.announced == ["Number 1", "Number 2"]


def test_of_new_items_with_the_first_dates_the_last_hours_are_news(blog: Blog) -> None:
    blog.becomes(KNOWN)
    blog.run()
    blog.replace_state(newest=0.0)
    blog.becomes(item("B", "B", hours=0.5), item("A", "A", hours=48))
    blog.run()
    assert blog.announced == ["Known", "B"]
