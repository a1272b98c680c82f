"""Documents made to hurt: the parser refuses them in time, or finds nothing in them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gopherbot.errors import ServiceError
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import MOST_BYTES as SIZE

pytestmark = pytest.mark.slow


def rss(inside: bytes) -> bytes:
    return b'<rss version="2.0"><channel>' + inside + b"</channel></rss>"


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a0 "lol">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]>"
    + rss(b"<item><guid>1</guid><title>&a11;</title></item>")
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + rss(
    b"<item><guid>1</guid><title>in &f; out</title></item>"
)


@pytest.mark.parametrize("bomb", [BOMB, OUTSIDE], ids=["bomb", "external"])
def test_entities_are_not_followed(bomb: bytes) -> None:
    (item,) = reader.read(bomb, url="https://a.example/").items
    assert len(item.title) < 100
    assert "root:" not in item.title


@pytest.mark.parametrize(
    "document",
    [
        rss(b"<item>" + b"<a>" * (SIZE // 8) + b"</a>" * (SIZE // 8) + b"</item>"),
        rss(b"<item><a " + b" ".join(b'a%d="b"' % n for n in range(SIZE // 12)) + b"/></item>"),
        b"<rss><channel><item>" + b"<a>" * (SIZE // 3),
    ],
    ids=["deep", "attributes", "never closed"],
)
def test_what_is_too_much_gives_no_item(document: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of them takes all the time there is.
    monkeypatch.setattr(reader, "CPU_SECONDS", 1)
    # A fast machine may come through with what is no item at all.
    with suppress(ServiceError):
        assert reader.read(document, url="https://a.example/").items == ()


def test_many_items_become_few() -> None:
    items = b"".join(b"<item><guid>%d</guid><title>t</title></item>" % n for n in range(20_000))
    found = reader.read(rss(items), url="https://a.example/")
    assert [item.id for item in found.items] == [str(n) for n in range(500)]
