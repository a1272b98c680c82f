"""What went over the wire can be read afterwards."""

import contextlib
from typing import Any

import msgspec
import urllib3
from conftest import Control
from gateway import Gateway, Reply
from slack_sdk import WebClient

from slack_simulator import Fault, Simulator
from slack_simulator.feed.exchanges import MOST_BYTES, MOST_KEPT, Exchange, Exchanges


def exchange_of(control: Control, slack: Simulator, kind: str) -> dict[str, Any]:
    (entry, *_) = slack.feed.after(0, kind)
    status, answer = control.get(f"/sim/exchange?id={entry['exchange']}")
    assert status == 200
    return answer


def test_a_delivery_is_kept_as_it_was_sent(
    control: Control, slack: Simulator, gateway: Gateway
) -> None:
    gateway.answer = lambda _: Reply(422, {"Content-Type": "text/plain"}, b"event: missing\n")
    slack.deliveries.delays = ()
    slack.say("hello")
    entry = slack.feed.wait(lambda each: each.kind == "acknowledged")
    assert entry["reason"] == "event: missing"

    kept = exchange_of(control, slack, "acknowledged")
    (received,) = gateway.received
    assert kept["request"]["url"] == gateway.url
    assert msgspec.json.decode(str(kept["request"]["body"])) == received.payload
    assert kept["request"]["headers"]["X-Slack-Signature"] == received.headers["X-Slack-Signature"]
    assert kept["response"]["status"] == 422
    assert kept["response"]["body"] == "event: missing\n"


def test_a_page_is_no_reason(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda _: Reply(502, {"Content-Type": "text/html"}, b"<h1>Bad</h1>")
    slack.deliveries.delays = ()
    slack.say("hello")
    assert slack.feed.wait(lambda each: each.kind == "acknowledged")["reason"] == ""


def test_a_call_is_kept_without_its_token(
    control: Control, slack: Simulator, web: WebClient
) -> None:
    slack.gateway = None
    web.chat_postMessage(channel="general", text="hello")
    kept = exchange_of(control, slack, "api_call")
    assert kept["request"]["url"] == "/api/chat.postMessage"
    assert "hello" in str(kept["request"]["body"])
    assert '"ok":true' in str(kept["response"]["body"])
    assert "xoxb-test" not in str(kept)
    assert kept["request"]["headers"]["authorization"] == "Bearer ****"


def test_a_call_that_was_cut_has_no_response(
    control: Control, slack: Simulator, http: urllib3.PoolManager
) -> None:
    slack.faults.add(Fault(kind="cut_before"))
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        http.request("POST", f"{slack.api_url}api.test")
    assert exchange_of(control, slack, "api_call")["response"] is None


def test_a_service_is_kept(control: Control, slack: Simulator, http: urllib3.PoolManager) -> None:
    http.request("GET", f"{slack.url}/gerrit/changes/?q=status:merged&n=3")
    kept = exchange_of(control, slack, "service")
    assert kept["request"]["url"] == "/gerrit/changes/?q=status:merged&n=3"
    assert str(kept["response"]["body"]).startswith(")]}'")


def test_what_is_not_kept_is_told(control: Control) -> None:
    for number in ("7", "x", ""):
        status, answer = control.get(f"/sim/exchange?id={number}")
        assert status == 400
        assert "isn't kept any longer" in answer["error"]


def test_only_the_newest_are_kept() -> None:
    exchanges = Exchanges()
    for _ in range(MOST_KEPT + 10):
        last = exchanges.add(Exchange(method="GET", url="/", headers={}, body=b""))
    assert exchanges.get(10) is None
    assert exchanges.get(11) is not None
    assert exchanges.get(last) is not None


def test_they_never_take_more_than_so_many_bytes() -> None:
    exchanges = Exchanges()
    big = Exchange(method="GET", url="/", headers={}, body=bytes(MOST_BYTES // 4))
    numbers = [exchanges.add(big) for _ in range(6)]
    assert [exchanges.get(number) is not None for number in numbers] == [False] * 2 + [True] * 4
    huge = exchanges.add(Exchange(method="GET", url="/", headers={}, body=bytes(MOST_BYTES + 1)))
    assert exchanges.get(huge) is not None
