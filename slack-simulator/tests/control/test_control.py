import base64
import re
import threading

import pytest
import urllib3
from conftest import Control
from gateway import Gateway

from slack_simulator import Simulator
from slack_simulator.control.control import __doc__ as DOC  # noqa: N812
from slack_simulator.workspace.objects import Draft


def test_a_member_says_what_is_typed(control: Control, gateway: Gateway) -> None:
    status, answer = control.post("/sim/messages", {"typed": "@gopher help", "user": "newcomer"})
    assert status == 200
    events = {event["type"]: event for event in gateway.events(2)}
    message = events["message"]
    assert message["text"] == "<@U0GOPHERBOT> help"
    assert (message["user"], message["ts"]) == ("U0NEWCOMER", answer["ts"])
    ids = {received.payload["event_id"] for received in gateway.received}
    assert set(answer["event_ids"]) == ids


def test_a_member_replies_with_markup(control: Control, gateway: Gateway) -> None:
    _, parent = control.post("/sim/messages", {"text": "a &lt; b"})
    _, reply = control.post("/sim/messages", {"text": "yes", "thread_ts": parent["ts"]})
    events = {event["ts"]: event for event in gateway.events(2)}
    assert events[parent["ts"]]["text"] == "a &lt; b"
    assert events[reply["ts"]]["thread_ts"] == parent["ts"]


def test_a_channel_may_be_a_members_dm(control: Control, gateway: Gateway) -> None:
    said = {"typed": "help", "channel": "@newcomer", "user": "newcomer"}
    _, answer = control.post("/sim/messages", said)
    assert answer["channel"].startswith("D")
    assert gateway.events(1)[0]["channel_type"] == "im"


def test_a_file_comes_as_text_or_in_base64(control: Control, slack: Simulator) -> None:
    _, text = control.post("/sim/files", {"name": "a.go", "content": "package a\n"})
    raw = base64.b64encode(b"\x89PNG").decode()
    _, image = control.post("/sim/files", {"name": "a.png", "content_base64": raw})
    assert slack.workspace.files[text["file"]].content == b"package a\n"
    assert slack.workspace.files[image["file"]].content == b"\x89PNG"


@pytest.mark.parametrize(
    ("name", "shown_as"),
    [("a.png", "image/png"), ("a.go", "text/plain"), ("a.html", "application/octet-stream")],
)
def test_a_file_is_shown_but_never_run(slack: Simulator, name: str, shown_as: str) -> None:
    posted = slack.upload("<script>alert(1)</script>", name)
    answer = urllib3.request("GET", f"{slack.url}/sim/file?id={posted.message.files[0].id}")
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"].startswith(shown_as)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_somebody_joins(control: Control, gateway: Gateway) -> None:
    _, team = control.post("/sim/joins", {"user": "gopherling"})
    _, channel = control.post("/sim/joins", {"channel": "newbies", "user": team["user"]})
    events = gateway.events(3)
    assert {event["type"] for event in events} == {
        "team_join",
        "member_joined_channel",
        "message",
    }
    assert channel["channel"] == "C02A8LZKT"


def test_somebody_leaves(control: Control, slack: Simulator, gateway: Gateway) -> None:
    before = slack.feed.seq
    wanted = {"channel": "random", "user": "newcomer"}
    _, left = control.post("/sim/leaves", wanted)
    assert {event["type"] for event in gateway.events(2)} == {"message", "member_left_channel"}
    _, answer = control.get(f"/sim/feed?after={before}&kind=channel_leave")
    [entry] = answer["entries"]
    told = {name: entry[name] for name in ("channel", "user", "ts", "event_ids")}
    assert told == {name: left[name] for name in told}
    assert (entry["channel_name"], entry["by_bot"]) == ("random", False)

    _, again = control.post("/sim/leaves", wanted)
    assert (again["ok"], again["event_ids"]) == (True, [])
    assert control.post("/sim/leaves", {"channel": "nowhere"})[1]["error"] == "channel_not_found"


def test_a_member_reacts(control: Control, slack: Simulator) -> None:
    _, said = control.post("/sim/messages", {"text": "hi"})
    control.post("/sim/reactions", {"channel": said["channel"], "ts": said["ts"], "emoji": "wave"})
    assert slack.workspace.message("general", said["ts"]).reactions == {"wave": ["U0REGULAR"]}


