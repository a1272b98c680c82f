"""The parser's own process: what it may know and use, and what is said when it fails."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gopherbot.errors import ServiceError
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import MOST_BYTES as SIZE
from gopherbot.services.feeds.fetcher import MOST_REDIRECTS, TOTAL_SECONDS
from gopherbot.table import JOBS

pytestmark = pytest.mark.slow

FEED = b'<rss version="2.0"><channel><item><guid>1</guid><title>News</title></item></channel></rss>'
ROOT = Path(__file__).parents[3]


def test_parser_knows_no_secret_but_library_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heroku's Python was moved after it was built: it finds its libraries by these paths alone."""
    monkeypatch.setenv("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-hush")
    monkeypatch.setenv("REDIS_URL", "rediss://:hush@redis.example")
    paths = dict.fromkeys(("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"), "/app/python/lib")
    for name, path in paths.items():
        monkeypatch.setenv(name, path)
    monkeypatch.setattr(reader, "_COMMAND", ["sh", "-c", "printf '!'; env"])
    with pytest.raises(ServiceError) as told:
        reader.read(FEED, url="https://a.example/")
    known = dict(line.split("=", 1) for line in str(told.value).splitlines())
    assert known.items() >= paths.items()
    assert known.keys() - paths.keys() <= {"LANG", "PWD", "OLDPWD", "SHLVL", "_"}


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ("bytearray(600 * 1024 * 1024)", "it takes too much memory to read"),
        ("sum(iter(int, 1))", "the document takes too much time or memory to read"),
        ("time.sleep(600)", "the document takes too long to read"),
        ("dump()", r"\(0, 0\)"),
        ("undefined", "the parser ended with status 1: NameError: name 'undefined'"),
        ("sys.exit('x' * 1000)", f"the parser ended with status 1: {'x' * 300}$"),
        ("sys.stderr.close() or sys.exit(3)", "the parser ended with status 3: no reason given"),
    ],
    ids=["memory", "time", "sleep", "no core dump", "error", "long error", "silence"],
)
def test_a_parser_that_fails_or_exceeds_a_limit_is_reported_with_the_reason(
    work: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"""
import resource, sys, time
from gopherbot.services.feeds import parser
def dump():
    raise parser.NoFeed(resource.getrlimit(resource.RLIMIT_CORE))
parser.parse = lambda *_: {work}
sys.exit(parser.main())
"""
    monkeypatch.setattr(reader, "_COMMAND", [sys.executable, "-c", code])
    monkeypatch.setattr(reader, "CPU_SECONDS", 1)
    if "sleep" in work:
        monkeypatch.setattr(reader, "SECONDS", 0.5)
    with pytest.raises(ServiceError, match=why):
        reader.read(FEED, url="https://a.example/")


# Documents made to hurt: the parser refuses them in time, or finds nothing in them.


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
def test_too_much_gives_no_item(document: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of them takes all the time there is.
    monkeypatch.setattr(reader, "CPU_SECONDS", 1)
    # A fast machine may come through with what is no item at all.
    with suppress(ServiceError):
        assert reader.read(document, url="https://a.example/").items == ()


def test_a_feed_of_the_largest_size_is_read_and_many_items_become_few() -> None:
    notes = b"<title>t</title><description>" + b"notes " * (SIZE // 12_000) + b"</description>"
    items = b"".join(b"<item><guid>%d</guid>%s</item>" % (n, notes) for n in range(2_000))
    found = reader.read(rss(items), url="https://a.example/")
    assert [item.id for item in found.items] == [str(n) for n in range(500)]


def test_a_feed_takes_no_longer_than_its_job_may() -> None:
    [job] = [job for job in JOBS if job.name == "feeds"]
    assert job.time_limit > (MOST_REDIRECTS + 1) * TOTAL_SECONDS + reader.SECONDS
    assert reader.CPU_SECONDS < reader.SECONDS
