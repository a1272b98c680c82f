from __future__ import annotations

import logging
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import urllib3
from structlog.testing import capture_logs

from gopherbot.dev.gophers import GOPHERS
from gopherbot.errors import RetryLater, ServiceAway, ServiceError
from gopherbot.model import File
from gopherbot.services.web_fetcher import FILE_BYTES, HttpFetcher, new_pool
from gopherbot.settings import Identity, RedisSettings, Role, Secret, Services, Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool
from slack_simulator import Simulator
from slack_simulator.web_api.faults import Fault

pytestmark = pytest.mark.slow

TOKEN = "xoxb-a-secret-of-the-tests"
CODE = "package main\n\nfunc main() {}\n// 世界\n"

Answering = Callable[["Conversation"], None]


class Conversation:
    """One connection to a `Host`: the request that came, and the way to answer."""

    def __init__(self, connection: socket.socket, request: bytes, closing: threading.Event) -> None:
        self.connection = connection
        self.request = request
        self.closing = closing

    def send(self, data: bytes) -> bool:
        """Whether the other side still takes data."""
        try:
            self.connection.sendall(data)
        except OSError:
            return False
        return True

    def drip(self, data: bytes) -> None:
        """Send byte by byte, slowly, until the other side has had enough."""
        for byte in data:
            if not self.send(bytes([byte])) or self.closing.wait(0.05):
                return


def whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


class Host:
    """A web server that answers with just the bytes it is told to."""

    def __init__(self) -> None:
        self.answer: Answering = lambda said: None
        self.requests: list[bytes] = []
        self.given_up = threading.Event()
        """Set when the answer could not be sent to its end."""
        self.closing = threading.Event()
        host = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                request = b""
                while not whole(request):
                    piece = self.request.recv(65536)
                    if not piece:
                        return
                    request += piece
                host.requests.append(request)
                host.answer(Conversation(self.request, request, host.closing))

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def says(self, *pieces: bytes) -> None:
        """Answer with these bytes, then hang up."""

        def answer(said: Conversation) -> None:
            if not all(said.send(piece) for piece in pieces):
                self.given_up.set()

        self.answer = answer


def answer(body: bytes, status: str = "200 OK", headers: str = "", length: object = None) -> bytes:
    if length is None:
        length = len(body)
    declared = f"Content-Length: {length}\r\n" if length != "" else ""
    return f"HTTP/1.1 {status}\r\n{declared}{headers}\r\n".encode() + body


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture
def other() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


def settings(api_url: str, services: Services | None = None) -> Settings:
    return Settings(
        role=Role.WORKER,
        env="testing",
        port=8000,
        log_level=logging.INFO,
        redis=RedisSettings("localhost", 6379),
        identity=Identity("app", "dyno"),
        services=services or Services(),
        slack_api_url=api_url,
        bot_token=Secret(TOKEN),
    )


@cache
def trusted() -> ssl.SSLContext:
    """Whom a fetcher trusts; it takes 40 ms to load."""
    return ssl.create_default_context()


def fetcher_for(settings: Settings, pool: urllib3.PoolManager | None = None) -> HttpFetcher:
    """A fetcher of little patience: half a second for a read, one and a half for all."""
    pool = pool or new_pool(trusted(), total_seconds=1.5)
    slack = Slack(settings, HttpPool(settings.slack_api_url, trusted()))
    return HttpFetcher(settings, pool, slack, read_seconds=0.5)


@pytest.fixture
def fetcher(host: Host) -> HttpFetcher:
    """A fetcher for which `host` is both Slack and the Playground."""
    return fetcher_for(settings(f"{host.url}/api/", Services(playground=host.url)))


def shared_at(url: str, **more: Any) -> File:
    return replace(File("F1", "main.go", "text/plain", "go", 10, url, time.time()), **more)


# Any address, for the watchers.


def test_get_gives_the_body(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b")]}'\n[]"))
    assert fetcher.get(f"{host.url}/changes/?q=status:merged&O=12") == b")]}'\n[]"
    assert host.requests[0].startswith(b"GET /changes/?q=status:merged&O=12 HTTP/1.1\r\n")


