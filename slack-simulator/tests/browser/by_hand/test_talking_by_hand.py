"""Writing, changing one's mind, and finding one's way: by mouse, and by keyboard alone."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from browser.window import Window
from slack_simulator import Simulator

from .hands import Hand

Hands = Callable[[Window], Hand]


def heading(window: Window, text: str) -> None:
    expect(window.page.get_by_role("heading", level=1)).to_have_text(text)


def test_a_message_is_sent_edited_and_deleted(hand: Hands, still_window: Window) -> None:
    me, window = hand(still_window), still_window.open()
    me.write(window.field, "helo")
    me.send()
    said = window.messages.last
    expect(said.locator(".text")).to_have_text("helo")

    me.tool(said, "Edit message")
    me.write(window.page.get_by_role("textbox", name="Edit message"), "hello")
    me.press(said.get_by_role("button", name="Save"))
    expect(said.locator(".text")).to_have_text("hello (edited)")

    me.tool(said, "Delete message")
    me.press(window.page.get_by_role("dialog").get_by_role("button", name="Delete"))
    expect(window.messages).to_have_count(0)


def test_a_reaction_is_added_and_taken_back(
    hand: Hands, still_window: Window, still: Simulator
) -> None:
    still.say("react to this", user="moderator")
    me, window = hand(still_window), still_window.open()
    said = window.messages.last
    me.tool(said, "React")
    picker = window.page.get_by_role("dialog", name="Pick an emoji")
    me.write(picker.get_by_role("searchbox"), "no such emoji")
    expect(picker).to_contain_text("No emoji found.")
    me.write(picker.get_by_role("searchbox"), "rubber")
    me.press(picker.get_by_role("button", name="rubberduck"))

    reaction = said.locator("[data-emoji=rubberduck]")
    expect(reaction).to_have_attribute("aria-label", "1 reaction with rubberduck, by you")
    me.press(reaction)
    expect(reaction).to_have_count(0)


def test_names_channels_and_emoji_are_completed(hand: Hands, still_window: Window) -> None:
    me, window = hand(still_window), still_window.open()
    me.write(window.field, "@mod")
    me.take(window.offers.filter(has_text="moderator"))
    window.page.keyboard.type("look in #perf")
    me.take(window.offers.filter(has_text="performance"))
    window.page.keyboard.type(":tad")
    me.take(window.offers.filter(has_text=":tada:"))
    expect(window.field).to_have_value("@moderator look in #performance :tada: ")
    me.send()
    expect(window.messages.last.locator(".mention")).to_have_count(2)


def test_one_goes_anywhere(hand: Hands, still_window: Window) -> None:
    me, window = hand(still_window), still_window.open()
    option = window.page.get_by_role("option")
    me.go_to()
    window.page.keyboard.type("perf")
    me.take(option.filter(has_text="performance"))
    heading(window, "performance")
    me.go_to()
    window.page.keyboard.type("mod")
    me.take(option.filter(has_text="become Moderator"))
    expect(window.page.get_by_role("button", name="You are")).to_contain_text("moderator")


def test_channels_are_links_and_keep_their_drafts(hand: Hands, new_still_window: Window) -> None:
    me, window = hand(new_still_window), new_still_window.open()
    link = window.page.get_by_role("navigation").get_by_role("link", name="modules")
    me.write(window.field, "not finished")
    me.press(link)
    heading(window, "modules")
    expect(window.page).to_have_url(re.compile("#/modules$"))
    expect(window.field).to_have_value("")
    window.page.reload()
    heading(window, "modules")
    me.press(window.page.get_by_role("link", name=re.compile(r"^general\W+draft$")))
    expect(window.field).to_have_value("not finished")


def test_each_window_has_its_own_person(hand: Hands, new_still_window: Window) -> None:
    window = new_still_window.open()
    other = Window(window.page.context.new_page(), window.slack)
    me = hand(other)
    other.open()
    me.press(other.page.get_by_role("button", name="You are"))
    me.press(other.page.get_by_role("menuitemradio", name="reviewer"))
    for each in (window, other):
        each.page.reload()
    expect(other.page.get_by_role("button", name="You are")).to_contain_text("reviewer")
    expect(window.page.get_by_role("button", name="You are")).to_contain_text("regular")


def test_a_thread_is_answered(hand: Hands, still_window: Window, still: Simulator) -> None:
    still.say("a question", user="moderator")
    me, window = hand(still_window), still_window.open()
    me.tool(window.messages.last, "Reply in thread")
    me.write(window.pane.get_by_label("Reply in the thread"), "an answer")
    me.send()
    expect(window.pane.locator("article").last).to_contain_text("an answer")
    me.press(window.button("Close: Thread"))
    me.press(window.messages.last.get_by_role("button", name="1 reply"))
    expect(window.pane.locator("article")).to_have_count(2)


def test_a_channel_is_joined(hand: Hands, still_window: Window) -> None:
    me, window = hand(still_window), still_window.open()
    me.press(window.page.get_by_role("button", name="You are"))
    me.press(window.page.get_by_role("menuitemradio", name="newcomer"))
    me.press(window.button("Browse channels"))
    me.write(window.page.get_by_label("Find a channel"), "perf")
    me.press(window.button("Join #performance"))
    heading(window, "performance")
    expect(window.messages.last).to_contain_text("@newcomer has joined the channel")
    expect(window.field).to_be_focused()


def test_a_channel_is_left(hand: Hands, still_window: Window, still: Simulator) -> None:
    me, window = hand(still_window), still_window.open()
    me.press(window.button("Browse channels"))
    expect(window.button("Leave #general")).to_have_count(0)
    me.write(window.page.get_by_label("Find a channel"), "perf")
    me.press(window.button("Leave #performance"))
    expect(window.button("Join #performance")).to_be_focused()
    assert "U0REGULAR" not in still.workspace.conversation("performance").members
    me.press(window.page.get_by_role("dialog").get_by_role("button", name="Close"))
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("link", name="performance")).to_have_count(0)


def test_somebody_joins_the_team(hand: Hands, still_window: Window, still: Simulator) -> None:
    me, window = hand(still_window), still_window.open()
    me.press(window.button("Join the team"))
    dialog = window.page.get_by_role("dialog", name="Add a new member")
    me.write(dialog.get_by_label("Name"), "frances")
    me.press(dialog.get_by_role("button", name="Join the team"))
    expect(window.page.get_by_role("button", name="You are")).to_contain_text("frances")


def test_slack_is_made_to_misbehave(hand: Hands, still_window: Window, still: Simulator) -> None:
    me, window = hand(still_window), still_window.open()
    me.press(window.button("Make Slack misbehave"))
    me.press(window.page.get_by_role("switch", name="Down"))
    expect(window.page.get_by_role("switch", name="Down")).to_be_checked()
    assert [fault.kind for fault in still.faults.list()] == ["server_error"]
    me.press(window.button("Make Slack behave again"))
    expect(window.page.get_by_role("switch", name="Down")).not_to_be_checked()
    me.press(window.button("Close: Make Slack misbehave"))
    expect(window.pane).to_have_count(0)
