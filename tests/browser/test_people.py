from playwright.sync_api import expect

from slack_simulator import Simulator

from .window import Window


def test_who_joins_the_team_is_welcomed_by_direct_message(window: Window) -> None:
    window.open("random")
    window.button("Join the team").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Frances")
    dialog.get_by_role("button", name="Join the team").click()

    expect(window.page.get_by_role("button", name="You are")).to_contain_text("frances")
    expect(window.messages.last).to_contain_text("Welcome to the Gophers community!")
    expect(window.messages.last.locator(".mention", has_text="#general")).to_be_visible()
    expect(window.field).to_be_focused()

    pane = window.open_trace(window.messages.last)
    expect(pane).to_contain_text("Frances joined the team")
    expect(pane).to_contain_text("chat.postMessage")


def test_a_channel_is_found_and_joined(still_window: Window, still: Simulator) -> None:
    window = still_window.open(as_="newcomer")
    window.button("Browse channels").click()
    window.page.get_by_role("dialog").get_by_label("Find a channel").fill("perf")
    expect(window.page.get_by_role("button", name="Join #modules")).to_have_count(0)
    window.button("Join #performance").click()

    expect(window.page.get_by_role("heading", level=1)).to_have_text("performance")
    expect(window.messages.last).to_contain_text("@newcomer has joined the channel")
    expect(window.field).to_be_focused()
    assert "U0NEWCOMER" in still.workspace.conversation("performance").members


def test_only_members_see_private_conversations(still_window: Window) -> None:
    window = still_window.open(as_="moderator")
    window.go("moderators")
    window.say("between us")
    expect(window.message("between us")).to_be_visible()

    window.become("newcomer")

    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")
    expect(window.page.get_by_text("between us")).to_have_count(0)
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("button", name="moderators")).to_have_count(0)


def test_who_you_are_and_where_outlives_a_reload(still_window: Window) -> None:
    window = still_window.open(as_="reviewer")
    window.go("modules")
    window.page.reload()

    expect(window.page.get_by_role("button", name="You are")).to_contain_text("reviewer")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("modules")


def test_the_browsers_back_button_goes_back(still_window: Window) -> None:
    window = still_window.open()
    window.go("modules")
    window.page.go_back()

    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")


def test_the_welcome_offers_things_to_try(window: Window) -> None:
    window.open("general", welcome=True)
    expect(window.page.get_by_text("Three things to try")).to_be_visible()

    window.button("@gopher flip a coin").click()
    expect(window.field).to_have_value("@gopher flip a coin")
    expect(window.field).to_be_focused()
    window.field.press("Enter")
    expect(window.messages.last.locator(".app")).to_be_visible()

    window.button("Close this hint").click()
    window.page.reload()
    expect(window.messages.last).to_be_visible()
    expect(window.page.get_by_text("Three things to try")).to_have_count(0)


def test_an_empty_channel_says_what_it_is_for(still_window: Window) -> None:
    window = still_window.open("modules")
    expect(window.page.locator("#intro")).to_contain_text("Nobody has said anything in #modules")

    window.go("Gopher")
    window.page.locator("#intro").get_by_role("button", name="help").click()
    expect(window.field).to_have_value("help")
