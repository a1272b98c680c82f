"""Parses feed documents: Atom, RSS 0.9 to 2.0, and JSON Feed.

XML is parsed by feedparser, which copes with the usual mistakes: undeclared entities, wrong
encodings, dates in a dozen formats, markup in titles. But it is not built for hostile documents:
one of 2 MiB can take it a minute or 300 MB. So `reader.py` runs this file as a separate process,
which limits its own resources before it reads any input. Of our code, it imports only `items.py`
and `decoding.py`.

Its argument is the CPU seconds that it may take. stdin: one line of JSON (`Source`), then the
document. stdout: a `FeedDocument` as JSON, or a line that starts with `!` and says what is wrong
with the document.
"""

from __future__ import annotations

import calendar
import io
import re
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from gopherbot import decoding
from gopherbot.services.feeds.items import FeedDocument, Item

MEMORY_BYTES = 256 * 1024 * 1024

MOST_ITEMS = 500
LONGEST_TITLE = 300
LONGEST_AUTHOR = 80
LONGEST_LINK = 2000
_LONGEST_RAW = 20_000
"""The most characters of a text to process, including its markup."""

_MINUTE = 60.0
_JSON_FEED = re.compile("https?://jsonfeed.org/version/")
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
"""An earlier date is a default value, such as Hugo's in the year 1."""
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""A later date may have no day in another time zone."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b",
    re.DOTALL,
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,100})|([0-9]{1,100}));")
_UNSEEN = frozenset({"script", "style", "template"})
_EMAIL = re.compile(r"[<(]?[^\s<>()@]{1,64}@[^\s<>()@]{1,255}[>)]?")
# Control characters, and those that change the direction of text.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class NoFeed(Exception):
    """The document is not a feed. The message says what it looks like."""


class Source(msgspec.Struct):
    """The origin of a document."""

    url: str
    content_type: str = ""


def main() -> int:
    """Parse stdin, write the result to stdout, and return the exit status."""
    limit_resources(int(sys.argv[1]))
    source = decoding.decode(sys.stdin.buffer.readline(), Source)
    try:
        answer = msgspec.json.encode(parse(sys.stdin.buffer.read(), source))
    except NoFeed as error:
        answer = f"!{error}".encode()
    except MemoryError:
        answer = b"!it takes too much memory to read"
    sys.stdout.buffer.write(answer)
    return 0


def limit_resources(cpu_seconds: int) -> None:
    """Limit the memory and CPU time of this process, on systems that support it."""
    for kind, limit in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def parse(document: bytes, source: Source) -> FeedDocument:
    """Return the parsed document. Raise `NoFeed`."""
    if document.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(document, source)
    return _xml_feed(document, source)


def _xml_feed(document: bytes, source: Source) -> FeedDocument:
    if _WEB_PAGE.match(document[:4000].lower()):
        raise NoFeed("it is a web page, not a feed: look for the feed's own address")
    import feedparser  # noqa: PLC0415 - only the parser's own process loads it

    # Don't tell feedparser the document's address: it would resolve ids like relative links, and
    # an id must not change when the feed moves.
    headers = {"content-type": source.content_type} if source.content_type else {}
    # It would open the file that a string or bytes name.
    file = io.BytesIO(_REFERENCE.sub(_checked, document))
    found = feedparser.parse(file, response_headers=headers, sanitize_html=False)
    if not found.get("version") and not found.entries:
        raise NoFeed("it is not a feed" if document.strip() else "it is empty")
    return FeedDocument(
        title=_plain(found.feed.get("title_detail"), LONGEST_TITLE),
        ttl=_minutes(found.feed.get("ttl")),
        items=_items([_entry(entry, source.url) for entry in found.entries]),
    )


def _checked(reference: re.Match[bytes]) -> bytes:
    """Return a character reference, or that to U+FFFD if feedparser would fail at it."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    valid = code < 0xD800 or 0xE000 <= code <= sys.maxunicode
    return reference[0] if valid else b"&#xFFFD;"


def _entry(entry: Mapping[str, Any], base: str) -> Item:
    details = [entry.get("title_detail"), entry.get("summary_detail"), *entry.get("content", ())]
    title = next((text for text in (_plain(d, LONGEST_TITLE) for d in details) if text), "")
    id = str(entry.get("id") or "")
    # feedparser uses an RSS guid as the link if there is none, but many guids are not addresses.
    named = str(entry.get("link") or "")
    files = (str(each.get("href") or "") for each in entry.get("enclosures", ()))
    links = web_address(named, "" if named == id else base), *(web_address(f, base) for f in files)
    link = next(filter(None, links), "")
    return Item(
        id=id or link or title,
        title=title,
        link=link,
        author=_author(str(entry.get("author") or "")),
        published=_moment(entry.get("published_parsed")) or _moment(entry.get("updated_parsed")),
    )


def _author(text: str) -> str:
    """Return an author's name: `n@a.example (Nora)` is "Nora", since no address is taken over."""
    name = _one_line(_EMAIL.sub("", text), LONGEST_AUTHOR)
    return name[1:-1] if name.startswith("(") and name.endswith(")") else name


