"""What one reads on the page: older messages, files, notices, and what the app says of itself."""

import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect
from sample import SAMPLE

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Json

from .by_hand.hands import Hand
from .conftest import a_page
from .window import Window


def png(width: int, height: int) -> bytes:
    """Return a black picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" * (width + 1)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


Hands = Callable[[Window], Hand]


def in_timeline(hand: Hands, page: Window) -> tuple[Hand, Window]:
    """Open the timeline by hand."""
    me, window = hand(page), page.open()
    me.press(window.page.get_by_role("navigation").get_by_role("link", name="Timeline"))
    return me, window


@pytest.fixture(scope="module")
def old() -> Iterator[Simulator]:
    """A Slack with more messages in #random than the page loads at first."""
    with Simulator(setup=SAMPLE) as slack:
        for number in range(450):
            slack.say(f"message {number}.", "random")
        yield slack


def test_only_emoji_come_from_an_emoji_font(window: Window) -> None:
    """Without any font named before it, Chromium would take spaces and digits from it, too."""
    window.open()
    fonts = "each => getComputedStyle(each).fontFamily"
    assert "Emoji" not in window.page.locator("body").evaluate(fonts)
    assert "Emoji" not in window.field.evaluate(fonts)


def test_older_messages_appear_as_one_scrolls_up(
    hand: Hands, browser: Browser, old: Simulator
) -> None:
    with a_page(browser) as page:
        window = Window(page, old)
        me, window = hand(window), window.open("random")
        expect(window.messages).to_have_count(200)
        expect(page.locator("#intro")).to_have_text("Older messages appear as you scroll up.")
        first = window.message("message 250.")
        me.to_first(window.messages)
        expect(window.messages).to_have_count(400)
        # What one was reading is still there.
        expect(first).to_be_in_viewport()
        me.to_first(window.messages)
        expect(window.messages).to_have_count(450)
        expect(page.locator("#intro")).to_contain_text("This is the beginning of #random.")


def test_a_day_and_words_are_found_by_ctrl_k(browser: Browser, old: Simulator) -> None:
    with a_page(browser) as page:
        window = Window(page, old).open("random")
        page.keyboard.press("Control+k")
        page.keyboard.type("2020-01-01")
        page.keyboard.press("Enter")
        expect(window.focused).to_contain_text("message 0.")

        page.keyboard.press("Control+k")
        page.keyboard.type("message 17.")
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(window.focused).to_contain_text("message 17.")

        page.keyboard.press("Control+k")
        page.keyboard.type("no such words")
        expect(page.get_by_role("dialog")).to_contain_text("Nothing found.")


def test_a_picture_is_shown_and_a_long_file_opens(
    hand: Hands, still_window: Window, still: Simulator
) -> None:
    me, window = hand(still_window), still_window.open()
    still.upload(png(40, 20), "dot.png")
    picture = window.message("dot.png").locator("img.file-picture")
    expect(picture).to_have_js_property("naturalWidth", 40)

    source = "package main\n" + "".join(f"// {number}\n" for number in range(9))
    still.upload(source, "main.go")
    shared = window.message("main.go")
    expect(shared.locator("pre")).not_to_contain_text("// 8")
    me.tool(shared, "Show all")
    expect(shared.locator("pre")).to_contain_text("// 8")
    assert window.focused.get_attribute("aria-label") == "main.go"
    with window.page.expect_popup() as popup:
        me.press(shared.get_by_role("link", name="main.go"))
    expect(popup.value.locator("body")).to_contain_text("// 8")
    popup.value.close()


def test_an_address_that_leads_nowhere_says_so(still_window: Window) -> None:
    window = still_window.open()
    window.page.evaluate("location.hash = '#/nope'")
    expect(window.page.get_by_role("alert")).to_contain_text("There’s no “nope” here.")
    window.page.wait_for_function("location.hash === '#/general'")
    toasts = window.page.locator(".toast").last.bounding_box()
    composer = window.page.locator("#composer").bounding_box()
    assert toasts
    assert composer
    assert toasts["y"] + toasts["height"] < composer["y"]


def test_a_notice_is_announced_though_a_pane_covers_the_rest(
    still_window: Window, still: Simulator
) -> None:
    thread = still.say("a question")
    still.say("an answer", thread_ts=thread.ts)
    window = still_window.open()
    window.page.set_viewport_size({"width": 390, "height": 844})
    window.message("a question").get_by_role("button", name="1 reply").click()
    expect(window.pane).to_be_visible()
    still.feed.append("notice", {"text": "reloading …"})
    notice = window.page.locator("[role=alert] .toast")
    expect(notice).to_be_visible()
    assert not notice.evaluate("node => node.closest('[inert], [aria-hidden=true]')")
    assert window.page.locator("#main > [inert]").count()


