import re

from playwright.sync_api import expect

from slack_simulator import Simulator

from .window import Window


def test_a_command_gets_its_reply(window: Window) -> None:
    window.open("random")

    asked = window.say("@gopher flip a coin")

    expect(asked.locator(".mention")).to_have_text("@gopher")
    reply = window.messages.last
    expect(reply).to_contain_text("Gopher")
    expect(reply.locator(".text")).to_have_text(re.compile("^(heads|tails)$"))
    expect(reply.locator(".app")).to_have_text("APP")


def test_reactions_are_drawn(window: Window) -> None:
    said = window.open("random").say("spacex launched a rubberduck")

    rocket = said.get_by_role("button", name="1 reaction with rocket, by Gopher")
    expect(rocket).to_be_visible()
    expect(said.get_by_role("button", name="reaction with rubberduck")).to_be_visible()
    width = "each => each.firstChild.getBoundingClientRect().width"
    assert rocket.evaluate(width) > 10


def test_a_member_can_react_too(window: Window) -> None:
    said = window.open("random").say("spacex is back")
    rocket = said.locator("[data-emoji=rocket]")
    rocket.click()
    expect(rocket).to_have_attribute("aria-label", "2 reactions with rocket, by Gopher and you")
    expect(rocket).to_have_attribute("aria-pressed", "true")

    window.tool(said, "React")
    picker = window.page.get_by_role("dialog", name="Pick an emoji")
    picker.get_by_role("searchbox").fill("tada")
    picker.get_by_role("searchbox").press("Enter")

    expect(said.get_by_role("button", name="1 reaction with tada, by you")).to_be_visible()


def test_a_reply_in_a_thread_stays_in_the_thread(window: Window) -> None:
    said = window.open("random").say("a question to be answered in its thread")
    window.tool(said, "Reply in thread")

    window.page.keyboard.type("@gopher go tour")
    window.page.keyboard.press("Enter")

    expect(window.pane.locator("article").last).to_contain_text("https://go.dev/tour/")
    expect(window.pane.locator("article").last).to_contain_text("Gopher")
    expect(said.get_by_role("button", name="2 replies")).to_be_visible()
    expect(window.messages.last).to_contain_text("a question to be answered in its thread")


def test_an_ephemeral_is_seen_by_the_joiner_only(window: Window, slack: Simulator) -> None:
    window.open("newbies", as_="newcomer")
    window.button("Join #newbies").click()

    whisper = window.messages.filter(has_text="Only visible to you").last
    expect(whisper).to_contain_text("introduce yourself")
    expect(whisper.locator(".mention", has_text="#newbies")).to_be_visible()

    window.become("regular")
    window.go("newbies")
    expect(window.message("has joined the channel")).to_be_visible()
    expect(window.messages.filter(has_text="Only visible to you")).to_have_count(0)
    slack.workspace.leave_channel("newbies", "newcomer")


def test_a_leave_has_a_trace_like_a_join(window: Window, slack: Simulator) -> None:
    window.open("random")
    slack.leave_channel("random", "newcomer")

    line = window.message("@newcomer has left the channel")
    expect(line).to_contain_text("seen, nothing to do")
    expect(window.open_trace(line)).to_contain_text("Newcomer left #random")
    slack.join_channel("random", "newcomer")


def test_a_direct_message_needs_no_mention(window: Window) -> None:
    window.open("@gopher", as_="reviewer")
    expect(window.page.get_by_role("heading", name="Gopher").first).to_be_visible()

    window.say("help")

    expect(window.messages.last).to_contain_text("command: help")
    window.messages.last.get_by_role("button", name="Show all").click()
    expect(window.messages.last).to_contain_text("xkcd:")


def test_a_link_that_unfurls_gets_a_card(window: Window) -> None:
    window.open("random").say("xkcd:standards")

    card = window.messages.last.locator(".unfurl")
    expect(card).to_have_attribute("href", "https://xkcd.com/927")
    expect(card).to_contain_text("xkcd.com")


def test_a_go_file_is_shared_and_put_into_the_playground(window: Window) -> None:
    window.open("reviews")
    with window.page.expect_file_chooser() as chooser:
        window.page.locator("#composer").get_by_role("button", name="Share a file").click()
    source = b'package main\n\nfunc main() {\n\tx := "<b>hi</b>"\n\tprintln(x)\n}\n'
    chooser.value.set_files({"name": "main.go", "mimeType": "text/plain", "buffer": source})
    window.say("look @gopher")

    shared = window.message("look @gopher")
    expect(shared.locator(".file-name")).to_have_text("main.go")
    expect(shared.locator(".file-preview")).to_contain_text('x := "<b>hi</b>"')
    expect(shared.locator(".mention")).to_have_text("@gopher")
    expect(window.message("Playground")).to_be_visible()


def test_a_file_can_be_dropped(still_window: Window) -> None:
    window = still_window.open()
    dropped = window.page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(['package main'], 'dropped.go'));
            return data;
        }"""
    )
    window.page.dispatch_event("#main", "drop", {"dataTransfer": dropped})
    expect(window.page.locator(".composer-file")).to_contain_text("dropped.go")

    window.field.press("Enter")

    expect(window.messages.last.locator(".file-name")).to_have_text("dropped.go")


def test_two_windows_see_the_same(window: Window, slack: Simulator) -> None:
    window.open("random")
    slack.say("written elsewhere", channel="random", user="moderator")

    expect(window.message("written elsewhere")).to_contain_text("Moderator")


def test_what_others_say_elsewhere_is_marked_unread(still_window: Window) -> None:
    window = still_window.open()
    channel = window.page.get_by_role("navigation").get_by_role("link", name="random")
    still_window.slack.say("over here", channel="random", user="moderator")

    expect(channel).to_contain_text("1 unread")
    expect(window.page).to_have_title(re.compile(r"^\(1\) #general"))

    channel.click()
    expect(window.page.locator(".divider-new")).to_be_visible()
    expect(channel).not_to_contain_text("unread")


def test_new_messages_are_read_out(still_window: Window) -> None:
    window = still_window.open()
    still_window.slack.say("*hello* <@U0REGULAR> :tada:", user="moderator")

    expect(window.page.get_by_role("log")).to_contain_text("Moderator: hello @regular tada")


def test_the_page_goes_on_when_the_simulator_is_back(still_window: Window) -> None:
    window = still_window.open()
    with still_window.slack.away():
        expect(window.page.get_by_text("The simulator isn’t responding.")).to_be_visible()
        still_window.slack.workspace.say("said meanwhile", user="moderator")

    expect(window.message("said meanwhile")).to_be_visible()
    expect(window.page.get_by_text("The simulator isn’t responding.")).to_have_count(0)
    still_window.slack.say("and afterwards", user="moderator")
    expect(window.message("and afterwards")).to_be_visible()
