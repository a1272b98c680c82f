"""Slack's side of the gateway, and a stranger's: requests of any shape."""

import http.client
import io
import itertools
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from typing import Any, NamedTuple

import msgspec

from gopherbot.dev.bot import LocalBot
from gopherbot.metrics.counters import Counts
from gopherbot.queues.messages import EncodedMessage
from gopherbot.settings import Role, Settings
from gopherbot.table import InteractionActor
from gopherbot.web.app import create_app
from gopherbot.web.http import fast_path
from gopherbot.web.monitoring import Alive
from gopherbot.web.queue_writer import QueueUnreachable
from slack_simulator import Simulator
from slack_simulator.events.signing import signed_headers

EVENT_PATH = "/slack/event"
SECRET = "the signing secret of the tests"
TIMEOUT = 15.0
PROBE_CHANNEL = "C0OPERATORS"
"""The operators' channel, of which no message is a member's."""

LEFT_TO_GUNICORN = "Content-Length: 2000000\r\nTE: trailers"
"""The end of a head that the fast path leaves to gunicorn."""

Headers = Mapping[str, str | bytes]

_numbers = itertools.count(1)


class Answer(NamedTuple):
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def words(self) -> str:
        return self.body.decode().strip()


class Caller(ABC):
    """Slack, as it calls a gateway for an app of a team."""

    def __init__(self, app_id: str, team_id: str, token: str) -> None:
        self.app_id, self.team_id, self.token = app_id, team_id, token

    @abstractmethod
    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Answer:
        """Send a request. Header bytes go as they are."""

    def post(self, body: bytes, headers: Headers) -> Answer:
        return self.send("POST", EVENT_PATH, headers, body)

    def post_signed(self, content: object, **headers: str) -> Answer:
        """Post bytes, or a value as JSON, with a right signature and further headers."""
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(body, signed(body) | more)

    def envelope(self, event: object = None, **fields: Any) -> dict[str, Any]:
        """Return an envelope as Slack sends it. `fields` replace its own; None leaves one out."""
        number = next(_numbers)
        whole: dict[str, Any] = {
            "token": self.token,
            "team_id": self.team_id,
            "api_app_id": self.app_id,
            "event": event if event is not None else message(),
            "type": "event_callback",
            "event_id": f"Ev{number:08}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": self.team_id, "user_id": "U0GOPHERBOT", "is_bot": True}],
        }
        return {name: value for name, value in (whole | fields).items() if value is not None}


class Gateway(Caller):
    """One gateway, spoken to over a connection for each request."""

    def __init__(self, port: int, slack: Simulator) -> None:
        self.port = port
        identity = slack.identity
        super().__init__(identity.app_id, identity.team_id, identity.verification_token)

    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)) as line:
            return exchange(line, method, path, headers or {}, body)

    def send_raw(self, data: bytes) -> bytes:
        """Send bytes that may be no request, and that no more come; give all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            pieces = []
            with suppress(ConnectionResetError):
                while piece := line.recv(65536):
                    pieces.append(piece)
        return b"".join(pieces)


class InProcess(Caller):
    """The app of a gateway that wants a token, without a server or Redis below it."""

    TOKEN = "the-verification-token-ß"

    def __init__(self, interactions: Sequence[InteractionActor] = (), **more: str) -> None:
        super().__init__("A0GOPHERBOT", "T0GOPHERS", self.TOKEN)
        self.counts = Counts()
        self.queued: list[EncodedMessage] = []
        self.is_away = False
        writer: Any = self
        ready: Any = Alive()
        self.app = create_app(settings(**more), writer, ready, interactions=interactions)

    def put(self, message: EncodedMessage) -> None:
        if self.is_away:
            raise QueueUnreachable("redis did not answer in time")
        self.queued.append(message)

    def send(
        self, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
    ) -> Answer:
        body = body or b""
        given = [
            (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in ({"Content-Length": str(len(body))} | dict(headers or {})).items()
        ]
        request = fast_path.Request(method, path, given, len(body), is_last=True)
        fixed = fast_path.fixed_environ(("127.0.0.1", 8000), "127.0.0.1", None)
        answer = fast_path.run(self.app, fast_path.environ(request, io.BytesIO(body), fixed))
        named = {name.lower(): value for name, value in answer.headers}
        return Answer(int(answer.status[:3]), named, answer.body, 0.0)


def settings(**more: str) -> Settings:
    """Return the settings of `InProcess`. `more` replaces variables."""
    given = {
        "REDIS_URL": "redis://nowhere",
        "HEROKU_APP_NAME": "gopherbot-test",
        "DYNO": "web.1",
        "GOPHER_SLACK_APP_ID": "A0GOPHERBOT",
        "GOPHER_SLACK_TEAM_ID": "T0GOPHERS",
        "GOPHER_SLACK_REQUEST_SECRET": SECRET,
        "GOPHER_SLACK_REQUEST_TOKEN": InProcess.TOKEN,
        "GOPHER_SLACK_PROBE_CHANNEL": PROBE_CHANNEL,
    }
    return Settings.read(Role.WEB, given | more)


def connect(bot: LocalBot) -> socket.socket:
    return socket.create_connection(("127.0.0.1", bot.port), timeout=TIMEOUT)


def exchange(
    line: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Headers,
    body: bytes | None = None,
) -> Answer:
    """Send one request over a connection that may be used again."""
    start = time.monotonic()
    line.request(method, path, body=body, headers=headers)
    response = line.getresponse()
    content = response.read()
    given = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, given, content, time.monotonic() - start)


def signed(body: bytes, timestamp: int | None = None) -> dict[str, str]:
    """Return the headers that Slack sends with a body."""
    return signed_headers(SECRET, body, timestamp)


def unproven() -> dict[str, str]:
    """Return headers that look like Slack's and prove nothing."""
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": "v0=" + "0" * 64,
    }


def head(*lines: str, **headers: str) -> bytes:
    """Return the head of a request for an event, its body not begun."""
    fields = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"POST {EVENT_PATH} HTTP/1.1", "Host: x", *fields, *lines, "", ""]).encode()


def message(**more: object) -> dict[str, Any]:
    """Return a message event."""
    event: dict[str, Any] = {
        "type": "message",
        "channel": "C029RQSEE",
        "channel_type": "channel",
        "user": "U0REGULAR",
        "text": "good morning",
        "ts": f"{time.time():.6f}",
    }
    return event | more
