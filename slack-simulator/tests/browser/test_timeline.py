"""Everything that happens, in one list."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, expect
from sample import SAMPLE
from support import wait_until

from slack_simulator import Fault, Simulator

from .by_hand.hands import Hand
from .conftest import a_page
from .window import Window


def rows(window: Window) -> Locator:
    return window.page.get_by_role("row")


def open_timeline(window: Window) -> Window:
    window.go("Timeline")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("Timeline")
    return window


def row(window: Window, text: str) -> Locator:
    return rows(window).filter(has_text=text).first


def search(window: Window, text: str) -> None:
    """Leave out what other tests and the bot's own jobs do, of which there may be any number."""
    window.page.get_by_label("Search the timeline").fill(text)


def test_events_calls_jobs_and_probes_are_there(window: Window, slack: Simulator) -> None:
    before = slack.feed.seq
    slack.say("<@U0GOPHERBOT> go tour", channel="random")
    slack.wait_for_calls("chat.postMessage", after=before)
    open_timeline(window.open())
    search(window, "#random")
    event = row(window, "command: go tour")
    expect(event).to_contain_text("message")
    expect(event).to_contain_text("@regular in #random")
    expect(row(window, "chat.postMessage")).to_contain_text("200")
    for kind, text in (("Jobs", "channel_cache"), ("Web API calls", "conversations.list")):
        search(window, text)
        window.page.get_by_label("Kind").select_option(label=kind)
        expect(row(window, text)).to_be_visible()
    search(window, "")
    window.page.get_by_label("Kind").select_option(label="Probes")
    expect(rows(window).first).to_be_visible()


def test_it_is_searched_and_filtered(still_window: Window, still: Simulator) -> None:
    still.say("a needle in the hay", channel="modules", user="reviewer")
    still.say("hay", channel="modules")
    still.say("hay", channel="random", user="moderator")
    window = open_timeline(still_window.open())
    expect(rows(window)).to_have_count(3)
    expect(window.page.get_by_text("3 rows")).to_be_visible()

    search(window, "needle HAY")
    expect(rows(window)).to_have_count(1)
    expect(window.page.get_by_text("1 of 3 rows")).to_be_visible()
    search(window, "#random")
    expect(rows(window)).to_have_count(1)
    search(window, "nothing like it")
    expect(window.page.get_by_text("Nothing here.")).to_be_visible()
    search(window, "")

    window.page.get_by_label("Channel", exact=True).select_option(label="#modules")
    expect(rows(window)).to_have_count(2)
    window.page.get_by_label("User").select_option(label="@reviewer")
    expect(rows(window)).to_have_count(1)
    expect(rows(window)).to_contain_text("needle")


def to_the_left(axis: Locator) -> None:
    axis.click(position={"x": 24, "y": 12})


def home(axis: Locator) -> None:
    axis.press("Home")


def one_step_back(axis: Locator) -> None:
    axis.press("ArrowLeft")


