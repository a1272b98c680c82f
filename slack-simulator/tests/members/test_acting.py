"""`click`, `submit` and `close`: what the app is sent, by what a member sees."""

from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest
from gateway import Gateway, Received, Reply
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from slack_simulator import Simulator
from slack_simulator.members.acting import Value
from slack_simulator.workspace.objects import Json

GENERAL = "C029RQSEE"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(name: str) -> Json:
    return {"text": plain(name), "value": name.lower()}


def button(text: str, action_id: str) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": action_id}


def field(label: str, type: str, **more: object) -> Json:
    element = {"type": type, "action_id": "choice", **more}
    return {"type": "input", "block_id": label.lower(), "label": plain(label), "element": element}


def payload(received: Received) -> Json:
    (raw,) = parse_qs(received.body.decode())["payload"]
    sent: Json = msgspec.json.decode(raw)
    return sent


def actions(gateway: Gateway) -> list[Json]:
    sent = [payload(each) for each in gateway.received if each.body.startswith(b"payload=")]
    return [each for each in sent if each["type"] == "block_actions"]


@pytest.fixture
def trigger_id(slack: Simulator, gateway: Gateway) -> str:
    """A trigger that opens a modal for the member `regular`."""
    return slack.interactivity.triggers.new("U0REGULAR")


def test_a_button_inside_other_blocks_is_clicked(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    card = {"type": "card", "block_id": "rye", "actions": [button("Eat", "eat")]}
    row = {"type": "actions", "elements": [{"type": "button", "text": plain("Bake")}]}
    inside = [
        {"type": "carousel", "elements": [card]},
        {"type": "container", "child_blocks": [row]},
    ]
    web.chat_postMessage(channel=GENERAL, text="bread", blocks=inside)
    slack.click("Eat")
    slack.click("Bake")
    eaten, baked = actions(gateway)
    assert (eaten["actions"][0]["block_id"], eaten["actions"][0]["action_id"]) == ("rye", "eat")
    # Slack gives IDs to what has none.
    (child,) = baked["message"]["blocks"][1]["child_blocks"]
    assert baked["actions"][0]["block_id"] == child["block_id"]
    assert baked["actions"][0]["action_id"] == child["elements"][0]["action_id"]


def test_a_button_is_clicked_by_its_text_on_the_newest_message(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    for value in ("old", "new"):
        blocks = [{"type": "actions", "elements": [button("Approve", value)]}]
        web.chat_postMessage(channel=GENERAL, text="?", blocks=blocks)
    old, _ = slack.posts()
    slack.click("Approve", user="reviewer")
    slack.click("Approve", user="reviewer", on=old)
    new, on_old = actions(gateway)
    assert (new["user"]["name"], new["actions"][0]["value"]) == ("reviewer", "new")
    assert (on_old["message"]["ts"], on_old["actions"][0]["value"]) == (old.ts, "old")


def test_what_cannot_be_clicked_names_what_can(web: WebClient, slack: Simulator) -> None:
    blocks = [{"type": "actions", "elements": [button("Approve", "a"), button("Deny", "d")]}]
    web.chat_postMessage(channel=GENERAL, text="?", blocks=blocks)
    with pytest.raises(LookupError, match="sees no 'Aprove' to click; there is 'Approve', 'Deny'"):
        slack.click("Aprove")


def test_a_private_message_is_clicked_by_its_reader_only(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    blocks = [{"type": "actions", "elements": [button("Yes", "y")]}]
    web.chat_postEphemeral(channel=GENERAL, user="U0REGULAR", text="?", blocks=blocks)
    with pytest.raises(LookupError, match="there is nothing"):
        slack.click("Yes", user="reviewer")
    slack.click("Yes", user="regular")
    assert actions(gateway)[0]["container"]["is_ephemeral"]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"text": "Thanks", "replace_original": True}, ["Thanks"]),
        ({"text": "Thanks"}, ["Thanks"]),
        ({"delete_original": True}, []),
        ({"text": "Thanks", "delete_original": True}, ["Thanks"]),
        ({"text": "Thanks", "replace_original": False}, ["?", "Thanks"]),
    ],
)
def test_a_private_message_is_replaced_or_deleted_through_its_response_url(
    web: WebClient, slack: Simulator, gateway: Gateway, answer: Json, seen: list[str]
) -> None:
    blocks = [{"type": "actions", "elements": [button("Yes", "y")]}]
    web.chat_postEphemeral(channel=GENERAL, user="U0REGULAR", text="?", blocks=blocks)
    slack.click("Yes")
    (clicked,) = actions(gateway)
    assert WebhookClient(clicked["response_url"]).send_dict(answer).body == "ok"
    private = slack.workspace.conversation(GENERAL).ephemerals
    assert [message.text for message in private] == seen
    slack.deliveries.wait_idle()
    assert len(gateway.received) == 1


