"""What members did, as a file that is played again."""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest
from conftest import Control
from gateway import Gateway, Received, Reply
from sample import SAMPLE
from slack_sdk import WebClient

from slack_simulator import Simulator
from slack_simulator.interactivity.values import Choice
from slack_simulator.scenarios.scenario import Click, Scenario, Submit
from slack_simulator.workspace.objects import Json


@pytest.fixture
def second() -> Iterator[Simulator]:
    """Another simulator, at another time."""
    with Simulator(setup=SAMPLE) as slack:
        yield slack


def story(slack: Simulator, web: WebClient) -> None:
    """A day in which everything occurs that members can do."""
    workspace = slack.workspace
    joined = slack.join_team("frances").user
    slack.join_channel("newbies", "frances")
    asked = slack.say(f"hello <@{joined.id}> &amp; <@U0GOPHERBOT>", "newbies", "moderator")
    slack.say("in a thread", "newbies", "frances", thread_ts=asked.ts)
    slack.upload("package main\n", "main.go", "newbies", user="frances", text="look")
    slack.dm("help", user="frances")
    answer = web.chat_postMessage(channel=asked.channel, text="an answer")
    workspace.react(asked.channel, answer["ts"], "tada", "frances")
    workspace.react(asked.channel, asked.ts, "wave", "reviewer")
    workspace.unreact(asked.channel, asked.ts, "wave", "reviewer")
    workspace.edit(asked.channel, asked.ts, "hello, edited", "moderator")
    gone = slack.say("a slip", "newbies", "moderator")
    workspace.delete(gone.channel, gone.ts, "moderator")
    slack.leave_channel("newbies", "frances")
    slack.deliver({"type": "emoji_changed", "subtype": "add", "name": "x", "value": "y"})


def told(slack: Simulator) -> list[tuple[object, ...]]:
    """What happened, without ids and times."""
    found: list[tuple[object, ...]] = []
    for entry in slack.feed.after():
        facts = entry.facts
        text = facts.get("message", {}).get("text", "").split("<@")[0]
        found.append((entry.kind, facts.get("channel_name"), text, facts.get("emoji")))
    kinds = {"message", "message_changed", "message_deleted", "reaction", "reaction_removed"}
    kinds |= {"team_join", "channel_join", "channel_leave", "event"}
    return [each for each in found if each[0] in kinds]


def test_a_scenario_is_saved_and_played(
    slack: Simulator, web: WebClient, second: Simulator, tmp_path: Path
) -> None:
    slack.gateway = None
    story(slack, web)
    path = tmp_path / "day.json"
    slack.scenario().save(path)

    # The bot of the other day: it answers as soon as the file is there.
    other = WebClient(token="xoxb-test", base_url=second.api_url)
    second.workspace.conversation("newbies")
    other.chat_postMessage(channel="C02A8LZKT", text="said before it began")
    answers = slack.feed.after(0, "api_call")
    assert len(answers) == 1

    def answer() -> None:
        second.feed.wait(lambda entry: entry.kind == "dm_opened")
        other.chat_postMessage(channel="C02A8LZKT", text="an answer")

    bot = threading.Thread(target=answer)
    bot.start()
    before = len(told(second))
    second.play(path)
    bot.join(5)

    assert sorted(map(str, told(second)[before:])) == sorted(map(str, told(slack)))
    newbies = second.workspace.conversation("newbies")
    (edited,) = (m for m in newbies.messages.values() if m.text == "hello, edited")
    assert len(edited.replies) == 1
    (answered,) = (m for m in newbies.messages.values() if m.text == "an answer")
    assert list(answered.reactions) == ["tada"]
    (upload,) = second.workspace.files.values()
    assert upload.content == b"package main\n"