def test_get_reads_a_body_that_comes_in_chunks(fetcher: HttpFetcher, host: Host) -> None:
    chunked = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    host.says(answer(b"", headers="Transfer-Encoding: chunked\r\n", length="") + chunked)
    assert fetcher.get(host.url) == b"abcdefg"


def test_get_sends_no_token_anywhere(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"{}"))
    fetcher.get(f"{host.url}/live/status")
    assert TOKEN.encode() not in host.requests[0]


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "404 Not Found", "503 Away"])
def test_get_takes_nothing_but_a_200(fetcher: HttpFetcher, host: Host, status: str) -> None:
    host.says(answer(b"" if status[0] == "2" else b"x", status))
    with pytest.raises(ServiceError, match=status[:3]):
        fetcher.get(host.url)


def test_get_follows_no_redirect(fetcher: HttpFetcher, host: Host, other: Host) -> None:
    host.says(answer(b"", "302 Found", f"Location: {other.url}/x\r\n"))
    with pytest.raises(ServiceError):
        fetcher.get(host.url)
    assert other.requests == []


def test_get_reads_up_to_its_limit(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"x" * 1000))
    assert len(fetcher.get(host.url, limit=1000)) == 1000
    with pytest.raises(ServiceError, match="more than 999 bytes"):
        fetcher.get(host.url, limit=999)


def test_get_gives_up_on_an_answer_that_drips(fetcher: HttpFetcher, host: Host) -> None:
    host.answer = lambda said: said.drip(answer(b"", length=1000) + b"x" * 1000)
    with pytest.raises(ServiceError):
        fetcher.get(host.url)


def test_get_gives_up_on_a_head_that_drips(fetcher: HttpFetcher, host: Host) -> None:
    host.answer = lambda said: said.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Padding: x\r\n" * 1000)
    with pytest.raises(ServiceError, match="Timeout"):
        fetcher.get(host.url)


def test_get_gives_up_on_a_body_that_drips(fetcher: HttpFetcher, host: Host) -> None:
    def drip(said: Conversation) -> None:
        said.send(answer(b"", length=1000))
        said.drip(b"x" * 1000)

    host.answer = drip
    with pytest.raises(ServiceError, match="Timeout"):
        fetcher.get(host.url)


def test_get_gives_up_on_silence(fetcher: HttpFetcher, host: Host) -> None:
    def hold(said: Conversation) -> None:
        said.closing.wait(10)

    host.answer = hold
    with pytest.raises(ServiceError, match="Timeout"):
        fetcher.get(host.url)


def test_get_refuses_half_an_answer(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"half", length=8))
    with pytest.raises(ServiceError):
        fetcher.get(host.url)


def test_get_refuses_compressed_answers(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"\x1f\x8b", headers="Content-Encoding: gzip\r\n"))
    with pytest.raises(ServiceError, match="encoding"):
        fetcher.get(host.url)


def test_no_connection_is_a_service_error_without_the_query(fetcher: HttpFetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServiceError) as error:
        fetcher.get(f"http://127.0.0.1:{port}/path?key=hidden")
    assert "127.0.0.1" in str(error.value)
    assert "hidden" not in str(error.value)


def test_a_malformed_address_is_a_service_error(fetcher: HttpFetcher) -> None:
    for address in ("http://[", "http://a..b.invalid/", "http://"):
        with pytest.raises(ServiceError):
            fetcher.get(address)


def test_the_connection_is_used_again(fetcher: HttpFetcher) -> None:
    with Simulator(setup=GOPHERS) as simulator:
        for _ in range(5):
            fetcher.get(f"{simulator.url}/gerrit/changes/?q=status:merged&O=12&n=1")
    pools = fetcher.pool.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - no mapping


def test_a_kept_connection_that_was_closed_meanwhile_is_made_again(
    fetcher: HttpFetcher, host: Host
) -> None:
    def hang_up(said: Conversation) -> None:
        if len(host.requests) != 2:
            said.send(answer(b"ok", headers="Connection: close\r\n"))

    host.answer = hang_up
    assert fetcher.get(host.url) == fetcher.get(host.url) == b"ok"
    assert len(host.requests) == 3


