"""Every state of the page: each pane, dialog, menu and list, with all that can occur in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs
from playwright.sync_api import Browser, FilePayload, Page, expect
from sample import SAMPLE

from slack_simulator import Fault, Simulator
from slack_simulator.workspace.objects import Draft, Json
from slack_simulator.workspace.setup import AppSetup, Shortcut, SlashCommand

from .blocks import BLOCKS, FORM, plain
from .kept import StillPage
from .window import Window

APP = AppSetup(
    slash_commands=(
        SlashCommand(command="/note", description="Takes a note", usage_hint="[text]"),
    ),
    shortcuts=(
        Shortcut(name="New note", callback_id="new_note", description="Opens a form"),
        Shortcut(name="Note this", callback_id="note_message", type="message"),
    ),
    home_tab=True,
)
FAILURE = """Traceback (most recent call last):
  File "content/dice.py", line 11, in dice
    return Reply(str(1 // 0))
ZeroDivisionError: integer division or modulo by zero
"""


class Explainer:
    """An app that explains itself, with everything that can occur in an explanation."""

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        place = {"source": "content/answers.toml", "line": 3, "entry": "[help]\ntext = 1\n" * 20}
        reply = {"text": "see <https://go.dev/>", "attachment": "• one\n" * 30, "manner": ["by DM"]}
        failure = {"error": "ValueError: x", "source": "dice.py", "line": 7, "traceback": "x\n" * 9}
        return {
            "addressed": False,
            "outcomes": [
                {"rule": "command:help", "replies": [reply], "emoji": ["tada"], **place},
                {"rule": "command:dice", "failure": failure, "notes": ["it looked"]},
            ],
            "near": [{"rule": "command:gotchas", "why": "the bot is not addressed", **place}],
        }

    def version(self) -> str:
        return "1"

    def compare(self) -> Json:
        line = {
            "text": "a line",
            "kind": "public",
            "channel": "general",
            "before": "no " * 30,
            "after": "yes " * 30,
        }
        change = {"kind": "answers otherwise", "rule": "command:help", "source": "answers.toml"}
        changes = [change | {"lines": 12, "examples": [line, line]}]
        return {"before": "v1 (c0ffee)", "after": "now", "changes": changes, "problems": []}

    def why(self, _: Json) -> Json:
        steps = [{"at": 1.0, "text": "the gateway on vm.1 received it"}] * 3
        now = ["no rule fires", "nearly fires: command:help: the bot is not addressed"]
        return {"verdict": "no rule fired", "steps": steps, "now": now, "remedy": "Look there."}


class Health:
    """An app of which a part is down."""

    def __call__(self) -> dict[str, Any]:
        parts = [
            {"name": "gateway", "state": "ok", "note": "running, process 4711"},
            {"name": "worker", "state": "down", "note": "exited with status 1"},
            {"name": "scheduler", "state": "unknown", "note": "not started"},
        ]
        return {
            "parts": parts,
            "problem": "Fix this:\n  - answers.toml:17: put texts in straight quotes",
            "last_error": {"at": 1.0, "text": "worker: rule failed: " + FAILURE},
        }


class LivelyPage(StillPage):
    """A kept page behind which everything has happened that can happen in a workspace."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(browser, usual=("welcome", "faults"))

    def next_slack(self) -> Simulator:
        slack = Simulator(setup=structs.replace(SAMPLE, app=APP), port=self._port)
        slack.suggestions = [
            {"text": "help", "help": "what there is"},
            {"text": "xkcd:", "help": "x"},
        ]
        app = slack.extensions.explain = Explainer()
        slack.extensions.compare, slack.extensions.why = app.compare, app.why
        slack.extensions.health = Health()
        slack.gateway, slack.deliveries.delays = "http://127.0.0.1:9/", ()
        return slack

    def _new(self) -> Page:
        page = super()._new()
        # Every message is unread, even if an earlier test has read some.
        page.add_init_script("localStorage['slack_simulator'] ??= '{\"since\": \"1\"}'")
        return page

    def _start(self, slack: Simulator) -> None:
        slack.start()
        _talk(slack)
        slack.deliveries.wait_idle()


def _talk(slack: Simulator) -> None:
    workspace, bot = slack.workspace, slack.workspace.bot
    place = workspace.conversation("general")
    posted = slack.say("*Hello* `code` <@U0REGULAR> <https://go.dev|Go>\n&gt; quoted\n```fence```")
    _log(slack, posted.event_id, event="handled", rules=[], seconds=0.01)
    workspace.custom_emoji.add("unheard_of")
    for name in ("tada", "gopher", "unheard_of"):
        workspace.react("general", posted.ts, name, "moderator")
    workspace.react("general", posted.ts, "gopher", "regular")
    place.pins[posted.ts] = {"created": 1, "created_by": bot.id}
    slack.say("a reply", user="moderator", thread_ts=posted.ts)
    slack.upload("package main\n\nfunc main() {\n}\n// more\n// more\n")
    workspace.join_channel("general", "reviewer")
    long = Draft(text="long", attachments=[{"text": "• line\n" * 40}], unfurl_links=True)
    message = workspace.post(place, bot, long)
    workspace.edit("general", message.ts, "see https://xkcd.com/927", bot.id)
    workspace.post_ephemeral(place, bot, Draft(text="hush"), to=workspace.user("regular"))
    workspace.post(place, bot, Draft(text="blocks", blocks=BLOCKS))
    failed = slack.say("what failed")
    _log(slack, failed.event_id, event="rule failed", rule="command:dice", exception=FAILURE)
    _log(slack, failed.event_id, event="will try again", delay=2.0, level="warning")
    slack.say("unread there", channel="random", user="moderator")
    _log(slack, None, event="handled", actor="channel_cache", seconds=1.5)
    slack.faults.add(Fault(kind="slow", times=None))


def _log(slack: Simulator, event_id: str | None, **facts: object) -> None:
    about = {"event_id": event_id} if event_id else {}
    slack.feed.append("trace", {"process": "worker", "level": "error", **about, **facts})


def _panes(window: Window) -> Iterator[str]:
    page, press = window.page, window.page.keyboard.press
    yield "conversation"
    window.messages.first.hover()
    # So that its buttons stay if it moves away from the mouse.
    window.messages.first.focus()
    yield "hovered"
    pane = window.open_trace(window.messages.first)
    expect(pane.locator(".why")).to_contain_text("command: gotchas")
    pane.locator(".why summary").first.click()
    pane.get_by_text("Request and response").first.click()
    expect(pane.get_by_role("group", name="Request body")).to_be_visible()
    page.get_by_text("Raw events").click()
    yield "trace"
    press("Escape")
    window.open_trace(window.message("what failed"))
    pane.get_by_text("Traceback", exact=True).click()
    yield "trace of a failure"
    press("Escape")
    window.messages.first.get_by_role("button", name="1 reply").click()
    yield "thread"
    press("Escape")
    window.button("Make Slack misbehave").click()
    yield "faults"
    press("Escape")
    window.go("What would it say?")
    pane.get_by_role("textbox").fill("help")
    expect(pane).to_contain_text("command: gotchas")
    pane.locator("details.source summary").first.click()
    yield "explanation"
    pane.get_by_text("What my changes do").click()
    expect(pane.get_by_role("button", name="a line").first).to_be_visible()
    yield "changes"
    press("Escape")
    window.tool(window.messages.first, "Why?")
    expect(pane).to_contain_text("Look there.")
    yield "why"
    press("Escape")


def _dialogs(window: Window) -> Iterator[str]:
    page, press = window.page, window.page.keyboard.press
    window.open_sidebar()
    yield "sidebar"
    page.get_by_role("button", name="You are").click()
    yield "members"
    press("Escape")
    press("Escape")
    page.get_by_role("button", name="The bot's health").click()
    yield "health"
    press("Escape")
    press("Control+k")
    page.keyboard.type("mod")
    yield "switcher"
    press("Escape")
    window.page.locator("#messages").focus()
    press("?")
    yield "keys"
    press("Escape")
    window.open_sidebar()
    window.button("Browse channels").click()
    yield "channels"
    press("Escape")
    window.button("Join the team").click()
    yield "new member"
    press("Escape")
    press("Escape")


def _messages(window: Window) -> Iterator[str]:
    press, first = window.page.keyboard.press, window.messages.first
    window.button("1 pinned").click()
    yield "pinned messages"
    press("Escape")
    window.tool(first, "React")
    yield "picker"
    press("Escape")
    window.tool(first, "More actions")
    yield "shortcuts"
    press("Escape")
    window.tool(first, "Edit message")
    yield "editor"
    press("Escape")
    window.tool(first, "Delete message")
    yield "deletion"
    press("Escape")


def _composer(window: Window) -> Iterator[str]:
    page, field = window.page, window.field
    for name, typed in (
        ("commands", "@gopher "),
        ("names", "@"),
        ("channel names", "#"),
        ("emoji", ":ta"),
        ("slash commands", "/no"),
    ):
        field.fill("")
        field.press_sequentially(typed)
        expect(window.offers.first).to_be_visible()
        field.press("ArrowDown")
        yield name
        field.press("Escape")
    field.fill("/dance")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("/dance is not a valid command.")
    yield "toast"
    field.fill("")
    picker = page.locator("#composer input[type=file]")
    picker.set_input_files({"name": "main.go", "mimeType": "text/plain", "buffer": b"package main"})
    yield "file"
    window.button("Remove file").click()


def _app(window: Window) -> Iterator[str]:
    views, page = window.slack.interactivity.views, window.page
    user = window.slack.workspace.user("regular").id
    form: Json = {
        "type": "modal",
        "title": plain("A note"),
        "submit": plain("Save"),
        "blocks": FORM,
    }
    views.open(user, form)
    expect(page.get_by_role("dialog", name="A note")).to_be_visible()
    yield "modal"
    views.clear(user)
    expect(page.get_by_role("dialog")).to_have_count(0)
    window.go("Gopher")
    yield "direct messages"
    page.get_by_role("tab", name="Home").click()
    yield "Home tab before it is published"
    views.publish(user, {"type": "home", "blocks": BLOCKS})
    expect(page.get_by_role("tabpanel")).to_contain_text("Header")
    yield "Home tab"


def _timeline(window: Window) -> Iterator[str]:
    page, press = window.page, window.page.keyboard.press
    window.go("Timeline")
    yield "timeline"
    page.get_by_label("Search the timeline").fill("no such thing")
    yield "timeline without rows"
    scenario = b'{"actions": [{"do": "say", "at": 90}]}'
    file: FilePayload = {"name": "day.json", "mimeType": "application/json", "buffer": scenario}
    page.locator("#timeline [type=file]").set_input_files(file)
    yield "scenario"
    press("Escape")
    page.get_by_label("Search the timeline").fill("what failed")
    page.get_by_role("row").first.click()
    window.pane.get_by_text("Request and response").click()
    expect(window.pane.get_by_role("group", name="Request body")).to_be_visible()
    window.pane.get_by_text("Raw events").click()
    yield "entry"
    window.pane.get_by_role("button", name="Edit and send").click()
    page.get_by_label("Event", exact=True).fill("{")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("valid JSON")
    yield "replay"
    press("Escape")
    press("Escape")
    page.goto(f"{window.slack.url}/#/~timeline/entry/Ev0GONE")
    expect(window.pane).to_contain_text("This row is no longer available")
    yield "entry that is gone"
    press("Escape")


def _conversations(window: Window) -> Iterator[str]:
    page = window.page
    window.go("modules")
    yield "empty channel"
    window.become("newcomer")
    page.goto(f"{window.slack.url}/#/performance")
    expect(window.button("Join #performance")).to_be_visible()
    yield "channel that one is not in"
    with window.slack.away():
        expect(page.get_by_text("The simulator isn’t responding.")).to_be_visible()
        yield "simulator away"


PARTS = {
    part.__name__.strip("_"): part
    for part in (_panes, _dialogs, _messages, _composer, _app, _timeline, _conversations)
}
"""The states by what they are states of; each brings the page from the conversation into them."""