@pytest.mark.parametrize("address", ["response URL", "webhook"])
def test_what_an_app_sends_to_an_address_needs_valid_blocks(slack: Simulator, address: str) -> None:
    url = slack.webhooks.new(GENERAL)
    if address == "response URL":
        url = slack.interactivity.response_urls.new(GENERAL, "U0REGULAR")
    answer = WebhookClient(url).send(text="x", blocks=[{"type": "sektion"}])
    assert (answer.status_code, "invalid_blocks" in answer.body) == (400, True)
    assert slack.posts() == []


def test_an_interaction_in_a_private_channels_thread_names_the_thread_but_not_the_channel(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("well?", channel="moderators", user="moderator")
    blocks = [{"type": "actions", "elements": [button("Yes", "y")]}]
    web.chat_postMessage(channel=said.channel, text="?", blocks=blocks, thread_ts=said.ts)
    slack.click("Yes", user="moderator")
    slack.command("/bake", channel="moderators", user="moderator")
    (clicked,) = actions(gateway)
    assert clicked["container"]["thread_ts"] == said.ts
    assert clicked["channel"] == {"id": said.channel, "name": "privategroup"}
    assert b"channel_name=privategroup" in gateway.received[-1].body


GAMES = [{"text": "Chess", "value": "chess"}, {"text": "Go", "value": "go"}]


@pytest.mark.parametrize(
    ("action", "choose", "sent"),
    [
        ({"type": "button", "value": "1"}, None, {"type": "button", "value": "1"}),
        (
            {"type": "select", "options": GAMES},
            "Chess",
            {"type": "select", "selected_options": [{"value": "chess"}]},
        ),
        (
            {"type": "select", "data_source": "users"},
            "reviewer",
            {"type": "select", "selected_options": [{"value": "U0REVIEWER"}]},
        ),
        (
            {"type": "select", "data_source": "external"},
            "Go",
            {"type": "select", "selected_options": [{"value": "go"}]},
        ),
    ],
)
def test_a_button_or_menu_of_an_attachment_is_used_and_the_apps_answer_replaces_the_message(
    web: WebClient, slack: Simulator, gateway: Gateway, action: Json, choose: str, sent: Json
) -> None:
    gateway.answer = lambda received: Reply(
        headers={"Content-Type": "application/json"},
        body=msgspec.json.encode(
            {"text": "Thanks"} if b"response_url" in received.body else {"options": GAMES}
        ),
    )
    first = {"text": "Choose", "callback_id": "x"}
    games = {"callback_id": "games", "actions": [{"name": "play", "text": "Play", **action}]}
    web.chat_postMessage(channel=GENERAL, text="A game?", attachments=[first, games])
    slack.click("Play", choose=choose)
    sent_back = [payload(each) for each in gateway.received if each.body.startswith(b"payload=")]
    (got,) = [each for each in sent_back if "response_url" in each]
    assert got["actions"] == [{"name": "play", **sent}]
    assert (got["type"], got["callback_id"]) == ("interactive_message", "games")
    assert (got["attachment_id"], got["original_message"]["text"]) == ("2", "A game?")
    (post,) = slack.workspace.conversation(GENERAL).messages.values()
    assert (post.text, post.attachments) == ("Thanks", [])


@pytest.mark.parametrize(
    ("element", "choose", "sent"),
    [
        ({"type": "static_select", "options": [option("Red")]}, "Red", {"selected_option": "red"}),
        ({"type": "overflow", "options": [option("Red")]}, "red", {"selected_option": "red"}),
        ({"type": "users_select"}, "reviewer", {"selected_user": "U0REVIEWER"}),
        ({"type": "channels_select"}, "general", {"selected_channel": GENERAL}),
        ({"type": "datepicker"}, "2026-12-24", {"selected_date": "2026-12-24"}),
    ],
)
def test_an_elements_choice_is_sent(
    web: WebClient, slack: Simulator, gateway: Gateway, element: Json, choose: str, sent: Json
) -> None:
    section = {"type": "section", "text": plain("?"), "accessory": {"action_id": "x", **element}}
    web.chat_postMessage(channel=GENERAL, text="?", blocks=[section])
    slack.click("x", choose=choose)
    (action,) = actions(gateway)[0]["actions"]
    found = {name: action[name] for name in sent}
    if "selected_option" in found:
        found["selected_option"] = found["selected_option"]["value"]
    assert found == sent


def test_a_modal_is_filled_in_by_its_labels(
    web: WebClient, slack: Simulator, gateway: Gateway, trigger_id: str
) -> None:
    blocks = [
        field("Title", "plain_text_input"),
        field("Body", "plain_text_input", initial_value="as it was"),
        field("Colours", "checkboxes", options=[option("Red"), option("Green")]),
        field("Owner", "users_select"),
        field("Day", "datepicker"),
    ]
    view = {"type": "modal", "title": plain("New"), "submit": plain("Go"), "blocks": blocks}
    web.views_open(trigger_id=trigger_id, view=view)
    assert slack.expect_view("New").user == "U0REGULAR"
    with pytest.raises(LookupError, match="has no Titel; it has Title, Body, Colours, Owner, Day"):
        slack.submit({"Titel": "x"})
    with pytest.raises(LookupError, match="no option 'Blue': Red, Green"):
        slack.submit({"Colours": ["Blue"]})
    filled: dict[str, Value] = {"Title": "Bread", "Colours": ("Red",), "owner": "reviewer"}
    assert slack.submit(filled | {"Day": date(2026, 12, 24)}) == {}
    values = payload(gateway.received[-1])["view"]["state"]["values"]
    assert values["title"]["choice"]["value"] == "Bread"
    assert values["body"]["choice"]["value"] == "as it was"
    assert [each["value"] for each in values["colours"]["choice"]["selected_options"]] == ["red"]
    assert values["owner"]["choice"]["selected_user"] == "U0REVIEWER"
    assert values["day"]["choice"]["selected_date"] == "2026-12-24"
    with pytest.raises(LookupError, match="regular has no open modal"):
        slack.submit()


def test_the_apps_errors_are_returned(
    web: WebClient, slack: Simulator, gateway: Gateway, trigger_id: str
) -> None:
    errors = {"response_action": "errors", "errors": {"title": "Too short"}}
    gateway.answer = lambda _: Reply(200, {}, msgspec.json.encode(errors))
    title = field("Title", "plain_text_input")
    view = {"type": "modal", "title": plain("New"), "submit": plain("Go"), "blocks": [title]}
    web.views_open(trigger_id=trigger_id, view=view)
    assert slack.submit({"title": "x"}) == {"title": "Too short"}
    slack.close()
    assert slack.interactivity.views.all() == []


def test_a_command_is_written_as_a_member_types_it(slack: Simulator, gateway: Gateway) -> None:
    slack.command("/deploy the site", channel="random", user="reviewer")
    form = parse_qs(gateway.received[0].body.decode())
    assert (form["command"], form["text"]) == (["/deploy"], ["the site"])
    assert form["user_name"] == ["reviewer"]


def test_files_are_submitted_by_path_or_by_name(
    web: WebClient, slack: Simulator, gateway: Gateway, tmp_path: Path, trigger_id: str
) -> None:
    rye, note = tmp_path / "RYE.PNG", tmp_path / "note.txt"
    rye.write_bytes(b"PNG")
    note.write_text("flour")
    uploaded = (
        slack.upload(b"PNG", "oats.png"),
        slack.upload(b"flour", "old.txt"),
        slack.upload(b"PNG", "theirs.png", user="reviewer"),
    )
    pictures = field("Pictures", "file_input", filetypes=["png"], max_files=2)
    view = {"type": "modal", "title": plain("Order"), "submit": plain("Go"), "blocks": [pictures]}
    web.views_open(trigger_id=trigger_id, view=view)
    cases: list[tuple[Value, str]] = [
        (note, "note.txt can't be chosen: the input takes png"),
        ([rye, "old.txt"], "old.txt can't be chosen: the input takes png"),
        ("bran.png", "regular uploaded no bran.png"),
        ("theirs.png", "regular uploaded no theirs.png"),
        (tmp_path / "none.png", "there is no file .*none.png"),
        ([rye, rye, rye], "3 files are more than this input's `max_files`"),
    ]
    for wrong, why in cases:
        with pytest.raises(LookupError, match=why):
            slack.submit({"Pictures": wrong})
    assert len(slack.workspace.files) == len(uploaded), "none came of what was refused"
    slack.submit({"Pictures": [rye, "oats.png"]})
    sent = next(payload(each) for each in gateway.received if each.body.startswith(b"payload="))
    files = sent["view"]["state"]["values"]["pictures"]["choice"]["files"]
    assert [(each["name"], each["user"], each["size"]) for each in files] == [
        ("RYE.PNG", "U0REGULAR", 3),
        ("oats.png", "U0REGULAR", 3),
    ]
