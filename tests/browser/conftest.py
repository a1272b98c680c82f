"""A real Chromium, and behind the page a whole bot: gateway, worker, Redis and simulated Slack.

The bot is started once; tests that need none of it take `still`, a simulator by itself.
`make screenshots` makes the pictures in docs/.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from dynos import ForkedBot
from parts import CHROMIUM
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support import PATIENCE

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.gophers import GOPHERS
from gopherbot.dev.health import Health
from gopherbot.dev.redis_server import RedisServer
from gopherbot.rulebook import loader
from gopherbot.settings import CONTENT_FOLDER
from slack_simulator import Simulator

from .by_hand.hands import Hand, Keyboard, Mouse
from .kept import FAILED, KeptPage, StillPage, new_page
from .window import Window

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
MILLISECONDS = 1000 * PATIENCE
expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.need(), args=ARGUMENTS)
        yield browser
        browser.close()


@cache
def suggestions() -> list[dict[str, str]]:
    """Return what the page offers while one writes, as `gopherbot dev` has it."""
    entries = loader.load().rules.entries()
    return [{"text": entry.trigger, "help": entry.help} for entry in entries]


@contextmanager
def a_bot(
    content: Path = CONTENT_FOLDER, names: tuple[str, ...] = ("web", "worker", "scheduler")
) -> Iterator[tuple[Simulator, LocalBot]]:
    """A simulator with a bot behind it, wired to its page as `gopherbot dev` has it."""
    read, write = os.pipe()
    with RedisServer() as redis, Simulator(setup=GOPHERS) as slack, Explainer(content) as explainer:
        slack.suggestions = suggestions()
        # A busy machine is no reason to deliver twice.
        slack.deliveries.timeout = PATIENCE
        slack.extensions.explain = explainer
        more = {"WEB_CONCURRENCY": "1", "GOPHER_CONTENT": str(content)}
        with ForkedBot(redis.url, slack, names=names, more=more, output=write) as bot:
            slack.extensions.health = health = Health(bot)
            take = (lambda line: slack.feed.append("trace", line), health.take)
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


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """A simulator with the bot behind it."""
    with a_bot() as (slack, _):
        yield slack


@pytest.fixture
def slack(running: Simulator) -> Iterator[Simulator]:
    """The running simulator, with nothing wrong with it."""
    secret = running.deliveries.signing_secret
    yield running
    running.deliveries.signing_secret = secret
    running.faults.clear()
    running.deliveries.redeliver = 1
    running.deliveries.delays = (1.0, 60.0, 300.0)


@pytest.fixture(scope="session")
def explaining() -> Iterator[Simulator]:
    """A simulator with the Gophers' rules behind it, and no bot running."""
    with Simulator(setup=GOPHERS) as slack, Explainer(CONTENT_FOLDER) as explainer:
        slack.extensions.explain = explainer
        yield slack


@pytest.fixture
def still(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulator that nobody listens to."""
    with ExitStack() as stack:
        if "still_window" in request.fixturenames:
            kept: StillPage = request.getfixturevalue("still_page")
            slack = kept.next_slack()
        else:
            slack = stack.enter_context(Simulator(setup=GOPHERS))
        slack.suggestions = suggestions()
        yield slack


@contextmanager
def a_page(browser: Browser, **options: object) -> Iterator[Page]:
    """A page with an empty profile; fails afterwards if the page had complaints."""
    page, complaints = new_page(browser, **options)
    yield page
    page.context.close()
    assert not complaints


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether a test failed, since its page is not for the next one then."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def kept_page(browser: Browser) -> Iterator[KeptPage]:
    with closing(KeptPage(browser)) as kept:
        yield kept


@pytest.fixture(scope="session")
def still_page(browser: Browser) -> Iterator[StillPage]:
    with closing(StillPage(browser)) as kept:
        yield kept


class Lend(Protocol):
    """Gives a kept page of a simulator, in a wide window."""

    def __call__(self, slack: Simulator) -> Window: ...


@pytest.fixture(scope="session")
def other_page(browser: Browser) -> Iterator[KeptPage]:
    with closing(KeptPage(browser)) as kept:
        yield kept


@pytest.fixture
def lend(other_page: KeptPage, request: pytest.FixtureRequest) -> Iterator[Lend]:
    """Lends a page of whichever simulator a test has."""
    with ExitStack() as stack:
        yield lambda slack: stack.enter_context(other_page.lent(slack, request.node.stash))


@pytest.fixture
def window(
    kept_page: KeptPage, slack: Simulator, request: pytest.FixtureRequest
) -> Iterator[Window]:
    """A kept page in a wide window, with the bot behind it."""
    with kept_page.lent(slack, request.node.stash) as window:
        yield window


@pytest.fixture
def still_window(
    still_page: StillPage, still: Simulator, request: pytest.FixtureRequest
) -> Iterator[Window]:
    """A kept page in a wide window, with no bot behind it."""
    with still_page.lent(still, request.node.stash) as window:
        yield window


@pytest.fixture
def new_window(browser: Browser, slack: Simulator) -> Iterator[Window]:
    """A page of the test's own, with the bot behind it."""
    with a_page(browser) as page:
        yield Window(page, slack)


@pytest.fixture
def new_still_window(browser: Browser, still: Simulator) -> Iterator[Window]:
    """A page of the test's own, with no bot behind it."""
    with a_page(browser) as page:
        yield Window(page, still)


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hand(request: pytest.FixtureRequest) -> Callable[[Window], Hand]:
    """Gives a window's hand, before the page is opened in it; each test is done with both."""
    kind: Callable[[Window], Hand] = request.param
    return kind
