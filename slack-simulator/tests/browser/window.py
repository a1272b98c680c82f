"""The page as somebody in front of it uses it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, TimeoutError, expect
from support import PATIENCE, wait_until

from slack_simulator import Simulator
from slack_simulator.feed.feed import Entry


class Window:
    """One window with the page in it."""

    def __init__(self, page: Page, slack: Simulator, *, is_open: bool = False) -> None:
        self.page = page
        self.slack = slack
        self._is_open = is_open

    def open(
        self, where: str = "general", *, as_: str = "regular", welcome: bool = False
    ) -> Window:
        """Open the page as a member, in a conversation; if it's open, go there."""
        if self._is_open:
            self._enter(where)
        else:
            self._load(where, welcome)
        if as_ != "regular":
            self.become(as_)
        return self

    def _load(self, where: str, welcome: bool) -> None:
        if not welcome:
            self.page.add_init_script("localStorage['slack_simulator'] ??= '{\"welcomed\": true}'")
        self.page.goto(f"{self.slack.url}/#/{where}")
        self.page.locator("#channels li").first.wait_for(state="attached")
        self._is_open = True

    def _enter(self, where: str) -> None:
        self.page.evaluate("where => { location.hash = `#/${where}` }", where)
        shown = "where => document.getElementById('messages').dataset.conversation.endsWith(where)"
        self.page.wait_for_function(shown, arg=f" {where}")

    def forbid(self, script: str) -> None:
        """Have the page complain about something, from now on or once it's open."""
        if self._is_open:
            self.page.evaluate(script)
        else:
            self.page.add_init_script(script)

    # What is there.

    @property
    def field(self) -> Locator:
        """Where one writes in the conversation."""
        return self.page.locator("#composer textarea")

    @property
    def messages(self) -> Locator:
        """The messages of the conversation."""
        return self.page.locator("#message-list article")

    @property
    def pane(self) -> Locator:
        """What is beside the conversation."""
        return self.page.get_by_role("complementary")

    @property
    def offers(self) -> Locator:
        """What is offered while one writes."""
        return self.page.locator("#composer [role=option]")

    def message(self, text: str) -> Locator:
        """The last message of the conversation with this text in it."""
        return self.messages.filter(has_text=text).last

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def focused(self) -> Locator:
        return self.page.locator(":focus")

    def expect_copied(self, text: str) -> None:
        """Wait until this is a part of what was copied last."""
        read = "navigator.clipboard.readText()"
        wait_until(lambda: text in self.page.evaluate(read), f"{text} was copied")

    # What one does.

    def say(self, text: str) -> Locator:
        """Write something and send it; gives the message."""
        self.field.fill(text)
        return self.sent(lambda: self.field.press("Enter"))

    def sent(self, send: Callable[[], object]) -> Locator:
        """Send what is written in some way; gives the message, not one with the same words."""
        before = self.slack.feed.seq
        send()
        posted = self.slack.feed.wait(_is_said, PATIENCE, after=before)
        message = self.page.locator(f"#message-list article[data-ts='{posted['message']['ts']}']")
        expect(message).to_be_visible()
        return message

    def become(self, name: str) -> None:
        """Become another member."""
        self.open_sidebar()
        self.page.get_by_role("button", name="You are").click()
        self.page.get_by_role("menuitemradio", name=name).click()
        expect(self.page.locator("#you")).to_contain_text(name)

    def open_sidebar(self) -> None:
        """Open the drawer that the sidebar is in a narrow window."""
        if self.button("Show the channels").is_visible():
            self.button("Show the channels").click()

    def go(self, name: str) -> None:
        """Open a conversation in the list at the left."""
        self.open_sidebar()
        self.page.get_by_role("navigation").get_by_role("link", name=name).first.click()

    def tool(self, message: Locator, name: str) -> None:
        """Press one of the buttons that a message shows while the mouse is on it."""
        button = message.get_by_role("button", name=name, exact=True)
        for _ in range(12):
            message.hover()
            try:
                button.click(timeout=5000)
            except TimeoutError:
                # Something came in, and the message moved away from the mouse.
                continue
            return
        raise AssertionError(f"{name!r} cannot be pressed")

    def open_trace(self, message: Locator) -> Locator:
        """Open a message's trace; gives the pane."""
        message.get_by_role("button", name="Trace:").click()
        expect(self.pane).to_have_attribute("aria-label", "Trace")
        return self.pane


def _is_said(entry: Entry) -> bool:
    return entry.kind == "message" and not entry["by_bot"]
