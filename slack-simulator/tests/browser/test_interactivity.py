"""Commands, shortcuts, buttons, modals and the Home tab, with Bolt apps behind the page."""

import re
from collections.abc import Iterator

import pytest
from bolt_apps import running
from playwright.sync_api import Browser, expect

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Draft
from slack_simulator.workspace.setup import AppSetup, Shortcut, SlashCommand, WorkspaceSetup

from .audit import problems
from .blocks import BLOCKS
from .conftest import Lend, a_page
from .window import Window


@pytest.fixture(scope="module")
def echo() -> Iterator[Simulator]:
    commands = (
        SlashCommand(command="/echo", description="Repeats it", usage_hint="[text]"),
        SlashCommand(command="/shout", description="Repeats it loudly"),
    )
    with running("echo", "socket", WorkspaceSetup(app=AppSetup(slash_commands=commands))) as slack:
        yield slack


@pytest.fixture(scope="module")
def modal() -> Iterator[Simulator]:
    shortcuts = (
        Shortcut(name="New note", callback_id="new_note", description="Opens a form"),
        Shortcut(name="Note this", callback_id="note_message", type="message"),
    )
    with running("modal", "http", WorkspaceSetup(app=AppSetup(shortcuts=shortcuts))) as slack:
        yield slack


@pytest.fixture(scope="module")
def home() -> Iterator[Simulator]:
    with running("home", "socket", WorkspaceSetup(app=AppSetup(home_tab=True))) as slack:
        yield slack


@pytest.fixture
def echo_window(lend: Lend, echo: Simulator) -> Window:
    return lend(echo).open("random")


@pytest.fixture
def modal_window(browser: Browser, modal: Simulator) -> Iterator[Window]:
    with a_page(browser) as page:
        yield Window(page, modal).open("random")


@pytest.fixture
def home_window(browser: Browser, home: Simulator) -> Iterator[Window]:
    with a_page(browser) as page:
        yield Window(page, home).open("random")


