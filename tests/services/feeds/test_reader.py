"""The parser's own process: what it may know and use, and what is said when it fails."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
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
    monkeypatch.setenv("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-hush")
    monkeypatch.setenv("REDIS_URL", "rediss://:hush@redis.example")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/app/.heroku/python/lib")
    monkeypatch.setattr(reader, "_COMMAND", ["sh", "-c", "printf '!'; env"])
    with pytest.raises(ServiceError) as told:
        reader.read(FEED, url="https://a.example/")
    known = dict(line.split("=", 1) for line in str(told.value).splitlines())
    assert known["LD_LIBRARY_PATH"] == "/app/.heroku/python/lib"
    of_the_shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    assert known.keys() - of_the_shell - {"LANG"} <= set(reader._INHERITED)


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


@pytest.mark.skipif(sys.platform != "linux", reason="edits an ELF file")
def test_a_feed_is_read_by_a_python_that_needs_ld_library_path(tmp_path: Path) -> None:
    """As on Heroku, whose Python is shared, has no rpath, and was moved after it was built."""
    python, folder = _moved_python(tmp_path)
    moved = {"PYTHONHOME": sys.base_prefix, "PYTHONPATH": sysconfig.get_path("purelib")}
    code = f"""
from gopherbot.services.feeds import reader
print(reader.read({FEED!r}, url="https://a.example/").items[0].title)
"""

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    lost = run(**moved)
    assert lost.returncode == 127
    assert "error while loading shared libraries" in lost.stderr
    found = run(LD_LIBRARY_PATH=str(folder), **moved)
    assert found.stdout == "News\n", found.stderr


def _moved_python(folder: Path) -> tuple[Path, Path]:
    """Return a copy of this Python, and the only folder that holds a library that it needs.

    The library is libpython if this Python is shared, or else libm. The program asks for it by
    another name of the same length, so that it is found nowhere else.
    """
    program = Path(sys.executable).resolve().read_bytes()
    loaded = {Path(line.split()[-1]) for line in Path("/proc/self/maps").read_text().splitlines()}
    library = max(
        (path for path in loaded if path.name.encode() + b"\0" in program and ".so" in path.name),
        key=lambda path: (path.name.startswith("libpython"), path.name.startswith("libm.")),
    )
    name = library.name.encode()
    other = b"L" + name[1:]
    (folder / other.decode()).write_bytes(library.read_bytes())
    python = folder / "python"
    python.write_bytes(program.replace(name + b"\0", other + b"\0"))
    python.chmod(0o755)
    return python, folder


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


def test_many_items_become_few() -> None:
    items = b"".join(b"<item><guid>%d</guid><title>t</title></item>" % n for n in range(2_000))
    found = reader.read(rss(items), url="https://a.example/")
    assert [item.id for item in found.items] == [str(n) for n in range(500)]


def test_a_feed_takes_no_longer_than_its_job_may() -> None:
    [job] = [job for job in JOBS if job.name == "feeds"]
    assert job.time_limit > (MOST_REDIRECTS + 1) * TOTAL_SECONDS + reader.SECONDS
    assert reader.CPU_SECONDS < reader.SECONDS