def test_whoever_deleted_a_message_deletes_it_again(slack: Simulator, second: Simulator) -> None:
    for deleter in ("reviewer", "moderator"):
        said = slack.say("a slip", user="reviewer")
        slack.workspace.delete(said.channel, said.ts, deleter)
    parent = slack.say("with a reply", user="reviewer")
    slack.say("a reply", thread_ts=parent.ts)
    slack.workspace.delete(parent.channel, parent.ts, "reviewer")

    second.play(slack.scenario())

    deleted = [e["user"] for e in second.feed.after(0, "message_deleted")]
    assert deleted == ["U0REVIEWER", "U0MODERATOR"]
    (buried,) = second.feed.after(0, "message_changed")
    assert buried["user"] == "U0REVIEWER"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": f"the {text}"}


INPUTS: dict[str, Json] = {
    "Note": {"type": "plain_text_input", "initial_value": "as it was"},
    "Colour": {"type": "static_select", "options": [option("Red"), option("Green")]},
    "Sizes": {"type": "checkboxes", "options": [option("Small"), option("Large")]},
    "Owners": {"type": "multi_users_select"},
}
FORM: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": plain("A note"),
    "submit": plain("Save"),
    "blocks": [
        {
            "type": "input",
            "block_id": name.lower(),
            "label": plain(name),
            "element": {"action_id": "x", **element},
        }
        for name, element in INPUTS.items()
    ],
}


class Desk:
    """An app that works after it has acknowledged: it opens modals and posts a card."""

    def __init__(self, slack: Simulator, gateway: Gateway) -> None:
        self.web = WebClient(token="xoxb-test", base_url=slack.api_url)
        self.heard: list[tuple[object, ...]] = []
        gateway.answer = self.take
        slack.gateway = gateway.url

    def take(self, received: Received) -> Reply:
        form = parse_qs(received.body.decode())
        if "command" in form:
            self.heard.append((form["command"], form["text"], form["user_name"]))
        elif "payload" in form:
            (raw,) = form["payload"]
            payload = msgspec.json.decode(raw)
            state = payload.get("view", {}).get("state", {}).get("values", {})
            used = [
                {key: each[key] for key in each.keys() - {"block_id", "action_ts"}}
                for each in payload.get("actions", ())
            ]
            about = payload.get("message", {}).get("text")
            self.heard.append((payload["type"], payload["user"]["name"], about, state, used))
            threading.Timer(0.1, self.work, [payload]).start()
        return Reply()

    def work(self, payload: Json) -> None:
        kind = payload["type"]
        if kind in {"shortcut", "message_action"}:
            self.web.views_open(trigger_id=payload["trigger_id"], view=FORM)
        elif kind == "view_submission":
            button = {"type": "button", "action_id": "take", "text": plain("Take")}
            rows: list[Json] = [
                {"type": "section", "text": plain(name), "accessory": button | {"value": name}}
                for name in ("first", "second")
            ]
            menu = {"type": "overflow", "action_id": "more", "options": [option("Hide")]}
            rows.append({"type": "actions", "elements": [menu]})
            self.web.chat_postMessage(channel="C029RQSEE", text="A card", blocks=rows)


def test_what_members_do_with_shortcuts_modals_and_buttons_is_played_again(
    slack: Simulator, gateway: Gateway, second: Simulator, tmp_path: Path
) -> None:
    desk = Desk(slack, gateway)
    said = slack.say("worth a note", "random", "newcomer")
    slack.shortcut("note_message", "moderator", on=said)
    slack.expect_view("A note")
    slack.close("moderator")
    slack.shortcut("note")
    slack.expect_view("A note")
    chosen: dict[str, Choice] = {"Colour": "Green", "Sizes": ["Large"], "Owners": ["reviewer"]}
    slack.submit(chosen)
    card = slack.expect("A card")
    slack.click("Take", "reviewer", on=card, number=1)
    slack.click("more", "moderator", on=card, choose="Hide")
    slack.command("/note it down", "random", "newcomer")
    path = tmp_path / "clicks.json"
    slack.scenario().save(path)

    with Gateway() as another:
        again = Desk(second, another)
        second.play(path)

    assert len(desk.heard) == 6
    assert again.heard == desk.heard
    (submitted,) = [a for a in Scenario.load(path).actions if isinstance(a, Submit)]
    assert submitted.fields == chosen | {"Owners": ["U0REVIEWER"]}


