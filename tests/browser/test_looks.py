"""How the page looks in the middle of a day. `make screenshots` keeps the pictures in docs/."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support import PATIENCE

from slack_simulator import Fault, Simulator

from .conftest import a_bot, a_page, open_trace, say

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
UPDATE = os.environ.get("UPDATE_SCREENSHOTS") == "1"
WIDE = {"width": 1360, "height": 850}
PLACE = "newbies"
MENTION = "<@U0GOPHERBOT>"


@pytest.fixture(scope="module")
def talk() -> Iterator[Simulator]:
    with a_bot() as (slack, _):
        _talk(slack)
        yield slack


def _talk(running: Simulator) -> None:
    workspace = running.workspace

    def say(text: str, user: str, thread_ts: str | None = None) -> str:
        posted = running.say(text, PLACE, user, thread_ts=thread_ts)
        handled = {"event": "handled", "event_id": posted.event_id}
        # One after the other, as people talk.
        running.feed.wait(lambda entry: handled.items() <= entry.facts.items(), PATIENCE)
        return posted.ts

    hello = say("Hello! I wrote my *first web server* in Go today :tada:", "newcomer")
    for emoji, user in (("tada", "moderator"), ("heart", "reviewer"), ("heart", "regular")):
        workspace.react(PLACE, hello, emoji, user)
    say("Congratulations! Does it survive a slow client?", "reviewer", hello)
    asked = say("No idea :eyes: Where do I read about that?", "newcomer")
    workspace.react(PLACE, asked, "thumbsup", "reviewer")
    say(f"{MENTION} http timeouts", "reviewer")
    say("Thank you! And when do I use a pointer, and when a value?", "newcomer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "width", "height"), [("wide", 1360, 850), ("narrow", 390, 844)])
def test_a_day_on_the_page(
    browser: Browser, talk: Simulator, scheme: str, shape: str, width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    look = {"viewport": size, "color_scheme": scheme, "device_scale_factor": 1.5}
    with a_page(browser, talk, PLACE, **look) as page:
        expect(page.get_by_role("button", name="The bot's health: All is well")).to_be_visible()
        messages = page.locator("#message-list article")
        before = messages.count()
        limit = Fault(kind="ratelimited", channel=PLACE, times=1, retry_after=1)
        talk.faults.add(limit)
        asked = say(page, talk, "@gopher pointer performance")
        expect(asked).to_contain_text("1 reply")
        pane = open_trace(page, asked)
        expect(pane).to_contain_text("Handled")
        expect(asked).to_be_in_viewport()
        expect(page.get_by_role("button", name="Newest messages")).to_be_hidden()
        take(page, f"page-{scheme}" if shape == "wide" else "")
        # The bot takes its answer along.
        talk.workspace.delete(PLACE, str(asked.get_attribute("data-ts")), "regular")
        expect(messages).to_have_count(before)


def test_what_it_would_say(browser: Browser, talk: Simulator) -> None:
    with a_page(browser, talk, PLACE, viewport=WIDE, device_scale_factor=1.5) as page:
        page.get_by_role("link", name="What would it say?").click()
        pane = page.get_by_role("complementary")
        pane.get_by_role("textbox").fill("@gopher http timeouts")
        expect(pane.locator(".outcome .tag").first).to_have_text("command: http timeouts")
        pane.locator(".outcome summary").first.click()
        expect(pane.locator(".outcome pre").first).to_contain_text('["http timeouts"]')
        take(page, "what-would-it-say")


def test_the_timeline(browser: Browser, talk: Simulator) -> None:
    with a_page(browser, talk, PLACE, viewport=WIDE, device_scale_factor=1.5) as page:
        page.get_by_role("link", name="Timeline").click()
        pane = page.get_by_role("complementary")
        row = page.get_by_role("row").filter(has_text="chat.postMessage").first
        expect(row).to_be_visible()
        row.click()
        pane.get_by_text("Request and response").click()
        expect(pane.get_by_role("group", name="Request body")).to_be_visible()
        take(page, "timeline")


def take(page: Page, name: str) -> None:
    """Look at the page once it is at rest; keep the picture if that is wanted."""
    page.mouse.move(5, 5)
    page.evaluate("() => Promise.all(document.getAnimations().map((each) => each.finish()))")
    picture = page.screenshot(caret="initial")
    assert picture.startswith(b"\x89PNG")
    if UPDATE and name:
        PICTURES.mkdir(exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(picture)
