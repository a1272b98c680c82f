"""What axe finds in every state of the page, and what axe cannot see: sizes, focus, reflow."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from slack_simulator import Simulator

from .audit import OUT_OF_REACH, SIDEWAYS, problems, settle
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


def opened(window: Window, width: int, height: int, where: str = "general") -> Page:
    """Open the page in a window of this size."""
    window.page.set_viewport_size({"width": width, "height": height})
    return window.open(where, welcome=True).page


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["wide", "narrow"])
def test_nothing_is_wrong_in_any_state(lively: Window, width: int, height: int, part: str) -> None:
    """By axe and by our own measures, in light colours and in dark ones."""
    found = {}
    page = opened(lively, width, height)
    for state in PARTS[part](lively):
        settle(page)
        found[state] = problems(page)
    assert {state: each for state, each in found.items() if each} == {}


SHORT_AND_WIDE, ZOOMED = (1280, 700), (320, 256)


@pytest.mark.parametrize(
    ("part", "size"),
    [(part, ZOOMED) for part in PARTS] + [(part, SHORT_AND_WIDE) for part in ("panes", "dialogs")],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
def test_nothing_is_cut_off_in_any_state(lively: Window, part: str, size: tuple[int, int]) -> None:
    """A window of 1280 x 1024 at 400 %, as narrow as any and shorter than most, and a short one.

    In the short one, only panes and dialogs are laid out in another way than when zoomed in.
    """
    found = {}
    page = opened(lively, *size)
    for state in PARTS[part](lively):
        settle(page)
        found[state] = [*page.evaluate(OUT_OF_REACH), *page.evaluate(SIDEWAYS)]
    assert {state: each for state, each in found.items() if each} == {}


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


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
def test_no_width_scrolls_sideways(lively: Window, width: int) -> None:
    page = opened(lively, width, 640)
    expect(lively.messages.last).to_be_visible()
    overflow = """() => [...document.querySelectorAll('html, main, #messages, .pane-scroll')]
        .filter((node) => node.scrollWidth > node.clientWidth + 1)
        .map((node) => node.id || node.className || node.tagName)"""
    assert page.evaluate(overflow) == []
    lively.open_trace(lively.messages.first)
    assert page.evaluate(overflow) == []
    expect(lively.field).to_be_visible()
    page.keyboard.press("Escape")
    lively.button("Make Slack misbehave").click()
    assert page.evaluate(overflow) == []
    expect(lively.button("Close: Make Slack misbehave")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 800, 1000, 1280])
def test_a_pane_leaves_room_for_the_channels_name(lively: Window, width: int) -> None:
    page = opened(lively, width, 800, "performance")
    lively.button("Make Slack misbehave").click()
    expect(lively.button("Close: Make Slack misbehave")).to_be_visible()
    clipped = "node => node.scrollWidth > node.clientWidth"
    assert not page.locator("#conversation-name span:last-child").last.evaluate(clipped)
