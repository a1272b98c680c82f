"""Commands, shortcuts, modals and the Home tab: by mouse, and by keyboard alone."""

import re
from collections.abc import Callable, Iterator

import pytest
from bolt_apps import running
from playwright.sync_api import expect

from browser.conftest import Lend
from browser.window import Window
from slack_simulator import Simulator
from slack_simulator.workspace.setup import AppSetup, Shortcut, SlashCommand, WorkspaceSetup

from .hands import Hand

Hands = Callable[[Window], Hand]
SETUPS = {
    "echo": AppSetup(slash_commands=(SlashCommand(command="/echo", description="Repeats it"),)),
    "modal": AppSetup(
        shortcuts=(
            Shortcut(name="New note", callback_id="new_note"),
            Shortcut(name="Note this", callback_id="note_message", type="message"),
        )
    ),
    "home": AppSetup(home_tab=True),
}


@pytest.fixture(scope="module", params=["echo"])
def app(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A Bolt app behind a simulator."""
    with running(request.param, "socket", WorkspaceSetup(app=SETUPS[request.param])) as slack:
        yield slack


@pytest.fixture
def app_window(lend: Lend, app: Simulator) -> Window:
    return lend(app)


@pytest.mark.parametrize("app", ["echo"], indirect=True)
def test_a_slash_command_is_completed_and_sent(hand: Hands, app_window: Window) -> None:
    me, window = hand(app_window), app_window.open("random")
    me.write(window.field, "/ec")
    me.take(window.offers.filter(has_text="/echo"))
    window.page.keyboard.type("anybody?")
    me.send()
    expect(window.messages.last).to_contain_text("anybody?")
    expect(window.messages.last).to_contain_text("Only visible to you")


@pytest.mark.parametrize("app", ["modal"], indirect=True)
def test_a_message_shortcut_opens_a_modal(hand: Hands, app_window: Window) -> None:
    me, window = hand(app_window), app_window.open("random")
    me.write(window.field, "worth noting ")
    me.send()
    me.tool(window.message("worth noting"), "More actions")
    me.press(window.page.get_by_role("menuitem", name="Note this"))
    dialog = window.page.get_by_role("dialog", name="A note")
    me.write(dialog.get_by_label("Note", exact=True), "changed")
    me.choose(dialog.get_by_label("Colour"), "Green")
    me.press(dialog.get_by_role("button", name="Save"))
    expect(window.messages.last).to_contain_text("A green note: changed")


@pytest.mark.parametrize("app", ["modal"], indirect=True)
def test_a_global_shortcut_is_found_and_its_modal_closed(hand: Hands, app_window: Window) -> None:
    me, window = hand(app_window), app_window.open("random")
    me.go_to()
    window.page.keyboard.type("new note")
    me.take(window.page.get_by_role("option").filter(has_text="New note"))
    dialog = window.page.get_by_role("dialog", name="A note")
    me.press(dialog.get_by_role("button", name="Close"))
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("app", ["home"], indirect=True)
def test_the_home_tab_is_used(hand: Hands, app_window: Window) -> None:
    me, window = hand(app_window), app_window.open("random")
    me.press(window.page.get_by_role("link", name=re.compile("^Bot , active$")))
    me.press(window.page.get_by_role("tab", name="Home"))
    panel = window.page.get_by_role("tabpanel")
    expect(panel).to_contain_text("clicks")
    before = int(panel.inner_text().split(", ")[1].split(" clicks")[0])
    me.press(window.button("Click me"))
    expect(panel).to_contain_text(f"{before + 1} clicks")
