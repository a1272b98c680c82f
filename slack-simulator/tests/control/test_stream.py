import http.client
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from support import PATIENCE

from slack_simulator import Simulator
from slack_simulator.control import stream
from slack_simulator.feed.feed import ENTRIES_KEPT


class Stream:
    def __init__(self, slack: Simulator, path: str = "/sim/stream", **headers: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(slack.url).netloc, timeout=PATIENCE)
        self._connection.request("GET", path, headers=headers)
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200
        assert self.block() == [": the feed"]

    def block(self) -> list[str]:
        lines = []
        while line := self.answer.readline().decode().rstrip("\n"):
            lines.append(line)
        return lines

    def event(self) -> tuple[str, str, dict[str, Any]]:
        fields = dict(line.split(": ", 1) for line in self.block())
        return fields.get("id", ""), fields["event"], msgspec.json.decode(fields["data"])


@pytest.fixture
def slack(slack: Simulator) -> Simulator:
    slack.gateway = None
    slack.say("before")
    # Each message is followed by the entry that says that it wasn't sent.
    assert slack.feed.seq == 2
    return slack


def test_the_stream_tells_what_happens_from_now_on(slack: Simulator) -> None:
    events = Stream(slack)
    assert events.answer.getheader("Content-Type") == "text/event-stream"
    slack.say("hello")
    number, kind, entry = events.event()
    assert (number, kind) == ("3", "message")
    assert entry["message"]["text"] == "hello"
    assert entry["seq"] == 3


def test_the_stream_goes_on_where_it_was_left(slack: Simulator) -> None:
    slack.say("missed")
    by_header = Stream(slack, **{"Last-Event-ID": "2"})
    by_query = Stream(slack, "/sim/stream?after=2")
    for events in (by_header, by_query):
        assert events.event()[2]["message"]["text"] == "missed"
    whole = Stream(slack, "/sim/stream?after=0")
    kinds = [whole.event()[1] for _ in range(4)]
    assert kinds == ["message", "not_sent"] * 2


def test_entries_that_are_gone_are_told_as_a_gap(slack: Simulator) -> None:
    for number in range(ENTRIES_KEPT + 5):
        slack.feed.append("trace", {"number": number})
    events = Stream(slack, "/sim/stream?after=2")
    assert events.event()[1] == "gap"
    assert events.event()[1] == "trace"


def test_the_stream_keeps_its_connection_alive(
    slack: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.02)
    assert Stream(slack).block() == [": still here"]


def test_the_stream_ends_with_the_simulator(slack: Simulator) -> None:
    events = Stream(slack)
    slack.stop()
    assert events.answer.read() == b""