def test_a_channel_that_is_renamed_is_so_in_messages_too(
    still_window: Window, still: Simulator
) -> None:
    made = still.workspace.add_channel("bakers").id
    window = still_window.open()
    still.say(f"see <#{made}>")
    expect(window.messages.last.locator(".mention")).to_have_text("#bakers")
    still.workspace.rename_channel(made, "cooks")
    expect(window.messages.last.locator(".mention")).to_have_text("#cooks")


def test_a_problem_stays_on_the_page_until_it_is_mended(
    still_window: Window, still: Simulator
) -> None:
    health: Json = {"problem": "Fix this:\n  - answers.toml:17: put texts in straight quotes"}
    still.extensions.health = lambda: health
    window = still_window.open()
    banner = window.page.locator(".banner-problem")
    expect(banner).to_contain_text("answers.toml:17: put texts in straight quotes")
    window.page.reload()
    expect(banner).to_be_visible()
    health["problem"] = ""
    expect(banner).to_have_count(0)


def test_a_notice_replaces_the_one_before(still_window: Window, still: Simulator) -> None:
    window = still_window.open()
    toasts = window.page.locator(".toast")
    still.feed.append("notice", {"text": "changed: answers.toml, reloading …"})
    expect(toasts).to_have_text("changed: answers.toml, reloading …")
    still.feed.append("notice", {"text": "reloaded: answers.toml"})
    expect(toasts).to_have_text("reloaded: answers.toml")


@pytest.mark.parametrize("speed", ["At its own speed", "Ten times as fast"])
def test_a_scenario_can_be_stopped(
    speed: str,
    hand: Hands,
    still_window: Window,
    still: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("scenario") / "day.json"
    say = (
        '{"do": "say", "user": "regular", "channel": "general", "text": "hi", "ts": "%s", "at": %s}'
    )
    path.write_text(f'{{"actions": [{say % (1, 0)}, {say % (2, 90000)}]}}')
    me, window = in_timeline(hand, still_window)
    choose = window.page.locator("#timeline [type=file]").set_input_files
    choose(path)
    me.press(window.page.get_by_role("dialog").get_by_role("button", name=speed))
    banner = window.page.locator(".banner-playing")
    expect(banner).to_contain_text("Playing a scenario: 1 of 2 actions.")
    me.press(banner.get_by_role("button", name="Stop"))
    expect(window.page.get_by_role("alert")).to_contain_text("was stopped after 1 of 2 actions")
    expect(banner).to_have_count(0)

    path.write_text("{no")
    choose(path)
    expect(window.page.get_by_role("alert")).to_contain_text("day.json is no scenario")


def width(window: Window) -> float:
    box = window.pane.bounding_box()
    assert box
    return box["width"]


def test_the_details_of_a_row_widen_and_give_the_focus_back(
    hand: Hands, still_window: Window, still: Simulator
) -> None:
    still.say("look at me")
    me, window = in_timeline(hand, still_window)
    row = window.page.get_by_role("row").filter(has_text="look at me")
    me.press(row)
    before = width(window)
    me.press(window.button("Wider or narrower"))
    assert width(window) > before
    me.press(window.button("Wider or narrower"))
    assert width(window) == before
    me.press(window.pane.get_by_role("button", name="Close"))
    expect(row).to_be_focused()


def test_the_timeline_can_begin_with_the_oldest(
    hand: Hands, still_window: Window, still: Simulator
) -> None:
    still.say("the first")
    still.dm("the second")
    me, window = in_timeline(hand, still_window)
    rows = window.page.get_by_role("row").filter(has_text="the ")
    expect(rows.first).to_contain_text("the second")
    expect(rows.first).to_contain_text("@regular in DM with regular")
    me.press(window.page.get_by_label("Oldest first"))
    expect(rows.first).to_contain_text("the first")


def test_the_keys_are_listed(still_window: Window) -> None:
    window = still_window.open()
    window.field.press("?")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    window.field.fill("")
    window.page.locator("#messages").focus()
    window.page.keyboard.press("?")
    expect(window.page.get_by_role("dialog", name="Keys")).to_contain_text("edit your last message")


def test_an_emoji_that_is_named_exactly_comes_first(still_window: Window) -> None:
    window = still_window.open()
    window.say("pick one")
    window.tool(window.message("pick one"), "React")
    window.focused.fill("x")
    first = window.page.locator(".picker-emoji").first
    expect(first).to_have_attribute("title", ":x:")