@pytest.mark.parametrize(("stale_seconds", "requests"), [(60.0, 2), (0.0, 1)])
def test_a_connection_that_breaks_late_is_not_tried_again(
    fetcher: HttpFetcher,
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    stale_seconds: float,
    requests: int,
) -> None:
    monkeypatch.setattr("gopherbot.services.web_fetcher._STALE_CONNECTION_SECONDS", stale_seconds)
    with pytest.raises(ServiceAway):
        fetcher.get(host.url)
    assert len(host.requests) == requests


# The Playground.


def test_code_is_shared_as_it_is(fetcher: HttpFetcher, host: Host) -> None:
    with Simulator(setup=GOPHERS) as simulator:
        base = f"{simulator.url}/playground"
        fetcher = fetcher_for(settings(simulator.api_url, Services(playground=base)))
        link = fetcher.share_code(CODE)
        assert link == fetcher.share_code(CODE)
        [(id, code)] = simulator.services.playground.shares.items()
    assert link == f"{base}/play/p/{id}"
    assert code == CODE


def test_the_playground_is_asked_in_its_own_way(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"Ab_-9\n"))
    assert fetcher.share_code(CODE) == f"{host.url}/play/p/Ab_-9"
    head, _, body = host.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /_/share HTTP/1.1\r\n")
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in head + b"\r\n"
    assert body == CODE.encode()
    assert TOKEN.encode() not in head


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"<html>",
        b"../../evil",
        b"a b",
        b"x" * 65,
        b"\xff\xfe",
        b"<!channel>",
        b"x" * 2000,
    ],
)
def test_an_answer_that_is_no_id_is_refused(fetcher: HttpFetcher, host: Host, body: bytes) -> None:
    host.says(answer(body))
    with pytest.raises(ServiceError):
        fetcher.share_code(CODE)


@pytest.mark.parametrize("trouble", ["down", "cut", "malformed"])
def test_a_playground_in_trouble_is_a_service_error(trouble: Any) -> None:
    with Simulator(setup=GOPHERS) as simulator:
        base = f"{simulator.url}/playground"
        fetcher = fetcher_for(settings(simulator.api_url, Services(playground=base)))
        simulator.services.playground.fail(trouble)
        with pytest.raises(ServiceError):
            fetcher.share_code(CODE)


def test_half_a_character_in_the_code_does_no_harm(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"ok"))
    assert fetcher.share_code("x \ud83d y").endswith("/ok")


# Files that members share.


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        yield slack


@pytest.fixture
def reader(slack: Simulator) -> HttpFetcher:
    """A fetcher for which the simulator is Slack."""
    return fetcher_for(settings(slack.api_url))


def uploaded(slack: Simulator, content: bytes | str, name: str = "main.go", **more: Any) -> File:
    """A file as the event tells of it."""
    file = slack.upload(content, name, **more).message.files[0]
    url = f"{slack.url}/files-pri/{slack.identity.team_id}-{file.id}/download/{name}"
    return File(file.id, name, file.mimetype, file.filetype, len(file.content), url, time.time())


def only_id(file: File, *, age: float = 0) -> File:
    """A file of which the event tells nothing."""
    return File(file.id, created=time.time() - age)


def test_a_file_is_read(slack: Simulator, reader: HttpFetcher) -> None:
    assert reader.read_file(uploaded(slack, CODE)) == CODE


def test_a_file_without_an_address_is_looked_up(slack: Simulator, reader: HttpFetcher) -> None:
    file = uploaded(slack, CODE)
    assert reader.read_file(only_id(file)) == CODE
    assert len(slack.calls("files.info")) == 1


def test_a_looked_up_file_that_is_no_text_is_not_fetched(
    slack: Simulator, reader: HttpFetcher
) -> None:
    file = uploaded(slack, b"\x89PNG", "photo.png")
    with pytest.raises(ServiceError, match="not text"):
        reader.read_file(only_id(file))


def test_a_file_that_slack_does_not_know_yet_is_tried_again(
    slack: Simulator, reader: HttpFetcher
) -> None:
    file = uploaded(slack, CODE, hidden_for=60)
    with pytest.raises(RetryLater):
        reader.read_file(file)
    with pytest.raises(RetryLater):
        reader.read_file(only_id(file))
    slack.workspace.files[file.id].visible_at = 0
    assert reader.read_file(file) == reader.read_file(only_id(file)) == CODE


