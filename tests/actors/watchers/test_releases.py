"""A release of Go is announced in two lines: that it's out, and what is new in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from actors.conftest import job
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.feeds import notes_about
from slack_simulator import Simulator

pytestmark = pytest.mark.usefixtures("parsed_here")

run = job("feeds.Go releases")

TAGS, PAGE = "github.com/golang/go/tags.atom", "go.dev/doc/devel/release"
HISTORY = """
<h2 id="go1.27.0">go1.27.0 (released 2026-08-19)</h2>

<p>
Go 1.27.0 is a major release of Go.
Read the <a href="/doc/go1.27">Go 1.27 Release Notes</a> for more information.
</p>

<h3 id="go1.27.minor">Minor revisions</h3>

<p id="go1.27.3">
go1.27.3
(released 2026-11-05)
includes security fixes to the <code>net/http</code> package, as well as
bug fixes to the compiler, the runtime &amp; the <code>os</code> package.
See the <a
href="https://github.com/golang/go/issues?q=milestone%3AGo1.27.3">Go 1.27.3
milestone</a> on our issue tracker for details.
</p>
"""
NEW = (
    "Includes security fixes to the `net/http` package, as well as bug fixes to the compiler, the "
    "runtime &amp; the `os` package."
)


def tag(slack: Simulator, name: str, minutes_ago: float = 1) -> None:
    published = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    slack.services.feeds.post(TAGS, name, published=published)


def announced(slack: Simulator) -> list[str]:
    return [post.text for post in slack.posts("general")]


def said(title: str, second: str = "") -> str:
    page = f"https://go.dev/doc/devel/release#{title}"
    first = f":tada: *Go {title[2:]}* is out! <https://go.dev/dl/|Download it>, or read"
    return f"{first} <{page}|what's new>.\n{second}".rstrip()


@pytest.fixture
def started(context: WorkerContext, slack: Simulator) -> WorkerContext:
    """A worker that has read the tags once."""
    tag(slack, "go1.26.0", minutes_ago=60 * 24 * 30)
    run(context)
    assert announced(slack) == []
    return context


@pytest.mark.parametrize(
    ("title", "second"), [("go1.27.3", NEW), ("go1.27.0", "Go 1.27.0 is a major release of Go.")]
)
def test_a_release_is_announced_once_with_what_is_new(
    started: WorkerContext, slack: Simulator, title: str, second: str
) -> None:
    slack.services.feeds.documents[PAGE] = HISTORY.encode()
    tag(slack, title)
    tag(slack, "go1.28rc1")
    run(started)
    run(started)
    assert announced(slack) == [said(title, second)]


def test_release_waits_an_hour_for_its_notes(started: WorkerContext, slack: Simulator) -> None:
    tag(slack, "go1.27.3")
    run(started)
    assert announced(slack) == []
    slack.services.feeds.documents[PAGE] = HISTORY.encode()
    run(started)
    tag(slack, "go1.27.4", minutes_ago=61)
    run(started)
    assert announced(slack) == [said("go1.27.3", NEW), said("go1.27.4")]


@pytest.mark.parametrize(
    ("page", "notes"),
    [
        ('<p id="a">a (released x) fixes <b>b</b> &lt;c&gt;.</p>', "Fixes b <c>."),
        ("<p class=x id=a>Fixes it.</p><p>More.</p>", "Fixes it."),
        ('<p id="ab">Another.</p>', ""),
        ('<p id="a">It never ends.', ""),
        (f'<p id="a">{"word " * 700}</p>', f"Word {'word ' * 58}…"),
        ("", ""),
    ],
)
def test_notes_are_the_text_of_the_paragraph_with_that_id(page: str, notes: str) -> None:
    assert notes_about(page.encode(), "a") == notes


def test_an_id_is_no_pattern() -> None:
    assert notes_about(b'<p id="go1x2">Another.</p>', "go1.2") == ""
