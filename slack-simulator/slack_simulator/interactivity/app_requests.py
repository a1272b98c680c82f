"""Send interactions to the app over HTTP or Socket Mode, and read its responses."""

import time
from typing import Any
from urllib.parse import urlencode, urljoin

import msgspec
import urllib3

from slack_simulator.events.delivery import Deliveries
from slack_simulator.feed.exchanges import Exchange
from slack_simulator.feed.feed import Feed
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


class AppRequests:
    """Send interactions to the app. As in Slack, there are no retries."""

    def __init__(
        self,
        app_id: str,
        feed: Feed,
        deliveries: Deliveries,
        socket_mode: SocketMode,
        path: str = "",
    ) -> None:
        """Send them to `path` on the gateway; if it is empty, to where events go."""
        self._app_id = app_id
        self._feed = feed
        self._deliveries = deliveries
        self._socket_mode = socket_mode
        self._path = path

    def send(self, kind: str, payload: Json, *, user: str, title: str) -> Json | str:
        """Send an interaction. Return the app's response: JSON, text or an empty string.

        `kind` is `interactive` or `slash_commands`. Raise `dispatch_failed` or
        `operation_timeout`, the errors that Slack's clients show.
        """
        started = time.monotonic()
        where = {"user": user, "channel": _channel_of(payload)}
        facts: Json = {"app": self._app_id, "type": title, **where}
        try:
            answer, exchange = self._send(kind, payload)
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            self._log(facts, started, "operation_timeout")
            raise SlackError("operation_timeout") from None
        except (OSError, LookupError, urllib3.exceptions.HTTPError):
            self._log(facts, started, "dispatch_failed")
            raise SlackError("dispatch_failed") from None
        failed = exchange.status is None or not 200 <= exchange.status < 300
        self._log(facts, started, "dispatch_failed" if failed else "", exchange)
        if failed:
            raise SlackError("dispatch_failed")
        return answer

    def _send(self, kind: str, payload: Json) -> tuple[Json | str, Exchange]:
        if self._socket_mode.is_connected:
            sent = msgspec.json.encode(payload)
            answer = self._socket_mode.request(kind, payload, self._deliveries.timeout)
            exchange = Exchange(
                method="SOCKET",
                url=kind,
                headers={},
                body=sent,
                status=200,
                answer=msgspec.json.encode(answer),
            )
            return answer, exchange
        fields = payload if kind == "slash_commands" else {"payload": _json(payload)}
        body = urlencode(fields).encode()
        headers = self._deliveries.sign(body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        gateway = urljoin(self._deliveries.next_gateway(), self._path)
        response = self._deliveries.post(body, headers, gateway)
        exchange = Exchange(
            method="POST",
            url=gateway,
            headers=headers,
            body=body,
            status=response.status,
            answer_headers=response.headers,
            answer=response.body,
        )
        return _read(response.body), exchange

    def _log(
        self, facts: Json, started: float, error: str, exchange: Exchange | None = None
    ) -> None:
        number = self._feed.exchanges.add(exchange) if exchange is not None else 0
        outcome = {
            "error": error,
            "seconds": time.monotonic() - started,
            "exchange": number,
            "http_status": exchange.status if exchange is not None else None,
        }
        self._feed.append("interaction", facts | outcome)


def _json(payload: Json) -> str:
    return msgspec.json.encode(payload).decode()


def _read(body: bytes) -> Json | str:
    text = body.decode("utf-8", "replace")
    try:
        answer: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return text
    return answer if isinstance(answer, dict) else text


def _channel_of(payload: Json) -> str | None:
    channel = payload.get("channel")
    found = channel.get("id") if isinstance(channel, dict) else payload.get("channel_id")
    return str(found) if found else None
