"""What would it say? One types, and sees."""

import re

import pytest
from playwright.sync_api import expect

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Json

from .conftest import Lend
from .window import Window


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


def test_reactions_and_what_nearly_fired(asking: Window) -> None:
    open_pane(asking)
    field = asking.pane.get_by_role("textbox")
    field.fill("spacex")
    outcome = asking.pane.locator(".outcome").first
    expect(outcome).to_contain_text(":rocket:")
    outcome.locator("summary").click()
    expect(outcome.locator("pre")).to_contain_text('["spacex"]')

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


class Changing:
    """An app whose rules change."""

    rules = "1"

    def __call__(self, question: Json) -> Json:
        return {"problems": ["answers.toml: hepl?"]} if self.rules == "broken" else _one(self.rules)

    def version(self) -> str:
        return self.rules


def _one(text: str) -> Json:
    return {"addressed": True, "outcomes": [{"rule": "command:hello", "replies": [{"text": text}]}]}


def test_new_rules_show_without_a_click(still_window: Window) -> None:
    still_window.slack.extensions.explain = app = Changing()
    window = still_window.open()
    open_pane(window)
    window.focused.fill("@gopher hello")
    reply = window.pane.locator(".outcome")
    expect(reply).to_contain_text("1")

    app.rules = "2"
    expect(reply).to_contain_text("2")

    app.rules = "broken"
    expect(window.pane).to_contain_text("The content can’t be loaded")
    expect(window.pane).to_contain_text("hepl")

    app.rules = "3"
    expect(reply).to_contain_text("3")


class Compared(Changing):
    """An app that knows how it was before its files were changed."""

    saved = "v1"

    def __call__(self, question: Json) -> Json:
        return _one(f"{'before' if question['before'] else 'after'}, {question['kind']}")

    def compare(self) -> Json:
        line = {"text": "@gopher hello", "kind": "dm", "channel": "general"}
        line |= {"before": "Hi.", "after": "Hello!"}
        change = {"kind": "answers otherwise", "rule": "command:hello", "lines": 2}
        moved = line | {"text": "hi", "kind": "public", "channel": "random"}
        joined = line | {"text": "joins", "kind": "", "before": "a" * 999, "after": "a" * 998 + "b"}
        changes = [change | {"source": "answers.toml", "examples": [line, moved, joined]}]
        return {"before": self.saved, "after": "now", "changes": changes, "problems": []}


def test_one_sees_what_ones_changes_do(still_window: Window) -> None:
    app = Compared()
    extensions = still_window.slack.extensions
    extensions.explain, extensions.compare = app, app.compare
    window = still_window.open()
    open_pane(window)
    window.focused.fill("@gopher hello")
    reply = window.pane.locator(".outcome")
    expect(reply).to_contain_text("after, channel")
    window.page.get_by_label("As it is").check()
    expect(reply).to_contain_text("before, channel")
    window.page.get_by_label("As I changed it").check()
    expect(reply).to_contain_text("after, channel")

    window.pane.get_by_text("What my changes do").click()
    line = window.page.get_by_role("button", name="@gopher hello")
    expect(line).to_contain_text("− Hi.+ Hello!")
    expect(window.pane).to_contain_text("v1 → now")
    # What is saved meanwhile is compared, too.
    app.saved = "v2"
    app.rules = "2"
    expect(window.pane).to_contain_text("v2 → now")
    window.pane.get_by_role("textbox").fill("something else")
    line.click()
    expect(window.focused).to_have_value("@gopher hello")
    expect(reply).to_contain_text("after, im")
    window.page.get_by_role("button", name="hi", exact=False).filter(has_text="hi−").click()
    expect(window.pane).to_contain_text("in #random")
    expect(window.page.get_by_role("button", name="joins")).to_have_count(0)
    expect(window.pane.locator("p.change")).to_have_text(re.compile("joins− …a{1,99}\\+ …a{1,99}b"))


def test_an_app_that_does_not_explain_itself_is_not_asked(still_window: Window) -> None:
    window = still_window.open()
    expect(window.page.get_by_role("link", name="What would it say?")).to_have_count(0)
    expect(window.page.get_by_role("link", name="Timeline")).to_be_visible()
