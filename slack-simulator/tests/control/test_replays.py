"""Events sent again."""

from conftest import Control
from gateway import Gateway

from slack_simulator import Simulator


def test_an_event_is_sent_again_as_it_was(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("hello")
    gateway.wait(1)
    status, answer = control.post("/sim/replays", {"event_id": said.event_id})
    assert status == 200
    assert answer["event_id"] == said.event_id
    first, again = gateway.wait(2)
    assert first.body == again.body
    assert "X-Slack-Retry-Num" not in again.headers
    (entry,) = slack.feed.after(0, "replay")
    assert (entry["event_id"], entry["event_type"]) == (said.event_id, "message")


def test_a_changed_event_is_a_new_one(control: Control, slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("hello")
    gateway.wait(1)
    _, read = control.get(f"/sim/event?id={said.event_id}")
    event = read["envelope"]["event"] | {"text": "goodbye"}
    _, answer = control.post("/sim/replays", {"event_id": said.event_id, "event": event})
    again = gateway.wait(2)[1]
    assert again.event["text"] == "goodbye"
    assert again.payload["event_id"] == answer["event_id"] != said.event_id
    # What stands in the channel is not what was said there.
    (message,) = slack.workspace.conversation("general").messages.values()
    assert message.text == "hello"


def test_a_message_of_now_stands_in_its_channel(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("hello")
    gateway.wait(1)
    _, read = control.get(f"/sim/event?id={said.event_id}")
    event = read["envelope"]["event"] | {"ts": "1900000000.000100", "text": "again"}
    _, answer = control.post("/sim/replays", {"event_id": said.event_id, "event": event})
    assert gateway.wait(2)[1].event["ts"] == "1900000000.000100"
    messages = slack.workspace.conversation("general").messages
    assert messages["1900000000.000100"].text == "again"
    entry = slack.feed.after(0, "message")[-1]
    assert entry["event_ids"] == [answer["event_id"]]


def test_what_cannot_stand_anywhere_is_sent_all_the_same(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("hello")
    gateway.wait(1)
    event = {"type": "message", "channel": "C0NOWHERE", "user": "U0NOBODY", "ts": "x", "text": "y"}
    control.post("/sim/replays", {"event_id": said.event_id, "event": event})
    assert gateway.wait(2)[1].event == event


def test_an_event_that_is_not_kept_is_told(control: Control) -> None:
    status, answer = control.post("/sim/replays", {"event_id": "Ev0"})
    assert (status, answer["error"]) == (400, "Ev0 isn't kept any longer, or was never sent")
    assert control.get("/sim/event?id=Ev0")[0] == 400