def _items(found: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items that have a title or a link, and the first one of each id.

    An id that several links share does not identify an item, so there it is both together. If
    there are too many items, return the newest ones, or the feed's first if they have no dates.
    """
    links: dict[str, set[str]] = {}
    for item in found:
        links.setdefault(item.id, set()).add(item.link)
    by_id: dict[str, Item] = {}
    for item in found:
        id = item.id if len(links[item.id]) == 1 else f"{item.id} {item.link}"
        if item.id and (item.title or item.link):
            by_id.setdefault(id, msgspec.structs.replace(item, id=id))
    items = list(by_id.values())
    if len(items) > MOST_ITEMS and all(item.published is not None for item in items):
        items.sort(key=lambda item: item.published or 0.0, reverse=True)
    return tuple(items[:MOST_ITEMS])


class _JsonAuthor(msgspec.Struct):
    name: str | None = None


class _JsonItem(msgspec.Struct):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_text: str | None = None
    content_html: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    authors: list[_JsonAuthor] | None = None
    author: _JsonAuthor | None = None  # version 1.0


class _JsonFeed(msgspec.Struct):
    """https://www.jsonfeed.org/version/1.1/"""

    version: str
    title: str | None = None
    items: list[msgspec.Raw] | None = None


def _json_feed(document: bytes, source: Source) -> FeedDocument:
    document = decoding.without_lone_surrogates(document.removeprefix(b"\xef\xbb\xbf"))
    try:
        feed = decoding.decode(document, _JsonFeed)
    except decoding.UNREADABLE:
        raise NoFeed("it is JSON, but not a JSON Feed") from None
    if not _JSON_FEED.match(feed.version):
        raise NoFeed("it is JSON, but not a JSON Feed")
    return FeedDocument(
        title=_one_line(feed.title or "", LONGEST_TITLE),
        items=_items([_json_item(item, source.url) for item in _readable(feed.items or ())]),
    )


def _readable(items: Iterable[msgspec.Raw]) -> Iterator[_JsonItem]:
    for item in items:
        with suppress(*decoding.UNREADABLE):
            yield decoding.decode(item, _JsonItem)


def _json_item(item: _JsonItem, base: str) -> Item:
    text = item.title or item.summary or item.content_text or _without_tags(item.content_html or "")
    title = _one_line(text, LONGEST_TITLE)
    link = web_address(item.url or "", base) or web_address(item.external_url or "", base)
    authors = item.authors or [*filter(None, [item.author])]
    names = ", ".join(author.name for author in authors if author.name)
    return Item(
        id=str(item.id if item.id is not None else "").strip() or link or title,
        title=title,
        link=link,
        author=_author(names),
        published=_iso(item.date_published) or _iso(item.date_modified),
    )


def web_address(link: str, base: str = "") -> str:
    """Return an http(s) address that is safe to post, or "" for anything else.

    An address with a user name is not safe, because text before the `@` is there to deceive.
    """
    if not link.strip():
        return ""
    try:
        whole = urljoin(base, link.strip()) if base else link.strip()
        parts = urlsplit(whole)
        named = parts.hostname and parts.port != 0
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not named or "@" in parts.netloc:
        return ""
    address = quote(whole, safe="%/:?#[]@!$&'()*+,;=-._~")
    return address if len(address) <= LONGEST_LINK else ""


class _TextCollector(HTMLParser):
    """Collects the visible text of an HTML document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.unseen += tag in _UNSEEN
        if tag in ("br", "p", "div", "li"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self.unseen:
            self.unseen -= 1

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.pieces.append(data)


def _without_tags(markup: str) -> str:
    reader = _TextCollector()
    reader.feed(markup[:_LONGEST_RAW])
    reader.close()
    return "".join(reader.pieces)


def _plain(detail: Mapping[str, Any] | None, most: int) -> str:
    """Return a feedparser text as plain text. Its `type` says whether it is HTML."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    if detail.get("type") in _HTML:
        return _one_line(_without_tags(value), most)
    return _one_line(value, most)


def _one_line(text: str, most: int) -> str:
    line = " ".join(_INVISIBLE.sub(" ", text[:_LONGEST_RAW]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _moment(when: time.struct_time | None) -> float | None:
    try:
        return _real(float(calendar.timegm(when))) if when else None
    except (ValueError, OverflowError):
        return None


def _iso(when: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(when or "")
        return _real((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _real(moment: float) -> float | None:
    return moment if _OLDEST <= moment < _LATEST else None


def _minutes(ttl: object) -> float | None:
    text = str(ttl or "").strip()
    return int(text) * _MINUTE if re.fullmatch(r"[0-9]{1,6}", text) else None


if __name__ == "__main__":
    sys.exit(main())