@pytest.mark.parametrize("go", [to_the_left, home, one_step_back])
def test_the_time_axis_leads_to_a_moment(
    go: Callable[[Locator], None],
    still_window: Window,
    still: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for when, ago in (("before", 3600), ("after", 0)):
        past = SimpleNamespace(time=lambda ago=ago: time.time() - ago, monotonic=time.monotonic)
        monkeypatch.setattr("slack_simulator.feed.feed.time", past)
        for number in range(40):
            still.say(f"{when} {number}.")
    window = open_timeline(still_window.open())
    axis = window.page.get_by_role("slider", name="Time")
    newest = row(window, "after 39.")
    expect(newest).to_be_in_viewport()
    expect(axis).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d:\d\d: 40 rows$"))

    go(axis)

    expect(row(window, "before 39.")).to_be_in_viewport()
    expect(newest).not_to_be_in_viewport()
    axis.press("ArrowRight")
    expect(newest).to_be_in_viewport()


def test_what_failed_or_was_slow_is_found(window: Window, slack: Simulator) -> None:
    # In a channel that no other test and no watcher writes in: what fails elsewhere is no matter.
    slow = Fault(kind="slow", seconds=1.1, method="chat.postMessage", channel="performance")
    refused = Fault(
        kind="error", error="access_denied", method="reactions.add", channel="performance"
    )
    slack.faults.add(slow)
    slack.faults.add(refused)
    slack.say("<@U0GOPHERBOT> go tour", channel="performance")
    slack.say("spacex", channel="performance")
    open_timeline(window.open())
    search(window, "#performance")
    posted, reacted = row(window, "chat.postMessage"), row(window, "reactions.add")
    expect(posted).to_be_visible()
    expect(reacted).to_be_visible()

    window.page.get_by_label("Failed").check()
    expect(reacted).to_contain_text("access_denied")
    expect(reacted).to_contain_text("failed")
    expect(reacted.locator(".dot")).to_have_css("background-color", "rgb(189, 42, 59)")
    expect(posted).to_have_count(0)
    window.page.get_by_label("Failed").uncheck()
    window.page.get_by_label("Slow").check()
    expect(posted).to_contain_text(re.compile(r"[\d.]+ s"))


def test_a_rule_is_found(hand: Callable[[Window], Hand], window: Window, slack: Simulator) -> None:
    me, before = hand(window), slack.feed.seq
    slack.say("<@U0GOPHERBOT> slices", channel="random")
    slack.wait_for_calls("chat.postMessage", after=before)
    window.open()
    me.press(window.page.get_by_role("navigation").get_by_role("link", name="Timeline"))
    rule = window.page.get_by_label("Rule")
    expect(rule.locator("option", has_text="slices")).to_have_count(1)
    me.choose(rule, "command: slices")
    expect(row(window, "slices")).to_be_visible()
    assert all("slices" in text for text in rows(window).all_text_contents())


def test_a_row_is_opened_and_walked_by_keyboard(new_still_window: Window, still: Simulator) -> None:
    for number in range(100):
        still.say(f"number {number}")
    window = open_timeline(new_still_window.open())
    press = window.page.keyboard.press
    window.page.get_by_label("Search the timeline").focus()
    while window.focused.get_attribute("role") != "row":
        press("Tab")
    expect(window.focused).to_contain_text("number 99")
    press("ArrowDown")
    expect(window.focused).to_contain_text("number 98")
    press("End")
    expect(window.focused).to_contain_text("number 0")
    expect(window.focused).to_be_in_viewport()
    press("PageUp")
    press("Home")
    expect(window.focused).to_contain_text("number 99")
    press("ArrowDown")
    press("Enter")
    expect(window.pane).to_have_attribute("aria-label", "Details")
    expect(window.pane).to_contain_text("number 98")
    expect(window.page).to_have_url(re.compile(r"#/~timeline/entry/Ev\w+$"))
    window.page.reload()
    expect(window.pane).to_contain_text("number 98")
    expect(window.page.get_by_role("heading", level=1)).to_have_text("Timeline")


def test_raw_request_and_response_are_shown_and_copied(
    browser: Browser, slack: Simulator, window: Window
) -> None:
    before = slack.feed.seq
    slack.say("<@U0GOPHERBOT> go tour", channel="random")
    slack.wait_for_calls("chat.postMessage", after=before)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_timeline(window.open())
    search(window, "#random")
    row(window, "chat.postMessage").click()
    window.pane.get_by_text("Request and response").click()
    expect(window.pane).to_contain_text("POST /api/chat.postMessage")
    expect(window.pane).to_contain_text("Bearer ****")
    request = window.pane.get_by_role("group", name="Request body")
    expect(request).to_contain_text('"channel": "C029RQSEG"')
    window.button("Copy: Request body").click()
    window.expect_copied('"rule": "command:go tour"')

    row(window, "command: go tour").click()
    window.pane.get_by_text("Request and response").click()
    expect(window.pane.get_by_role("group", name="Request body")).to_contain_text(
        '"type": "event_callback"'
    )
    window.button("Open the trace").click()
    expect(window.pane).to_have_attribute("aria-label", "Trace")
    expect(window.pane).to_contain_text("command: go tour")


def test_what_was_unfolded_stays_so_when_more_comes_in(
    still_window: Window, still: Simulator
) -> None:
    posted = still.say("to be looked at")
    window = open_timeline(still_window.open())
    row(window, "to be looked at").click()
    summary = window.pane.get_by_text("Raw events")
    summary.click()
    still.feed.append("trace", {"event_id": posted.event_id, "event": "queued", "process": "web"})
    code = window.pane.get_by_role("group", name="Entries of the feed")
    expect(code).to_contain_text("queued")
    expect(code).to_be_visible()
    expect(summary).to_be_focused()


def test_an_event_is_replayed_as_it_was(window: Window, slack: Simulator) -> None:
    asked = window.open("random").say("@gopher slices")
    expect(asked).to_contain_text("1 reply")
    posts = len(slack.posts("random"))
    pane = window.open_trace(asked)
    pane.get_by_role("button", name="Replay").click()

    expect(pane).to_contain_text("unchanged, with the same ID")
    expect(pane).to_contain_text("nothing is posted twice")
    assert len(slack.posts("random")) == posts


def test_an_event_is_changed_and_sent_by_keyboard(window: Window, slack: Simulator) -> None:
    asked = window.open("random").say("@gopher slices")
    pane = window.open_trace(asked)
    press = window.page.keyboard.press
    pane.get_by_role("button", name="Edit and send").focus()
    press("Enter")
    field = window.page.get_by_label("Event", exact=True)
    expect(field).to_be_focused()
    event = msgspec.json.decode(field.input_value())
    assert event["text"] == "<@U0GOPHERBOT> slices"

    field.fill("{")
    press("Tab")
    press("Tab")
    press("Tab")
    press("Enter")
    expect(window.page.get_by_role("dialog").get_by_role("alert")).to_contain_text("valid JSON")
    changed = event | {"text": "<@U0GOPHERBOT> go tour"}
    field.fill(msgspec.json.encode(changed).decode())
    window.page.get_by_role("dialog").get_by_role("button", name="Send").press("Enter")

    expect(window.messages.last).to_contain_text("go.dev/tour")
    sent = window.messages.filter(has_text="@gopher go tour").last
    expect(sent).to_contain_text("1 reply")
    expect(pane).to_contain_text("changed, with a new ID")


def test_what_members_did_is_exported_and_played(
    browser: Browser, still_window: Window, still: Simulator, tmp_path: Path
) -> None:
    still.say("to be repeated", channel="modules")
    window = open_timeline(still_window.open())
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="Export what members did").click()
    path = tmp_path / "scenario.json"
    download.value.save_as(path)

    # In a test: another simulator plays the file.
    with Simulator(setup=SAMPLE) as other:
        other.play(path)
        messages = other.workspace.conversation("modules").messages
        assert [message.text for message in messages.values()] == ["to be repeated"]

    # On the page: here and now.
    with window.page.expect_file_chooser() as chooser:
        window.button("Play a scenario file").click()
    chooser.value.set_files(path)
    window.page.get_by_role("dialog").get_by_role("button", name="Without waiting").click()
    expect(rows(window).filter(has_text="to be repeated")).to_have_count(2)
    expect(window.page.get_by_role("alert")).to_contain_text("has ended after 1 of 1 action")
    assert len(still.workspace.conversation("modules").messages) == 2


