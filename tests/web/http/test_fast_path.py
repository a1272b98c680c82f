"""The short way through HTTP is held against gunicorn's own parser.

What it takes for itself it has to read as gunicorn reads it: where each request ends and the next
one begins, what the app is given, and so what is answered. What it leaves is gunicorn's.
"""

import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import gevent
import gevent.socket
import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser, wsgi
from support import Inside

from gopherbot.dev import procfile
from gopherbot.dev.bot import environment
from gopherbot.web.http.connections import Connection, Connections
from gopherbot.web.http.gunicorn_worker import Worker
from slack_simulator import Simulator
from web.client import Gateway, InProcess, message
from web.requests import requests

SEEDS = range(8)
COUNT = 600
LEFT = b"TE: trailers\r\n"
"""A header that the fast path leaves to gunicorn."""
SERVER, CLIENT = ("127.0.0.1", 8000), ("127.0.0.1", 50000)
OUR_OWN = {
    "SERVER_SOFTWARE": "it names us",
    "wsgi.errors": "stderr is where all logs go",
    "wsgi.multithread": "gunicorn's worker sets it later",
    "wsgi.multiprocess": "there may be several gateways, whatever this one knows of",
    "wsgi.file_wrapper": "no file is sent",
    "wsgi.early_hints": "nor any early hint",
    "gunicorn.socket": "each has its own",
    "gunicorn.http2.send_trailers": "HTTP/2 is not spoken",
    "wsgi.input": "the body is compared, not what it is read from",
    "REMOTE_PORT": "nobody asks for it",
}
"""What may differ in the environment, and why."""
ALLOWED = {
    ("400 Bad Request", "401 Unauthorized"): "a body that ends early: gunicorn passes on what came"
}
"""Which answers may differ, ours and gunicorn's, and why."""


class Read(NamedTuple):
    """A request as it was read, and what was answered."""

    environ: dict[str, Any]
    body: bytes
    status: str


@pytest.fixture(scope="module")
def app() -> Any:
    return InProcess(GOPHER_SLACK_REQUEST_TOKEN="").app


@pytest.fixture(scope="module")
def config() -> Config:
    config = Config()
    config.set("forwarded_allow_ips", "")
    config.set("forwarder_headers", "")
    return config


