"""Everything without a mouse."""

import re

from playwright.sync_api import Route, expect
from support import wait_until

from slack_simulator import Simulator

from .window import Window


def press(window: Window, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def to_last_message(window: Window) -> None:
    """From the composer back to the message before it."""
    window.field.focus()
    press(window, "Shift+Tab")
    while window.focused.get_attribute("data-f") != "message":
        press(window, "Shift+Tab")


def test_skip_links_come_first(new_still_window: Window, still: Simulator) -> None:
    still.say("to be skipped to")
    window = new_still_window.open()
    press(window, "Tab")
    expect(window.focused).to_have_text("Skip to the messages")
    expect(window.focused).to_be_in_viewport()
    press(window, "Enter")
    expect(window.focused).to_contain_text("to be skipped to")

    window.page.reload()
    expect(window.messages.last).to_be_visible()
    press(window, "Tab", "Tab", "Enter")
    expect(window.field).to_be_focused()


def test_a_long_conversation_is_one_stop(still_window: Window, still: Simulator) -> None:
    for number in range(30):
        still.say(f"number {number}: <https://go.dev/doc|the documentation>")
    window = still_window.open()
    window.button("Make Slack misbehave").focus()
    press(window, "Tab")
    expect(window.focused).to_contain_text("number 29")
    press(window, "Tab")
    expect(window.focused).to_have_text("the documentation")
    press(window, "ArrowUp", "Tab")
    expect(window.focused).to_have_text("the documentation")
    assert "number 28" in window.focused.evaluate("node => node.closest('article').textContent")
    # A redrawn message keeps its place in the order.
    still.say("number 30")
    expect(window.messages).to_have_count(31)
    stops = "list => list.querySelectorAll('article[tabindex=\"0\"]').length"
    assert window.page.locator("#message-list").evaluate(stops) == 1
    window.field.focus()
    to_last_message(window)
    expect(window.focused).to_contain_text("number 30")


def test_a_command_is_completed_sent_and_traced(window: Window) -> None:
    window.open("random")
    press(window, "Tab", "Tab", "Enter")
    window.page.keyboard.type("@go")
    expect(window.offers.first).to_contain_text("gopher")
    expect(window.offers.first).to_have_attribute("aria-selected", "true")
    press(window, "Enter")
    window.page.keyboard.type("flip")
    expect(window.offers.first).to_contain_text("flip a coin")
    press(window, "ArrowDown")
    active = window.field.get_attribute("aria-activedescendant")
    assert active is not None
    expect(window.page.locator(f"#{active}")).to_contain_text("flip a coin")
    press(window, "Enter")
    expect(window.field).to_have_value("@gopher flip a coin")
    press(window, "Enter")
    expect(window.messages.last.locator(".text")).to_have_text(re.compile("^(heads|tails)$"))

    to_last_message(window)
    press(window, "ArrowUp")
    expect(window.focused).to_contain_text("flip a coin")
    press(window, "Tab")
    expect(window.focused).to_have_attribute("data-f", "trace")
    press(window, "Enter")
    expect(window.focused).to_have_text("Trace")
    press(window, "Escape")
    expect(window.pane).to_have_count(0)
    expect(window.focused).to_have_attribute("data-f", "trace")
    press(window, "Escape")
    expect(window.field).to_be_focused()


def test_offers(still_window: Window) -> None:
    window = still_window.open()
    window.field.press_sequentially("ask in #per")
    expect(window.offers).to_have_count(1)
    press(window, "Tab")
    expect(window.field).to_have_value("ask in #performance ")

    window.field.fill("")
    window.field.press_sequentially("@gopher xk")
    expect(window.offers.first).to_contain_text("xkcd:")
    press(window, "Escape")
    expect(window.offers).to_have_count(0)
    expect(window.field).to_have_value("@gopher xk")

    window.field.fill("")
    window.field.press_sequentially("@re")
    expect(window.offers).to_have_count(2)
    press(window, "ArrowUp", "Enter")
    expect(window.field).to_have_value("@reviewer ")


def test_a_name_written_out_does_not_hold_enter_back(still_window: Window) -> None:
    window = still_window.open()
    window.field.press_sequentially("thanks @moderator")
    press(window, "Enter")

    expect(window.messages.last.locator(".mention")).to_have_text("@moderator")


def test_in_a_direct_message_commands_are_offered(still_window: Window) -> None:
    window = still_window.open("@gopher")
    window.field.press_sequentially("newb")
    expect(window.offers.first).to_contain_text("newbie resources")
    press(window, "Tab")
    expect(window.field).to_have_value("newbie resources")


def test_shift_enter_begins_a_line(still_window: Window) -> None:
    window = still_window.open()
    window.field.press_sequentially("one")
    press(window, "Shift+Enter")
    window.field.press_sequentially("two")
    press(window, "Enter")

    expect(window.messages.last.locator(".text")).to_have_text("one\ntwo")
    expect(window.messages).to_have_count(1)
    general = still_window.slack.workspace.conversation("general")
    wait_until(lambda: general.messages, "the message was sent")


def test_a_thread_is_opened_answered_and_closed(still_window: Window, still: Simulator) -> None:
    still.say("a question")
    window = still_window.open()
    to_last_message(window)
    press(window, "Tab")
    while window.focused.get_attribute("data-f") != "reply":
        press(window, "Tab")
    press(window, "Enter")
    expect(window.focused).to_have_attribute("aria-label", "Reply in the thread")
    window.page.keyboard.type("an answer")
    press(window, "Enter")
    expect(window.pane.locator("article").last).to_contain_text("an answer")
    press(window, "Escape")
    expect(window.pane).to_have_count(0)
    expect(window.messages.last).to_contain_text("1 reply")


def test_the_member_menu(still_window: Window) -> None:
    window = still_window.open()
    window.page.get_by_role("button", name="You are").focus()
    press(window, "Enter")
    expect(window.focused).to_contain_text("regular")
    press(window, "ArrowUp")
    expect(window.focused).to_contain_text("newcomer")
    press(window, "Escape")
    expect(window.page.get_by_role("menu")).to_have_count(0)
    expect(window.focused).to_contain_text("regular")
    press(window, "Enter", "Home", "Enter")
    expect(window.page.get_by_role("button", name="You are")).to_contain_text("newcomer")


def test_an_emoji_is_picked(still_window: Window, still: Simulator) -> None:
    still.say("react to this")
    window = still_window.open()
    to_last_message(window)
    press(window, "Tab")
    while window.focused.get_attribute("data-f") != "react":
        press(window, "Tab")
    press(window, "Enter")
    expect(window.focused).to_have_attribute("aria-label", "Find an emoji by name")
    press(window, "Tab", "Enter")

    expect(window.messages.last.get_by_role("button", name="reaction with gopher")).to_be_visible()


def test_focus_survives_what_comes_in(still_window: Window, still: Simulator) -> None:
    posted = still.say("hold on")
    window = still_window.open()
    to_last_message(window)
    still.workspace.react("general", posted.ts, "tada", "moderator")
    still.say("another", user="moderator")

    expect(window.message("another")).to_be_visible()
    expect(window.focused).to_contain_text("hold on")


def test_the_drawer_of_a_narrow_window(new_still_window: Window) -> None:
    window = new_still_window
    window.page.set_viewport_size({"width": 390, "height": 780})
    window.open()
    expect(window.button("Show the channels")).to_be_visible()
    expect(window.page.get_by_role("navigation")).to_have_count(0)
    window.button("Show the channels").focus()
    press(window, "Enter")
    expect(window.page.get_by_role("button", name="You are")).to_be_focused()
    press(window, "Escape")
    expect(window.button("Show the channels")).to_be_focused()
    expect(window.page.get_by_role("navigation")).to_have_count(0)


def test_the_drawer_opens_with_the_focus_in_it_while_the_page_loads(
    new_still_window: Window,
) -> None:
    window = new_still_window
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    window.page.set_viewport_size({"width": 390, "height": 780})
    window.page.route("**/sim/state", hold)
    with window.page.expect_request("**/sim/state"):
        window.page.goto(f"{window.slack.url}/#/general")
    window.button("Show the channels").click()
    held[0].continue_()
    expect(window.page.get_by_role("button", name="You are")).to_be_focused()


def test_ctrl_k_goes_anywhere(still_window: Window) -> None:
    window = still_window.open()
    heading = window.page.get_by_role("heading", level=1)
    window.field.fill("begun")
    press(window, "Control+k")
    expect(window.focused).to_have_attribute("aria-label", "Go to")
    window.page.keyboard.type("perf")
    expect(window.page.get_by_role("option")).to_have_count(1)
    press(window, "Enter")
    expect(heading).to_have_text("performance")
    expect(window.field).to_be_focused()

    press(window, "Control+k")
    window.page.keyboard.type("goph")
    press(window, "Enter")
    expect(heading).to_have_text("Gopher")

    press(window, "Control+k")
    window.page.keyboard.type("mod")
    rows = window.page.get_by_role("option")
    expect(rows.first).to_contain_text("modules")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    while "become" not in window.page.locator("[role=option][aria-selected=true]").inner_text():
        press(window, "ArrowDown")
    press(window, "Enter")
    expect(window.page.get_by_role("button", name="You are")).to_contain_text("moderator")

    press(window, "Control+k", "Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)


def test_the_channels_are_one_stop_and_arrows_move_in_them(still_window: Window) -> None:
    window = still_window.open()
    window.page.get_by_role("button", name="You are").focus()
    press(window, "Tab", "Tab")
    expect(window.focused).to_have_text("general")
    press(window, "ArrowDown", "ArrowDown")
    expect(window.focused).to_have_text("goreviews")
    press(window, "Enter")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("goreviews")
    press(window, "Home", "ArrowUp")
    expect(window.focused).to_contain_text("Gopher, Newcomer")
    press(window, "Tab")
    expect(window.focused).not_to_have_class(re.compile("sidebar-link"))


def test_emoji_are_completed(still_window: Window) -> None:
    window = still_window.open()
    window.field.press_sequentially("well done :tad")
    expect(window.offers.first).to_contain_text(":tada:")
    press(window, "Enter")
    expect(window.field).to_have_value("well done :tada: ")
    window.field.press_sequentially(":rubberd")
    expect(window.offers).to_have_count(1)
    press(window, "Tab", "Enter")

    drawn = window.messages.last.locator(".text .emoji")
    expect(drawn).to_have_count(2)
    window.field.press_sequentially("at 10:30:45 or 3:1")
    expect(window.offers).to_have_count(0)
