"""The page with an app that reports nothing of itself, as most don't."""

import re
from collections.abc import Iterator

import pytest
from gateway import Gateway, Received, Reply
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

from .conftest import a_page
from .window import Window


@pytest.fixture
def stranger() -> Iterator[Simulator]:
    """A simulator with an app that answers `hello` and has no listener for anything else."""
    with Simulator() as slack, Gateway() as gateway:
        web = WebClient("xoxb-1", base_url=slack.api_url)

        def answer(received: Received) -> Reply:
            event = received.event
            if event.get("text") != "hello":
                return Reply(404)
            web.chat_postMessage(channel=event["channel"], text="Hello yourself")
            return Reply()

        gateway.answer = answer
        slack.gateway = gateway.url
        yield slack


@pytest.fixture
def window(browser: Browser, stranger: Simulator) -> Iterator[Window]:
    with a_page(browser) as page:
        yield Window(page, stranger).open()


def test_what_follows_an_event_is_shown_as_its_effect(window: Window) -> None:
    said = window.say("hello")
    expect(window.messages.last).to_contain_text("Hello yourself")
    expect(said).to_contain_text("1 reply in")
    pane = window.open_trace(said)
    expect(pane).to_contain_text("acknowledged")
    expect(pane).to_contain_text("chat.postMessage")


def test_an_event_without_a_listener_is_no_failure(window: Window) -> None:
    said = window.say("good night")
    expect(said).to_contain_text("no listener: 404")
    health = window.page.get_by_role("button", name="The bot's health")
    expect(health).to_have_attribute("aria-label", "The bot's health: All is well")


def test_nothing_names_parts_that_the_app_may_not_have(
    browser: Browser, stranger: Simulator
) -> None:
    parts = re.compile(r"gateway|queue|worker|rule", re.IGNORECASE)
    with a_page(browser) as page:
        window = Window(page, stranger).open(welcome=True)
        expect(page.get_by_role("region", name="Welcome")).to_be_visible()
        window.open_trace(window.say("hello"))
        expect(window.pane).to_contain_text("Delivered to the app")
        assert not parts.search(page.locator("body").inner_text())
        window.go("Timeline")
        expect(page.get_by_role("row")).not_to_have_count(0)
        assert not parts.search(page.locator("body").inner_text())


def test_a_call_that_is_not_simulated_says_what_to_do(window: Window, stranger: Simulator) -> None:
    with pytest.raises(SlackApiError):
        WebClient("xoxb-1", base_url=stranger.api_url).team_billing_info()
    toast = window.page.locator(".toast")
    expect(toast).to_contain_text("team.billing.info isn't simulated yet")


def test_a_fault_is_put_into_words(window: Window, stranger: Simulator) -> None:
    window.button("Make Slack misbehave").click()
    field = window.page.get_by_label("A fault in words")
    field.fill("chat.postMessage sleepy")
    window.pane.get_by_role("button", name="Add").click()
    expect(window.page.locator(".toast")).to_contain_text("'sleepy' is no kind of fault")
    field.fill("worst day")
    window.pane.get_by_role("button", name="Add").click()
    expect(field).to_have_value("")
    expect(window.pane).to_contain_text("503 for the next 2 chat.* calls")
    assert len(stranger.faults.list()) == 6
    expect(window.page.locator(".banner-faults")).to_contain_text("; and 4 more.")


def test_a_call_to_a_member_is_shown_in_their_dm(window: Window, stranger: Simulator) -> None:
    web = WebClient("xoxb-1", base_url=stranger.api_url)
    web.chat_postMessage(channel="U0REGULAR", text="in private")
    window.go("Timeline")
    call = window.page.get_by_role("row").filter(has_text="chat.postMessage")
    expect(call).to_contain_text("DM with regular")