def press(window: Window, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def test_a_slash_command_is_completed_and_answered(echo_window: Window) -> None:
    window = echo_window
    window.field.press_sequentially("/ec")
    expect(window.offers.first).to_contain_text("/echo")
    expect(window.offers.first).to_contain_text("Repeats it")
    press(window, "Enter")
    expect(window.field).to_have_value("/echo ")
    window.page.keyboard.type("is anybody there?")
    press(window, "Enter")

    answer = window.messages.last
    expect(answer).to_contain_text("is anybody there?")
    expect(answer).to_contain_text("Only visible to you")
    expect(window.field).to_have_value("")

    window.field.fill("/shout hey")
    press(window, "Enter")
    expect(window.messages.last.locator(".text")).to_have_text("HEY")


def test_a_command_that_does_not_exist_is_told_and_kept(echo_window: Window) -> None:
    window = echo_window
    window.field.fill("/dance now")
    press(window, "Enter")
    expect(window.page.get_by_role("alert")).to_contain_text("/dance is not a valid command.")
    expect(window.field).to_have_value("/dance now")


def test_a_button_of_a_message_is_pressed(echo_window: Window) -> None:
    window = echo_window
    window.say("hello")
    greeting = window.messages.last
    expect(greeting.locator(".mention")).to_have_text("@regular")
    greeting.get_by_role("button", name="Wave back").focus()
    press(window, "Enter")
    expect(window.messages.last).to_contain_text("@regular waved with a hand (edited)")


def test_a_modal_is_filled_in_by_keyboard(modal_window: Window, modal: Simulator) -> None:
    window = modal_window
    press(window, "Control+k")
    window.page.keyboard.type("new note")
    press(window, "Enter")
    dialog = window.page.get_by_role("dialog", name="A note")
    expect(dialog.get_by_label("Note", exact=True)).to_be_focused()
    assert problems(window.page) == []

    window.page.keyboard.type("x")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Write three letters at least.")
    expect(dialog.get_by_label("Note", exact=True)).to_have_value("x")
    expect(dialog.get_by_label("Note", exact=True)).to_be_focused()
    assert problems(window.page) == []

    window.page.keyboard.type("yz")
    dialog.get_by_label("Colour").select_option(label="Green")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(dialog).to_have_count(0)
    window.go("Bot")
    expect(window.messages.last).to_contain_text("A green note: xyz")


def test_a_global_shortcut_is_started_from_the_composer(modal_window: Window) -> None:
    window = modal_window
    window.button("Shortcuts").click()
    assert problems(window.page) == []
    press(window, "Enter")
    dialog = window.page.get_by_role("dialog", name="A note")
    expect(dialog.get_by_label("Note", exact=True)).to_be_focused()
    press(window, "Escape")
    expect(dialog).to_have_count(0)


def test_an_app_without_shortcuts_leaves_the_composer_as_it_is(echo_window: Window) -> None:
    expect(echo_window.button("Mention the bot")).to_be_visible()
    expect(echo_window.button("Shortcuts")).to_have_count(0)


def test_a_message_shortcut_opens_a_modal_with_the_message(
    modal_window: Window, modal: Simulator
) -> None:
    window = modal_window
    said = window.say("worth noting")
    window.tool(said, "More actions")
    window.page.get_by_role("menuitem", name="Note this").click()
    dialog = window.page.get_by_role("dialog", name="A note")
    expect(dialog.get_by_label("Note", exact=True)).to_have_value("worth noting")
    dialog.get_by_role("button", name="Save").click()
    expect(window.messages.last).to_contain_text("A white note: worth noting")


def test_a_modal_is_closed_and_seen_by_nobody_else(modal_window: Window, modal: Simulator) -> None:
    window = modal_window
    modal.interactivity.shortcut("new_note", "moderator")
    modal.feed.wait(lambda entry: entry.kind == "view" and entry["action"] == "opened", 30)
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    window.become("moderator")
    dialog = window.page.get_by_role("dialog", name="A note")
    expect(dialog).to_be_visible()
    window.page.reload()
    expect(dialog).to_be_visible()
    press(window, "Escape")
    expect(dialog).to_have_count(0)
    assert modal.interactivity.views.all() == []


def test_the_home_tab_is_opened_and_used(home_window: Window) -> None:
    window = home_window
    window.go("Bot")
    tab = window.page.get_by_role("tab", name="Home")
    window.page.get_by_role("tab", name="Messages").focus()
    press(window, "ArrowRight")
    expect(tab).to_have_attribute("aria-selected", "true")
    panel = window.page.get_by_role("tabpanel")
    expect(panel).to_contain_text("@regular, 0 clicks")
    expect(window.field).to_be_hidden()
    assert problems(window.page) == []

    window.button("Click me").click()
    expect(panel).to_contain_text("@regular, 1 clicks")
    expect(window.page).to_have_url(re.compile("#/@bot/home$"))
    window.page.reload()
    expect(panel).to_contain_text("@regular, 1 clicks")
    window.page.get_by_role("tab", name="Messages").click()
    expect(window.field).to_be_visible()


def test_every_kind_of_block_is_drawn(still_window: Window, still: Simulator) -> None:
    place = still.workspace.conversation("general")
    still.workspace.post(place, still.workspace.bot, Draft(text="fallback", blocks=BLOCKS))
    window = still_window.open()
    message = window.messages.last
    expect(message).to_contain_text("Header")
    expect(message).not_to_contain_text("fallback")
    expect(message.locator("strong")).to_have_text("bold")
    expect(message.get_by_role("link", name="[a gopher]")).to_be_visible()
    expect(message.get_by_role("link", name="B", exact=True)).to_have_attribute("href", "#")
    expect(message.get_by_role("link", name="How to bake")).to_be_visible()
    for shown in (
        *("Please enjoy it", "inside", "Hot oven", "Breads", "Mon · Oven", "9,000", "File ABCD1"),
        *("Call R0CALL", "in June", "#ff8800", "S0BAKERS", "In ten minutes"),
    ):
        expect(message).to_contain_text(shown)
    expect(message.get_by_role("button", name="Eat")).to_be_visible()
    expect(message).not_to_contain_text("doesn’t show blocks")
    expect(message).to_contain_text("The simulator doesn’t show elements of type who_knows.")
    assert problems(window.page) == []

    message.get_by_label("S", exact=True).select_option("two")
    expect(window.page.get_by_role("alert")).to_contain_text("dispatch_failed")
