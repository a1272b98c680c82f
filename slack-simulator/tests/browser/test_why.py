"""Why nothing happened, or something else than expected."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from app import App
from playwright.sync_api import expect
from support import wait_until

from slack_simulator import Fault, Simulator
from slack_simulator.feed.exchanges import Exchange
from slack_simulator.workspace.objects import Json

from .by_hand.hands import Hand
from .window import Window


def test_a_reply_belongs_to_its_call_though_that_is_noted_late(
    window: Window, slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = slack.feed.exchanges.add

    def late(exchange: Exchange) -> int:
        time.sleep(0.05)
        return add(exchange)

    monkeypatch.setattr(slack.feed.exchanges, "add", late)
    asked = window.open("random").say("@gopher go tour")
    expect(asked).to_contain_text("1 reply")
    titles = window.open_trace(asked).locator(".step-title")
    expect(titles.filter(has_text="Handled")).to_have_count(1)
    expect(titles.filter(has_text="chat.postMessage")).to_have_count(1)
    expect(titles.filter(has_text="The bot replied")).to_have_count(0)


def test_the_trace_of_a_message_that_got_nothing_says_why(window: Window) -> None:
    asked = window.open("random").say("gotchas")
    expect(asked).to_contain_text("seen, nothing to do")
    pane = window.open_trace(asked)

    why = pane.locator(".why")
    expect(why).to_contain_text("The bot wasn’t addressed")
    expect(why).to_contain_text("command: avoid gotchas")
    expect(why).to_contain_text("mention it, or send it a direct message")
    why.get_by_text(re.compile(r"^content/answers.toml:\d+$")).click()
    expect(why.locator("pre")).to_contain_text('["avoid gotchas"]')


def test_after_an_edit_it_is_the_edited_text_that_is_explained(window: Window) -> None:
    asked = window.open("random").say("just chatting")
    pane = window.open_trace(asked)
    expect(pane.locator(".why")).not_to_contain_text("go tour")
    window.field.press("ArrowUp")
    window.focused.fill("go tour")
    window.page.keyboard.press("Enter")

    expect(pane).to_contain_text("The message was edited")
    expect(pane.locator(".why")).to_contain_text("command: go tour")


class Explainer:
    """An app whose content is broken at first."""

    broken = True

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        return {"problems": ["answers.toml: line 7"]} if self.broken else {"addressed": False}

    def version(self) -> str:
        return str(self.broken)


def test_why_is_asked_again_once_the_content_is_whole(
    still_window: Window, still: Simulator
) -> None:
    still.extensions.explain = explainer = Explainer()
    window = still_window.open()
    posted = still.say("just chatting")
    still.feed.append("trace", {"event": "handled", "event_id": posted.event_id, "rules": []})
    pane = window.open_trace(window.message("just chatting"))
    expect(pane.locator(".why")).to_contain_text("answers.toml: line 7")
    expect(pane.locator(".why")).not_to_contain_text("no other rule matches")
    explainer.broken = False
    expect(pane.locator(".why")).to_have_text(
        "The bot wasn’t addressed, and no other rule matches."
    )


def test_a_rule_that_failed_is_red_and_shows_its_line(
    hand: Callable[[Window], Hand], window: Window
) -> None:
    me, window = hand(window), window.open("random")
    me.write(window.field, "@gopher dice ")
    line = window.sent(me.send).get_by_role("button", name="Trace:")
    expect(line).to_have_attribute("data-state", "failed")
    expect(line).to_contain_text("rule failed: command: dice")
    me.press(line)

    step = window.pane.locator(".step", has_text="Rule failed")
    expect(step).to_have_attribute("data-tone", "bad")
    expect(step).to_contain_text("ZeroDivisionError: integer division or modulo by zero")
    expect(step).to_contain_text(re.compile(r"app.py, line \d+"))
    me.press(step.get_by_text("Traceback", exact=True))
    expect(step.locator("pre")).to_contain_text("raise ZeroDivisionError")
    expect(window.pane.locator(".trace-verdict")).to_contain_text("Failed")

    me.press(window.page.get_by_role("button", name="The bot's health"))
    expect(window.page.get_by_role("dialog", name="Health")).to_contain_text("rule failed")


def test_what_followed_an_edit_and_a_deletion(
    hand: Callable[[Window], Hand], window: Window
) -> None:
    me, window = hand(window), window.open("random")
    me.write(window.field, "@gopher slices ")
    said = window.sent(me.send)
    line = said.get_by_role("button", name="Trace:")
    expect(line).to_contain_text("1 reply")
    me.press(line)
    title = window.pane.locator(".step-title")
    expect(title.filter(has_text="Handled")).to_be_visible()

    me.tool(said, "Edit message")
    me.write(window.page.get_by_role("textbox", name="Edit message"), "@gopher go tour ")
    me.press(window.button("Save"))
    expect(title.filter(has_text="The message was edited")).to_be_visible()
    expect(title.filter(has_text="chat.update")).to_be_visible()

    me.tool(said, "Delete message")
    me.press(window.page.get_by_role("dialog").get_by_role("button", name="Delete"))
    expect(title.filter(has_text="The message was deleted")).to_be_visible()
    expect(title.filter(has_text="chat.delete")).to_be_visible()


def test_what_follows_an_edit_is_timed_from_the_edit(window: Window) -> None:
    asked = window.open("random").say("@gopher slices")
    expect(asked).to_contain_text(re.compile(r"1 reply in \d+(\.\d)? m?s"))
    window.field.press("ArrowUp")
    window.focused.fill("@gopher go tour")
    window.page.keyboard.press("Enter")
    expect(asked).to_contain_text(re.compile(r"1 edit in \d+(\.\d)? m?s after the edit"))


def test_each_message_tells_why(
    hand: Callable[[Window], Hand], still_window: Window, still: Simulator
) -> None:
    me = hand(still_window)
    told: list[Json] = []

    def why(message: Json) -> Json:
        told.append(message)
        steps = [{"at": 1.0, "text": "the gateway received it"}]
        return {
            "verdict": "no rule fired",
            "steps": steps,
            "now": ["nearly fires: help"],
            "remedy": "Ask.",
        }

    still.extensions.why = why
    window = still_window.open()
    posted = still.say("why not?")
    me.tool(window.message("why not?"), "Why?")
    for text in ("no rule fired", "the gateway received it", "nearly fires: help", "→ Ask."):
        expect(window.pane).to_contain_text(text)
    assert told[0] == {"channel": posted.channel, "ts": posted.ts}
    window.page.wait_for_function(f"location.hash === '#/general/why/{posted.ts}'")

    # What becomes of it later is told, too.
    asked = len(told)
    still.feed.append("trace", {"event": "handled", "event_id": posted.event_id, "rules": []})
    wait_until(lambda: len(told) > asked, "it is asked again")


def test_every_attempt_is_told_in_order(
    hand: Callable[[Window], Hand], window: Window, slack: Simulator
) -> None:
    me, window = hand(window), window.open("random")
    slack.faults.add(Fault(kind="ratelimited", channel="random", times=2))
    me.write(window.field, "@gopher go tour ")
    line = window.sent(me.send).get_by_role("button", name="Trace:")
    expect(line).to_contain_text("1 reply")
    me.press(line)

    # Compared again until they fit: the log's lines come through a pipe, after the calls.
    again = re.compile("^Will try again in")
    expect(window.pane.locator(".step-title", has_not_text="Slack also")).to_have_text(
        [
            "Delivered to the app",
            "Picked up by a worker",
            "chat.postMessage",
            again,
            "Picked up again, attempt 2",
            "chat.postMessage",
            again,
            "Picked up again, attempt 3",
            "chat.postMessage",
            "Handled",
        ]
    )


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ("secret", 401, "the signature does not match"),
        ("app", 403, "this is another app's event"),
    ],
)
def test_a_refusal_of_the_gateway_shows_its_reason(
    hand: Callable[[Window], Hand],
    window: Window,
    slack: Simulator,
    change: str,
    status: int,
    reason: str,
) -> None:
    me = hand(window)
    text = f"refused, {type(me).__name__}"
    secret = slack.deliveries.signing_secret
    slack.deliveries.delays = ()
    window.open("random")
    if change == "secret":
        slack.deliveries.signing_secret = "another"
        me.write(window.field, text)
        line = window.sent(me.send).get_by_role("button", name="Trace:")
        expect(line).to_contain_text(f"{status}, {reason}")
        slack.deliveries.signing_secret = secret
        me.press(line)
    else:
        event = {"type": "message", "channel": "C029RQSEG", "user": "U0REGULAR", "ts": "1.1"}
        event_id = slack.deliver(event | {"text": "x"}, api_app_id="A0OTHER")
        window.page.goto(f"{slack.url}/#/random/trace/{event_id}")
        expect(window.pane).to_contain_text("Slack sent message")

    step = window.pane.locator(".step", has_text="Delivered to the app")
    expect(step).to_have_attribute("data-tone", "bad")
    expect(step).to_contain_text(re.compile(rf"answered {status} after .*: {reason}"))
    me.press(step.locator("summary", has_text="Request and response"))
    expect(step.locator("pre").first).to_contain_text('"type": "event_callback"')
    expect(step).to_contain_text(f"Response: {status}")


def test_a_malformed_event_shows_which_field(window: Window, slack: Simulator) -> None:
    slack.deliveries.delays = ()
    window.open("random")
    event_id = slack.deliver({"type": "message"}, event_id="Ev0MALFORMED", event_time="noon")
    window.page.goto(f"{slack.url}/#/random/trace/{event_id}")
    expect(window.pane).to_contain_text(re.compile("answered 422 .*event_time"))


def test_health_tells_what_is_down(window: Window, app: App) -> None:
    window.open("random")
    health = window.page.get_by_role("button", name="The bot's health")
    expect(health).to_have_attribute("aria-label", "The bot's health: All is well")
    for name in ("gateway", "worker"):
        expect(health).to_contain_text(name)

    app.down.add("worker")
    expect(health).to_have_attribute("aria-label", "The bot's health: worker down")
    health.focus()
    window.page.keyboard.press("Enter")
    panel = window.page.get_by_role("dialog", name="Health")
    expect(panel).to_contain_text(re.compile("worker.*exited with status"))
    window.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(health).to_be_focused()
    app.down.clear()
    expect(health).to_have_attribute("aria-label", "The bot's health: All is well")


def test_the_bots_presence_follows_its_health(window: Window, app: App) -> None:
    window.open("random")
    navigation = window.page.get_by_role("navigation")
    expect(navigation.get_by_role("link", name=re.compile(r"Gopher\W+active"))).to_be_visible()
    app.down.add("worker")
    expect(navigation.get_by_role("link", name=re.compile(r"Gopher\W+away"))).to_be_visible()
    app.down.clear()
    expect(navigation.get_by_role("link", name=re.compile(r"Gopher\W+active"))).to_be_visible()
