import http.client
import re
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from support import PATIENCE

from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient
from slack_simulator.web_api.methods import METHODS

BEARER = {"Authorization": "Bearer xoxb-test"}


@pytest.fixture(autouse=True)
def no_gateway(slack: Simulator) -> None:
    slack.gateway = None


def connect(slack: Simulator) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(slack.url).netloc, timeout=PATIENCE)


def raw(slack: Simulator, request: bytes) -> bytes:
    address = urlsplit(slack.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        Simulator(host=host)


def test_a_connection_stays_open(slack: Simulator) -> None:
    connection = connect(slack)
    for _ in range(3):
        connection.request("GET", "/api/auth.test", headers=BEARER)
        answer = connection.getresponse()
        answer.read()
        port = connection.sock.getsockname()[1]
        assert answer.getheader("connection") == "keep-alive"
    assert connection.sock.getsockname()[1] == port


def test_a_client_may_have_its_connection_closed(slack: Simulator) -> None:
    request = b"GET /api/api.test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert raw(slack, request).endswith(b'{"ok":true,"args":{}}')
    request = b"GET /api/api.test HTTP/1.0\r\nHost: localhost\r\n\r\n"
    assert b"connection: close" in raw(slack, request)


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / and more HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\nA: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(slack: Simulator, request_: bytes) -> None:
    assert raw(slack, request_).startswith(b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/2.0\r\n\r\n", b"505"),
    ],
)
def test_what_is_too_much_is_refused(slack: Simulator, request_: bytes, status: bytes) -> None:
    assert raw(slack, request_).startswith(b"HTTP/1.1 " + status)


def test_large_bodies_are_asked_for(slack: Simulator) -> None:
    request = (
        b"POST /api/api.test HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    assert raw(slack, request).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_forty_kept_open_connections_are_served_at_once(slack: Simulator) -> None:
    connections = [connect(slack) for _ in range(40)]
    together = threading.Barrier(40)
    statuses: list[int] = []

    def call(connection: http.client.HTTPConnection) -> None:
        for _ in range(5):
            together.wait(PATIENCE)
            connection.request("GET", "/api/auth.test", headers=BEARER)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)

    threads = [threading.Thread(target=call, args=(each,)) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert statuses == [200] * 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8065"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
        {"Host": "[::1"},
        {"Host": "user@127.0.0.1"},
        {"Host": "127.0.0.1:80/evil.example"},
        {"Host": "127.0.0.1, evil.example"},
        {"Host": "0.0.0.0"},
        {"Host": "localhost."},
        {"Host": "127.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_pages_of_other_sites_are_refused(
    slack: Simulator, http: urllib3.PoolManager, headers: dict[str, str]
) -> None:
    for path in ("/sim/state", "/sim/stream", "/api/api.test", "/gerrit/changes/"):
        assert http.request("GET", slack.url + path, headers=headers).status == 403, path


def test_a_link_elsewhere_leads_to_the_page_and_nowhere_else(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert http.request("GET", f"{slack.url}/", headers=headers).status == 200
    assert http.request("POST", f"{slack.url}/", headers=headers).status == 403
    embedded = headers | {"Sec-Fetch-Mode": "no-cors"}
    assert http.request("GET", f"{slack.url}/", headers=embedded).status == 403


def test_a_get_changes_nothing_whoever_makes_a_browser_send_it(
    slack: Simulator, http: urllib3.PoolManager
) -> None:
    """Safari before 16.4 tells no origin of a GET."""
    ts = slack.say("hello").ts
    arguments = {"channel": "C029RQSEE", "ts": ts, "timestamp": ts, "name": "eyes", "text": "x"}
    arguments |= {"user": "U0REGULAR", "users": "U0REGULAR", "token": "xoxb-test"}
    body = {"typed": "x", "channel": "general", "ts": ts, "emoji": "eyes", "method": "auth.test"}
    asked = [(f"/api/{name}", arguments) for name in METHODS]
    listed = http.request("GET", f"{slack.url}/sim/").data.decode()
    asked += [(path, body) for path in re.findall(r"^POST +(/sim/[\w/]+)", listed, re.MULTILINE)]
    assert len(asked) > 40

    def state() -> Any:
        return http.request("GET", f"{slack.url}/sim/state").json() | {"seq": 0}

    before = state()
    for path, fields in asked:
        http.request("GET", slack.url + path, fields=fields)
    assert state() == before
    written = f"{slack.url}/api/chat.postMessage"
    http.request("POST", written, fields=arguments, encode_multipart=False)
    assert state() != before


def test_its_own_page_is_served(slack: Simulator, http: urllib3.PoolManager) -> None:
    port = urlsplit(slack.url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert http.request("GET", f"{slack.url}/sim/state", headers=headers).status == 200
        other_port = headers | {"Origin": "http://127.0.0.1:1"}
        assert http.request("GET", f"{slack.url}/sim/state", headers=other_port).status == 403


def test_unknown_addresses_are_not_found(slack: Simulator, http: urllib3.PoolManager) -> None:
    assert http.request("GET", f"{slack.url}/nothing").status == 404
    assert http.request("GET", f"{slack.url}/files-pri/").status in {200, 404}


def test_a_taken_port_is_an_error(slack: Simulator) -> None:
    port = urlsplit(slack.url).port
    assert port is not None
    with pytest.raises(OSError, match="in use"):
        Simulator(port=port).start()


def test_many_members_may_act_at_once(slack: Simulator) -> None:
    def act(number: int) -> None:
        with SimulatorClient(slack.url) as client:
            for _ in range(10):
                said: dict[str, Any] = client.say(f"from {number}")
                client.react(said["channel"], said["ts"], "wave")

    threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    messages = slack.workspace.conversation("general").messages
    assert len(messages) == 80
    assert list(messages) == sorted(messages)
    numbers = [entry.seq for entry in slack.feed.after()]
    assert numbers == list(range(1, len(numbers) + 1))
