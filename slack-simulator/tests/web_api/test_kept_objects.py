"""Reminders, calls, canvases, remote files and what else apps keep in a workspace."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from conftest import Control
from gateway import Gateway
from msgspec import structs
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator
from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import AppSetup, WorkspaceSetup, manifest

GENERAL = "C029RQSEE"
CALL = {"external_unique_id": "1", "join_url": "https://example.com"}
TEXT = {"type": "markdown", "markdown": "new"}


@pytest.fixture
def member(slack: Simulator) -> WebClient:
    token = slack.user_token("regular")
    return WebClient(token=token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def canvas(web: WebClient) -> str:
    content = {"type": "markdown", "markdown": "# Bread\nFlour\n\nWater\n\n## Salt"}
    id: str = web.canvases_create(title="Recipes", document_content=content)["canvas_id"]
    return id


def section(web: WebClient, canvas: str, text: str) -> str:
    found = web.canvases_sections_lookup(canvas_id=canvas, criteria={"contains_text": text})
    id: str = found["sections"][0]["id"]
    return id


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("calls.add", CALL, "invalid_created_by"),
        ("calls.info", {"id": "R0"}, "invalid_call_id"),
        ("calls.participants.add", {"id": "R0", "users": []}, "invalid_call_id"),
        ("canvases.edit", {"canvas_id": "F0", "changes": []}, "canvas_not_found"),
        ("canvases.create", {"channel_id": "C0"}, "channel_not_found"),
        ("dnd.info", {"user": "U0"}, "user_not_found"),
        ("dnd.setSnooze", {"num_minutes": 5}, "not_allowed_token_type"),
        ("files.remote.info", {"external_id": "9"}, "file_not_found"),
        ("files.remote.add", {"external_id": "9", "title": "T"}, "invalid_arguments"),
        ("reminders.list", {}, "not_allowed_token_type"),
        ("users.identity", {}, "not_allowed_token_type"),
        ("entity.presentDetails", {"trigger_id": "1"}, "invalid_trigger_id"),
        ("apps.event.authorizations.list", {"event_context": "x"}, "not_allowed_token_type"),
        ("apps.uninstall", {"client_id": "1"}, "bad_client_secret"),
        ("openid.connect.token", {"code": "1"}, "invalid_code"),
    ],
)
def test_a_bots_call_is_refused(
    web: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        web.api_call(method, json=arguments)
    assert refused.value.response["error"] == error


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("dnd.setSnooze", {}, "missing_duration"),
        ("dnd.setSnooze", {"num_minutes": 5000}, "too_long"),
        ("dnd.endSnooze", {}, "snooze_not_active"),
        ("reminders.add", {"text": "bread", "time": "some day"}, "cannot_parse"),
        ("reminders.add", {"text": "bread", "time": 1_000_000_000}, "time_in_past"),
        ("reminders.info", {"reminder": "Rm0"}, "not_found"),
        ("stars.add", {}, "no_item_specified"),
        ("stars.add", {"file": "F0"}, "file_not_found"),
        ("stars.remove", {"channel": GENERAL}, "not_starred"),
        ("users.setPhoto", {}, "no_image_uploaded"),
    ],
)
def test_a_members_call_is_refused(
    member: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        member.api_call(method, json=arguments)
    assert refused.value.response["error"] == error


def test_a_members_reminders_are_nobody_elses(slack: Simulator, member: WebClient) -> None:
    made = member.reminders_add(text="the bread", time="in 2 hours")["reminder"]
    assert made["time"] == pytest.approx(slack.clock.now() + 7200, abs=60)
    weekly = json.dumps({"frequency": "weekly", "weekdays": ["monday"]})
    every = member.reminders_add(text="the oven", time="0", recurrence=weekly)["reminder"]
    with pytest.raises(SlackApiError, match="cannot_complete_recurring"):
        member.reminders_complete(reminder=every["id"])
    other = WebClient(token=slack.user_token("reviewer"), base_url=slack.api_url)
    assert other.reminders_list()["reminders"] == []
    with pytest.raises(SlackApiError, match="not_found"):
        other.reminders_delete(reminder=made["id"])
    member.reminders_complete(reminder=made["id"])
    assert member.reminders_info(reminder=made["id"])["reminder"]["complete_ts"] > 0


def test_a_snooze_ends_when_its_time_is_over(
    slack: Simulator, member: WebClient, gateway: Gateway
) -> None:
    member.dnd_setSnooze(num_minutes="5")
    assert member.dnd_info()["snooze_remaining"] == pytest.approx(300, abs=5)
    slack.clock.advance(301)
    assert member.dnd_info()["snooze_enabled"] is False
    kinds = [event["type"] for event in gateway.events(2)]
    assert sorted(kinds) == ["dnd_updated", "dnd_updated_user"]


@pytest.mark.parametrize(
    ("operation", "at", "expected"),
    [
        ("insert_at_start", "", "new\n\n# Bread\nFlour\n\nWater\n\n## Salt"),
        ("insert_at_end", "", "# Bread\nFlour\n\nWater\n\n## Salt\n\nnew"),
        ("insert_before", "Water", "# Bread\nFlour\n\nnew\n\nWater\n\n## Salt"),
        ("insert_after", "Water", "# Bread\nFlour\n\nWater\n\nnew\n\n## Salt"),
        ("replace", "Water", "# Bread\nFlour\n\nnew\n\n## Salt"),
        ("replace", "", "new"),
        ("delete", "Water", "# Bread\nFlour\n\n## Salt"),
    ],
)
def test_a_canvas_is_edited(
    web: WebClient, slack: Simulator, canvas: str, operation: str, at: str, expected: str
) -> None:
    place = {"section_id": section(web, canvas, at)} if at else {}
    web.canvases_edit(
        canvas_id=canvas, changes=[{"operation": operation, "document_content": TEXT, **place}]
    )
    assert slack.workspace.files[canvas].content.decode() == expected


def test_a_canvass_headings_are_found_by_their_level(web: WebClient, canvas: str) -> None:
    def count(*types: str) -> int:
        criteria = {"section_types": list(types)}
        return len(web.canvases_sections_lookup(canvas_id=canvas, criteria=criteria)["sections"])

    assert (count("h1"), count("h2"), count("any_header")) == (1, 1, 2)


def test_a_section_that_is_gone_cannot_be_edited(web: WebClient, canvas: str) -> None:
    change = {"operation": "delete", "section_id": section(web, canvas, "Water")}
    web.canvases_edit(canvas_id=canvas, changes=[change])
    with pytest.raises(SlackApiError, match="canvas_editing_failed"):
        web.canvases_edit(canvas_id=canvas, changes=[change])


def test_a_channel_has_one_canvas_until_it_is_deleted(web: WebClient) -> None:
    first = web.conversations_canvases_create(channel_id=GENERAL, document_content=TEXT)[
        "canvas_id"
    ]
    with pytest.raises(SlackApiError, match="channel_canvas_already_exists"):
        web.conversations_canvases_create(channel_id=GENERAL, document_content=TEXT)
    web.canvases_delete(canvas_id=first)
    web.conversations_canvases_create(channel_id=GENERAL, document_content=TEXT)


def test_a_remote_file_is_shared_by_its_own_id(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    web.files_remote_add(external_id="9", title="Plan", external_url="https://example.com/plan")
    web.files_remote_share(external_id="9", channels=GENERAL)
    file = web.files_remote_update(external_id="9", title="The plan")["file"]
    assert (file["title"], file["external_type"], file["is_external"]) == ("The plan", "app", True)
    post = slack.expect("", channel="general")
    (shared,) = slack.workspace.message(GENERAL, post.ts).files
    assert shared.title == "The plan"
    web.files_remote_remove(external_id="9")
    assert web.files_remote_list()["files"] == []
    kinds = [event["type"] for event in gateway.events(4)]
    assert sorted(kinds) == ["file_created", "file_deleted", "file_shared", "message"]


def test_metadata_is_sent_to_apps_that_subscribe_to_it(
    slack: Simulator, web: WebClient, gateway: Gateway
) -> None:
    slack.subscriptions.clear()
    with Gateway() as other:
        events = ("message_metadata_posted", "message_metadata_updated", "message_metadata_deleted")
        slack.app("crumb", other.url, setup=AppSetup(events=events))
        about: dict[str, Any] = {"event_type": "baked", "event_payload": {"loaves": 1}}
        post = web.chat_postMessage(channel=GENERAL, text="one loaf", metadata=about)
        more = about | {"event_payload": {"loaves": 2}}
        web.chat_update(channel=GENERAL, ts=post["ts"], text="two loaves", metadata=more)
        web.chat_update(channel=GENERAL, ts=post["ts"], text="two fresh loaves")
        web.chat_delete(channel=GENERAL, ts=post["ts"])
        told = other.events(3)
    # Slack sends events side by side, so that they may come in any order.
    told.sort(key=lambda event: str(event["type"]))
    facts = [(e["type"], e.get("metadata"), e.get("previous_metadata")) for e in told]
    assert facts == [
        ("message_metadata_deleted", None, more),
        ("message_metadata_posted", about, None),
        ("message_metadata_updated", more, about),
    ]
    assert {event["message_ts"] for event in told} == {post["ts"]}


def test_an_object_is_unfurled_and_its_details_are_asked_for(
    slack: Simulator, web: WebClient, gateway: Gateway
) -> None:
    said = slack.say("see <https://example.com/1>")
    task = {
        "entity_type": "slack#/entities/task",
        "url": "https://example.com/1",
        "external_ref": {"id": "1"},
        "entity_payload": {"attributes": {"title": {"text": "Bake"}, "product_name": "Oven"}},
    }
    web.chat_unfurl(channel=said.channel, ts=said.ts, metadata={"entities": [task]})
    (preview,) = slack.workspace.message(said.channel, said.ts).attachments
    assert (preview["title"], preview["footer"]) == ("Bake", "Oven")
    trigger = slack.open_details("https://example.com/1", "newcomer")
    (asked,) = [e for e in gateway.events(3) if e["type"] == "entity_details_requested"]
    assert (asked["user"], asked["link"]["domain"]) == ("U0NEWCOMER", "example.com")
    with pytest.raises(SlackApiError, match="invalid_metadata"):
        web.api_call("entity.presentDetails", json={"trigger_id": trigger, "metadata": {"a": 1}})


def test_a_members_change_of_an_object_is_submitted(control: Control, gateway: Gateway) -> None:
    change = {"url": "https://example.com/1", "reference": "7", "fields": {"title": "Rye"}}
    assert control.post("/sim/details/edit", change) == (200, {"ok": True})
    form = parse_qs(gateway.wait(1)[0].body.decode())
    view = json.loads(form["payload"][0])["view"]
    assert (view["callback_id"], view["external_ref"]) == ("work-object-edit", {"id": "7"})
    assert view["entity_url"] == "https://example.com/1"
    assert view["state"]["values"]["title"]["title.input"]["value"] == "Rye"


@pytest.mark.parametrize(
    ("subscriptions", "told"),
    [
        (None, ["baked"]),
        ([{"app_id": "*", "event_type": "baked"}], ["baked"]),
        ([{"app_id": "{app}", "event_type": "*"}], ["baked"]),
        ([{"app_id": "A0OTHER", "event_type": "baked"}], []),
        ([{"app_id": "*", "event_type": "sold"}], []),
        ([], []),
    ],
)
def test_an_app_is_told_of_the_metadata_that_its_manifest_subscribes_to(
    gateway: Gateway, subscriptions: list[dict[str, str]] | None, told: list[str]
) -> None:
    identity = AppIdentity()
    events = {"bot_events": ["message_metadata_posted", "channel_created"]}
    if subscriptions is not None:
        named = json.dumps(subscriptions).replace("{app}", identity.app_id)
        events["metadata_subscriptions"] = json.loads(named)
    app = manifest.of_manifest({"settings": {"event_subscriptions": events}})
    if subscriptions is None:
        app = structs.replace(app, metadata_subscriptions=None)
    setup = WorkspaceSetup(identity=identity, app=structs.replace(app, scopes=None))
    with Simulator(gateway=gateway.url, setup=setup) as slack:
        web = WebClient(token="xoxb-1", base_url=slack.api_url)
        about = {"event_type": "baked", "event_payload": {"loaves": 1}}
        web.chat_postMessage(channel="general", text="bread", metadata=about)
        slack.workspace.add_channel("end")
        slack.deliveries.wait_idle()
    sent = [received.event for received in gateway.received]
    metadata = [event["metadata"]["event_type"] for event in sent if "metadata" in event]
    assert metadata == told
    assert "channel_created" in {event["type"] for event in sent}


def test_the_authorizations_of_an_event_are_those_of_its_app(
    slack: Simulator, gateway: Gateway
) -> None:
    slack.say("hello")
    context = gateway.wait(1)[0].payload["event_context"]
    app = WebClient(token="xapp-1", base_url=slack.api_url)
    (one,) = app.apps_event_authorizations_list(event_context=context)["authorizations"]
    assert (one["user_id"], one["is_bot"]) == ("U0GOPHERBOT", True)
    other = base64.b64encode(json.dumps({"aid": "A0OTHER"}).encode()).decode()
    with pytest.raises(SlackApiError, match="auth_mismatch"):
        app.apps_event_authorizations_list(event_context=f"4-{other}")


def test_a_member_signs_in_by_openid(slack: Simulator) -> None:
    code = slack.installations.approve("U0REGULAR", [], user_scopes=["openid"], nonce="n1")
    web = WebClient(base_url=slack.api_url)
    answer = web.openid_connect_token(client_id="1.2", client_secret="s", code=code)
    claims = json.loads(base64.urlsafe_b64decode(answer["id_token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["nonce"], claims["aud"]) == ("U0REGULAR", "n1", "1.2")
    who = WebClient(token=answer["access_token"], base_url=slack.api_url)
    assert who.openid_connect_userInfo()["email"] == "regular@gophers.example"


def test_an_app_that_uninstalls_itself_is_told(
    slack: Simulator, web: WebClient, gateway: Gateway
) -> None:
    web.apps_uninstall(client_id="1.2", client_secret="s")
    kinds = [event["type"] for event in gateway.events(2)]
    assert sorted(kinds) == ["app_uninstalled", "tokens_revoked"]
    with pytest.raises(SlackApiError, match="token_revoked"):
        web.auth_test()


def test_an_event_that_nothing_causes_is_sent_as_an_example(
    control: Control, gateway: Gateway
) -> None:
    status, answer = control.post(
        "/sim/events", {"type": "team_rename", "fields": {"name": "Owls"}}
    )
    (event,) = gateway.events(1)
    assert (status, event["type"], event["name"]) == (200, "team_rename", "Owls")
    status, answer = control.post("/sim/events", {"type": "team_renamed"})
    assert status == 400
    assert "there is no example of team_renamed; there are agent_session" in answer["error"]
