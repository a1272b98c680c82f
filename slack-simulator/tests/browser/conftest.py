"""A real Chromium, and behind the page a simulator with an app (`app.py`).

Tests that need no app take `still`, a simulator by itself.
"""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Protocol

import pytest
from app import COMMANDS, App
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sample import SAMPLE
from support import PATIENCE

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


def chromium() -> str:
    """Return where a Chromium is. Without one, skip the test, but fail it in CI."""
    for name in ("chromium-headless-shell", "chromium", "google-chrome"):
        if found := shutil.which(name):
            return found
    missing = "Chromium is missing: sudo apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


SUGGESTIONS = [{"text": name, "help": "a command"} for name in [*COMMANDS, "xkcd:"]]
"""What the page offers while one writes."""


@pytest.fixture(scope="session")
def app() -> Iterator[App]:
    """An app behind a simulator, with everything an app can tell the page."""
    with Simulator(setup=SAMPLE) as slack, App(slack) as app:
        slack.suggestions = SUGGESTIONS
        # A busy machine is no reason to deliver twice.
        slack.deliveries.timeout = PATIENCE
        yield app


@pytest.fixture
def slack(app: App) -> Iterator[Simulator]:
    """The app's simulator, with nothing wrong with it."""
    running = app.slack
    secret = running.deliveries.signing_secret
    yield running
    app.down.clear()
    app.last_error = None
    running.deliveries.signing_secret = secret
    running.faults.clear()
    running.deliveries.redeliver = 1
    running.deliveries.delays = (1.0, 60.0, 300.0)


@pytest.fixture(scope="session")
def explaining() -> Iterator[Simulator]:
    """A simulator whose app explains itself, and receives nothing."""
    with Simulator(setup=SAMPLE) as slack:
        slack.extensions.explain = App(slack)
        yield slack


@pytest.fixture
def still(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulator that nobody listens to."""
    with ExitStack() as stack:
        if "still_window" in request.fixturenames:
            kept: StillPage = request.getfixturevalue("still_page")
            slack = kept.next_slack()
        else:
            slack = stack.enter_context(Simulator(setup=SAMPLE))
        slack.suggestions = SUGGESTIONS
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
    """A kept page in a wide window, with the app behind it."""
    with kept_page.lent(slack, request.node.stash) as window:
        yield window


@pytest.fixture
def still_window(
    still_page: StillPage, still: Simulator, request: pytest.FixtureRequest
) -> Iterator[Window]:
    """A kept page in a wide window, with no app behind it."""
    with still_page.lent(still, request.node.stash) as window:
        yield window


@pytest.fixture
def new_window(browser: Browser, slack: Simulator) -> Iterator[Window]:
    """A page of the test's own, with the app behind it."""
    with a_page(browser) as page:
        yield Window(page, slack)


@pytest.fixture
def new_still_window(browser: Browser, still: Simulator) -> Iterator[Window]:
    """A page of the test's own, with no app behind it."""
    with a_page(browser) as page:
        yield Window(page, still)


@pytest.fixture(params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hand(request: pytest.FixtureRequest) -> Callable[[Window], Hand]:
    """Gives a window's hand, before the page is opened in it; each test is done with both."""
    kind: Callable[[Window], Hand] = request.param
    return kind
