"""Two ways to use the page: with a mouse, and with a keyboard alone.

Both are strict: the page complains, and so the test fails, if whoever has a mouse presses a key
that writes nothing, or if whoever has none clicks. What a browser draws outside of the page is
left to it: the list of a native select, "select all" in a field, the window that asks for a file.
"""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, expect

from browser.window import Window

#: More stops than any state of the page has.
FAR = 200

#: The key that leads to a control: an arrow within a list that is one stop for Tab, else Tab; "" if
#: it has the focus, null if it was drawn again.
ONWARD = """node => {
    const here = document.activeElement;
    if (!node.isConnected) return null;
    if (node === here) return '';
    const lists = '.sidebar-places, #message-list, [data-thread], [role=menu], [role=rowgroup], '
        + '[role=tablist]';
    const list = here?.closest(lists);
    if (node.tabIndex >= 0 || !list?.contains(node)) return 'Tab';
    const after = here.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (list.role === 'tablist') return after ? 'ArrowRight' : 'ArrowLeft';
    return after ? 'ArrowDown' : 'ArrowUp';
}"""
#: What has the focus, in a few words.
STOP = """() => {
    const { id, localName, ariaLabel, textContent } = document.activeElement;
    return id || `${localName} ${ariaLabel ?? textContent.trim().slice(0, 30)}`;
}"""
# A kept page aborts them, before the next test.
NO_KEYS = """window.forbidden = new AbortController();
addEventListener('keydown', (event) => {
    if (event.key.length > 1) console.error(`a key was pressed: ${event.key}`);
}, { capture: true, signal: window.forbidden.signal });"""
NO_CLICKS = """window.forbidden = new AbortController();
addEventListener('pointerdown', () => console.error('the mouse was used'),
    { capture: true, signal: window.forbidden.signal });"""


class Hand(Protocol):
    """Somebody in front of the page."""

    def press(self, control: Locator) -> None:
        """Press a button, follow a link, tick a box, open what is folded."""

    def tool(self, message: Locator, name: str) -> None:
        """Press one of the buttons that belong to a message."""

    def write(self, field: Locator, text: str) -> None:
        """Write into a field, in place of what is there."""

    def send(self) -> None:
        """Send what stands in the composer where the focus is."""

    def take(self, option: Locator) -> None:
        """Take one of the options that a field with the focus offers."""

    def choose(self, select: Locator, label: str) -> None:
        """Choose in a native select."""

    def go_to(self) -> None:
        """Open the window that leads anywhere."""

    def to_first(self, messages: Locator) -> None:
        """Go to the first of the messages that are there."""

    def dismiss(self, outside: Locator) -> None:
        """Close a menu or a popover; `outside` is something beside it."""


class Mouse:
    """Clicks; the keyboard is for letters."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._page = window.page
        window.forbid(NO_KEYS)

    def press(self, control: Locator) -> None:
        control.click()

    def tool(self, message: Locator, name: str) -> None:
        self._window.tool(message, name)

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.select_text()
        self._page.keyboard.type(text)

    def send(self) -> None:
        self._page.locator("form:has(:focus)").get_by_role("button", name="Send").click()

    def take(self, option: Locator) -> None:
        option.click()

    def choose(self, select: Locator, label: str) -> None:
        select.select_option(label=label)

    def go_to(self) -> None:
        self._page.get_by_role("button", name="Go to").click()

    def to_first(self, messages: Locator) -> None:
        messages.last.hover()
        self._page.mouse.wheel(0, -1_000_000)

    def dismiss(self, outside: Locator) -> None:
        box = outside.bounding_box()
        assert box
        self._page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


class Keyboard:
    """Tab, arrows, Enter, Escape and letters; no mouse is connected."""

    def __init__(self, window: Window) -> None:
        self._page = window.page
        window.forbid(NO_CLICKS)

    def reach(self, control: Locator) -> None:
        """Move the focus to a control, as far as Tab and arrows carry."""
        expect(control).to_be_attached()
        node = control.element_handle()
        for _ in range(FAR):
            # To look for the control before each step takes longer than the step.
            key = node.evaluate(ONWARD)
            if not key:
                node = control.element_handle()
                key = node.evaluate(ONWARD)
            if key == "":
                return
            if key:
                self._page.keyboard.press(key)
        last = []
        for _ in range(30):
            self._page.keyboard.press("Tab")
            last.append(self._page.evaluate(STOP))
        raise AssertionError(f"no key leads to {control}, but on and on to {last}")

    def press(self, control: Locator) -> None:
        self.reach(control)
        is_box = control.evaluate("node => node.type === 'checkbox'")
        self._page.keyboard.press("Space" if is_box else "Enter")

    def tool(self, message: Locator, name: str) -> None:
        self.reach(message)
        self.press(message.get_by_role("button", name=name, exact=True))

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self._page.keyboard.press("Control+a")
        self._page.keyboard.type(text)

    def send(self) -> None:
        self._page.keyboard.press("Enter")

    def take(self, option: Locator) -> None:
        expect(option).to_be_visible()
        for _ in range(FAR):
            if option.get_attribute("aria-selected") == "true":
                break
            self._page.keyboard.press("ArrowDown")
        self._page.keyboard.press("Enter")

    def choose(self, select: Locator, label: str) -> None:
        self.reach(select)
        chosen = select.locator("option:checked")
        # Letters would do as well, but only if they follow each other within a second.
        for _ in range(FAR):
            if chosen.inner_text() == label:
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {label}")

    def go_to(self) -> None:
        self._page.keyboard.press("Control+k")

    def to_first(self, messages: Locator) -> None:
        self.reach(messages.last)
        self._page.keyboard.press("Home")

    def dismiss(self, outside: Locator) -> None:
        self._page.keyboard.press("Escape")
