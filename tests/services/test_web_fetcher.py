from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import urllib3
from raw_server import RawServer, answer
from structlog.testing import capture_logs

from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.errors import RetryLater, ServiceAway, ServiceError
from gopherbot.model import File
from gopherbot.services.web_fetcher import FILE_BYTES, HttpFetcher
from gopherbot.settings import Identity, RedisSettings, Role, Secret, Services, Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool
from slack_simulator import Simulator
from slack_simulator.web_api.faults import Fault

pytestmark = pytest.mark.slow

TOKEN = "xoxb-a-secret-of-the-tests"
CODE = "package main\n\nfunc main() {}\n// 世界\n"


@pytest.fixture
def host() -> Iterator[RawServer]:
    with RawServer() as host:
        yield host


@pytest.fixture
def other() -> Iterator[RawServer]:
    with RawServer() as host:
        yield host


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
    slack = Slack(settings, HttpPool(settings.slack_api_url, trusted()))
    fetcher = HttpFetcher(settings, trusted(), slack, read_seconds=0.5, total_seconds=1.5)
    fetcher.pool = pool or fetcher.pool
    return fetcher


@pytest.fixture
def fetcher(host: RawServer) -> HttpFetcher:
    """A fetcher for which `host` is both Slack and the Playground."""
    return fetcher_for(settings(f"{host.url}/api/", Services(playground=host.url)))


def shared_at(url: str, **more: Any) -> File:
    return replace(File("F1", "main.go", "text/plain", "go", 10, url, time.time()), **more)


# Any address, for the watchers.


def test_get_gives_the_body(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b")]}'\n[]")
    assert fetcher.get(f"{host.url}/changes/?q=status:merged&O=12") == b")]}'\n[]"
    assert host.requests[0].startswith(b"GET /changes/?q=status:merged&O=12 HTTP/1.1\r\n")


def test_get_sends_no_token_anywhere(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"{}")
    fetcher.get(f"{host.url}/live/status")
    assert TOKEN.encode() not in host.requests[0]


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "404 Not Found", "503 Away"])
def test_get_takes_nothing_but_a_200(fetcher: HttpFetcher, host: RawServer, status: str) -> None:
    host.answer = answer(b"" if status[0] == "2" else b"x", status)
    with pytest.raises(ServiceError, match=status[:3]):
        fetcher.get(host.url)


def test_get_follows_no_redirect(fetcher: HttpFetcher, host: RawServer, other: RawServer) -> None:
    host.answer = answer(b"", "302 Found", Location=f"{other.url}/x")
    with pytest.raises(ServiceError):
        fetcher.get(host.url)
    assert other.requests == []


def test_get_refuses_compressed_answers(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"\x1f\x8b", Content_Encoding="gzip")
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


def test_a_kept_connection_that_was_closed_meanwhile_is_made_again(
    fetcher: HttpFetcher, host: RawServer
) -> None:
    def hang_up(line: socket.socket) -> None:
        if len(host.requests) != 2:
            line.sendall(answer(b"ok", Connection="close"))

    host.answer = hang_up
    assert fetcher.get(host.url) == fetcher.get(host.url) == b"ok"
    assert len(host.requests) == 3


@pytest.mark.parametrize(("stale_seconds", "requests"), [(60.0, 2), (0.0, 1)])
def test_a_connection_that_breaks_late_is_not_tried_again(
    fetcher: HttpFetcher,
    host: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    stale_seconds: float,
    requests: int,
) -> None:
    monkeypatch.setattr("gopherbot.http.fetch._STALE_CONNECTION_SECONDS", stale_seconds)
    with pytest.raises(ServiceAway):
        fetcher.get(host.url)
    assert len(host.requests) == requests


# The Playground.


