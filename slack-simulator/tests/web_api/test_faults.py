import socket
import threading
from urllib.parse import urlsplit

import pytest
import urllib3
from sample import SAMPLE
from support import PATIENCE

from slack_simulator import Fault, Simulator

Outcome = urllib3.BaseHTTPResponse


@pytest.fixture(autouse=True)
def no_gateway(slack: Simulator) -> None:
    slack.gateway = None


def post(slack: Simulator, http: urllib3.PoolManager, channel: str = "general") -> Outcome:
    return http.request(
        "POST",
        f"{slack.api_url}chat.postMessage",
        headers={"Authorization": "Bearer xoxb-test"},
        json={"channel": channel, "text": "hi"},
    )


def read_all(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def posted(slack: Simulator) -> int:
    return len(slack.posts())


def test_rate_limited(slack: Simulator, http: urllib3.PoolManager) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=7))
    refused = post(slack, http)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")
    assert refused.json() == {"ok": False, "error": "ratelimited"}
    assert posted(slack) == 0
    assert post(slack, http).json()["ok"]


@pytest.mark.parametrize("done", [False, True])
def test_server_error(slack: Simulator, http: urllib3.PoolManager, done: bool) -> None:
    slack.faults.add(Fault(kind="server_error", status=500, done=done))
    assert post(slack, http).status == 500
    assert posted(slack) == int(done)


@pytest.mark.parametrize("kind", ["slow", "slow_after"])
def test_slow(slack: Simulator, http: urllib3.PoolManager, kind: str) -> None:
    slack.faults.add(Fault(kind=kind, seconds=0.1))  # type: ignore[arg-type]
    assert post(slack, http).json()["ok"]
    [call] = slack.calls()
    assert call.seconds >= 0.09
    assert call.fault == kind
    [message] = slack.feed.after(0, "message")
    started = call.at - call.seconds
    was_late = message.at - started >= 0.09
    assert was_late == (kind == "slow")


def test_a_caller_that_gives_up_on_a_late_answer_has_posted_all_the_same(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    slack.faults.add(Fault(kind="slow_after", seconds=30))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        http.request(
            "POST",
            f"{slack.api_url}chat.postMessage",
            headers={"Authorization": "Bearer xoxb-test"},
            json={"channel": "general", "text": "hi"},
            timeout=0.1,
        )
    assert posted(slack) == 1


@pytest.mark.parametrize(("kind", "done"), [("cut_before", 0), ("cut_after", 1)])
def test_cut_without_an_answer(
    slack: Simulator, http: urllib3.PoolManager, kind: str, done: int
) -> None:
    slack.faults.add(Fault(kind=kind))  # type: ignore[arg-type]
    with pytest.raises(urllib3.exceptions.ProtocolError, match="closed connection without"):
        post(slack, http)
    assert posted(slack) == done
    [call] = slack.calls()
    assert (call.http_status, call.fault) == (None, kind)


def test_cut_in_the_middle_of_the_answer(slack: Simulator) -> None:
    slack.faults.add(Fault(kind="cut_during"))
    address = urlsplit(slack.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as raw:
        body = b'{"channel": "general", "text": "hi"}'
        raw.sendall(
            b"POST /api/chat.postMessage HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Authorization: Bearer xoxb-test\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        slack.feed.wait(lambda entry: entry.kind == "api_call")
        with pytest.raises(ConnectionResetError):
            read_all(raw)
    assert posted(slack) == 1


def test_wrong_content_type(slack: Simulator, http: urllib3.PoolManager) -> None:
    slack.faults.add(Fault(kind="wrong_content_type", done=True))
    page = post(slack, http)
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert posted(slack) == 1


def test_an_error_of_slacks(slack: Simulator, http: urllib3.PoolManager) -> None:
    slack.faults.add(Fault(kind="error", error="is_archived"))
    assert post(slack, http).json() == {"ok": False, "error": "is_archived"}
    assert posted(slack) == 0


def test_a_fault_strikes_its_method_and_channel_only(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    fault = slack.faults.add(Fault(kind="server_error", channel="random", times=None))
    slack.faults.add(Fault(kind="server_error", method="reactions.add", times=None))
    assert post(slack, http).status == 200
    assert post(slack, http, "random").status == 503
    assert post(slack, http, "C029RQSEG").status == 503
    assert fault.hits == 2


def test_a_fault_strikes_as_often_as_it_was_told_to(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    slack.faults.add(Fault(kind="server_error", times=2, skip=1))
    assert [post(slack, http).status for _ in range(5)] == [200, 503, 503, 200, 200]
    assert slack.faults.list() == []


def test_faults_are_taken_in_their_order_and_cleared(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    slack.faults.add(Fault(kind="server_error", status=500))
    slack.faults.add(Fault(kind="server_error", status=502, times=None))
    assert [post(slack, http).status for _ in range(3)] == [500, 502, 502]
    assert len(slack.faults.list()) == 1
    slack.faults.clear()
    assert post(slack, http).status == 200


def test_a_fault_must_make_sense() -> None:
    with pytest.raises(ValueError, match="not be negative"):
        Fault(kind="server_error", status=200)


def test_slack_can_be_away_and_come_back(slack: Simulator, http: urllib3.PoolManager) -> None:
    assert post(slack, http).status == 200
    with slack.away(), pytest.raises(urllib3.exceptions.NewConnectionError):
        post(slack, http)
    assert post(slack, http).status == 200
    assert posted(slack) == 2


def test_stopping_does_not_wait_for_slow_calls(http: urllib3.PoolManager) -> None:
    slack = Simulator(setup=SAMPLE)
    slack.start()
    slack.faults.add(Fault(kind="slow", seconds=60))
    failures: list[Exception] = []

    def call() -> None:
        try:
            post(slack, http)
        except urllib3.exceptions.HTTPError as failure:
            failures.append(failure)

    caller = threading.Thread(target=call)
    caller.start()
    while slack.faults.list():
        slack.feed.wait_after(slack.feed.seq, 0.01)
    slack.stop()
    caller.join(5)
    assert not caller.is_alive()
