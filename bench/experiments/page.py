"""The simulator's page with thousands of events in its timeline, compared with a page of few.

Both are measured in turn, in a real Chromium. The first row is timed from the start of the
navigation. A frame is the time between two frames of the browser while the list jumps by a screen
in each. A key is typed into the search, which looks through every row, and timed until its frame
is painted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, sync_playwright

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu"]
_NOBODY = "http://127.0.0.1:9/"
_WORDS = "message 4 of many"

_WATCH = """
const look = () => {
    if (document.querySelector('.timeline-row')) window.drawnAt = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
window.keys = [];
addEventListener('keydown', () => {
    const start = performance.now();
    requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - start)));
}, true);
"""
_ALL_THERE = """count => document.querySelector('.timeline-count')?.textContent
    .startsWith(`${count} row`) && window.drawnAt"""
_SCROLL = """async (frames) => {
    const grid = document.querySelector('.timeline-grid');
    const times = [];
    let before = await new Promise(requestAnimationFrame);
    for (let at = 0; at < frames; at += 1) {
        grid.scrollTop = (at * 997) % Math.max(1, grid.scrollHeight - grid.clientHeight);
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
    }
    grid.scrollTop = 0;
    return times;
}"""


@dataclass
class _Times:
    """Seconds and bytes of one page, over all rounds."""

    first_rows: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    heaps: list[tuple[float, float]] = field(default_factory=list)
    """Bytes of the JavaScript heap before and after much scrolling through the list."""


def run(sizes: Sizes) -> Outcome:
    """Open both timelines in turn, scroll and type."""
    ours, few = _Times(), _Times()
    with (
        _filled(sizes.page_events) as full,
        _filled(sizes.page_few) as small,
        _browser() as browser,
    ):
        for _ in range(sizes.page_rounds):
            _measure(browser, small, sizes.page_few, few, sizes)
            _measure(browser, full, sizes.page_events, ours, sizes)
    return Outcome(_rows(ours, few, sizes))


@contextmanager
def _filled(count: int) -> Iterator[Simulator]:
    """Yield a simulator that has sent `count` events to no one."""
    with Simulator(setup=GOPHERS) as slack:
        slack.gateway, slack.deliveries.delays = _NOBODY, ()
        for number in range(count):
            slack.say(f"message {number} of many", "random")
        slack.deliveries.wait_idle(300)
        yield slack


@contextmanager
def _browser() -> Iterator[Browser]:
    """Yield the Chromium that is installed, or else Playwright's."""
    names = ("chromium-headless-shell", "chromium", "google-chrome", "chromium-browser")
    installed = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=_ARGUMENTS)
        yield browser
        browser.close()


def _measure(browser: Browser, slack: Simulator, count: int, times: _Times, sizes: Sizes) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(f"{slack.url}/#/~timeline")
    page.wait_for_function(_ALL_THERE, arg=count)
    times.first_rows.append(page.evaluate("window.drawnAt") / 1000)
    times.frames += _scroll(page, sizes)
    before = _heap(page)
    for _ in range(5):
        _scroll(page, sizes)
    times.heaps.append((before, _heap(page)))
    page.get_by_label("Search the timeline").click()
    for letter in _WORDS:
        page.keyboard.press(letter)
    page.wait_for_function("count => window.keys.length === count", arg=len(_WORDS))
    times.keys += [each / 1000 for each in page.evaluate("window.keys")]
    context.close()


def _scroll(page: Page, sizes: Sizes) -> list[float]:
    return [each / 1000 for each in page.evaluate(_SCROLL, sizes.page_scrolls)]


def _heap(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = float(session.send("Runtime.getHeapUsage")["usedSize"])
    session.detach()
    return used


def _rows(ours: _Times, few: _Times, sizes: Sizes) -> list[Row]:
    many, less = f"{sizes.page_events:,} events", f"{sizes.page_few} events"
    first = figures.median(ours.first_rows)
    before, after = (figures.median(each) for each in zip(*ours.heaps, strict=True))
    return [
        _row(
            "page-first",
            f"the timeline's first row after the address was entered, {many}; {less}",
            (first, figures.median(few.first_rows)),
            ("≤ 2 s", first <= 2),
        ),
        _compared(
            "page-scroll", f"a frame while scrolling, 95 % of them, {many}", ours.frames, few.frames
        ),
        _compared(
            "page-type",
            f"a key in the search until it is painted, 95 %, {many}",
            ours.keys,
            few.keys,
        ),
        Row(
            name="page-memory",
            measured=f"JavaScript's heap after walking through {many} for long; before",
            ours=figures.megabytes(after),
            baseline=figures.megabytes(before),
            ratio=figures.three_digits(after / before),
            target="steady (≤ 1.1)",
            reached=after <= 1.1 * before,
        ),
    ]


def _compared(name: str, measured: str, ours: list[float], few: list[float]) -> Row:
    """Return a row of the 95th percentile. Up to three frames go unnoticed."""
    slow, slow_few = (figures.percentile(each, 0.95) for each in (ours, few))
    return _row(name, f"{measured}; few", (slow, slow_few), ("≤ 50 ms", slow <= 0.05))


def _row(name: str, measured: str, times: tuple[float, float], target: tuple[str, bool]) -> Row:
    ours, baseline = times
    words, reached = target
    return Row(
        name=name,
        measured=measured,
        ours=figures.seconds(ours),
        baseline=figures.seconds(baseline),
        ratio=figures.three_digits(ours / baseline),
        target=words,
        reached=reached,
    )
