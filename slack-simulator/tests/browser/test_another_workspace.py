"""The page of somebody else's workspace: nothing on it is the Gophers'."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from slack_simulator import Simulator
from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import ChannelSetup, Idea, PageSetup, WorkspaceSetup

from .conftest import a_page
from .window import Window

SVG = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'
LOAF = f'<svg {SVG}><circle cx="4" cy="4" r="4"/></svg>'


@pytest.fixture
def bakers(tmp_path: Path) -> Iterator[Simulator]:
    """The bakers' workspace, with a loaf of their own."""
    picture = tmp_path / "loaf.svg"
    picture.write_text(LOAF)
    setup = WorkspaceSetup(
        identity=AppIdentity(team_name="Bakers", bot_name="crumb"),
        channels=(
            ChannelSetup(name="general", is_open=True),
            ChannelSetup(name="ovens", purpose="Heat"),
        ),
        custom_emoji={"loaf": picture},
        page=PageSetup(
            logo="loaf",
            bot_picture="loaf",
            ideas=(Idea(title="Ask", words="Ask crumb:", text="@crumb rye"),),
            first_commands=("rye",),
            favourites=("loaf", "tada"),
            new_member="apprentice",
        ),
    )
    with Simulator(setup=setup) as slack:
        slack.suggestions = [{"text": "rye", "help": "bread"}]
        yield slack


@pytest.fixture
def window(browser: Browser, bakers: Simulator) -> Iterator[Window]:
    with a_page(browser) as page:
        yield Window(page, bakers).open(welcome=True)


def test_it_is_named_and_drawn_as_the_workspace_says(window: Window) -> None:
    page = window.page
    expect(page).to_have_title("#general · Bakers (simulated Slack)")
    assert page.locator("#logo img").get_attribute("src") == "/page/emoji/loaf.svg"
    loaded = "() => [...document.images].every((one) => one.complete && one.naturalWidth > 0)"
    page.wait_for_function(loaded)
    expect(page.get_by_text("One thing to try")).to_be_visible()
    window.button("@crumb rye").click()
    expect(window.field).to_have_value("@crumb rye")

    window.field.fill("")
    window.page.locator("#composer").get_by_role("button", name="Mention the bot").click()
    expect(window.field).to_have_value("@crumb ")

    window.go("Crumb")
    expect(page).to_have_url(re.compile("#/@crumb$"))
    window.page.locator("#intro").get_by_role("button", name="rye").click()
    expect(window.field).to_have_value("rye")

    window.button("Join the team").click()
    expect(page.get_by_label("Name")).to_have_value("apprentice")


def test_its_own_emoji_come_first(window: Window, bakers: Simulator) -> None:
    said = window.say("fresh :loaf:")
    expect(said.locator(".text img")).to_have_attribute("alt", "loaf")
    window.tool(said, "React")
    window.page.get_by_role("dialog", name="Pick an emoji").get_by_role("button").first.click()
    expect(said.get_by_role("button", name="1 reaction with loaf, by you")).to_be_visible()


def test_nothing_is_the_gophers(window: Window) -> None:
    page = window.page
    for open_ in ("Join the team", "Browse channels", "Make Slack misbehave"):
        window.button(open_).click()
        html = page.content()
        assert not re.search(r"[Gg]opher|golang|\bGo (?!to\b)", html), open_
        page.keyboard.press("Escape")