def test_code_is_shared_as_it_is(fetcher: HttpFetcher, host: RawServer) -> None:
    with Simulator(setup=GOPHERS) as simulator:
        base = f"{simulator.url}/playground"
        fetcher = fetcher_for(settings(simulator.api_url, Services(playground=base)))
        link = fetcher.share_code(CODE)
        assert link == fetcher.share_code(CODE)
        [(id, code)] = simulator.services.playground.shares.items()
    assert link == f"{base}/play/p/{id}"
    assert code == CODE


def test_the_playground_is_asked_in_its_own_way(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"Ab_-9\n")
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
def test_an_answer_that_is_no_id_is_refused(
    fetcher: HttpFetcher, host: RawServer, body: bytes
) -> None:
    host.answer = answer(body)
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


def test_half_a_character_in_the_code_does_no_harm(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"ok")
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


def test_a_file_declared_too_large_is_not_even_fetched(
    fetcher: HttpFetcher, host: RawServer
) -> None:
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        fetcher.read_file(shared_at(f"{host.url}/x", size=FILE_BYTES + 1))
    assert host.requests == []


def test_a_file_that_turns_out_too_large_is_refused(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"x" * (FILE_BYTES + 1))
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        fetcher.read_file(shared_at(f"{host.url}/x"))


def test_a_length_that_lies_low_gives_no_more_than_it_says(
    fetcher: HttpFetcher, host: RawServer
) -> None:
    host.answer = answer(b"package main" + b"x" * 500_000, Content_Length=12)
    assert fetcher.read_file(shared_at(f"{host.url}/x")) == "package main"


@pytest.mark.parametrize("body", [b"\xff\xfe\x00x", b"caf\xe9", b"a\x00b"])
def test_bytes_that_are_no_utf_8_text_are_refused(
    fetcher: HttpFetcher, host: RawServer, body: bytes
) -> None:
    host.answer = answer(body)
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at(f"{host.url}/x"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content_Type": "text/html; charset=utf-8"}, b"Sign in"),
        ({"Content_Type": "TEXT/HTML"}, b"Sign in"),
        ({}, b"\n <!DOCTYPE html><html>Sign in</html>"),
    ],
)
def test_a_web_page_is_never_taken_for_the_file(
    fetcher: HttpFetcher, host: RawServer, headers: dict[str, str], body: bytes
) -> None:
    host.answer = answer(body, **headers)
    with pytest.raises(ServiceError, match="files:read"):
        fetcher.read_file(shared_at(f"{host.url}/x"))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_redirect_takes_the_token_anywhere(
    fetcher: HttpFetcher, host: RawServer, other: RawServer, status: str
) -> None:
    host.answer = answer(b"", status, Location=f"{other.url}/x")
    with pytest.raises(ServiceError, match="files:read"):
        fetcher.read_file(shared_at(f"{host.url}/x"))
    assert other.requests == []


def test_the_token_goes_with_the_file(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"package x")
    fetcher.read_file(shared_at(f"{host.url}/x"))
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n".encode() in host.requests[0]


def test_a_file_that_drips_is_tried_again_later(fetcher: HttpFetcher, host: RawServer) -> None:
    def drip(line: socket.socket) -> None:
        line.sendall(answer(b"", Content_Length=1000))
        for _ in range(1000):
            line.sendall(b"x")
            time.sleep(0.05)

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
def test_slacks_own_api_opens_no_other_host(host: RawServer, api: str) -> None:
    fetcher = fetcher_for(settings(api))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at(f"{host.url}/x"))
    with pytest.raises(ServiceError):
        fetcher.read_file(shared_at("http://slack.com/x"))
    assert host.requests == []


def test_a_stand_in_for_slack_opens_its_own_port_only(
    fetcher: HttpFetcher, host: RawServer, other: RawServer
) -> None:
    port = host.url.rpartition(":")[2]
    for url in (f"{other.url}/x", f"http://localhost:{port}/x", f"https://127.0.0.1:{port}/x"):
        with pytest.raises(ServiceError, match="not Slack's"):
            fetcher.read_file(shared_at(url))
    assert host.requests == other.requests == []
