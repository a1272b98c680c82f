"""Items from the documents of generators that are in use, each written by hand after its shape."""

from __future__ import annotations

import json
import time
from collections.abc import Container
from datetime import datetime
from pathlib import Path

import pytest

from gopherbot.services.feeds import parser
from gopherbot.services.feeds.items import FeedDocument, Item
from gopherbot.services.feeds.parser import NoFeed, Source, web_address

DOCUMENTS = Path(__file__).parent / "documents"

GOLDEN = json.loads((DOCUMENTS.parent / "items.json").read_text("utf-8"))
"""The items of each document."""


def parse(document: str | bytes, **source: str) -> FeedDocument:
    raw = document.encode() if isinstance(document, str) else document
    return parser.parse(raw, Source(**{"url": "https://plain.example.org/feed", **source}))


def rss(*items: str) -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'


def json_feed(*items: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


def only(document: str | bytes) -> Item:
    (item,) = parse(document).items
    return item


@pytest.mark.parametrize("name", GOLDEN)
def test_a_document_of_each_generator_gives_its_items(name: str) -> None:
    expected = []
    for each in GOLDEN[name]:
        when = each["published"]
        published = datetime.fromisoformat(when).timestamp() if when else None
        expected.append(Item(**each | {"published": published}))
    assert list(parse((DOCUMENTS / name).read_bytes()).items) == expected


def test_every_document_is_tried() -> None:
    assert {path.name for path in DOCUMENTS.iterdir()} == set(GOLDEN)


def test_what_names_an_item_is_its_id_or_its_link_or_its_title() -> None:
    found = parse(
        rss(
            "<guid>7</guid><link>https://a.example/7</link><title>Seven</title>",
            "<link>https://a.example/8</link><title>Eight</title>",
            "<title>Nine</title>",
            "<pubDate>Mon, 03 Mar 2025 09:00:00 GMT</pubDate>",
        )
    )
    assert [item.id for item in found.items] == ["7", "https://a.example/8", "Nine"]


def test_an_id_that_items_with_different_links_share_identifies_none_of_them() -> None:
    link = "<guid isPermaLink='false'>0</guid><link>https://a.example/{0}</link><title>{0}</title>"
    found = parse(rss(*(link.format(name) for name in "aba")))
    assert [item.title for item in found.items] == ["a", "b"]
    assert len({item.key for item in found.items}) == 2


@pytest.mark.parametrize(
    ("dated", "shown"),
    [
        # The newest item is the last in the feed.
        (range(520), range(519, 19, -1)),
        ((), range(500)),
        (range(1, 520), range(500)),
    ],
    ids=["dated", "undated", "all but one"],
)
def test_newest_of_too_many_dated_items_are_taken(dated: Container[int], shown: range) -> None:
    item, date = "<guid>{}</guid><title>t</title>", "<pubDate>Mon, 03 Mar 2025 09:{:02}:{:02} GMT"
    dates = (f"{date.format(*divmod(n, 60))}</pubDate>" if n in dated else "" for n in range(520))
    found = parse(rss(*(item.format(n) + date for n, date in enumerate(dates))))
    assert [item.id for item in found.items] == [str(n) for n in shown]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("plain", "plain"),
        ("a &amp;lt; b", "a < b"),
        ("<![CDATA[<b>Bold</b> &amp; <i>brave</i>]]>", "Bold & brave"),
        ("&lt;!channel&gt; come", "<!channel> come"),
        ("two\n\t lines", "two lines"),
        ("nul &#x202e;dlrow&#x200f;", "nul dlrow"),
        ("x" * 5000, "x" * 299 + "…"),
        ("&nbsp;caf&eacute;", "café"),
        ("&amp;#128057;", "🐹"),
        # UTF-16 in references, and what is no character.
        ("new &#55357;&#xDC39; &#x110000;!", "new \ufffd\ufffd \ufffd!"),
        ("a&#x2066;b", "a b"),
        ("<![CDATA[a<br>b<p>c</p><div>d</div><ul><li>e]]>", "a b c d e"),
    ],
)
def test_a_title_becomes_one_line_of_plain_text(title: str, shown: str) -> None:
    assert only(rss(f"<guid>1</guid><title>{title}</title>")).title == shown


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://go.dev/blog/x?a=1&b=2#c", "https://go.dev/blog/x?a=1&b=2#c"),
        ("http://go.dev:8080/", "http://go.dev:8080/"),
        (" https://go.dev/a b|c>d ", "https://go.dev/a%20b%7Cc%3Ed"),
        ("https://go.dev/ü", "https://go.dev/%C3%BC"),
        ("javascript:alert(1)", ""),
        ("JAVASCRIPT:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("https://go.dev@evil.example/", ""),
        ("https:///x", ""),
        ("//go.dev/x", ""),
        ("https://[::1", ""),
        ("https://go.dev:99999/", ""),
        ("https://go.dev/" + "x" * 3000, ""),
        ("https://go.dev/" + "ü" * 700, ""),
        ("https://go.dev:0/", ""),
    ],
)
def test_only_web_addresses_are_shown(link: str, shown: str) -> None:
    assert web_address(link) == shown


