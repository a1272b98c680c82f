"""Documents made to hurt: the worker's memory stays flat, and the answer comes in time."""

from __future__ import annotations

import resource
from contextlib import suppress

import pytest

from gopherbot.errors import ServiceError
from gopherbot.services.feeds import reader

pytestmark = pytest.mark.slow

SIZE = 2 * 1024 * 1024
"""The largest document that is fetched."""


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
def test_what_is_too_much_is_refused_and_the_worker_stays_as_it_was(
    document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each of them takes all the time there is.
    monkeypatch.setattr(reader, "CPU_SECONDS", 1)
    before = _memory()
    # A fast machine may come through with what is no item at all.
    with suppress(ServiceError):
        assert reader.read(document, url="https://a.example/").items == ()
    # The document itself is piped; nothing that is made of it is ever here.
    assert _memory() - before < 3 * SIZE


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_many_items_become_few() -> None:
    items = b"".join(b"<item><guid>%d</guid><title>t</title></item>" % n for n in range(20_000))
    found = reader.read(rss(items), url="https://a.example/")
    assert [item.id for item in found.items] == [str(n) for n in range(500)]
