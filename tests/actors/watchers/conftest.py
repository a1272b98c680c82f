"""A blog, a worker that watches its feed, and what was announced of it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest

from actors.conftest import NewWorker, job, succeeds
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.storage.watcher_state import FeedState
from slack_simulator import Fault, Simulator
from slack_simulator.feed.recordings import Post

ADDRESS = "blog.example.org/feed.atom"
NAME = "feeds.Blog"
run = job(NAME)


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

    def run(self, context: WorkerContext | None = None, times: int = 1) -> None:
        for _ in range(times):
            run(context or self.context)

    def number(self, *numbers: int, days: float = 0.0) -> None:
        """Post items with these numbers."""
        for each in numbers:
            self.post(f"Number {each}", days=days)

    def reject(self, error: str = "not_in_channel", times: int | None = 1) -> None:
        fault = Fault(kind="error", error=error, method="chat.postMessage", times=times)
        self.slack.faults.add(fault)

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


def item(id: object, title: object = None, link: str = "", *, hours: float | None = None) -> str:
    """An item of RSS, with its date so many hours ago."""
    named = "" if title is None else f"<title>{title}</title>"
    linked = f"<link>{link}</link>" if link else ""
    date = "" if hours is None else format_datetime(datetime.now(UTC) - timedelta(hours=hours))
    dated = f"<pubDate>{date}</pubDate>" if date else ""
    return f"<guid isPermaLink='false'>{id}</guid>{named}{linked}{dated}"


@pytest.fixture
def blog(new_worker: NewWorker, slack: Simulator, tmp_path: Path, parsed_here: None) -> Blog:
    """A blog with one old item, which was read once."""
    blog = Blog(new_worker, slack, tmp_path / "content")
    blog.post("Old", days=30)
    blog.run()
    return blog