def test_a_modal_or_button_that_does_not_come_is_told(slack: Simulator, web: WebClient) -> None:
    slack.gateway = None
    card = web.chat_postMessage(channel="C029RQSEE", text="a card without buttons")
    for action, why in (
        (Submit(at=0, user="regular", view="note"), "regular sees no view 'note'"),
        (
            Click(at=0, user="regular", channel="general", ts=card["ts"], element="Take"),
            "sees no 'Take' to click; there is nothing",
        ),
    ):
        scenario = Scenario(actions=[action])
        with pytest.raises(TimeoutError, match=why):
            slack.play(scenario, timeout=0.1)


def test_a_file_can_be_read_and_played_over_http(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    slack.say("to be repeated")
    _, scenario = control.get("/sim/scenario")
    (action,) = scenario["actions"]
    assert (action["do"], action["user"], action["channel"]) == ("say", "regular", "general")

    status, answer = control.post("/sim/scenario", scenario)
    assert (status, answer["actions"]) == (200, 1)
    assert [event["text"] for event in gateway.events(2)] == ["to be repeated"] * 2


def test_a_scenario_is_played_at_any_speed_and_says_how_far_it_is(
    control: Control, slack: Simulator
) -> None:
    slack.gateway = None
    day = 24 * 60 * 60
    say = {"do": "say", "user": "regular", "channel": "general", "text": "hi"}
    acts = [say | {"at": 0, "ts": "1"}, say | {"at": day, "ts": "2"}]

    control.post("/sim/scenario", {"actions": acts, "speed": None})
    over = slack.feed.wait(lambda entry: entry.get("state") == "ended")
    assert (over["done"], over["actions"]) == (2, 2)

    control.post("/sim/scenario", {"actions": acts, "speed": day * 100})
    slack.feed.wait(lambda entry: entry.get("state") == "ended", after=over.seq)

    before = slack.feed.seq
    control.post("/sim/scenario", {"actions": acts})
    slack.feed.wait(lambda entry: entry.kind == "message", after=before)
    control.post("/sim/scenario/stop", {})
    stopped = slack.feed.wait(lambda entry: entry.get("state") == "stopped")
    assert stopped["done"] == 1

    who = {"user": "regular", "channel": "general"}
    wrong = [
        (acts[0] | {"channel": "nowhere"}, "channel_not_found"),
        ({"do": "fault", "at": 0, "line": "chat.nope 503"}, "SDKs know no method chat.nope"),
        ({"do": "command", "at": 0, "text": "/nope"} | who, "dispatch_failed"),
    ]
    for action, why in wrong:
        after = slack.feed.seq
        control.post("/sim/scenario", {"actions": [action]})
        failed = slack.feed.wait(lambda entry: entry.get("state") == "failed", after=after)
        assert failed["error"].startswith("action 1: ")
        assert why in failed["error"]

    status, answer = control.post("/sim/scenario", {"actions": acts, "speed": "fast"})
    assert status == 400
    assert "number above 0" in answer["error"]


def test_only_what_came_after_is_in_it(slack: Simulator) -> None:
    slack.gateway = None
    slack.say("before")
    after = slack.feed.seq
    slack.say("afterwards")
    assert [action.text for action in slack.scenario(after).actions] == ["afterwards"]  # type: ignore[union-attr]


def test_a_bot_that_does_not_answer_is_told(
    slack: Simulator, web: WebClient, second: Simulator
) -> None:
    slack.gateway = None
    said = slack.say("hello")
    answer = web.chat_postMessage(channel=said.channel, text="an answer")
    slack.workspace.react(said.channel, answer["ts"], "tada")
    with pytest.raises(TimeoutError, match="0 of 1 awaited"):
        second.play(slack.scenario(), timeout=0.1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"version": 2}', "version 2"),
        (b'{"actions": [{"do": "dance", "at": 0}]}', "dance"),
        (b"[]", "object"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=why):
        Scenario.load(path)
