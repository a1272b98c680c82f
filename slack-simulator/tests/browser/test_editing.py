"""Changing one's mind: edits, deletions, reactions taken back."""

import re

from playwright.sync_api import expect

from slack_simulator import Simulator

from .window import Window


def press(window: Window, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def test_a_message_is_edited_by_mouse(still_window: Window, still: Simulator) -> None:
    posted = still.say("see <#C9BMAAFFB|modules>, <@U0REVIEWER> &amp; <https://go.dev/>")
    window = still_window.open()
    said = window.messages.last
    window.tool(said, "Edit message")
    editor = window.page.get_by_role("textbox", name="Edit message")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("see #modules, @reviewer & https://go.dev/")

    editor.fill("look at #modules, @moderator")
    said.get_by_role("button", name="Save").click()

    expect(said.locator(".text")).to_have_text("look at #modules, @moderator (edited)")
    text = still.workspace.message("general", posted.ts).text
    assert text == "look at <#C9BMAAFFB|modules>, <@U0MODERATOR>"
    expect(window.field).to_be_focused()


def test_up_edits_what_was_said_last(still_window: Window, still: Simulator) -> None:
    still.say("somebody else's", user="moderator")
    window = still_window.open()
    window.say("first")
    window.say("secnd")
    still.say("in between", user="moderator")
    press(window, "ArrowUp")
    expect(window.focused).to_have_value("secnd")
    window.focused.fill("second :tad")
    press(window, "End", "ArrowLeft", "ArrowRight")
    window.page.keyboard.type("a")
    press(window, "Enter", "Enter")
    expect(window.message("second")).to_contain_text("(edited)")
    expect(window.message("second").locator(".text .emoji")).to_be_visible()
    expect(window.field).to_be_focused()

    press(window, "ArrowUp", "Escape")
    expect(window.page.get_by_role("textbox", name="Edit message")).to_have_count(0)
    expect(window.field).to_be_focused()


def test_up_goes_to_the_messages_if_none_is_yours(still_window: Window, still: Simulator) -> None:
    still.say("somebody else's", user="moderator")
    window = still_window.open()
    window.field.focus()
    press(window, "ArrowUp")
    expect(window.focused).to_contain_text("somebody else's")


def test_a_message_is_deleted_by_keyboard(still_window: Window, still: Simulator) -> None:
    window = still_window.open()
    window.say("to be regretted")
    press(window, "Shift+Tab", "Shift+Tab")
    window.messages.last.focus()
    press(window, "Delete")
    dialog = window.page.get_by_role("dialog", name="Delete message")
    expect(dialog).to_contain_text("to be regretted")
    expect(window.focused).to_have_text("Delete")
    press(window, "Escape")
    expect(window.message("to be regretted")).to_be_visible()

    window.messages.last.focus()
    press(window, "Delete", "Enter")
    expect(window.messages).to_have_count(0)
    assert not still.workspace.conversation("general").messages


def test_a_deleted_parent_leaves_a_stone(still_window: Window, still: Simulator) -> None:
    posted = still.say("parent")
    still.say("a reply", user="moderator", thread_ts=posted.ts)
    window = still_window.open()
    window.messages.first.focus()
    press(window, "Delete", "Enter")

    expect(window.messages.first.locator(".text")).to_have_text("This message was deleted.")
    expect(window.button("Delete message")).to_have_count(0)
    window.messages.first.get_by_role("button", name="1 reply").click()
    expect(window.pane.locator("article").last).to_contain_text("a reply")


def test_only_ones_own_is_edited_but_moderators_delete(
    still_window: Window, still: Simulator
) -> None:
    still.say("by the reviewer", user="reviewer")
    window = still_window.open()
    said = window.message("by the reviewer")
    said.hover()
    expect(said.get_by_role("button", name="Edit message")).to_have_count(0)
    expect(said.get_by_role("button", name="Delete message")).to_have_count(0)

    window.become("moderator")
    said.hover()
    expect(said.get_by_role("button", name="Edit message")).to_have_count(0)
    said.get_by_role("button", name="Delete message").click()
    window.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(window.messages).to_have_count(0)


def test_a_reaction_is_taken_back(still_window: Window, still: Simulator) -> None:
    posted = still.say("react to this")
    still.workspace.react("general", posted.ts, "tada", "moderator")
    window = still_window.open()
    tada = window.messages.last.locator("[data-emoji=tada]")
    tada.click()
    expect(tada).to_have_attribute("aria-label", re.compile("^2 reactions"))
    tada.press("Enter")
    expect(tada).to_have_attribute("aria-label", "1 reaction with tada, by Moderator")
    expect(tada).to_have_attribute("aria-pressed", "false")

    still.workspace.unreact("general", posted.ts, "tada", "moderator")
    expect(tada).to_have_count(0)


def test_an_unknown_emoji_is_refused(still_window: Window, still: Simulator) -> None:
    still.say("react to this")
    window = still_window.open()
    window.tool(window.messages.last, "React")
    window.focused.fill("gopher")
    # Taken away while the picker is open, so that one can still choose it.
    still.workspace.custom_emoji.discard("gopher")
    window.page.get_by_role("dialog").get_by_role("button", name="gopher", exact=True).click()
    expect(window.page.get_by_role("alert")).to_contain_text("invalid_name")
    expect(window.messages.last.locator(".reaction")).to_have_count(0)


def test_the_bots_edits_are_seen(still_window: Window, still: Simulator) -> None:
    posted = still.workspace.say_as_bot("before")
    window = still_window.open()
    expect(window.message("before")).to_be_visible()
    still.workspace.edit("general", posted.ts, "after", "otherbot")
    expect(window.messages.last.locator(".text")).to_have_text("after (edited)")
    still.workspace.delete("general", posted.ts, "otherbot")
    expect(window.messages).to_have_count(0)


def test_a_thread_reply_of_the_same_author_has_its_name(
    still_window: Window, still: Simulator
) -> None:
    posted = still.say("question")
    still.say("and a detail", thread_ts=posted.ts)
    still.say("and another", thread_ts=posted.ts)
    window = still_window.open()
    window.messages.last.get_by_role("button", name="2 replies").click()
    names = window.pane.locator("article .head:not(.spoken) .who")
    expect(names).to_have_count(2)
    expect(names.last).to_have_text("Regular")
    expect(window.pane.locator("article .avatar")).to_have_count(2)


def test_ones_replies_are_edited_in_the_thread(still_window: Window, still: Simulator) -> None:
    posted = still.say("question", user="moderator")
    window = still_window.open()
    window.page.goto(f"{still.url}/#/general/thread/{posted.ts}")
    reply = window.pane.get_by_label("Reply in the thread")
    reply.fill("an anwser")
    reply.press("Enter")
    expect(window.pane.locator("article").last).to_contain_text("an anwser")
    reply.press("ArrowUp")
    window.focused.fill("an answer")
    press(window, "Enter")
    expect(window.pane.locator("article").last).to_contain_text("an answer (edited)")
    expect(reply).to_be_focused()