def test_the_state_has_everything_a_page_shows(control: Control, slack: Simulator) -> None:
    said = slack.say("hello")
    slack.workspace.post_ephemeral(
        slack.workspace.conversation("general"),
        slack.workspace.bot,
        Draft(text="psst"),
        to=slack.workspace.user("regular"),
    )
    slack.deliveries.wait_idle()
    status, state = control.get("/sim/state")
    assert status == 200
    assert state["seq"] == slack.feed.seq
    assert state["bot"] == {"id": "U0GOPHERBOT", "name": "gopher"}
    assert {user["name"] for user in state["users"]} >= {"newcomer", "regular", "gopher"}
    general = next(c for c in state["channels"] if c["name"] == "general")
    assert general["kind"] == "channel"
    assert "U0REGULAR" in general["members"]
    shown = [(m["text"], m.get("ephemeral_to")) for m in general["messages"]]
    assert shown == [("hello", None), ("psst", "U0REGULAR")]
    assert general["messages"][0]["ts"] == said.ts
    assert state["settings"]["latency"] == 0


def test_older_messages_come_in_parts(control: Control, slack: Simulator) -> None:
    said = [slack.say(str(number)).ts for number in range(210)]
    general = next(c for c in control.get("/sim/state")[1]["channels"] if c["name"] == "general")
    assert general["has_more"]
    before = general["messages"][0]["ts"]
    _, older = control.get(f"/sim/messages?channel=general&before={before}")
    shown = [message["ts"] for message in [*older["messages"], *general["messages"]]]
    assert (shown, older["has_more"]) == (said, False)


def test_faults_are_added_listed_and_cleared(
    control: Control, slack: Simulator, http: urllib3.PoolManager
) -> None:
    fault = {"kind": "server_error", "method": "auth.test", "times": None, "status": 502}
    assert control.post("/sim/faults", fault)[0] == 200
    assert http.request("GET", f"{slack.api_url}auth.test").status == 502
    [listed] = control.get("/sim/faults")[1]["faults"]
    assert (listed["kind"], listed["hits"]) == ("server_error", 1)
    assert control.post("/sim/faults/clear", {})[1]["faults"] == []


def test_settings_change_only_where_they_are_given(control: Control, slack: Simulator) -> None:
    wanted = {
        "latency": 0.01,
        "redeliver": 4,
        "delays": [0.1, 0.2],
        "scopes": ["chat:write"],
        "user_scopes": ["search:read"],
        "emoji": ["wave"],
        "honors_client_msg_id": True,
        "rate_limit": {"per_second": 5, "burst": 2},
        "gateway": ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"],
    }
    assert control.post("/sim/settings", wanted)[0] == 200
    assert slack.latency == 0.01
    assert slack.deliveries.redeliver == 4
    assert slack.deliveries.delays == [0.1, 0.2]
    assert slack.gateway == wanted["gateway"]
    assert slack.workspace.custom_emoji == {"wave"}
    assert slack.workspace.honors_client_msg_id
    _, answer = control.post("/sim/settings", {"rate_limit": None})
    assert answer["settings"] == control.get("/sim/settings")[1]["settings"]
    assert answer["settings"] == wanted | {
        "distribution": None,
        "rate_limit": None,
        "jitter": 0,
        "clock_skew": 0,
    }


def test_the_feed_can_be_polled(control: Control, slack: Simulator) -> None:
    slack.gateway = None
    slack.say("hello")
    _, answer = control.get("/sim/feed?after=0&kind=message")
    [entry] = answer["entries"]
    assert entry["message"]["text"] == "hello"
    assert (entry["seq"], answer["seq"]) == (1, 2), "an entry says that it wasn't sent"
    assert control.get("/sim/feed?after=2")[1]["entries"] == []


def test_the_feed_can_be_waited_on(control: Control, slack: Simulator) -> None:
    slack.gateway = None
    threading.Timer(0.05, slack.say, ("late",)).start()
    _, answer = control.get("/sim/feed?after=0&wait=5")
    assert answer["entries"][0]["message"]["text"] == "late"


