"""How the page looks in the middle of a day: the pictures in docs/, made anew on request."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from slack_simulator import Simulator

from .conftest import a_page
from .window import Window

DOCS = Path(__file__).parent.parent.parent / "docs"
UPDATE = os.environ.get("UPDATE_SCREENSHOTS") == "1"

SERVER = """package main

import "net/http"

func main() {
\thttp.ListenAndServe(":8080", http.FileServer(http.Dir(".")))
}
"""


@pytest.fixture(scope="module")
def talk(running: Simulator) -> Simulator:
    """What was said in #showandtell."""

    def say(text: str, user: str, thread_ts: str | None = None) -> str:
        posted = running.say(text, "showandtell", user, thread_ts=thread_ts)
        handled = {"event": "handled", "event_id": posted.event_id}
        # One after the other, as people talk.
        running.feed.wait(lambda entry: handled.items() <= entry.facts.items())
        return posted.ts

    asked = say("Hello everybody! I wrote my *first web server* today :tada:", "newcomer")
    running.workspace.react("showandtell", asked, "tada", "moderator")
    running.workspace.react("showandtell", asked, "heart", "reviewer")
    running.workspace.react("showandtell", asked, "heart", "regular")
    say("Congratulations! Show us the code?", "moderator", asked)
    before = running.feed.seq
    running.upload(SERVER, channel="showandtell", user="newcomer", text="This is all it took.")
    running.feed.wait(lambda e: e.kind == "ephemeral", 10, after=before)
    say("<@U0GOPHERBOT> http timeouts", "reviewer")
    say("Thank you <@U0GOPHERBOT>! And your *own* gopher is at <https://gopherize.me/>", "reviewer")
    return running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "width", "height"), [("wide", 1360, 850), ("narrow", 390, 844)])
def test_a_day_on_the_page(
    browser: Browser, talk: Simulator, scheme: str, shape: str, width: int, height: int
) -> None:
    size = {"width": width, "height": height}
    with a_page(browser, viewport=size, color_scheme=scheme, device_scale_factor=1.5) as page:
        window = Window(page, talk)
        page.add_init_script("localStorage['slack_simulator'] = '{\"welcomed\": true}'")
        page.goto(f"{talk.url}/#/showandtell")
        asked = window.say("xkcd:compiling while spacex is on its way")
        expect(asked).to_contain_text("1 reply, 1 reaction")
        pane = window.open_trace(asked)
        expect(pane).to_contain_text("Handled")
        page.mouse.move(width - 5, 5)
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        expect(asked).to_be_in_viewport()

        picture = page.screenshot(caret="initial")

        assert picture.startswith(b"\x89PNG")
        if UPDATE:
            DOCS.mkdir(exist_ok=True)
            (DOCS / f"page-{scheme}-{shape}.png").write_bytes(picture)
        for ts in window.messages.evaluate_all("all => all.slice(-2).map((one) => one.dataset.ts)"):
            talk.workspace.delete("showandtell", ts, "moderator")