def test_a_date_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z")
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = {parser._iso(date) for date in dates}
    time.tzset()
    assert len(found) == 1


@pytest.mark.parametrize(
    "when",
    [
        *("", "yesterday", "Mon, 99 Foo 99999 99:99:99", "-1"),
        # What Hugo writes for a page without a date.
        *("Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z"),
        *("Tue, 01 Jan 1980 00:00:00 GMT", "1980-01-01T00:00:00Z"),
        # Another day in UTC, which is none.
        *("Fri, 31 Dec 9999 23:59:59 -1200", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_a_date_that_cannot_be_read_is_none(when: str) -> None:
    assert only(rss(f"<guid>1</guid><title>a</title><pubDate>{when}</pubDate>")).published is None
    assert only(json_feed({"id": "1", "title": "a", "date_published": when})).published is None


@pytest.mark.parametrize(
    "version", ["https://jsonfeed.org/version/1.1", "http://jsonfeed.org/version/1"]
)
def test_an_item_of_a_json_feed_that_is_none_costs_no_other(version: str) -> None:
    bad = [{"id": "2", "title": 5}, 3, {"id": "3", "title": "BYTE"}, "DEEP"]
    items = [{"id": 1, "title": "a"}, *bad, {"id": "4", "title": "d"}]
    document = json.dumps({"version": version, "items": items}).encode()
    document = document.replace(b"BYTE", b"\xff").replace(b'"DEEP"', b"[" * 900 + b"]" * 900)
    found = parse(document)
    assert [item.title for item in found.items] == ["a", "d"]
    assert parse(json.dumps({"version": version, "items": None})).items == ()


def test_a_document_that_is_the_name_of_a_file_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "secret.xml"
    file.write_text(rss("<guid>1</guid><title>a</title>"))
    with pytest.raises(NoFeed, match="it is not a feed"):
        parse(str(file))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        *(("utf-8", "utf-8"), ("latin-1", "iso-8859-1"), ("latin-1", "utf-8")),
        *(("utf-16", "utf-16"), ("cp1252", "no-such-encoding")),
    ],
)
def test_a_wrong_encoding_costs_no_item(encoding: str, declared: str) -> None:
    text = rss("<guid>1</guid><title>café au lait</title>")
    found = only(f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding))
    assert found.title.startswith("caf")
    assert found.id == "1"


def test_the_server_s_word_for_the_encoding_counts_where_the_document_has_none() -> None:
    document = rss("<guid>1</guid><title>привет</title>").encode("cp1251")
    (item,) = parse(document, content_type="application/rss+xml; charset=windows-1251").items
    assert item.title == "привет"


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry>{}</entry></feed>'
FILE = '<guid>1</guid><enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="1"/>'
SELF = "https://plain.example.org"
RSS_091 = (
    '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
    "<title>t</title><item><title>a</title><link>https://a.example/1</link></item></channel></rss>"
)
RSS_090 = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>t</title></channel>'
    "<item><title>b</title><link>https://a.example/2</link></item></rdf:RDF>"
)


