"""A test gets a kept page only if the last one left nothing on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect
from sample import SAMPLE

from slack_simulator import Fault, Simulator

from .kept import FAILED, UNUSUAL, KeptPage

FORBIDDEN = """window.forbidden = new AbortController();
addEventListener('keydown', () => console.error('no keys'), { signal: forbidden.signal });"""


@pytest.fixture(scope="module")
def slack() -> Iterator[Simulator]:
    with Simulator(setup=SAMPLE) as slack:
        yield slack


@pytest.fixture(scope="module")
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


def test_what_was_left_open_is_closed(
    kept: KeptPage, slack: Simulator, other: pytest.Stash
) -> None:
    slack.say("to be traced")
    with kept.lent(slack, other) as window:
        page = window.open("random", as_="moderator").page
        window.forbid(FORBIDDEN)
        window.go("Timeline")
        page.get_by_label("Search the timeline").fill("traced")
        page.get_by_label("Failed").check()
        window.go("general")
        window.open_trace(window.message("to be traced"))
        slack.faults.add(Fault(kind="slow", times=None))
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(page.get_by_role("status").get_by_text("Simulated faults")).to_be_visible()
        window.field.fill("not sent")
        page.evaluate("toggleTheme()")
        page.get_by_role("button", name="Go to").click()
        page.set_viewport_size({"width": 390, "height": 700})
    slack.faults.clear()
    with kept.lent(slack, other) as window:
        assert window.page is page
        assert page.evaluate(UNUSUAL) == []
        expect(window.open().messages.last).to_contain_text("to be traced")
        page.keyboard.press("Tab")
        expect(window.focused).to_have_text("Skip to the messages")


def test_what_cannot_be_undone_costs_the_page(
    kept: KeptPage, slack: Simulator, other: pytest.Stash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("browser.kept.SOON", 500)
    page = lend(kept, slack, other)
    for left, script in (
        ("stored", "localStorage.other = 1"),
        ("draft", """sessionStorage.slack_simulator = '{"drafts": {"there": "x"}}'"""),
        ("welcome", "localStorage.clear()"),
    ):
        page.evaluate(script)
        assert left in page.evaluate(UNUSUAL)
    assert lend(kept, slack, other) is not page
    assert page.is_closed()


def test_a_complaint_costs_the_page_and_fails_the_test(
    kept: KeptPage, slack: Simulator, other: pytest.Stash
) -> None:
    page = lend(kept, slack, other)
    page.evaluate("console.error('oh no')")
    with pytest.raises(AssertionError, match="oh no"):
        lend(kept, slack, other)
    assert page.is_closed()


def test_a_failure_costs_the_page(kept: KeptPage, slack: Simulator, other: pytest.Stash) -> None:
    page = lend(kept, slack, other)
    other[FAILED] = True
    assert lend(kept, slack, other) is page
    assert page.is_closed()


def test_a_page_is_of_one_simulator(kept: KeptPage, slack: Simulator, other: pytest.Stash) -> None:
    page = lend(kept, slack, other)
    with Simulator(setup=SAMPLE) as another:
        assert lend(kept, another, other) is not page
