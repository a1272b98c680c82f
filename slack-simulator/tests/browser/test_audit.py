"""The audit finds a planted fault of each kind, whatever it has looked at before."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sample import SAMPLE

from slack_simulator import Simulator

from .audit import colours, problems
from .conftest import a_page
from .window import Window

PLANT = """({ tag = 'p', text = '', style = '', within = '#messages', ...attributes }) => {
    const node = document.createElement(tag);
    node.textContent = text;
    node.style.cssText = style;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.className = 'planted';
    document.querySelector(within).append(node);
}"""
OVER = "position: fixed; top: 200px; left: 500px; width: 300px; height: 40px"
TINY = "width: 12px; height: 12px; padding: 0; border: 0"
FAULTS = {
    "color: rgb(221, 221, 221);": {"text": "in light colours", "style": "color: #ddd"},
    "color: rgb(34, 34, 34);": {"text": "in dark ones", "style": "color: #222"},
    "faint: in light colours": {"text": "in light colours", "style": "color: #ddd"},
    "faint: in dark ones": {"text": "in dark ones", "style": "color: #222"},
    "image-alt": {"tag": "img", "src": "/page/images/favicon.svg"},
    "button-name": {"tag": "button"},
    "textbox": {"tag": "textarea"},
    "aria-labelledby=nowhere": {"tag": "section", "aria-labelledby": "nowhere"},
    "2 h1": {"tag": "h1", "text": "A second one"},
    "tiny 12 x 12": {"tag": "button", "text": "tiny", "style": TINY},
}


@pytest.fixture(scope="module")
def whole(browser: Browser) -> Iterator[Page]:
    """A page in which nothing is wrong, and all was looked at."""
    with Simulator(setup=SAMPLE) as slack, a_page(browser) as page:
        slack.say("hello")
        Window(page, slack).open()
        assert problems(page) == []
        yield page


@pytest.fixture
def page(whole: Page) -> Iterator[Page]:
    yield whole
    whole.locator(".planted").evaluate_all("nodes => nodes.forEach((node) => node.remove())")


def test_each_kind_of_fault_is_found(page: Page) -> None:
    for fault in FAULTS.values():
        page.evaluate(PLANT, fault)
    found = problems(page)
    assert [kind for kind in FAULTS if not any(kind in each for each in found)] == []


def test_a_link_must_differ_from_the_text_around_it(page: Page) -> None:
    page.evaluate(PLANT, {"text": "text around ", "style": "color: #444; background: #fff"})
    link = {"tag": "a", "text": "a link", "href": "#/random", "within": ".planted"}
    page.evaluate(PLANT, {**link, "style": "color: #666; text-decoration: none"})
    assert any("link-in-text-block" in each for each in colours(page))


def test_a_link_is_looked_at_again_once_there_is_text_beside_it(page: Page) -> None:
    page.evaluate(PLANT, {"style": "color: #454545; background: #fff"})
    link = {"tag": "a", "text": "a link", "href": "#/random", "within": ".planted"}
    page.evaluate(PLANT, {**link, "style": "color: #666; text-decoration: none"})
    before = [each for each in colours(page) if "link-in-text-block" in each]
    page.locator("p.planted").evaluate("node => node.prepend('text around ')")
    assert any("link-in-text-block" in each for each in colours(page))
    assert before == []


def test_what_lies_under_a_text_counts(page: Page) -> None:
    page.evaluate(PLANT, {"tag": "div", "style": f"{OVER}; background: #fff"})
    page.evaluate(PLANT, {"text": "over it", "style": f"{OVER}; color: #eee; z-index: 2"})
    assert any("color-contrast" in each for each in colours(page))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("style.color = '#000'", "style.color = '#a0aaaa'"),
        ("style.backgroundColor = '#000'", "style.backgroundColor = '#fff'"),
        ("style.visibility = 'hidden'", "style.visibility = 'visible'"),
        ("inert = true", "inert = false"),
        ("ariaDisabled = 'true'", "ariaDisabled = null"),
        ("style.zIndex = -1", "style.zIndex = 2"),
        ("textContent = '·'", "textContent = 'faint'"),
    ],
)
def test_a_fault_is_found_once_it_shows(page: Page, first: str, then: str) -> None:
    """What passed when it was looked at may not pass later."""
    # A colour that no other case has.
    colour = f"rgb(170, 170, {130 + len(first + then)})"
    page.evaluate(PLANT, {"text": "faint", "style": f"{OVER}; color: {colour}; background: #fff"})
    planted = page.locator(".planted")
    planted.evaluate(f"node => {{ node.{first} }}")
    before = [each for each in colours(page) if "color-contrast" in each]
    planted.evaluate(f"node => {{ node.{then} }}")
    assert any("color-contrast" in each for each in colours(page))
    assert before == []
