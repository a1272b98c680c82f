"""What axe finds in every state of the page, and what axe cannot see: sizes, focus, reflow."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from slack_simulator import Simulator

from .audit import SIDEWAYS, cut_off, problems, problems_but_for_themes, settle
from .states import PARTS, LivelyPage
from .window import Window


@pytest.fixture(scope="module")
def lively_page(browser: Browser) -> Iterator[LivelyPage]:
    with closing(LivelyPage(browser)) as kept:
        yield kept


@pytest.fixture
def lively(lively_page: LivelyPage, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A kept page behind which everything has happened that can happen in a workspace."""
    with lively_page.lent(lively_page.next_slack(), request.node.stash) as window:
        yield window


def resize(page: Page, size: tuple[int, int]) -> None:
    """Make the window as large as this."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    settle(page)


def opened(window: Window, width: int, height: int, where: str = "general") -> Page:
    """Open the page in a window of this size."""
    window.page.set_viewport_size({"width": width, "height": height})
    return window.open(where, welcome=True).page


NARROW, WIDE = (390, 844), (1280, 800)
#: 1280 x 1024 at 400 %, as narrow as any and shorter than most, and a window that's short and wide.
ZOOMED, SHORT = (320, 256), (1280, 700)
LOOKS = {
    NARROW: problems_but_for_themes,
    ZOOMED: cut_off,
    SHORT: cut_off,
    WIDE: problems,
}


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_wrong_in_any_state(lively: Window, part: str) -> None:
    """By axe and by our own measures, in light colours and in dark ones; nor is anything cut off.

    Each state is reached in a narrow window, where the drawer opens too, and outlives other sizes.
    """
    found = {}
    page = opened(lively, *NARROW)
    for state in PARTS[part](lively):
        for size, look in LOOKS.items():
            resize(page, size)
            found[state, size] = look(page)
        resize(page, NARROW)
    assert {where: each for where, each in found.items() if each} == {}


def test_there_are_landmarks_and_a_language(still_window: Window) -> None:
    page = still_window.open().page
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("main", name="general")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Workspace")).to_have_count(1)
    expect(page.get_by_role("complementary")).to_have_count(0)
    still_window.button("Make Slack misbehave").click()
    expect(page.get_by_role("complementary", name="Make Slack misbehave")).to_have_count(1)
    outside = page.evaluate(
        """() => [...document.body.children]
            .filter((node) => node.checkVisibility() && node.textContent.trim())
            .map((node) => node.tagName)"""
    )
    assert set(outside) <= {"NAV", "MAIN", "ASIDE", "DIV"}


def test_whatever_has_focus_shows_it(lively: Window) -> None:
    page = opened(lively, 1280, 800)
    seen = 0
    for _ in range(80):
        page.keyboard.press("Tab")
        shows = page.evaluate(
            """() => {
                const node = document.activeElement;
                if (node === document.body) return null;
                const around = node.closest('.composer-box') ?? node;
                const { outlineStyle, outlineWidth } = getComputedStyle(node);
                const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
                return ring || getComputedStyle(around).boxShadow !== 'none' || node.outerHTML;
            }"""
        )
        if shows is None:
            break
        assert shows is True
        seen += 1
    assert seen > 20


def test_links_differ_by_more_than_colour(still_window: Window, still: Simulator) -> None:
    still.say("read <https://go.dev/doc|the documentation> first")
    link = still_window.open().messages.last.get_by_role("link", name="the documentation")
    assert "underline" in link.evaluate("node => getComputedStyle(node).textDecorationLine")


def test_nothing_moves_for_who_wants_rest(lively: Window) -> None:
    lively.page.emulate_media(reduced_motion="reduce")
    page = opened(lively, 1280, 800)
    lively.open_trace(lively.messages.first)
    moving = page.evaluate("document.getAnimations().length")
    page.emulate_media(reduced_motion="no-preference")
    assert moving == 0


def test_the_newest_message_stays_in_sight_in_a_smaller_window(lively: Window) -> None:
    page = opened(lively, *WIDE)
    expect(lively.messages.last).to_be_in_viewport(ratio=1)
    resize(page, (1280, 500))
    expect(lively.messages.last).to_be_in_viewport(ratio=1)


def test_no_width_scrolls_sideways(lively: Window) -> None:
    page = opened(lively, 320, 640)
    expect(lively.messages.last).to_be_visible()
    found = {}
    for width in (320, 390, 768, 1024, 1600):
        resize(page, (width, 640))
        lively.open_trace(lively.messages.first)
        found[width, "trace"] = page.evaluate(SIDEWAYS)
        expect(lively.field).to_be_visible()
        page.keyboard.press("Escape")
        found[width, "conversation"] = page.evaluate(SIDEWAYS)
        lively.button("Make Slack misbehave").click()
        found[width, "faults"] = page.evaluate(SIDEWAYS)
        expect(lively.button("Close: Make Slack misbehave")).to_be_in_viewport()
        page.keyboard.press("Escape")
    assert {where: each for where, each in found.items() if each} == {}


def test_a_pane_leaves_room_for_the_channels_name(lively: Window) -> None:
    page = opened(lively, 1280, 800, "performance")
    lively.button("Make Slack misbehave").click()
    expect(lively.button("Close: Make Slack misbehave")).to_be_visible()
    name = page.locator("#conversation-name span:last-child").last
    clipped = []
    for width in (390, 800, 1000, 1280):
        resize(page, (width, 800))
        if name.evaluate("node => node.scrollWidth > node.clientWidth"):
            clipped.append(width)
    assert clipped == []
