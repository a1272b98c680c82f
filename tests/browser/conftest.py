"""A real Chromium, and behind the page a whole bot: gateway, worker, Redis and simulated Slack.

What the page itself does is tested next door, in `slack-simulator/tests/browser/`.
`make screenshots` makes the pictures in docs/.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dynos import ForkedBot
from parts import CHROMIUM
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from support import PATIENCE

from gopherbot.commands.diff import versions
from gopherbot.dev.bot import LocalBot
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.extensions import Extensions
from gopherbot.dev.health import Health
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator
from slack_simulator.feed.feed import Entry

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.need(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def a_bot(content: Path = CONTENT_FOLDER) -> Iterator[tuple[Simulator, LocalBot]]:
    """A simulator with a bot behind it, wired to its page as `gopherbot dev` has it."""
    read, write = os.pipe()
    with RedisServer() as redis, Simulator(setup=GOPHERS) as slack, Explainer(content) as explainer:
        # A busy machine is no reason to deliver twice.
        slack.deliveries.timeout = PATIENCE
        more = {"WEB_CONCURRENCY": "1", "GOPHER_CONTENT": str(content)}
        names = ("web", "worker", "scheduler")
        commit = partial(versions.commit, None, content)
        with (
            ForkedBot(redis.url, slack, names=names, more=more, output=write) as bot,
            Extensions(bot, explainer, commit),
        ):
            slack.extensions.health = health = Health(bot)
            take = (lambda line: slack.feed.append("trace", line), health.observe)
            threading.Thread(target=_follow, args=(read, take), daemon=True).start()
            yield slack, bot
    os.close(write)


def _follow(read: int, take: Iterable[Callable[[dict[str, Any]], object]]) -> None:
    with os.fdopen(read, "rb") as lines:
        for line in lines:
            try:
                entry = msgspec.json.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(entry, dict):
                for each in take:
                    each(entry)


@contextmanager
def a_page(browser: Browser, slack: Simulator, where: str, **options: Any) -> Iterator[Page]:
    """The page in a window of its own, in a conversation."""
    with browser.new_context(locale="en-GB", **options) as context:
        page = context.new_page()
        page.add_init_script("localStorage['slack_simulator'] ??= '{\"welcomed\": true}'")
        page.goto(f"{slack.url}/#/{where}")
        page.locator("#channels li").first.wait_for(state="attached")
        yield page


def say(page: Page, slack: Simulator, text: str) -> Locator:
    """Write something and send it; give the message."""
    before = slack.feed.seq
    field = page.locator("#composer textarea")
    field.fill(text)
    field.press("Enter")
    posted = slack.feed.wait(_is_said, PATIENCE, after=before)
    message = page.locator(f"#message-list article[data-ts='{posted['message']['ts']}']")
    expect(message).to_be_visible()
    return message


def _is_said(entry: Entry) -> bool:
    return entry.kind == "message" and not entry["by_bot"]


def open_trace(page: Page, message: Locator) -> Locator:
    message.get_by_role("button", name="Trace:").click()
    pane = page.get_by_role("complementary")
    expect(pane).to_have_attribute("aria-label", "Trace")
    return pane
