"""Several apps on the page: each has its Home tab, direct messages, and name on what happened."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

import msgspec
import pytest
from gateway import Gateway, Received, Reply
from playwright.sync_api import Browser, FilePayload, Page, expect
from slack_sdk import WebClient
from support import wait_until

from slack_simulator import Simulator
from slack_simulator.apps.app import App
from slack_simulator.workspace.objects import Draft, Json
from slack_simulator.workspace.setup import AppSetup

from .blocks import plain
from .conftest import a_page
from .window import Window

BUTTON: Json = {"type": "button", "text": plain("Bake"), "action_id": "bake"}
SECTION: Json = {"type": "section", "text": plain("Bread and rolls")}


class Two:
    """A first app, and one named crumb, both over HTTP."""

    def __init__(self, slack: Simulator, crumb: App, gateway: Gateway) -> None:
        self.slack, self.crumb, self._gateway = slack, crumb, gateway

    def got(self, *parts: str) -> Received:
        """Wait until crumb has got a request with all of these in it; return the newest."""

        def newest() -> Received | None:
            fitting = [r for r in self._gateway.received if all(p in body_of(r) for p in parts)]
            return fitting[-1] if fitting else None

        found = wait_until(newest, f"crumb gets {parts}")
        assert found
        return found

    def offer(self, *names: str) -> None:
        """Have crumb offer options."""
        options = [{"text": plain(name), "value": name} for name in names]
        body = msgspec.json.encode({"options": options})
        reply = Reply(headers={"Content-Type": "application/json"}, body=body)
        self._gateway.answer = lambda r: reply if "block_suggestion" in body_of(r) else Reply()


def body_of(received: Received) -> str:
    return unquote_plus(received.body.decode())


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with Gateway() as first, Gateway() as second, Simulator(gateway=first.url) as slack:
        yield Two(slack, slack.app("crumb", second.url, setup=AppSetup(home_tab=True)), second)


@pytest.fixture(scope="module")
def open_page(browser: Browser, two: Two) -> Iterator[Page]:
    with a_page(browser) as page:
        Window(page, two.slack).open("general")
        yield page


@pytest.fixture
def window(open_page: Page, two: Two) -> Window:
    return Window(open_page, two.slack, is_open=True).open("general")


def test_each_app_has_its_own_home_tab(window: Window, two: Two) -> None:
    page = window.page
    window.go("Crumb")
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("hasn’t published its Home tab yet")
    assert two.got('"app_home_opened"').event["user"] == "U0REGULAR"
    blocks = [SECTION, {"type": "actions", "elements": [BUTTON]}]
    web = WebClient("xoxb-crumb", base_url=two.slack.api_url)
    web.views_publish(user_id="U0REGULAR", view={"type": "home", "blocks": blocks})
    page.get_by_role("tabpanel").get_by_role("button", name="Bake").click()
    two.got("block_actions", "A0CRUMB")
    window.go("Bot")
    expect(page.get_by_role("tab", name="Home")).to_have_count(0)


def test_the_first_message_to_an_app_opens_its_direct_messages(window: Window, two: Two) -> None:
    window.go("Crumb")
    window.say("two rolls")
    assert two.got("two rolls").event["channel_type"] == "im"


def test_the_timeline_says_which_app_it_was_and_shows_one_alone(window: Window, two: Two) -> None:
    page, slack = window.page, two.slack
    window.go("general")
    window.say("for both")
    slack.deliveries.wait_idle()
    two.crumb.deliveries.wait_idle()
    window.go("Timeline")
    rows = page.get_by_role("row").filter(has_text="for both")
    expect(rows).to_have_count(2)
    page.get_by_label("App", exact=True).select_option(label="crumb")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("crumb")
    rows.click()
    expect(window.pane).to_contain_text("crumb")
    page.get_by_label("App", exact=True).select_option(label="All apps")


def test_an_app_that_is_added_appears(window: Window, two: Two) -> None:
    two.slack.app("butter")
    window.go("Butter")
    expect(window.page.locator("#conversation-name")).to_contain_text("Butter")


def test_bookmarks_are_links_above_the_messages(window: Window, two: Two) -> None:
    web = WebClient("xoxb-simulated", base_url=two.slack.api_url)
    channel = two.slack.workspace.conversation("general").id
    link = {"title": "Recipes", "type": "link", "link": "https://example.com/", "emoji": ":tada:"}
    added = web.bookmarks_add(channel_id=channel, **link)["bookmark"]["id"]
    shown = window.page.get_by_role("navigation", name="Bookmarks").get_by_role("link")
    expect(shown).to_have_attribute("href", "https://example.com/")
    expect(shown).to_contain_text("Recipes")
    window.page.reload()
    expect(shown).to_contain_text("Recipes")
    web.bookmarks_remove(channel_id=channel, bookmark_id=added)
    expect(shown).to_have_count(0)


def test_several_options_of_the_apps_are_chosen_and_removed(window: Window, two: Two) -> None:
    page = window.page
    menu = {"type": "multi_external_select", "action_id": "what", "min_query_length": 1}
    field = {"type": "input", "block_id": "b", "label": plain("What"), "element": menu}
    modal = {
        "type": "modal",
        "title": plain("Order"),
        "submit": plain("Order it"),
        "blocks": [field],
    }
    two.offer("rye", "oats")
    two.crumb.interactivity.views.open("U0REGULAR", modal)
    for name in ("rye", "oats"):
        page.get_by_label("What", exact=True).fill(name[0])
        two.got("block_suggestion", f'"value":"{name[0]}"')
        expect(page.locator("datalist option")).to_have_count(2)
        page.get_by_label("What", exact=True).fill(name)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Remove rye").click()
    page.get_by_role("button", name="Order it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    sent = body_of(two.got("view_submission"))
    assert '"value":"oats"' in sent
    assert '"value":"rye"' not in sent


def test_files_are_chosen_in_a_modal(window: Window, two: Two) -> None:
    picker = {"type": "file_input", "action_id": "files", "max_files": 2, "filetypes": ["png"]}
    field = {"type": "input", "block_id": "b", "label": plain("Pictures"), "element": picker}
    modal = {
        "type": "modal",
        "title": plain("Order"),
        "submit": plain("Order it"),
        "blocks": [field],
    }
    two.crumb.interactivity.views.open("U0REGULAR", modal)
    files: list[FilePayload] = [
        {"name": f"{name}.png", "mimeType": "image/png", "buffer": b"PNG"}
        for name in ("rye", "oats")
    ]
    window.page.get_by_label("Pictures", exact=True).set_input_files(files)
    window.page.get_by_role("button", name="Order it").click()
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    sent = body_of(two.got("view_submission"))
    ids = re.findall(r'"id":"(F\w+)"', sent)
    assert [two.slack.workspace.files[id].name for id in ids] == ["rye.png", "oats.png"]
    assert not any("files" in entry["message"] for entry in two.slack.feed.after(0, "message"))


def test_feedback_on_an_answer_reaches_the_app(window: Window, two: Two) -> None:
    feedback: Json = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain("Helpful"), "value": "good"},
        "negative_button": {"text": plain("Not helpful"), "value": "bad"},
    }
    blocks = [{"type": "context_actions", "elements": [feedback]}]
    room = two.slack.workspace.conversation("general")
    two.slack.workspace.post(room, two.crumb.bot, Draft(text="An answer", blocks=blocks))
    window.button("Not helpful").click()
    two.got('"feedback_buttons"', '"value":"bad"', "U0REGULAR")
    two.crumb.click("Helpful", user="newcomer")
    two.got('"feedback_buttons"', '"value":"good"', "U0NEWCOMER")


def test_a_button_in_an_attachment_reaches_the_app(window: Window, two: Two) -> None:
    weigh: Json = {"type": "button", "text": plain("Weigh"), "value": "w"}
    attachment = {"color": "#2eb886", "blocks": [{"type": "actions", "elements": [weigh]}]}
    room = two.slack.workspace.conversation("general")
    two.slack.workspace.post(room, two.crumb.bot, Draft(text="A loaf", attachments=[attachment]))
    window.button("Weigh").click()
    two.got("block_actions", '"value":"w"', "U0REGULAR")
    two.crumb.click("Weigh", user="moderator")
    two.got("block_actions", '"value":"w"', "U0MODERATOR")