@pytest.mark.parametrize(
    ("document", "field", "value"),
    [
        (RSS_091, "id", "https://a.example/1"),
        (RSS_090, "id", "https://a.example/2"),
        # Addresses relative to the feed are made whole; an id that is none is no link.
        (rss("<link>/7</link><title>a</title>"), "link", f"{SELF}/7"),
        (rss("<guid isPermaLink='false'>seven</guid><link>/7</link>"), "link", f"{SELF}/7"),
        (rss(f"<guid>{SELF}/?p=7</guid><link>/7</link>"), "link", f"{SELF}/7"),
        (ATOM.format('<id>seven</id><title>a</title><link href="/7"/>'), "link", f"{SELF}/7"),
        (rss("<guid>seven</guid><title>a</title>"), "link", ""),
        (rss("<guid>1</guid><link>javascript:alert(1)</link><title>Look</title>"), "link", ""),
        (rss("<guid>1</guid><link>javascript:alert(1)</link><title>Look</title>"), "title", "Look"),
        # An episode without a page links its file.
        (rss(FILE), "link", "https://cdn.example/1.mp3"),
        (rss(f"{FILE}<link>https://a.example/1</link>"), "link", "https://a.example/1"),
        # No e-mail address is taken over.
        (
            rss("<guid>1</guid><title>a</title><author>n@studio.example (Nora)</author>"),
            "author",
            "Nora",
        ),
        (rss("<guid>1</guid><title>a</title><author>n@studio.example</author>"), "author", ""),
        (
            ATOM.format("<title>a</title><author><name>a@b.ch Nora c@d.ch</name></author>"),
            "author",
            "Nora",
        ),
        # What no reader of a page sees is left out.
        *(
            (ATOM.format(f'<title type="html">&lt;{tag}&gt;a&lt;/{tag}&gt;b</title>'), "title", "b")
            for tag in ("script", "style", "template")
        ),
        (rss("<guid>1</guid><title>a</title>", "<guid>1</guid><title>b</title>"), "title", "a"),
        (b"\xef\xbb\xbf" + json_feed({"id": 1, "title": "a"}).encode(), "title", "a"),
    ],
)
def test_an_item_is_read(document: str | bytes, field: str, value: object) -> None:
    assert getattr(only(document), field) == value


MARCH = datetime.fromisoformat("2025-03-03T09:00:00Z").timestamp()


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        ({"date_modified": "2025-03-03T09:00:00Z"}, "published", MARCH),
        ({"date_published": "2025-03-03T10:00:00+01:00"}, "published", MARCH),
        ({"date_published": "2025-03-03T09:00:00"}, "published", MARCH),
        ({"title": "", "summary": "s", "content_text": "t", "content_html": "h"}, "title", "s"),
        ({"title": "", "content_text": "t", "content_html": "h"}, "title", "t"),
        ({"title": "", "content_html": "</style><p>a &amp; <b>b</b></p>"}, "title", "a & b"),
        ({"id": 0}, "id", "0"),
        ({"id": " x "}, "id", "x"),
        ({"url": "/1", "external_url": "/2"}, "link", "https://plain.example.org/1"),
        ({"title": "half \ud83d a pair"}, "title", "half \ufffd a pair"),
        ({"author": {"name": "Olu"}}, "author", "Olu"),
        ({"authors": [{"name": "Nora n@example.org"}, {}]}, "author", "Nora"),
        ({"authors": [{"name": "x" * 99}]}, "author", "x" * 79 + "…"),
    ],
)
def test_json_feed_item_is_read(item: dict[str, object], field: str, value: object) -> None:
    assert getattr(only(json_feed({"id": "1", "title": "a", **item})), field) == value


def test_how_long_readers_should_wait_is_told() -> None:
    head = '<rss version="2.0"><channel><ttl>{}</ttl></channel></rss>'
    assert parse(head.format(90)).ttl == 5400
    assert parse(head.format("soon")).ttl is None


def test_a_feed_without_items_or_with_empty_ones_is_a_feed() -> None:
    assert parse(rss()).items == parse(rss("<guid isPermaLink='false'>7</guid>")).items == ()
    assert parse('<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>').items == ()


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "it is a web page"),
        (b'<?xml version="1.0"?>\n<!-- a page -->\n<html lang="en"></html>', "it is a web page"),
        (b'{"version": "1", "items": []}', "it is JSON, but not a JSON Feed"),
        (b'{"x":' * 5000, "it is JSON, but not a JSON Feed"),
        (b"\x00\xff\xfe\x01" * 1000, "it is not a feed"),
    ],
)
def test_what_is_no_feed_is_told(document: bytes, why: str) -> None:
    with pytest.raises(NoFeed, match=why):
        parse(document)