MANY = 5_000


@pytest.fixture(scope="module")
def crowded() -> Iterator[Simulator]:
    """A Slack in which 5,000 events were to be sent, but to nobody."""
    with Simulator(setup=SAMPLE) as slack:
        for number in range(MANY):
            slack.say(f"message {number} of many", "random", ("regular", "moderator")[number % 2])
        yield slack


def test_five_thousand_events_are_all_there(browser: Browser, crowded: Simulator) -> None:
    with a_page(browser) as page:
        window = Window(page, crowded)
        page.goto(f"{crowded.url}/#/~timeline")
        expect(page.get_by_text(f"{MANY} rows")).to_be_visible()
        # Only what is in sight is drawn, wherever one looks.
        assert rows(window).count() < 60
        page.keyboard.press("Tab")
        rows(window).first.focus()
        page.keyboard.press("End")
        expect(window.focused).to_contain_text("message 0 of many")
        assert rows(window).count() < 60
        page.get_by_label("Search the timeline").fill("message 4999 of")
        expect(rows(window)).to_have_count(1)


def test_the_list_does_not_grow_in_memory(browser: Browser, crowded: Simulator) -> None:
    with a_page(browser) as page:
        page.goto(f"{crowded.url}/#/~timeline")
        expect(page.get_by_text(f"{MANY} rows")).to_be_visible()
        session = page.context.new_cdp_session(page)

        def nodes() -> int:
            session.send("HeapProfiler.collectGarbage")
            counters = session.send("Memory.getDOMCounters")
            return int(counters["nodes"])

        def wander() -> None:
            page.evaluate(
                """async () => {
                    const grid = document.querySelector('.timeline-grid');
                    for (let at = 0; at < 20; at += 1) {
                        grid.scrollTop = (at * 7919) % grid.scrollHeight;
                        await new Promise(requestAnimationFrame);
                    }
                    grid.scrollTop = 0;
                }"""
            )

        wander()
        before = nodes()
        wander()
        wander()
        gone = "the elements that were scrolled away are gone"
        wait_until(lambda: nodes() < before * 1.5, gone, every=0.2)
