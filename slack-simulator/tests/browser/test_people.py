import re

from playwright.sync_api import Locator, Route, expect

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


def test_who_leaves_a_channel_is_outside_at_once(still_window: Window, still: Simulator) -> None:
    window = still_window.open("random")
    still.leave_channel("random", "regular")

    expect(window.button("Join #random")).to_be_visible()
    expect(window.messages.last).to_contain_text("@regular has left the channel")
    members = len(still.workspace.conversation("random").members)
    expect(window.page.locator("#conversation-purpose")).to_contain_text(f"{members} members")
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("link", name="random")).to_have_count(0)


def test_who_leaves_a_private_channel_sees_it_no_more(
    still_window: Window, still: Simulator
) -> None:
    window = still_window.open(as_="moderator")
    window.go("moderators")
    window.tool(window.say("between us"), "Reply in thread")
    still.leave_channel("moderators", "moderator")

    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")
    expect(window.page).to_have_url(re.compile("#/general$"))
    expect(window.page.get_by_text("between us")).to_have_count(0)
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("link", name="moderators")).to_have_count(0)


def test_the_sidebar_follows_what_becomes_of_channels(
    still_window: Window, still: Simulator
) -> None:
    window = still_window.open()
    heading = window.page.get_by_role("heading", level=1)

    def link(name: str) -> Locator:
        return window.page.get_by_role("navigation").get_by_role("link", name=name)

    made = still.workspace.add_channel("bakers").id
    still.workspace.join_channel(made, "regular")
    expect(link("bakers")).to_be_visible()
    still.workspace.archive_channel(made)
    expect(link("bakers")).to_have_count(0)
    still.workspace.archive_channel(made, archived=False)
    window.go("bakers")
    still.workspace.rename_channel(made, "cooks")
    expect(heading).to_have_text("cooks")
    expect(window.page).to_have_url(re.compile("#/cooks$"))
    expect(link("cooks")).to_be_visible()
    expect(link("bakers")).to_have_count(0)
    still.workspace.delete_channel(made)
    expect(heading).to_have_text("general")
    expect(link("cooks")).to_have_count(0)


def test_only_members_see_private_conversations(still_window: Window) -> None:
    window = still_window.open(as_="moderator")
    window.go("moderators")
    window.say("between us")
    expect(window.message("between us")).to_be_visible()

    window.become("newcomer")

    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")
    expect(window.page.get_by_text("between us")).to_have_count(0)
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("link", name="moderators")).to_have_count(0)


def test_who_you_are_and_where_outlives_a_reload(new_still_window: Window) -> None:
    window = new_still_window.open(as_="reviewer")
    window.go("modules")
    window.page.reload()

    expect(window.page.get_by_role("button", name="You are")).to_contain_text("reviewer")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("modules")


def test_the_menu_of_members_is_in_sight_while_the_drawer_slides_in(still_window: Window) -> None:
    still_window.page.set_viewport_size({"width": 390, "height": 844})
    page = still_window.open().page
    animations = page.context.new_cdp_session(page)
    animations.send("Animation.enable")
    animations.send("Animation.setPlaybackRate", {"playbackRate": 0})
    still_window.open_sidebar()
    page.get_by_role("button", name="You are").press("Enter")
    expect(page.get_by_role("menuitemradio", name="regular")).to_be_in_viewport(ratio=1)
    animations.send("Animation.setPlaybackRate", {"playbackRate": 1})
    animations.detach()


def test_the_browsers_back_button_goes_back(still_window: Window) -> None:
    window = still_window.open()
    window.go("modules")
    window.page.go_back()

    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")


def test_the_welcome_offers_things_to_try(new_window: Window) -> None:
    window = new_window.open("general", welcome=True)
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


def test_two_windows_are_two_people(new_still_window: Window) -> None:
    window = new_still_window.open()
    other = Window(window.page.context.new_page(), window.slack).open(as_="moderator")
    for each in (window, other):
        each.page.reload()

    expect(window.page.get_by_role("button", name="You are")).to_contain_text("regular")
    expect(other.page.get_by_role("button", name="You are")).to_contain_text("moderator")

    other.say("from the moderator")
    expect(window.message("from the moderator")).to_contain_text("Moderator")


def test_a_draft_stays_where_it_was_begun(new_still_window: Window) -> None:
    window = new_still_window.open()
    drafts = window.page.get_by_role("link", name=re.compile(r"^general\W+draft$"))
    window.field.fill("not finished")
    window.go("modules")
    expect(window.field).to_have_value("")
    expect(drafts).to_be_visible()
    window.field.fill("something else")
    window.page.reload()
    expect(window.field).to_have_value("something else")

    window.become("reviewer")
    expect(window.field).to_have_value("")
    window.become("regular")
    window.go("general")
    expect(window.field).to_have_value("not finished")
    window.field.press("Enter")
    expect(window.message("not finished")).to_be_visible()
    window.go("modules")
    expect(drafts).to_have_count(0)
    expect(window.field).to_have_value("something else")


def test_what_was_refused_waits_in_its_own_channel(
    new_still_window: Window, still: Simulator
) -> None:
    window = new_still_window.open()

    def archive_first(route: Route) -> None:
        window.go("modules")
        still.workspace.archive_channel("general")
        route.continue_()

    window.page.route("**/sim/messages", archive_first)
    window.field.fill("too late")
    window.field.press("Enter")
    expect(window.page.get_by_role("alert")).to_contain_text("is_archived")
    expect(window.field).to_have_value("")

    still.workspace.archive_channel("general", archived=False)
    window.page.reload()
    window.go("general")
    expect(window.field).to_have_value("too late")


def test_channels_are_links_with_addresses(new_still_window: Window) -> None:
    window = new_still_window.open()
    link = window.page.get_by_role("navigation").get_by_role("link", name="modules")
    expect(link).to_have_attribute("href", "#/modules")
    with window.page.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("modules")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("general")


def test_an_address_without_its_slash_is_understood(still_window: Window) -> None:
    window = still_window.open()
    window.page.goto(f"{window.slack.url}/#modules")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("modules")


def test_a_trace_and_a_thread_have_addresses(new_still_window: Window, still: Simulator) -> None:
    posted = still.say("linked to")
    window = new_still_window.open()
    window.open_trace(window.message("linked to"))
    expect(window.page).to_have_url(re.compile(f"#/general/trace/{posted.event_id}$"))
    window.page.reload()
    expect(window.pane).to_contain_text("linked to")
    expect(window.pane).to_have_attribute("aria-label", "Trace")
    window.button("Close: Trace").click()
    expect(window.page).to_have_url(re.compile("#/general$"))

    window.page.goto(f"{still.url}/#/general/thread/{posted.ts}")
    expect(window.pane).to_have_attribute("aria-label", "Thread")
    expect(window.pane.locator("article")).to_contain_text("linked to")