def test_traces_of_other_processes_join_the_feed(control: Control, slack: Simulator) -> None:
    trace = {"event_id": "Ev1", "step": "queued", "seconds": 0.001}
    control.post("/sim/traces", trace)
    control.post("/sim/traces", [trace | {"step": "matched"}, trace | {"seq": 99, "kind": "x"}])
    first, second, third = slack.feed.after(0, "trace")
    assert (first["step"], second["step"]) == ("queued", "matched")
    assert (third.as_dict()["seq"], third.as_dict()["kind"]) == (3, "trace")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/sim/messages", b"{", "truncated"),
        ("/sim/messages", {"channel": 1}, "Expected `str`, got `int` - at `$.channel`"),
        ("/sim/messages", {"txt": "hi"}, "any of: typed, text, channel"),
        ("/sim/messages", [], "Expected `object`"),
        ("/sim/messages", {"text": "hi", "channel": "nowhere"}, "channel_not_found"),
        ("/sim/messages", {"text": "x" * 40_001}, "at most 40,000 characters"),
        ("/sim/messages", {"text": "hi", "user": "nobody"}, "user_not_found"),
        ("/sim/joins", {"channel": "vendoring"}, "is_archived"),
        ("/sim/faults", {"kind": "explode"}, "Invalid enum value 'explode'"),
        ("/sim/faults", {"kind": "slow", "seconds": -1}, "not be negative"),
        ("/sim/settings", {"gateway": ["ftp://x"]}, "matching regex"),
        ("/sim/settings", {"rate_limit": {"per_second": 0}}, "above 0"),
        ("/sim/settings", {"redeliver": 0}, ">= 1"),
        ("/sim/traces", 1, "a list of them"),
        ("/sim/services/gerrit/touch", {"number": 1}, "there is no change 1"),
        ("/sim/services/gerrit/changes", {"number": 1}, "missing required field `subject`"),
        ("/sim/services/changelog", {"next_episode": "2024-05-07T19:00:00"}, "timezone"),
        ("/sim/services/nothing/fault", {"fault": None}, "there are playground, gerrit"),
        ("/sim/services/gerrit/fault", {"fault": {"kind": "x"}}, "Invalid enum"),
    ],
)
def test_bad_input_is_told_what_to_do(
    control: Control, slack: Simulator, path: str, body: object, says: str
) -> None:
    status, answer = control.post(path, body)
    assert status == 400
    assert answer["ok"] is False
    assert says in answer["error"]
    assert slack.feed.after() == []


@pytest.mark.parametrize("path", ["/sim/feed?after=x", "/sim/feed?wait=x", "/sim/stream?after=x"])
def test_bad_numbers_are_refused(control: Control, path: str) -> None:
    assert control.get(path)[0] == 400


def test_other_paths_and_methods_are_refused(
    control: Control, slack: Simulator, http: urllib3.PoolManager
) -> None:
    assert control.get("/sim/nothing")[0] == 404
    assert control.post("/sim/nothing", {})[0] == 404
    assert http.request("DELETE", f"{slack.url}/sim/faults").status == 405
    table = http.request("GET", f"{slack.url}/sim/").data.decode()
    assert "/sim/services/gerrit/changes" in table


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
    ],
)
def test_a_page_elsewhere_cannot_drive_it(
    slack: Simulator, http: urllib3.PoolManager, headers: dict[str, str]
) -> None:
    sent = {"Content-Type": "application/json"} | headers
    body = b'{"text": "forged"}'
    answer = http.request("POST", f"{slack.url}/sim/messages", body=body, headers=sent)
    assert answer.status in {403, 415}
    assert slack.feed.after() == []


def test_the_openapi_document_has_every_endpoint(control: Control) -> None:
    _, document = control.get("/sim/openapi.json")
    _, _, table = str(DOC).partition("====\n")
    listed = set(re.findall(r"^(GET|POST) +(/sim/[\w/.]*)", table, re.MULTILINE))
    services = {("POST", "/sim/services/NAME/fault"), ("POST", "/sim/services/")}
    described = {
        (verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs
    }
    assert described == listed - services
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references <= document["components"]["schemas"].keys()