class Recorded:
    """The app, with a note of all that it was asked."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.read: list[Read] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        source = environ["wsgi.input"]
        pieces: list[bytes] = []

        class Input:
            def read(self, size: int, /) -> bytes:
                pieces.append(source.read(size))
                return pieces[-1]

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            start_response(status, headers)
            statuses.append(status)

        statuses: list[str] = []
        answer = b"".join(self.app({**environ, "wsgi.input": Input()}, start))
        known = {name: value for name, value in environ.items() if name not in OUR_OWN}
        self.read.append(Read(known, b"".join(pieces), statuses[0]))
        return [answer]


class ShortWay(Worker):
    """The worker, but for what it leaves to gunicorn."""

    def __init__(self, app: Any) -> None:
        self.wsgi = app
        self.alive = True
        self.cfg: Any = SimpleNamespace(keepalive=95, timeout=10)
        self.log: Any = logging.getLogger("gunicorn.error")
        self.addresses: dict[Any, Any] = {None: SERVER}
        self.connections = Connections(10)
        self.was_left = False

    def _serve_by_gunicorn(self, connection: Connection, server: Any, addr: Any) -> None:
        self.was_left = True


def by_the_short_way(app: Any, data: bytes) -> tuple[list[Read], bool]:
    """Return what the short way reads of this data, and whether it leaves the rest to gunicorn."""
    recorded = Recorded(app)
    worker = ShortWay(recorded)
    theirs, ours = gevent.socket.socketpair()
    theirs.sendall(data)
    theirs.shutdown(gevent.socket.SHUT_WR)
    serving = gevent.spawn(worker.handle, None, ours, CLIENT)
    # What is left to gunicorn stays unread here.
    with suppress(ConnectionResetError):
        while theirs.recv(65536):
            pass
    serving.get()
    theirs.close()
    return recorded.read, worker.was_left


def by_gunicorn(app: Any, config: Config, data: bytes, most: int) -> Iterator[Read | Exception]:
    """Return what gunicorn reads of this data: so many requests, or an error instead of one."""
    recorded = Recorded(app)
    sent: list[bytes] = []
    client: Any = SimpleNamespace(send=sent.append, sendall=sent.append)
    try:
        parser = get_parser(config, iter([data]), CLIENT)
        for _ in range(most):
            request = next(parser)
            response, environ = wsgi.create(request, client, CLIENT, SERVER, config)
            recorded(dict(environ), response.start_response)
            yield recorded.read[-1]
            if request.should_close():
                return
    except Exception as error:
        yield error


def differences(app: Any, config: Config, data: bytes) -> Iterable[str]:
    ours, _ = by_the_short_way(app, data)
    theirs = list(by_gunicorn(app, config, data, len(ours)))
    if len(theirs) < len(ours):
        yield f"gunicorn reads {len(theirs)} requests, we read {len(ours)}"
    for mine, other in zip(ours, theirs, strict=False):
        if isinstance(other, Exception):
            yield f"gunicorn refuses it: {other!r}"
            return
        if mine.environ != other.environ:
            names = {*mine.environ.items()} ^ {*other.environ.items()}
            yield f"the app is given something else: {sorted(map(str, names))}"
        if mine.body != other.body:
            yield f"the body is another: {mine.body!r}, {other.body!r}"
        if mine.status != other.status and (mine.status, other.status) not in ALLOWED:
            yield f"the answer is another: {mine.status}, {other.status}"


@pytest.mark.parametrize("seed", SEEDS)
def test_it_reads_requests_as_gunicorn_does(app: Any, config: Config, seed: int) -> None:
    found = {
        data: list(different)
        for data in requests(COUNT, seed)
        if (different := list(differences(app, config, data)))
    }
    assert found == {}


def test_the_corpus_is_of_every_kind(app: Any) -> None:
    taken = left = both = several = 0
    statuses: set[str] = set()
    for data in requests(COUNT, seed=0):
        ours, was_left = by_the_short_way(app, data)
        taken += bool(ours)
        left += was_left
        both += bool(ours) and was_left
        several += len(ours) > 1
        statuses |= {each.status[:3] for each in ours}
    assert min(taken, left, both, several) > COUNT / 20
    assert statuses >= {"200", "400", "401", "404", "405", "415", "422"}


def test_a_request_left_to_gunicorn_gets_the_same_answer(gateway: Gateway) -> None:
    def status(data: bytes) -> bytes:
        return gateway.send_raw(data).partition(b"\r\n")[0].partition(b" ")[2]

    end = b" HTTP/1.1\r\n"
    found = {
        data: answers
        for data in requests(200, seed=100)
        if len(set(answers := [status(data), status(data.replace(end, end + LEFT, 1))])) > 1
    }
    assert found == {}


def test_an_event_left_to_gunicorn_is_queued(gateway: Gateway, queued: Inside) -> None:
    event = gateway.envelope(message(text="x" * 200_000))
    answer = gateway.post_signed(event, TE="trailers")
    assert (answer.status, answer.headers["server"]) == (200, "gunicorn")
    assert "server" not in gateway.send("GET", "/_ruok").headers
    assert len(queued.ids("slack_message_public")) == 1


def test_no_header_of_a_clients_says_who_it_is_or_by_which_way_it_came(
    web_slack: Simulator,
) -> None:
    command = procfile.lines()["web"]
    printed = subprocess.run(
        f"{Path(sys.executable).parent}/{command} --print-config",
        shell=True,
        cwd=procfile.ROOT,
        env=procfile.base_environment() | environment("redis://127.0.0.1:1", web_slack, 8000),
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    settings = dict(re.findall(r"^(\w+) += (.*)$", printed, re.MULTILINE))
    assert (settings["forwarded_allow_ips"], settings["forwarder_headers"]) == ("[]", "[]")
