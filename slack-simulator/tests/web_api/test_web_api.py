import msgspec
import pytest
import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

BEARER = {"Authorization": "Bearer xoxb-test"}


def error(failure: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(failure.value.response["error"])


def test_auth_test_tells_the_bot_who_it_is(web: WebClient) -> None:
    answer = web.auth_test()
    assert answer["user_id"] == "U0GOPHERBOT"
    assert answer["bot_id"] == "B0GOPHERBOT"
    assert answer["team_id"] == "T0GOPHERS"


def test_every_answer_names_the_request_and_the_scopes(web: WebClient, slack: Simulator) -> None:
    slack.web_api.scopes = ["chat:write", "users:read"]
    headers = web.auth_test().headers
    assert headers["x-oauth-scopes"] == "chat:write,users:read"
    assert headers["x-slack-req-id"]


@pytest.mark.parametrize(
    ("token", "refusal"), [("", "not_authed"), ("xoxp-user", "invalid_auth"), ("x", "invalid_auth")]
)
def test_a_token_must_be_a_bots(slack: Simulator, token: str, refusal: str) -> None:
    with pytest.raises(SlackApiError) as failure:
        WebClient(token=token, base_url=slack.api_url, retry_handlers=[]).auth_test()
    assert error(failure) == refusal


def test_the_accepted_tokens_can_be_set(slack: Simulator, web: WebClient) -> None:
    slack.web_api.tokens = {"xoxb-other"}
    with pytest.raises(SlackApiError) as failure:
        web.auth_test()
    assert error(failure) == "invalid_auth"


def test_a_token_may_come_as_an_argument(slack: Simulator, http: urllib3.PoolManager) -> None:
    url = f"{slack.api_url}auth.test"
    assert http.request("POST", url, fields={"token": "xoxb-1"}, encode_multipart=False).json()[
        "ok"
    ]
    assert http.request("GET", f"{url}?token=xoxb-1").json()["ok"]
    assert all("token" not in call.arguments for call in slack.calls())


@pytest.mark.parametrize("method", ["chat.postMessage", "reactions.add", "conversations.open"])
def test_what_writes_is_not_to_be_had_by_get(
    slack: Simulator, http: urllib3.PoolManager, method: str
) -> None:
    query = "token=xoxb-1&channel=C029RQSEE&text=x&name=tada&users=U0REGULAR"
    answer = http.request("GET", f"{slack.api_url}{method}?{query}")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    assert not slack.posts()


def test_an_unknown_method_is_told(slack: Simulator, web: WebClient) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.api_call("chat.shout")
    assert error(failure) == "unknown_method"
    assert failure.value.response["req_method"] == "chat.shout"


def test_api_test_gives_arguments_back_without_a_token(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    answer = http.request("GET", f"{slack.api_url}api.test?foo=bar").json()
    assert answer == {"ok": True, "args": {"foo": "bar"}}
    assert http.request("GET", f"{slack.api_url}api.test?error=oops").json()["error"] == "oops"


def test_forms_and_json_are_the_same(slack: Simulator, http: urllib3.PoolManager) -> None:
    url = f"{slack.api_url}chat.postMessage"
    attachments = [{"text": "more", "fallback": "more"}]
    form = {
        "channel": "general",
        "text": "hi",
        "attachments": msgspec.json.encode(attachments).decode(),
        "unfurl_links": "false",
    }
    http.request("POST", url, headers=BEARER, fields=form, encode_multipart=False)
    json = {"channel": "general", "text": "hi", "attachments": attachments, "unfurl_links": False}
    http.request("POST", url, headers=BEARER, json=json)
    first, second = slack.posts()
    assert first.attachments == second.attachments == [{"id": 1, **attachments[0]}]
    assert first.unfurl_links is second.unfurl_links is False


@pytest.mark.parametrize(
    ("content_type", "body", "refusal"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("application/xml", b"<a/>", "invalid_post_type"),
        ("application/x-www-form-urlencoded", b"\xff=\xff", "invalid_form_data"),
    ],
)
def test_bodies_slack_cannot_read_are_refused(
    slack: Simulator, http: urllib3.PoolManager, content_type: str, body: bytes, refusal: str
) -> None:
    headers = BEARER | {"Content-Type": content_type}
    answer = http.request("POST", f"{slack.api_url}auth.test", body=body, headers=headers)
    assert answer.status == 200
    assert answer.json() == {"ok": False, "error": refusal}


@pytest.mark.parametrize(
    ("method", "arguments", "scope"),
    [
        ("chat.postMessage", {"channel": "general", "text": "hi"}, "chat:write"),
        ("chat.postEphemeral", {"channel": "general", "text": "hi", "user": "U1"}, "chat:write"),
        ("reactions.add", {"channel": "C029RQSEE", "timestamp": "1.0", "name": "x"}, None),
        ("conversations.list", {}, "channels:read"),
        ("conversations.list", {"types": "private_channel"}, "groups:read"),
        ("conversations.info", {"channel": "C029RQSEE"}, "channels:read"),
        ("conversations.history", {"channel": "C029RQSEE"}, "channels:history"),
        ("conversations.history", {"channel": "G0MODTEAM"}, "groups:history"),
        ("conversations.history", {"channel": "G0GROUPDM"}, "mpim:history"),
        ("conversations.open", {"users": "U0REGULAR"}, "im:write"),
        ("users.info", {"user": "U0REGULAR"}, "users:read"),
        ("files.info", {"file": "F1"}, "files:read"),
    ],
)
def test_a_method_needs_its_scope(
    slack: Simulator, web: WebClient, method: str, arguments: dict[str, str], scope: str | None
) -> None:
    slack.web_api.scopes = ["app_mentions:read", "team:read"]
    with pytest.raises(SlackApiError) as failure:
        web.api_call(method, json=arguments)
    answer = failure.value.response
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == (scope or "reactions:write")
    assert answer["provided"] == "app_mentions:read,team:read"


def test_another_name_needs_a_scope_of_its_own(slack: Simulator, web: WebClient) -> None:
    slack.web_api.scopes = ["chat:write"]
    with pytest.raises(SlackApiError) as failure:
        web.chat_postMessage(channel="general", text="hi", username="Changelog")
    assert failure.value.response["needed"] == "chat:write.customize"


def test_calls_are_logged_with_their_outcome(slack: Simulator, web: WebClient) -> None:
    web.chat_postMessage(channel="general", text="hi")
    with pytest.raises(SlackApiError):
        web.chat_postMessage(channel="nowhere", text="hi")
    good, bad = slack.wait_for_calls("chat.postMessage", 2)
    assert (good.http_status, good.error, good.fault) == (200, "", "")
    assert good.arguments == {"channel": "general", "text": "hi"}
    assert good.seconds > 0
    assert bad.error == "channel_not_found"
    assert slack.calls("auth.test") == []
    assert len(slack.calls()) == 2


def test_every_call_can_take_its_time(slack: Simulator, web: WebClient) -> None:
    slack.latency = 0.05
    web.auth_test()
    assert slack.calls()[0].seconds >= 0.049