def test_a_file_that_slack_still_does_not_know_after_some_seconds_is_gone(
    slack: Simulator, reader: HttpFetcher
) -> None:
    file = uploaded(slack, CODE, hidden_for=60)
    older = replace(file, created=time.time() - 10)
    for gone in (older, only_id(file, age=10)):
        with pytest.raises(ServiceError):
            reader.read_file(gone)


def test_a_file_that_cannot_be_read_for_long_does_not_hold_up_the_others(
    slack: Simulator, reader: HttpFetcher
) -> None:
    file = uploaded(slack, CODE)
    with slack.away():
        with pytest.raises(RetryLater):
            reader.read_file(replace(file, created=time.time() - 10))
        with pytest.raises(ServiceAway):
            reader.read_file(replace(file, created=time.time() - 25))
        with pytest.raises(ServiceAway):
            reader.read_file(only_id(file, age=25))


def test_without_the_scope_the_error_names_it_and_is_logged(
    slack: Simulator, reader: HttpFetcher
) -> None:
    file = uploaded(slack, CODE)
    slack.web_api.scopes = {"chat:write"}
    for known in (file, only_id(file)):
        with capture_logs() as logged, pytest.raises(ServiceError, match="files:read"):
            reader.read_file(known)
        [line] = logged
        assert (line["event"], line["file"]) == ("file not read", file.id)
        assert "files:read" in line["error"]


def test_slack_in_trouble_is_tried_again(slack: Simulator, reader: HttpFetcher) -> None:
    file = uploaded(slack, CODE)
    for kind in ("server_error", "cut_before", "ratelimited", "wrong_content_type"):
        slack.faults.add(Fault(kind=kind, method="files.info"))
        with pytest.raises(RetryLater):
            reader.read_file(only_id(file))
    with slack.away(), pytest.raises(RetryLater):
        reader.read_file(file)


def test_slacks_wish_when_to_try_again_is_kept(slack: Simulator, reader: HttpFetcher) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="files.info", retry_after=7))
    with pytest.raises(RetryLater) as again:
        reader.read_file(only_id(File("F1")))
    assert again.value.delay == 7


def test_a_file_of_the_largest_size_is_read(slack: Simulator, reader: HttpFetcher) -> None:
    assert len(reader.read_file(uploaded(slack, "x" * FILE_BYTES))) == FILE_BYTES


def test_a_file_declared_too_large_is_not_even_fetched(fetcher: HttpFetcher, host: Host) -> None:
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        fetcher.read_file(shared_at(f"{host.url}/x", size=FILE_BYTES + 1))
    assert host.requests == []


@pytest.mark.parametrize(
    "head",
    [
        answer(b"", length=50_000_000),
        answer(b"", length="", headers="Connection: close\r\n"),
        answer(b"", length="", headers="Transfer-Encoding: chunked\r\n") + b"2faf080\r\n",
    ],
    ids=["declared", "undeclared", "chunked"],
)
def test_a_file_that_turns_out_too_large_is_not_read_on(
    fetcher: HttpFetcher, host: Host, head: bytes
) -> None:
    host.says(head, *[b"x" * 1_000_000] * 50)
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        fetcher.read_file(shared_at(f"{host.url}/x"))
    assert host.given_up.wait(5)


def test_a_length_that_lies_low_gives_no_more_than_it_says(
    fetcher: HttpFetcher, host: Host
) -> None:
    host.says(answer(b"package main" + b"x" * 500_000, length=12))
    assert fetcher.read_file(shared_at(f"{host.url}/x")) == "package main"


@pytest.mark.parametrize("body", [b"\xff\xfe\x00x", b"caf\xe9", b"a\x00b"])
def test_bytes_that_are_no_utf_8_text_are_refused(
    fetcher: HttpFetcher, host: Host, body: bytes
) -> None:
    host.says(answer(body))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at(f"{host.url}/x"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Type: text/html; charset=utf-8\r\n", b"Sign in"),
        ("Content-Type: TEXT/HTML\r\n", b"Sign in"),
        ("", b"\n <!DOCTYPE html><html>Sign in</html>"),
    ],
)
def test_a_web_page_is_never_taken_for_the_file(
    fetcher: HttpFetcher, host: Host, headers: str, body: bytes
) -> None:
    host.says(answer(body, headers=headers))
    with pytest.raises(ServiceError, match="files:read"):
        fetcher.read_file(shared_at(f"{host.url}/x"))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_redirect_takes_the_token_anywhere(
    fetcher: HttpFetcher, host: Host, other: Host, status: str
) -> None:
    host.says(answer(b"", status, f"Location: {other.url}/x\r\n"))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at(f"{host.url}/x"))
    assert other.requests == []


