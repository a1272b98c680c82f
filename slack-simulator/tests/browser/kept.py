"""Pages that tests use one after the other, because to open one takes longer than most tests do.

A test gets a kept page only if it's at rest: as it was once it had been opened. After a test that
failed, or that left something behind, the page is closed, and the next test gets a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize
from sample import SAMPLE
from support import PATIENCE

from slack_simulator import Simulator

from .window import Window

FAILED = pytest.StashKey[bool]()
"""Whether a test failed; kept by conftest.py."""
LARGE: ViewportSize = {"width": 1280, "height": 800}
SOON = 5000
"""Milliseconds within which a page comes to rest, or is given up."""

#: Closes or empties what was open, in the way that each is closed; the rest is for Escape.
TIDY = """() => {
    window.forbidden?.abort();
    const change = (node, name, value, kind) => {
        if (node[name] === value) return;
        node[name] = value;
        node.dispatchEvent(new Event(kind, { bubbles: true }));
    };
    for (const node of document.querySelectorAll('#composer textarea, #timeline [type=search]')) {
        change(node, 'value', '', 'input');
    }
    for (const node of document.querySelectorAll('#timeline select')) {
        change(node, 'value', '', 'change');
    }
    for (const node of document.querySelectorAll('#timeline [type=checkbox]')) {
        change(node, 'checked', false, 'change');
    }
    if (localStorage.getItem('slack_simulator.theme') === 'dark') toggleTheme();
    localStorage.removeItem('slack_simulator.theme');
    // Notices go by themselves, but not at once.
    document.querySelector('#toasts').replaceChildren();
    document.querySelector('#announcer').replaceChildren();
    // As if one came back from another window: the page looks at the faults again.
    if (document.querySelector('#banners > *')) dispatchEvent(new Event('focus'));
    // The timeline draws all the time.
    location.hash = '#/general';
    const messages = document.querySelector('#messages');
    messages.scrollTop = messages.scrollHeight;
    // The next Tab leads to the first stop.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
}"""

OPEN = """Boolean(document.querySelector(
    'dialog[open], :popover-open, #pane:not([hidden]), #sidebar.open'))"""

#: What isn't as it was when the page had been opened.
UNUSUAL = """() => {
    const there = (selector) => Boolean(document.querySelector(selector));
    const read = (storage) => JSON.parse(storage.getItem('slack_simulator') ?? '{}');
    const media = (query) => matchMedia(query).matches;
    const stored = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
    return Object.entries({
        address: location.hash !== '#/general',
        member: document.querySelector('#you .you-name')?.textContent !== 'regular',
        open: there('dialog[open], :popover-open, #pane:not([hidden]), .editor, #sidebar.open'),
        offers: there('#composer [role=option]'),
        text: document.querySelector('#composer textarea')?.value !== '',
        file: there('.composer-file:not([hidden])'),
        draft: Object.keys(read(sessionStorage).drafts ?? {}).length > 0,
        welcome: there('#welcome > *') || read(localStorage).welcomed !== true,
        stored: stored.some((key) => key !== 'slack_simulator'),
        notice: there('#toasts > *'),
        faults: there('.banner-faults'),
        away: there('.banner-away'),
        filter: there('#timeline :checked:not(option)')
            || [...document.querySelectorAll('#timeline select, #timeline [type=search]')]
                .some((node) => node.value !== ''),
        scrolled: !document.querySelector('#to-newest').hidden || scrollY !== 0,
        size: innerWidth !== 1280 || innerHeight !== 800,
        theme: document.documentElement.dataset.theme !== 'light',
        media: media('(prefers-color-scheme: dark)') || media('(prefers-reduced-motion: reduce)')
            || media('(forced-colors: active)'),
        offline: !navigator.onLine,
        reloaded: performance.getEntriesByType('navigation')[0].type === 'reload',
    }).filter(([, unusual]) => unusual).map(([name]) => name);
}"""


def new_page(browser: Browser, **options: object) -> tuple[Page, list[str]]:
    """Return a page with an empty profile, and the list that its complaints come into."""
    context = browser.new_context(**{"viewport": LARGE, **options})  # type: ignore[arg-type]
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # That nobody answers, or refuses, is not the page's fault.
        ours = "net::ERR" not in message.text and "status of 400" not in message.text
        if message.type in {"error", "warning"} and ours:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def _come_to_rest(window: Window, usual: Collection[str]) -> bool:
    """Return whether the page is as it was once opened, or can be brought there as users do."""
    page = window.page
    if not page.url.startswith(f"{window.slack.url}/"):
        return False
    try:
        if page.viewport_size != LARGE:
            page.set_viewport_size(LARGE)
        page.mouse.move(0, 0)
        for _ in range(3):
            if page.evaluate(OPEN):
                page.keyboard.press("Escape")
        if page.evaluate(OPEN):
            return False
        if page.locator("#you .you-name").text_content(timeout=SOON) != "regular":
            window.become("regular")
        # What was out of sight then is there now.
        page.evaluate(TIDY)
        at_rest = f"usual => ({UNUSUAL})().every((name) => usual.includes(name))"
        page.wait_for_function(at_rest, arg=list(usual), timeout=SOON, polling=100)
    except (AssertionError, Error):
        return False
    return True


class KeptPage:
    """A page that is lent to one test after the other; a new one for another simulator.

    At rest, nothing is there of what `UNUSUAL` names but what is `usual`.
    """

    def __init__(self, browser: Browser, usual: Collection[str] = ()) -> None:
        self._browser = browser
        self._usual = usual
        self._page: Page | None = None
        self._complaints: list[str] = []

    @contextmanager
    def lent(self, slack: Simulator, test: pytest.Stash) -> Iterator[Window]:
        """Lend the page, at rest, to the test of a stash; fails if the page complains."""
        if self._page and not _come_to_rest(Window(self._page, slack), self._usual):
            self.close()
        is_open = self._page is not None
        page = self._page or self._new()
        yield self._window(page, slack, is_open)
        opened = page.url != "about:blank"
        if opened:
            # Asked for anything, the page also tells what it complains about.
            page.evaluate(TIDY)
        complaints, failed = self._complaints.copy(), test.get(FAILED, False)
        if complaints or failed or not opened:
            self.close()
        assert not complaints, complaints

    def _new(self) -> Page:
        self._page, self._complaints = new_page(self._browser)
        return self._page

    def _window(self, page: Page, slack: Simulator, is_open: bool) -> Window:
        return Window(page, slack, is_open=is_open)

    def close(self) -> None:
        if self._page:
            self._page.context.close()
        self._page = None


class StillPage(KeptPage):
    """A kept page that has a new simulator behind it in each test, at the same address."""

    _slack: Simulator | None = None

    @property
    def _port(self) -> int:
        return urlsplit(self._slack.url).port or 0 if self._slack else 0

    def next_slack(self) -> Simulator:
        """Return the simulator of the next test; it runs once the window is opened."""
        return Simulator(setup=SAMPLE, port=self._port)

    def _start(self, slack: Simulator) -> None:
        slack.start()

    def _window(self, page: Page, slack: Simulator, is_open: bool) -> Window:
        return _StillWindow(self, page, slack, is_open)

    def follow(self, page: Page, slack: Simulator) -> None:
        """Start a simulator in place of the last one; the page finds it as after any restart."""
        if slack is self._slack:
            return
        last, self._slack = self._slack, slack
        if not last:
            self._start(slack)
            return
        with page.expect_request("**/sim/stream*"):
            last.stop()
            self._start(slack)
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => drawn()))")

    def close(self) -> None:
        super().close()
        if self._slack:
            self._slack.stop()
        self._slack = None


class _StillWindow(Window):
    def __init__(self, kept: StillPage, page: Page, slack: Simulator, is_open: bool) -> None:
        super().__init__(page, slack, is_open=is_open)
        self._kept = kept

    def open(
        self, where: str = "general", *, as_: str = "regular", welcome: bool = False
    ) -> Window:
        self._kept.follow(self.page, self.slack)
        return super().open(where, as_=as_, welcome=welcome)
