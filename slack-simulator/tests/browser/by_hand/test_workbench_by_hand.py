"""Why, what it would say, what happened, and how it is: by mouse, and by keyboard alone."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
from playwright.sync_api import Locator, expect

from browser.conftest import Lend
from browser.window import Window
from slack_simulator import Simulator

from .hands import Hand

Hands = Callable[[Window], Hand]


def summary(within: Locator, text: str) -> Locator:
    """What opens a folded part."""
    return within.locator("summary", has_text=text)


def workbench(window: Window, name: str) -> Locator:
    return window.page.get_by_role("navigation").get_by_role("link", name=name)


def test_a_trace_says_why_there_was_nothing(hand: Hands, window: Window) -> None:
    me, window = hand(window), window.open("random")
    me.write(window.field, "gotchas")
    line = window.sent(me.send).get_by_role("button", name="Trace:")
    expect(line).to_contain_text("seen, nothing to do")
    me.press(line)
    why = window.pane.locator(".why")
    expect(why).to_contain_text("command: avoid gotchas")
    expect(why).to_contain_text("the bot is not addressed")
    me.press(why.locator("summary").first)
    expect(why.locator("pre").first).to_contain_text('["avoid gotchas"]')
    me.press(window.button("Close: Trace"))
    expect(window.pane).to_have_count(0)


def test_what_went_over_the_wire_is_read_and_copied(hand: Hands, window: Window) -> None:
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    me, window = hand(window), window.open("random")
    me.write(window.field, "@gopher slices ")
    line = window.sent(me.send).get_by_role("button", name="Trace:")
    expect(line).to_contain_text("1 reply")
    me.press(workbench(window, "Timeline"))
    me.write(window.page.get_by_label("Search the timeline"), "chat.postMessage #random")
    # The answer to the call comes after the message.
    expect(window.page.get_by_role("row").first).to_contain_text("What really happens inside")
    me.press(window.page.get_by_role("row").first)
    me.press(summary(window.pane, "Request and response"))
    me.press(window.button("Copy: Request body"))
    window.expect_copied('"rule": "command:slices"')


def test_an_event_is_replayed_as_it_was_and_changed(hand: Hands, window: Window) -> None:
    me, window = hand(window), window.open("random")
    me.write(window.field, "@gopher slices ")
    line = window.sent(me.send).get_by_role("button", name="Trace:")
    expect(line).to_contain_text("1 reply")
    me.press(line)
    me.press(window.button("Replay"))
    expect(window.pane).to_contain_text("unchanged, with the same ID")
    expect(window.pane).to_contain_text("nothing is posted twice")

    me.press(window.pane.get_by_role("button", name="Edit and send"))
    dialog = window.page.get_by_role("dialog", name="Edit and send")
    field = dialog.get_by_label("Event", exact=True)
    event = msgspec.json.decode(field.input_value()) | {"text": "<@U0GOPHERBOT> go tour"}
    me.write(field, msgspec.json.encode(event).decode())
    me.press(dialog.get_by_role("button", name="Send"))
    expect(window.messages.filter(has_text="@gopher go tour").last).to_contain_text("1 reply")
    expect(window.pane).to_contain_text("changed, with a new ID")


def test_one_sees_what_it_would_say(hand: Hands, lend: Lend, explaining: Simulator) -> None:
    window = lend(explaining)
    me = hand(window)
    window.open()
    me.press(workbench(window, "What would it say?"))
    me.write(window.pane.get_by_role("textbox"), "@gopher go tour")
    outcome = window.pane.locator(".outcome").first
    expect(outcome.locator(".tag")).to_have_text("command: go tour")
    expect(outcome.locator("a.link")).to_have_attribute("href", "https://go.dev/tour/")
    expect(outcome).to_contain_text(re.compile(r"content/answers.toml:\d+"))
    me.press(outcome.locator("summary"))
    expect(outcome.locator("pre")).to_contain_text('["go tour"]')
    me.write(window.pane.get_by_role("textbox"), "go tour")
    near = window.page.get_by_role("region", name="What didn’t fire")
    expect(near).to_contain_text("the bot is not addressed")
    me.press(window.button("Close: What would it say?"))


def test_what_was_asked_is_there_again(hand: Hands, lend: Lend, explaining: Simulator) -> None:
    window = lend(explaining)
    me = hand(window)
    window.open()
    me.press(workbench(window, "What would it say?"))
    field, tag = window.pane.get_by_role("textbox"), window.pane.locator(".outcome .tag").first
    me.write(field, "@gopher go tour")
    expect(tag).to_have_text("command: go tour")
    me.press(window.button("Close: What would it say?"))
    expect(window.pane).to_have_count(0)

    me.press(workbench(window, "What would it say?"))
    expect(field).to_have_value("@gopher go tour")
    expect(tag).to_have_text("command: go tour")
    # It's selected, so one types something else in its place.
    window.page.keyboard.type("@gopher slices")
    expect(field).to_have_value("@gopher slices")
    expect(tag).not_to_have_text("command: go tour")
    me.press(window.button("Close: What would it say?"))


def test_the_timeline_is_searched_filtered_and_linked_to(
    hand: Hands, new_still_window: Window, still: Simulator
) -> None:
    still.gateway, still.deliveries.delays = "http://127.0.0.1:9/", ()
    still.say("a needle in the hay", channel="modules", user="reviewer")
    still.say("hay", channel="modules")
    still.say("hay", channel="random", user="moderator")
    still.deliveries.wait_idle()
    me, window = hand(new_still_window), new_still_window.open()
    row = window.page.get_by_role("row")
    me.press(workbench(window, "Timeline"))
    expect(row).to_have_count(3)
    me.write(window.page.get_by_label("Search the timeline"), "needle")
    expect(row).to_have_count(1)
    me.write(window.page.get_by_label("Search the timeline"), "hay")
    me.choose(window.page.get_by_label("Kind"), "Events")
    me.choose(window.page.get_by_label("Channel", exact=True), "#modules")
    expect(row).to_have_count(2)
    me.choose(window.page.get_by_label("User"), "@reviewer")
    expect(row).to_have_count(1)
    me.press(window.page.get_by_label("Slow"))
    expect(row).to_have_count(0)
    me.press(window.page.get_by_label("Slow"))
    me.press(window.page.get_by_label("Failed"))
    expect(row).to_have_count(1)
    me.press(row)
    expect(window.pane).to_contain_text("needle")
    me.press(window.button("Open the trace"))
    expect(window.pane).to_have_attribute("aria-label", "Trace")
    expect(window.page).to_have_url(re.compile(r"/trace/Ev\w+$"))
    window.page.reload()
    expect(window.pane).to_contain_text("needle")


def test_what_happened_is_saved_and_played(
    hand: Hands, still_window: Window, still: Simulator, tmp_path: Path
) -> None:
    still.say("to be repeated", channel="modules")
    me, window = hand(still_window), still_window.open()
    me.press(workbench(window, "Timeline"))
    with window.page.expect_download() as download:
        me.press(window.page.get_by_role("link", name="Export what members did"))
    download.value.save_as(tmp_path / "scenario.json")
    with window.page.expect_file_chooser() as chooser:
        me.press(window.button("Play a scenario file"))
    chooser.value.set_files(tmp_path / "scenario.json")
    me.press(window.button("Without waiting"))
    expect(window.page.get_by_role("row").filter(has_text="to be repeated")).to_have_count(2)


def test_health_is_looked_at(hand: Hands, window: Window) -> None:
    me, window = hand(window), window.open("random")
    expect(window.page.get_by_role("link", name=re.compile("^Gopher.*active"))).to_be_visible()
    me.press(window.page.get_by_role("button", name="The bot's health"))
    health = window.page.get_by_role("dialog", name="Health")
    for part in ("gateway", "worker"):
        expect(health).to_contain_text(part)
    me.dismiss(window.page.locator("#messages"))
    expect(health).to_have_count(0)
