"""What axe finds in every state of the page, and what axe cannot see: sizes, focus, reflow."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from slack_simulator import Fault, Simulator
from slack_simulator.workspace.objects import Draft

from .audit import DANGLING, FAINT, SKIPPED, SMALL, nameless, violations
from .conftest import a_page
from .window import Window


@pytest.fixture
def lively(still: Simulator) -> Simulator:
    """A conversation in which everything occurs that can occur in one."""
    posted = still.say("*Hello* `code` <@U0REGULAR> <https://go.dev|Go>\n&gt; quoted\n```fence```")
    still.workspace.custom_emoji.add("unheard_of")
    for name in ("tada", "gopher", "unheard_of"):
        still.workspace.react("general", posted.ts, name, "moderator")
    still.workspace.react("general", posted.ts, "gopher", "regular")
    still.say("a reply", user="moderator", thread_ts=posted.ts)
    still.upload("package main\n\nfunc main() {\n}\n// more\n// more\n")
    still.workspace.join_channel("general", "reviewer")
    place, bot = still.workspace.conversation("general"), still.workspace.bot
    long = Draft(text="long", attachments=[{"text": "• line\n" * 40}], unfurl_links=True)
    message = still.workspace.post(place, bot, long)
    still.workspace.edit("general", message.ts, "see https://xkcd.com/927", bot.id)
    still.workspace.post_ephemeral(
        place, bot, Draft(text="hush"), to=still.workspace.user("regular")
    )
    still.say("unread there", channel="random", user="moderator")
    still.faults.add(Fault(kind="slow", times=None))
    still.extensions.explain = Explainer()
    return still


class Explainer:
    """An app that explains itself, with everything that can occur in an explanation."""

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        place = {"source": "content/answers.toml", "line": 3, "entry": "[help]\ntext = 1\n" * 20}
        reply = {"text": "see <https://go.dev/>", "attachment": "• one\n" * 30, "manner": ["by DM"]}
        failure = {"error": "ValueError: x", "source": "dice.py", "line": 7, "traceback": "x\n" * 9}
        return {
            "addressed": False,
            "outcomes": [
                {"rule": "command:help", "replies": [reply], "emoji": ["tada"], **place},
                {"rule": "command:dice", "failure": failure, "notes": ["it looked"]},
            ],
            "near": [{"rule": "command:gotchas", "why": "the bot is not addressed", **place}],
        }

    def version(self) -> str:
        return "1"


def states(window: Window) -> Iterator[str]:
    """Bring the page into one state after the other."""
    page, press = window.page, window.page.keyboard.press
    yield "conversation"
    window.messages.first.hover()
    yield "hovered"
    window.open_trace(window.messages.first)
    page.get_by_text("Raw events").click()
    yield "trace"
    press("Escape")
    window.messages.first.get_by_role("button", name="1 reply").click()
    yield "thread"
    press("Escape")
    window.button("Make Slack misbehave").click()
    yield "trouble"
    press("Escape")
    window.go("What would it say?")
    window.pane.get_by_role("textbox").fill("help")
    expect(window.pane).to_contain_text("command: gotchas")
    window.pane.locator("details.source summary").first.click()
    yield "explain"
    press("Escape")
    window.open_sidebar()
    page.get_by_role("button", name="You are").click()
    yield "menu"
    press("Escape")
    yield "sidebar"
    press("Escape")
    page.get_by_role("button", name="The bot's health").click()
    yield "health"
    press("Escape")
    press("Control+k")
    page.keyboard.type("mod")
    yield "switcher"
    press("Escape")
    window.open_sidebar()
    window.button("Browse channels").click()
    yield "channels"
    press("Escape")
    window.button("Join the team").click()
    yield "team"
    press("Escape")
    press("Escape")
    window.tool(window.messages.first, "React")
    yield "picker"
    press("Escape")
    window.tool(window.messages.first, "Edit message")
    yield "editing"
    press("Escape")
    window.tool(window.messages.first, "Delete message")
    yield "deleting"
    press("Escape")
    window.field.press_sequentially("@gopher ")
    window.field.press("ArrowDown")
    yield "offers"
    press("Escape")
    window.go("Timeline")
    yield "timeline"
    page.locator(".timeline-row").first.click()
    window.pane.get_by_text("Raw events").click()
    yield "entry"
    window.pane.get_by_role("button", name="Edit and send").click()
    yield "replaying"
    press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_axe_has_nothing_against_any_state(
    browser: Browser, lively: Simulator, scheme: str, width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    with a_page(browser, color_scheme=scheme, viewport=size) as page:
        window = Window(page, lively).open("general", welcome=True)
        found = {}
        for state in states(window):
            page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
            found[state] = violations(page)
        assert {state: each for state, each in found.items() if each} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_accessible(browser: Browser, lively: Simulator, scheme: str) -> None:
    with a_page(browser, color_scheme=scheme) as page:
        window = Window(page, lively).open("general", welcome=True)
        for state in states(window):
            # Whatever fades in has to be there.
            page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
            assert nameless(page) == [], state
            assert page.evaluate(DANGLING) == [], state
            assert page.evaluate(SMALL) == [], state
            assert page.evaluate(FAINT) == [], state
            h1s, deepest = page.evaluate(SKIPPED)
            assert h1s == 1, state
            assert deepest <= 3, state


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


def test_whatever_has_focus_shows_it(browser: Browser, lively: Simulator) -> None:
    with a_page(browser) as page:
        Window(page, lively).open("general")
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


def test_nothing_moves_for_who_wants_rest(browser: Browser, lively: Simulator) -> None:
    with a_page(browser, reduced_motion="reduce") as page:
        window = Window(page, lively).open("general")
        window.open_trace(window.messages.first)
        moving = page.evaluate("document.getAnimations().length")
        assert moving == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
def test_no_width_scrolls_sideways(browser: Browser, lively: Simulator, width: int) -> None:
    with a_page(browser, viewport={"width": width, "height": 640}) as page:
        page.goto(f"{lively.url}/#/general")
        window = Window(page, lively)
        expect(window.messages.last).to_be_visible()
        overflow = """() => [...document.querySelectorAll('html, main, #messages, .pane-scroll')]
            .filter((node) => node.scrollWidth > node.clientWidth + 1)
            .map((node) => node.id || node.className || node.tagName)"""
        assert page.evaluate(overflow) == []
        window.open_trace(window.messages.first)
        assert page.evaluate(overflow) == []
        expect(window.field).to_be_visible()
        page.keyboard.press("Escape")
        window.button("Make Slack misbehave").click()
        assert page.evaluate(overflow) == []
        expect(window.button("Close: Make Slack misbehave")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 800, 1000, 1280])
def test_a_pane_leaves_room_for_the_channels_name(
    browser: Browser, lively: Simulator, width: int
) -> None:
    with a_page(browser, viewport={"width": width, "height": 800}) as page:
        window = Window(page, lively).open("performance")
        window.button("Make Slack misbehave").click()
        expect(window.button("Close: Make Slack misbehave")).to_be_visible()
        clipped = "node => node.scrollWidth > node.clientWidth"
        assert not page.locator("#place-name span:last-child").last.evaluate(clipped)


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 700), (320, 640), (320, 256)], ids=["700px", "320px", "400%"]
)
def test_nothing_is_out_of_reach(
    browser: Browser, lively: Simulator, width: int, height: int
) -> None:
    """A short window, a narrow one, and one of 1280 x 1024 zoomed in to 400 %."""
    lively.gateway, lively.deliveries.delays = "http://127.0.0.1:9/", ()
    lively.say("to be traced")
    lively.deliveries.wait_idle()
    with a_page(browser, viewport={"width": width, "height": height}) as page:
        window = Window(page, lively).open("general")
        window.open_sidebar()
        for name in ("Join the team", "What to try", "Browse channels"):
            window.button(name).scroll_into_view_if_needed()
            expect(window.button(name)).to_be_in_viewport(ratio=0.9)
        for link in page.get_by_role("navigation").get_by_role("link").all():
            link.scroll_into_view_if_needed()
            expect(link).to_be_in_viewport(ratio=0.9)
        page.keyboard.press("Escape")

        window.field.scroll_into_view_if_needed()
        expect(window.field).to_be_in_viewport()
        window.open_trace(window.message("to be traced"))
        for part in (window.pane.locator(".step").first, window.button("Replay")):
            part.scroll_into_view_if_needed()
            expect(part).to_be_in_viewport(ratio=0.5)
        page.keyboard.press("Escape")

        window.button("Make Slack misbehave").click()
        for name in ("Limit", "Make Slack behave again"):
            window.button(name).scroll_into_view_if_needed()
            expect(window.button(name)).to_be_in_viewport(ratio=0.9)
        page.keyboard.press("Escape")

        window.go("Timeline")
        row = page.get_by_role("row").first
        row.scroll_into_view_if_needed()
        expect(row).to_be_in_viewport(ratio=0.9)
        row.click()
        window.pane.get_by_text("Raw events").click()
        code = window.pane.get_by_role("group", name="Entries of the feed")
        code.scroll_into_view_if_needed()
        expect(code).to_be_in_viewport()
        page.keyboard.press("Escape")

        window.open_sidebar()
        window.button("Join the team").click()
        join = page.get_by_role("dialog").get_by_role("button", name="Join the team")
        join.scroll_into_view_if_needed()
        expect(join).to_be_in_viewport(ratio=0.9)