def test_the_token_goes_with_the_file(fetcher: HttpFetcher, host: Host) -> None:
    host.says(answer(b"package x"))
    fetcher.read_file(shared_at(f"{host.url}/x"))
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() in host.requests[0]


def test_a_file_that_drips_is_tried_again_later(fetcher: HttpFetcher, host: Host) -> None:
    def drip(said: Conversation) -> None:
        said.send(answer(b"", length=1000))
        said.drip(b"x" * 1000)

    host.answer = drip
    with pytest.raises(RetryLater, match="Timeout"):
        fetcher.read_file(shared_at(f"{host.url}/x"))


class Recording(urllib3.PoolManager):
    """Connects nowhere, and remembers where it was to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, url: str, **more: Any) -> Any:  # type: ignore[override]
        self.asked.append((url, (more.get("headers") or {}).get("Authorization", "")))
        raise urllib3.exceptions.ConnectTimeoutError("this pool goes nowhere")


@pytest.mark.parametrize(
    "url",
    [
        "https://files.slack.com/files-pri/T1-F1/download/main.go",
        "https://slack.com/x",
        "https://SLACK.com:443/x",
        "https://gophers.enterprise.slack.com/x?t=1",
        "https://a.slack-edge.com/x",
        "https://a.slack-files.com/x",
    ],
)
@pytest.mark.parametrize("api", ["https://slack.com/api/", "http://127.0.0.1:1/api/"])
def test_slacks_own_hosts_are_asked(url: str, api: str) -> None:
    pool = Recording()
    with pytest.raises(RetryLater):
        fetcher_for(settings(api), pool).read_file(shared_at(url))
    assert pool.asked == [(url.replace("SLACK", "slack"), f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/x",
        "https://files.slack.com:8443/x",
        "https://files.slack.com:0/x",
        "https://evil.example/files.slack.com",
        "https://slack.com.evil.example/x",
        "https://evilslack.com/x",
        "https://evil-slack.com/x",
        "https://slack.com@evil.example/x",
        "https://user:pass@files.slack.com/x",
        "https://evil.example\\@slack.com/x",
        "https://evil.example#@slack.com/x",
        "https://evil.example?.slack.com/x",
        "https://files.slack.com./x",
        "https://files.slack.com%2eevil.example/x",
        "https://ſlack.com/x",
        "https://slack-edge.com.evil.example/x",
        "https://xslack-files.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "//files.slack.com/x",
        "files.slack.com/x",
        "file:///etc/passwd",
        "ftp://files.slack.com/x",
        "javascript:alert(1)",
        "https://",
        "https://[",
        "not an address",
        "https://files.slack.com\t.evil.example/x",
        "https://files.slack.com\r\nHost: evil.example/x",
    ],
)
@pytest.mark.parametrize("api", ["https://slack.com/api/", "http://127.0.0.1:1/api/"])
def test_no_other_address_gets_a_request(url: str, api: str) -> None:
    pool = Recording()
    with pytest.raises(ServiceError) as error:
        fetcher_for(settings(api), pool).read_file(shared_at(url))
    assert pool.asked == []
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(
    "api", ["https://slack.com/api/", "http://slack.com/api/", "https://x.slack.com:444/api/"]
)
def test_slacks_own_api_opens_no_other_host(host: Host, api: str) -> None:
    fetcher = fetcher_for(settings(api))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at(f"{host.url}/x"))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at("http://slack.com/x"))
    assert host.requests == []


def test_a_stand_in_for_slack_opens_its_own_port_only(
    fetcher: HttpFetcher, host: Host, other: Host
) -> None:
    port = host.url.rpartition(":")[2]
    for url in (f"{other.url}/x", f"http://localhost:{port}/x", f"https://127.0.0.1:{port}/x"):
        with pytest.raises(ServiceError, match="not Slack's"):
            fetcher.read_file(shared_at(url))
    assert host.requests == other.requests == []
