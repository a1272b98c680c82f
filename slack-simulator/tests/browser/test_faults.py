import re

from playwright.sync_api import Route, expect
from support import wait_until

from slack_simulator import Simulator
from slack_simulator.events.event_faults import EventFault

from .window import Window


def misbehave(window: Window) -> None:
    window.button("Make Slack misbehave").click()
    expect(window.pane).to_have_attribute("aria-label", "Make Slack misbehave")


def test_a_redelivery_brings_no_second_reply(window: Window, slack: Simulator) -> None:
    window.open("random")
    misbehave(window)
    window.page.get_by_role("switch", name="Redeliver").click()
    expect(window.page.get_by_role("switch", name="Redeliver")).to_be_checked()
    before = len(slack.posts("random"))

    asked = window.say("@gopher avoid gotchas")
    expect(asked).to_contain_text("delivered 4 times")
    pane = window.open_trace(asked)

    expect(pane).to_contain_text("Delivered again (4th time)")
    expect(pane.get_by_text("nothing is posted twice")).to_have_count(3)
    assert len(slack.posts("random")) == before + 1
    expect(window.messages.filter(has_text="command: avoid gotchas")).to_have_count(1)


def test_a_429_heals(window: Window, slack: Simulator) -> None:
    window.open("random")
    misbehave(window)
    window.page.get_by_label("Retry-After").fill("1")
    window.button("Limit").click()
    expect(window.page.get_by_role("status")).to_contain_text("429 for the next 2 calls")

    before = slack.feed.seq
    asked = window.say("@gopher code of conduct")

    pane = window.open_trace(asked)
    expect(pane).to_contain_text("429 ratelimited")
    expect(pane).to_contain_text("Will try again in 1.0 s")
    expect(window.messages.last).to_contain_text("command: code of conduct")
    expect(pane.locator(".trace-verdict")).to_contain_text("Done")
    expect(window.page.get_by_role("status")).not_to_contain_text("429")
    calls = [call for call in slack.calls("chat.postMessage") if call.seq > before]
    random = slack.workspace.conversation("random").id
    statuses = [call.http_status for call in calls if call.arguments["channel"] == random]
    # A job of the bot's may have been refused in its place.
    assert statuses in ([429, 200], [429, 429, 200])
    expect(pane.get_by_text("429 ratelimited")).to_have_count(len(statuses) - 1)


def test_a_cut_after_posting_is_looked_up(window: Window) -> None:
    window.open("random")
    misbehave(window)
    window.button("Cut").click()
    expect(window.page.get_by_role("status")).to_contain_text("connection cut")

    asked = window.say("@gopher go challenges")

    pane = window.open_trace(asked)
    expect(pane).to_contain_text("It was posted anyway")
    expect(pane).to_contain_text("Checked: it’s already there")
    expect(window.messages.filter(has_text="command: go challenges")).to_have_count(1)


def test_down_and_slow_are_switched_on_and_off(still_window: Window, still: Simulator) -> None:
    def kinds() -> set[str]:
        return {fault.kind for fault in still.faults.list()}

    window = still_window.open()
    misbehave(window)
    for name in ("Slow", "Down"):
        window.page.get_by_role("switch", name=name).click()
        expect(window.page.get_by_role("switch", name=name)).to_be_checked()
    wait_until(lambda: kinds() == {"slow", "server_error"}, "both are at work")

    window.page.get_by_role("switch", name="Slow").click()
    expect(window.page.get_by_role("switch", name="Slow")).not_to_be_checked()
    expect(window.page.get_by_role("switch", name="Down")).to_be_checked()
    wait_until(lambda: kinds() == {"server_error"}, "one is at work")

    window.button("Make Slack behave again").click()
    expect(window.pane).to_contain_text("Nothing. Slack works normally.")
    wait_until(lambda: not kinds(), "none is at work")


def test_a_refusal_is_told_and_the_text_kept(still_window: Window, still: Simulator) -> None:
    window = still_window.open()

    def archive_first(route: Route) -> None:
        still.workspace.archive_channel("general")
        route.continue_()

    window.page.route("**/sim/messages", archive_first)
    window.field.fill("too late")
    window.field.press("Enter")
    expect(window.page.get_by_role("alert")).to_contain_text("is_archived")
    window.page.unroute("**/sim/messages")

    still.workspace.archive_channel("general", archived=False)
    expect(window.field).to_have_value("too late")


def test_a_trace_tells_the_whole_way(window: Window) -> None:
    asked = window.open("random").say("@gopher empty struct")

    expect(asked).to_contain_text(re.compile(r"1 reply in [\d.]+ m?s"))
    steps = window.open_trace(asked).locator(".step")

    expect(steps.nth(0)).to_contain_text(re.compile(r"Delivered to the app.*answered 200"))
    expect(steps.nth(1)).to_contain_text(re.compile("Picked up.*from events"))
    expect(steps.nth(2)).to_contain_text(re.compile("chat.postMessage.*200 in"))
    expect(steps.nth(3)).to_contain_text("command: empty struct")
    expect(steps.nth(4)).to_contain_text("Slack also sent app_mention")
    times = steps.locator(".step-at").all_text_contents()
    assert all(re.fullmatch(r"\+[\d.]+ m?s", time) for time in times)

    reply = window.messages.last
    expect(reply.get_by_role("button", name="Trace:")).to_contain_text("command: empty struct")


def test_an_open_trace_goes_on_to_the_next_message(window: Window) -> None:
    asked = window.open("random").say("@gopher slices")
    pane = window.open_trace(asked)
    window.say("just talking")

    expect(pane.locator("blockquote")).to_have_text("just talking")
    expect(pane).to_contain_text("No rule fired")


def test_lines_of_any_process_become_steps(still_window: Window, still: Simulator) -> None:
    posted = still.say("traced by hand")
    event = {"event_id": posted.event_id, "process": "web"}
    still.feed.append("trace", {**event, "event": "queued", "queue": "slack_message_public"})
    window = still_window.open()
    still.feed.append("trace", {**event, "event": "something new", "error": "<b>x</b>"})

    asked = window.message("traced by hand")
    expect(asked).to_contain_text("not sent: no app is connected")
    # It stays unsent, although an app listens from now on.
    still.deliveries.gateways = ["http://127.0.0.1:1/"]
    still.deliveries.faults.add(EventFault(kind="lost"))
    still.say("swallowed")
    expect(window.message("swallowed")).to_contain_text("not sent: lost by a fault")
    expect(asked).to_contain_text("not sent: no app is connected")
    pane = window.open_trace(asked)
    expect(pane).to_contain_text("Not sent")
    expect(pane).to_contain_text("Queued")
    expect(pane).to_contain_text("Something new")
    expect(pane).to_contain_text("<b>x</b>")
