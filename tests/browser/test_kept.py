"""A test gets a kept page only if the last one left nothing on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from slack_simulator import Fault, Simulator

from .kept import FAILED, UNUSUAL, KeptPage


@pytest.fixture
def kept(browser: Browser) -> Iterator[KeptPage]:
    with closing(KeptPage(browser)) as kept:
        yield kept


@pytest.fixture
def other() -> pytest.Stash:
    """What is known about another test, that has the page first."""
    return pytest.Stash()


def lend(kept: KeptPage, slack: Simulator, test: pytest.Stash) -> Page:
    with kept.lent(slack, test) as window:
        return window.open().page


def complain(kept: KeptPage, slack: Simulator, test: pytest.Stash) -> None:
    with kept.lent(slack, test) as window:
        window.open().page.evaluate("console.error('oh no')")


def test_what_was_left_open_is_closed(
    kept: KeptPage, still: Simulator, other: pytest.Stash
) -> None:
    said = still.say("to be traced")
    with kept.lent(still, other) as window:
        page = window.open("random", as_="moderator").page
        window.go("Timeline")
        page.get_by_label("Search the timeline").fill("traced")
        page.get_by_label("Failed").check()
        window.go("general")
        window.open_trace(window.message("to be traced"))
        still.faults.add(Fault(kind="slow", times=None))
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(page.get_by_role("status").get_by_text("Simulated faults")).to_be_visible()
        window.field.fill("not sent")
        window.button("Join the team").click()
    still.faults.clear()
    with kept.lent(still, other) as window:
        assert window.page is page
        assert page.evaluate(UNUSUAL) == []
        assert said.ts in str(window.open().messages.last.get_attribute("data-ts"))
        page.keyboard.press("Tab")
        expect(window.focused).to_have_text("Skip to the messages")


LEFT = {
    "stored": "toggleTheme()",
    "draft": """sessionStorage.slack_simulator = '{"drafts": {"there": "x"}}'""",
    "welcome": "localStorage.clear()",
}


@pytest.mark.parametrize("left", LEFT)
def test_what_cannot_be_undone_costs_the_page(
    kept: KeptPage, still: Simulator, other: pytest.Stash, left: str
) -> None:
    page = lend(kept, still, other)
    page.evaluate(LEFT[left])
    assert left in page.evaluate(UNUSUAL)
    assert lend(kept, still, other) is not page
    assert page.is_closed()


def test_who_failed_or_made_the_page_complain_has_used_it_up(
    kept: KeptPage, still: Simulator, other: pytest.Stash
) -> None:
    complaining = lend(kept, still, other)
    with pytest.raises(AssertionError, match="oh no"):
        complain(kept, still, other)
    page = lend(kept, still, other)
    assert page is not complaining
    other[FAILED] = True
    with kept.lent(still, other) as window:
        assert window.page is page
    assert page.is_closed()


def test_nothing_forbidden_stays_so(kept: KeptPage, still: Simulator, other: pytest.Stash) -> None:
    lend(kept, still, other)
    with kept.lent(still, other) as window:
        window.open()
        window.forbid(
            "window.forbidden = new AbortController(); addEventListener('keydown', "
            "() => console.error('no keys'), { signal: forbidden.signal })"
        )
    with kept.lent(still, other) as window:
        window.open().page.keyboard.press("Escape")
