"""Files that members share: fetched from Slack alone, with the token, and read as text."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import urllib3
from raw_server import TOKEN, RawServer, answer, settings_at
from structlog.testing import capture_logs

from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.errors import RetryLater, ServiceError, ServiceUnreachable
from gopherbot.model import File
from gopherbot.services.web_fetcher import FILE_BYTES, HttpFetcher
from services.conftest import CODE, fetcher_for
from slack_simulator import Simulator
from slack_simulator.web_api.faults import Fault

pytestmark = pytest.mark.slow


def shared_at(url: str, **more: Any) -> File:
    return replace(File("F1", "main.go", "text/plain", "go", 10, url, time.time()), **more)


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        yield slack


@pytest.fixture
def reader(slack: Simulator) -> HttpFetcher:
    """A fetcher for which the simulator is Slack."""
    return fetcher_for(settings_at(slack.url))


def uploaded(slack: Simulator, content: bytes | str, name: str = "main.go", **more: Any) -> File:
    file = slack.upload(content, name, **more).message.files[0]
    url = f"{slack.url}/files-pri/{slack.identity.team_id}-{file.id}/download/{name}"
    return File(file.id, name, file.mimetype, file.filetype, len(file.content), url, time.time())


def only_id(file: File, *, age: float = 0) -> File:
    """A file of which the event tells nothing."""
    return File(file.id, created=time.time() - age)


@pytest.mark.parametrize("content", [CODE, "x" * FILE_BYTES], ids=["code", "largest"])
def test_a_file_is_read(slack: Simulator, reader: HttpFetcher, content: str) -> None:
    assert reader.read_file(uploaded(slack, content)) == content


def test_file_unknown_to_slack_is_tried_again(slack: Simulator, reader: HttpFetcher) -> None:
    file = uploaded(slack, CODE, hidden_for=60)
    with pytest.raises(RetryLater):
        reader.read_file(file)
    with pytest.raises(RetryLater):
        reader.read_file(only_id(file))
    slack.workspace.files[file.id].visible_at = 0
    assert reader.read_file(file) == reader.read_file(only_id(file)) == CODE


def test_file_still_unknown_after_seconds_is_gone(slack: Simulator, reader: HttpFetcher) -> None:
    file = uploaded(slack, CODE, hidden_for=60)
    older = replace(file, created=time.time() - 10)
    for gone in (older, only_id(file, age=10)):
        with pytest.raises(ServiceError):
            reader.read_file(gone)


def test_unreadable_file_does_not_delay_others(slack: Simulator, reader: HttpFetcher) -> None:
    file = uploaded(slack, CODE)
    with slack.away():
        with pytest.raises(RetryLater):
            reader.read_file(replace(file, created=time.time() - 10))
        with pytest.raises(ServiceUnreachable):
            reader.read_file(replace(file, created=time.time() - 25))
        with pytest.raises(ServiceUnreachable):
            reader.read_file(only_id(file, age=25))


def test_missing_scope_is_named_and_logged(slack: Simulator, reader: HttpFetcher) -> None:
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
        slack.faults.add(Fault(kind=kind, method="files.info", retry_after=7))
        with pytest.raises(RetryLater) as again:
            reader.read_file(only_id(file))
        assert again.value.delay == (7 if kind == "ratelimited" else None)
    with slack.away(), pytest.raises(RetryLater):
        reader.read_file(file)


def test_file_declared_too_large_is_not_fetched(fetcher: HttpFetcher, host: RawServer) -> None:
    with pytest.raises(ServiceError, match="more than 65536 bytes"):
        fetcher.read_file(shared_at(f"{host.url}/x", size=FILE_BYTES + 1))
    assert host.requests == []


def of(status: int, body: bytes = b"package x", **headers: str) -> bytes:
    return answer(body, f"{status} Status", **headers)


HTML = {"Content_Type": "TEXT/HTML; charset=utf-8"}
NO_FILES = [
    # An answer, the file's age, the error, and what is told of it.
    (of(404), 0, RetryLater, "answered 404"),
    (of(404), 7, RetryLater, "answered 404"),
    (of(404), 9, ServiceUnreachable, "answered 404"),
    *(
        (of(status), age, kind, f"answered {status}")
        for status in (408, 429, 500, 502, 503, 504)
        for age, kind in ((0, RetryLater), (18, RetryLater), (21, ServiceUnreachable))
    ),
    *((of(status), 0, ServiceError, f"answered {status}") for status in (201, 401, 403, 501)),
    *((of(status), 0, ServiceError, "files:read") for status in (301, 302, 303, 307, 308)),
    (of(200, b"Sign in", **HTML), 0, ServiceError, "files:read"),
    (of(200, b"\n <!DOCTYPE html><html>Sign in</html>"), 0, ServiceError, "files:read"),
    (of(200, b"x" * (FILE_BYTES + 1)), 0, ServiceError, "more than 65536 bytes"),
    (of(200, b"\xff\xfe\x00x"), 0, ServiceError, "is not UTF-8"),
    (of(200, b"caf\xe9"), 0, ServiceError, "is not UTF-8"),
    (of(200, b"a\x00b"), 0, ServiceError, "is not text"),
]


@pytest.mark.parametrize(("given", "age", "kind", "told"), NO_FILES)
def test_an_answer_that_is_no_file_says_whether_to_ask_again(
    fetcher: HttpFetcher,
    host: RawServer,
    other: RawServer,
    given: bytes,
    age: float,
    kind: type[Exception],
    told: str,
) -> None:
    # No redirect takes the token anywhere.
    host.answer = given.replace(b"\r\n", f"\r\nLocation: {other.url}/x\r\n".encode(), 1)
    with pytest.raises(Exception, match=told) as caught:
        fetcher.read_file(shared_at(f"{host.url}/x", created=time.time() - age))
    assert type(caught.value) is kind
    assert other.requests == []


@pytest.mark.parametrize(
    ("found", "read", "requests"),
    [
        ({"mimetype": "text/plain", "size": 5}, "package x", 2),
        ({"mimetype": "", "size": "5"}, "package x", 2),
        ({"size": FILE_BYTES + 1}, ServiceError, 1),
        ({"mimetype": "image/png"}, ServiceError, 1),
        # It is new, though Slack says not when it was shared.
        ({"gone": True}, RetryLater, 2),
    ],
)
def test_what_an_event_lacks_is_looked_up(
    fetcher: HttpFetcher,
    host: RawServer,
    found: dict[str, Any],
    read: str | type[Exception],
    requests: int,
) -> None:
    looked_up = {"ok": True, "file": {"url_private_download": f"{host.url}/x", **found}}

    def speak(line: socket.socket) -> bool:
        asked = b"files.info" in host.requests[-1]
        file = of(404 if found.get("gone") else 200)
        line.sendall(answer(json.dumps(looked_up).encode()) if asked else file)
        return True

    host.answer = speak
    file = File("F1", created=time.time())
    if isinstance(read, str):
        assert fetcher.read_file(file) == read
    else:
        with pytest.raises(read):
            fetcher.read_file(file)
    assert len(host.requests) == requests


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
        *("https://files.slack.com/files-pri/T1-F1/download/main.go", "https://slack.com/x"),
        *("https://SLACK.com:443/x", "https://gophers.enterprise.slack.com/x?t=1"),
        *("https://a.slack-edge.com/x", "https://a.slack-files.com/x"),
    ],
)
@pytest.mark.parametrize("api", ["https://slack.com/api/", "http://127.0.0.1:1/api/"])
def test_slacks_own_hosts_are_asked(url: str, api: str) -> None:
    pool = Recording()
    with pytest.raises(RetryLater):
        fetcher_for(settings_at("x", GOPHER_SLACK_API_URL=api), pool).read_file(shared_at(url))
    assert pool.asked == [(url.replace("SLACK", "slack"), f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    "url",
    [
        *("http://files.slack.com/x", "https://files.slack.com:8443/x", "ftp://files.slack.com/x"),
        *("https://files.slack.com:0/x", "https://evil.example/files.slack.com", "not an address"),
        *("https://slack.com.evil.example/x", "https://evilslack.com/x", "https://[::1]/x"),
        *("https://evil-slack.com/x", "https://slack.com@evil.example/x", "https://127.0.0.1/x"),
        *("https://user:pass@files.slack.com/x", "https://evil.example\\@slack.com/x", "https://["),
        *("https://evil.example#@slack.com/x", "https://evil.example?.slack.com/x", "https://"),
        *("https://files.slack.com./x", "https://files.slack.com%2eevil.example/x"),
        *("https://ſlack.com/x", "https://slack-edge.com.evil.example/x", "javascript:alert(1)"),
        *("https://xslack-files.com/x", "https://169.254.169.254/latest/meta-data"),
        *("//files.slack.com/x", "files.slack.com/x", "file:///etc/passwd"),
        *("https://files.slack.com\t.evil.example/x", "https://files.slack.com\r\nHost: evil/x"),
        # Nor another port of what stands in for Slack.
        *("http://127.0.0.1:2/x", "http://localhost:1/x", "https://127.0.0.1:1/x"),
        *("http://slack.com/x", "http://x.slack.com:444/x"),
    ],
)
@pytest.mark.parametrize(
    "api",
    [
        *("https://slack.com/api/", "http://127.0.0.1:1/api/"),
        *("http://slack.com/api/", "https://x.slack.com:444/api/"),
    ],
)
def test_no_other_address_gets_a_request(url: str, api: str) -> None:
    pool = Recording()
    with pytest.raises(ServiceError) as error:
        fetcher_for(settings_at("x", GOPHER_SLACK_API_URL=api), pool).read_file(shared_at(url))
    assert pool.asked == []
    assert TOKEN not in str(error.value)
