"""Permalinks, pinned messages, menus whose options the app offers, and a second app on the page."""

from collections.abc import Iterator

import pytest
from bolt_apps import running
from gateway import Gateway
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Draft
from slack_simulator.workspace.setup import AppSetup, Shortcut, WorkspaceSetup

from .conftest import a_page
from .window import Window

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Bake"}, "action_id": "bake"}


@pytest.fixture(scope="module")
def finder() -> Iterator[Simulator]:
    """A Slack with an app whose menu finds messages, with an old one and a thread."""
    shortcuts = (Shortcut(name="Find a message", callback_id="find"),)
    with running("finder", "socket", WorkspaceSetup(app=AppSetup(shortcuts=shortcuts))) as slack:
        slack.say("the oldest of all", channel="random")
        for number in range(250):
            slack.say(f"message {number}.", "random")
        yield slack


@pytest.fixture
def window(browser: Browser, finder: Simulator) -> Iterator[Window]:
    with a_page(browser) as page:
        yield Window(page, finder).open("general")


def link_to(slack: Simulator, channel: str, ts: str) -> str:
    return slack.workspace.permalink(slack.workspace.conversation(channel), ts)


def test_a_permalink_leads_to_its_message(window: Window) -> None:
    slack = window.slack
    oldest = next(iter(slack.workspace.conversation("random").messages))
    linked = window.say(f"see {link_to(slack, 'random', oldest)}")
    linked.get_by_role("link").click()
    expect(window.focused).to_contain_text("the oldest of all")
    expect(window.page.locator("#conversation-name")).to_have_text("random")


def test_a_permalink_of_a_reply_opens_its_thread_by_ctrl_k(window: Window) -> None:
    slack = window.slack
    reply = slack.say("in the thread", thread_ts=slack.say("a question").ts)
    window.page.keyboard.press("Control+k")
    window.page.keyboard.type(link_to(slack, "general", reply.ts))
    window.page.keyboard.press("Enter")
    expect(window.pane).to_contain_text("in the thread")


def test_what_one_may_not_see_stays_unseen(window: Window) -> None:
    secret = window.slack.say("the secret", channel="moderators", user="moderator")
    window.page.keyboard.press("Control+k")
    window.page.keyboard.type(link_to(window.slack, "moderators", secret.ts))
    window.page.keyboard.press("Enter")
    expect(window.page.locator("#toasts")).to_contain_text("You can’t see that message here")


def test_pinned_messages_are_listed_and_lead_to_them(window: Window) -> None:
    slack = window.slack
    web = WebClient("xoxb-simulated", base_url=slack.api_url)
    said = slack.say("keep this", channel="general")
    web.pins_add(channel=said.channel, timestamp=said.ts)
    window.button("1 pinned").click()
    window.page.get_by_role("menuitem", name="keep this").click()
    expect(window.focused).to_contain_text("keep this")
    web.pins_remove(channel=said.channel, timestamp=said.ts)
    expect(window.button("1 pinned")).to_have_count(0)


def test_a_menus_options_are_offered_while_one_types(window: Window) -> None:
    page, slack = window.page, window.slack
    page.keyboard.press("Control+k")
    page.keyboard.type("Find a message")
    page.keyboard.press("Enter")
    menu = page.get_by_label("Message", exact=True)
    menu.fill("oldest of")
    expect(page.locator("datalist option")).to_have_attribute("value", "the oldest of all")
    menu.fill("the oldest of all")
    page.get_by_role("button", name="Show").click()
    slack.expect("Here it is", channel="regular")


def test_a_second_apps_button_and_direct_messages_are_its_own(browser: Browser) -> None:
    with Gateway() as first, Gateway() as second, Simulator(gateway=first.url) as slack:
        crumb = slack.app("crumb", second.url, setup=AppSetup(events=("message.im",)))
        blocks = [{"type": "actions", "elements": [BUTTON]}]
        room = slack.workspace.conversation("general")
        slack.workspace.post(room, crumb.bot, Draft(text="Shall I?", blocks=blocks))
        crumb.dm("hello, crumb")
        with a_page(browser) as page:
            window = Window(page, slack).open("general")
            page.get_by_role("button", name="Bake").click()
            assert b"A0CRUMB" in second.wait(2)[1].body
            window.go("Crumb")
            window.say("two rolls")
            assert second.wait(3)[2].event["text"] == "two rolls"
            window.go("Bot")
            window.say("for the first app")
        texts = [event["text"] for event in first.events(2)]
        assert sorted(texts) == ["Shall I?", "for the first app"]
