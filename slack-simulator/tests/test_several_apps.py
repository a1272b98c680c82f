"""Several apps in one workspace: each has its own tokens, events, elements and faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bolt_apps import APPS, EVENTS
from conftest import Control
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from slack_simulator import Simulator
from slack_simulator.apps.app import App
from slack_simulator.workspace.setup import AppSetup, OtherApp, SlashCommand, setup_file

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Bake"}, "action_id": "bake"}
BLOCKS = [{"type": "actions", "elements": [BUTTON]}]


@pytest.fixture
def bakery() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


@pytest.fixture
def crumb(slack: Simulator, bakery: Gateway) -> App:
    crumb = slack.app("crumb", bakery.url, setup=AppSetup(scopes=("chat:write",)))
    crumb.deliveries.timeout = slack.deliveries.timeout
    return crumb


def client(app: App) -> WebClient:
    environment = app.environment()
    token, url = environment["SLACK_BOT_TOKEN"], environment["SLACK_API_URL"]
    return WebClient(token=token, base_url=url, retry_handlers=[])


def texts(gateway: Gateway) -> list[str]:
    return [each.event["text"] for each in gateway.received if each.event["type"] == "message"]


def test_a_message_reaches_each_app_that_is_in_the_channel(
    slack: Simulator, gateway: Gateway, bakery: Gateway
) -> None:
    crumb = slack.app("crumb", bakery.url, channels=["random"])
    slack.say("for the first only", channel="general")
    slack.say("for both", channel="random")
    (both,) = bakery.wait(1)
    gateway.wait(2)
    assert texts(bakery) == ["for both"]
    assert sorted(texts(gateway)) == ["for both", "for the first only"]
    assert both.payload["api_app_id"] == crumb.identity.app_id
    assert both.payload["authorizations"][0]["user_id"] == "U0CRUMB"
    assert both.payload["event_id"] not in {each.payload["event_id"] for each in gateway.received}


def test_an_app_gets_only_the_events_that_it_subscribes_to(
    slack: Simulator, bakery: Gateway
) -> None:
    slack.app("crumb", bakery.url, setup=AppSetup(events=("reaction_added",)))
    said = slack.say("nothing to it")
    slack.workspace.react(said.channel, said.ts, "tada", "regular")
    assert [event["type"] for event in bakery.events(1)] == ["reaction_added"]


def test_a_mention_is_of_one_app(slack: Simulator, crumb: App, bakery: Gateway) -> None:
    slack.say(f"<@{slack.bot.id}> and then <@{crumb.bot.id}>")
    slack.say(f"<@{slack.bot.id}> alone")
    types = [event["type"] for event in bakery.events(3)]
    assert sorted(types) == ["app_mention", "message", "message"]


def test_a_token_acts_for_its_app(slack: Simulator, crumb: App, gateway: Gateway) -> None:
    web = client(crumb)
    assert web.auth_test()["user"] == "crumb"
    post = web.chat_postMessage(channel="general", text="Fresh bread")
    assert (post["message"]["bot_id"], post["message"]["app_id"]) == ("B0CRUMB", "A0CRUMB")
    assert gateway.events(1)[0]["bot_id"] == "B0CRUMB"
    assert crumb.expect("Fresh bread").text == "Fresh bread"
    assert [post.text for post in slack.posts()] == []
    with pytest.raises(SlackApiError, match="missing_scope"):
        web.users_list()
    assert client(slack).users_list()["ok"]
    with pytest.raises(SlackApiError, match="cant_update_message"):
        client(slack).chat_update(channel=post["channel"], ts=post["ts"], text="Stale bread")


def test_a_direct_message_is_with_one_app(
    slack: Simulator, crumb: App, gateway: Gateway, bakery: Gateway
) -> None:
    crumb.dm("a roll, please")
    slack.dm("help")
    assert [event["text"] for event in bakery.events(1)] == ["a roll, please"]
    assert [event["text"] for event in gateway.events(1)] == ["help"]


def test_elements_and_answers_belong_to_the_app_that_posted(
    slack: Simulator, crumb: App, gateway: Gateway, bakery: Gateway
) -> None:
    client(crumb).chat_postMessage(channel="general", text="What now?", blocks=BLOCKS)
    with pytest.raises(LookupError, match="sees no 'Bake'"):
        slack.click("Bake")
    bakery.wait(1)
    crumb.click("Bake", user="newcomer")
    assert b"A0CRUMB" in bakery.wait(2)[1].body
    assert [event["text"] for event in gateway.events(1)] == ["What now?"]
    WebhookClient(crumb.interactivity.response_urls.new("general", "U0NEWCOMER")).send(text="Hot!")
    assert crumb.expect("Hot!", user="newcomer")
    WebhookClient(crumb.webhooks.new("random")).send(text="By hook")
    assert crumb.expect("By hook", channel="random")
    assert slack.posts() == []


def test_an_app_fails_alone(slack: Simulator, crumb: App) -> None:
    crumb.fault("chat.postMessage error fatal_error")
    client(slack).chat_postMessage(channel="general", text="works")
    with pytest.raises(SlackApiError, match="fatal_error"):
        client(crumb).chat_postMessage(channel="general", text="doesn't")
    crumb.uninstall()
    with pytest.raises(SlackApiError, match="token_revoked"):
        client(crumb).auth_test()
    assert client(slack).auth_test()["user"] == "gopher"


def test_an_installation_is_of_the_app_whose_code_it_is(slack: Simulator, crumb: App) -> None:
    code = crumb.installations.approve("U0REGULAR", ["chat:write"])
    answer = client(slack).oauth_v2_access(client_id="1.2", client_secret="x", code=code)
    assert answer["app_id"] == "A0CRUMB"
    acting = WebClient(answer["access_token"], base_url=client(slack).base_url)
    assert acting.auth_test()["user"] == "crumb"


def test_an_app_sees_what_it_has_scheduled_itself(slack: Simulator, crumb: App) -> None:
    channel, later = slack.workspace.conversation("general").id, int(slack.clock.now()) + 3600
    due = client(crumb).chat_scheduleMessage(channel=channel, text="bread", post_at=later)
    assert client(slack).chat_scheduledMessages_list()["scheduled_messages"] == []
    id = due["scheduled_message_id"]
    with pytest.raises(SlackApiError, match="invalid_scheduled_message_id"):
        client(slack).chat_deleteScheduledMessage(channel=channel, scheduled_message_id=id)
    slack.clock.advance(3600)
    assert crumb.expect("bread").channel == channel


def test_a_name_is_taken_once(slack: Simulator, crumb: App) -> None:
    with pytest.raises(ValueError, match="there is a crumb"):
        slack.app(crumb.name)


def test_the_control_api_names_the_app(slack: Simulator, control: Control) -> None:
    _, made = control.post("/sim/apps", {"name": "crumb", "events": ["message"]})
    environment = made["environment"]
    assert environment["SLACK_BOT_TOKEN"] == "xoxb-crumb"
    web = WebClient(environment["SLACK_BOT_TOKEN"], base_url=environment["SLACK_API_URL"])
    web.chat_postMessage(channel="general", text="Fresh bread")
    assert control.post("/sim/expect?app=crumb", {"text": "Fresh"})[1]["post"]["text"]
    assert control.post("/sim/expect", {"text": "Fresh", "timeout": 0})[0] == 400
    control.post("/sim/settings?app=crumb", {"scopes": []})
    assert control.get("/sim/settings")[1]["settings"]["scopes"] != []
    state = control.get("/sim/state")[1]
    assert [app["bot"]["name"] for app in state["apps"]] == ["gopher", "crumb"]
    assert "there is no app stale" in control.post("/sim/home?app=stale", {})[1]["error"]


def test_a_workspace_file_names_its_apps(tmp_path: Path) -> None:
    file = tmp_path / "workspace.toml"
    file.write_text('[[other_apps]]\nname = "crumb"\nscopes = ["chat:write"]\n')
    setup = setup_file.read(file)
    assert setup.other_apps == (OtherApp(name="crumb", scopes=("chat:write",)),)
    with Simulator(setup=setup) as slack:
        assert WebClient("xoxb-crumb", base_url=slack.api_url).auth_test()["user"] == "crumb"


@pytest.mark.slow
def test_an_app_over_http_and_one_over_socket_mode_live_together() -> None:
    with Simulator() as slack:
        crumb = slack.app("crumb")
        for app in (slack, crumb):
            app.interactivity.triggers.seconds, app.deliveries.timeout = 60.0, 30.0
        echo, modal = str(APPS / "echo.py"), str(APPS / "modal.py")
        with slack.running(echo, path=EVENTS), crumb.running(modal):
            slack.say("hello", user="newcomer")
            slack.expect("Hello <@U0NEWCOMER>!")
            slack.click("Wave back", user="reviewer")
            slack.feed.wait(lambda entry: "waved with a hand" in str(entry.get("message")))
            crumb.shortcut("new_note")
            crumb.expect_view("A note")
            with pytest.raises(LookupError, match="no open modal"):
                slack.submit({"Note": "to the wrong app"})
            assert crumb.submit({"Note": "buy flour"}) == {}
            crumb.expect("A white note: buy flour", channel="regular")
            assert slack.posts("general")[0].text == "Hello <@U0NEWCOMER>!"


def test_the_page_asks_the_app_that_is_concerned(
    slack: Simulator, control: Control, gateway: Gateway, bakery: Gateway
) -> None:
    commands = (SlashCommand(command="/bake"),)
    crumb = slack.app("crumb", bakery.url, setup=AppSetup(slash_commands=commands, events=()))
    post = client(crumb).chat_postMessage(channel="general", text="What now?", blocks=BLOCKS)
    gateway.wait(1)
    place = {"channel": post["channel"], "ts": post["ts"]}
    assert control.post("/sim/actions", {"action": {"action_id": "bake"}, **place})[0] == 200
    assert control.post("/sim/commands", {"command": "/bake"})[0] == 200
    triggers = crumb.interactivity.triggers
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Dough"}, "blocks": []}
    view = client(crumb).views_open(trigger_id=triggers.new("U0REGULAR"), view=modal)["view"]
    assert [each["view"]["id"] for each in control.get("/sim/state")[1]["views"]] == [view["id"]]
    assert control.post("/sim/views/submit", {"view_id": view["id"]})[0] == 200
    assert len(bakery.wait(3)) == 3
    assert len(gateway.received) == 1
