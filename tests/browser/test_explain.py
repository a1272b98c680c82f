"""What would it say? One types, and sees."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gopherbot.dev.explainer import Explainer
from gopherbot.dev.gophers import GOPHERS
from slack_simulator import Simulator

from .conftest import Lend, a_page
from .window import Window

ANSWERS = '[hello]\nhelp = "a greeting"\ntext = "Hello, I am *here*."\n'


@pytest.fixture
def asking(lend: Lend, explaining: Simulator) -> Window:
    return lend(explaining).open()


def open_pane(window: Window) -> None:
    window.page.get_by_role("link", name="What would it say?").click()
    expect(window.pane).to_have_attribute("aria-label", "What would it say?")
    expect(window.focused).to_have_attribute("aria-label", "What a member types")


def test_one_sees_while_typing_what_it_would_say(asking: Window) -> None:
    open_pane(asking)
    asking.page.keyboard.type("@gopher go tou")
    expect(asking.pane).to_contain_text("go tour")
    asking.page.keyboard.type("r")

    outcome = asking.pane.locator(".outcome").first
    expect(outcome.locator(".tag")).to_have_text("command: go tour")
    expect(outcome.locator("a.link")).to_have_attribute("href", "https://go.dev/tour/")
    outcome.locator("summary").click()
    expect(outcome.locator("pre")).to_contain_text('["go tour"]')
    assert asking.slack.posts() == []
    assert not asking.slack.deliveries.attempts


def test_reactions_terms_and_what_nearly_fired(asking: Window) -> None:
    open_pane(asking)
    field = asking.pane.get_by_role("textbox")
    field.fill("spacex")
    outcome = asking.pane.locator(".outcome").first
    expect(outcome).to_contain_text(":rocket:")
    outcome.locator("summary").click()
    expect(outcome.locator("pre")).to_contain_text('emoji = ["rocket"]')

    field.fill("@gopher define goroutine")
    expect(asking.pane).to_contain_text("glossary/concurrency.toml")
    asking.pane.locator(".outcome summary").first.click()
    expect(asking.pane.locator(".outcome pre").first).to_contain_text("[goroutine]")

    field.fill("go tour")
    expect(asking.pane).to_contain_text("The bot would stay silent.")
    near = asking.page.get_by_role("region", name="What didn’t fire")
    expect(near).to_contain_text("command: go tour")
    expect(near).to_contain_text("the bot is not addressed")


def test_the_place_counts(asking: Window) -> None:
    open_pane(asking)
    asking.focused.fill("go tour")
    expect(asking.pane).to_contain_text("As regular, in #general")
    expect(asking.pane).to_contain_text("The bot would stay silent.")
    asking.go("Gopher")
    expect(asking.pane).to_contain_text("As regular, in Gopher")
    expect(asking.pane.locator(".outcome .tag").first).to_have_text("command: go tour")


def test_a_saved_file_shows_without_a_click(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Gophers"\nbot = "gopher"\n')
    (tmp_path / "answers.toml").write_text(ANSWERS)
    with Simulator(setup=GOPHERS) as slack, Explainer(tmp_path) as explainer:
        slack.extensions.explain = explainer
        with a_page(browser) as page:
            window = Window(page, slack).open()
            open_pane(window)
            window.focused.fill("@gopher hello")
            expect(window.pane.locator(".outcome strong")).to_have_text("here")

            (tmp_path / "answers.toml").write_text(ANSWERS.replace("here", "there"))
            expect(window.pane.locator(".outcome strong")).to_have_text("there")

            (tmp_path / "answers.toml").write_text(ANSWERS.replace("help =", "hepl ="))
            expect(window.pane).to_contain_text("The content can’t be loaded")
            expect(window.pane).to_contain_text("hepl")

            (tmp_path / "answers.toml").write_text(ANSWERS)
            expect(window.pane.locator(".outcome strong")).to_have_text("here")


def test_an_app_that_does_not_explain_itself_is_not_asked(still_window: Window) -> None:
    window = still_window.open()
    expect(window.page.get_by_role("link", name="What would it say?")).to_have_count(0)
    expect(window.page.get_by_role("link", name="Timeline")).to_be_visible()
