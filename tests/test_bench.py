"""The bench itself: its pieces run, and what it writes can be read. No figure is looked at."""

import importlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self

import pytest
from dynos import ForkedBot
from parts import CHROMIUM

from bench import figures, stage, traffic
from bench.__main__ import EXPERIMENTS, measure
from bench.load import Generator, Order
from bench.results import HEADINGS, Outcome, Row, table
from bench.sizes import TINY
from gopherbot.model import Message
from gopherbot.slack import events, signature
from gopherbot.testing import bot

pytestmark = pytest.mark.nightly

ROWS = [
    Row(name="idle", measured="a reply", ours="2 ms", baseline="60 ms", ratio="30", target="≥ 30"),
    Row(name="gateway", measured="events", ours="1/s", target="≥ 2", reached=False),
    Row(name="start", measured="the gateway", ours="1 s", target="≤ 1.5 s", reached=True),
]


class SlackHere(stage.Slack):
    """The simulator in this process."""

    def __enter__(self) -> Self:
        self.simulator.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.simulator.stop()

    @property
    def pid(self) -> int:
        return os.getpid()


@pytest.fixture
def whole_stage(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the stage of one experiment as in earnest, and that of the others at less expense."""
    if name != "load":
        monkeypatch.setattr(stage, "LocalBot", ForkedBot)
        monkeypatch.setattr(stage, "Slack", SlackHere)


@pytest.mark.usefixtures("whole_stage")
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_runs_and_gives_rows(name: str) -> None:
    if name == "gateway":
        pytest.importorskip("slack_bolt", reason="it comes with the extra `bench`")
    if name == "page":
        CHROMIUM.need()
    run = importlib.import_module(f"bench.experiments.{name}").run
    outcome: Outcome
    if name == "page":
        # Tests of the page may have left Playwright's loop running in this thread.
        with ThreadPoolExecutor(1) as apart:
            outcome = apart.submit(run, TINY).result()
    else:
        outcome = run(TINY)
    assert outcome.rows
    assert all(row.name.startswith(name) for row in outcome.rows)


def test_an_experiment_that_fails_is_a_missed_row_and_the_others_go_on() -> None:
    (row,) = measure("nowhere", TINY).rows
    assert row.reached is False
    assert "nowhere" in row.measured


def test_the_table_has_a_line_for_each_row_and_says_what_is_not_reached() -> None:
    lines = table(ROWS).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == list(HEADINGS)
    verdicts = [line.strip("|").split("|")[-1].strip() for line in lines[2:]]
    assert verdicts == ["–", "**no**", "yes"]


def test_figures_have_three_digits_and_a_unit() -> None:
    assert figures.seconds(0.00234567) == "2.35 ms"
    assert figures.seconds(0.0000034) == "3.40 µs"
    assert figures.seconds(12.3) == "12.3 s"
    assert figures.rate(12345.6) == "12,300/s"
    assert figures.three_digits(0) == "0"
    assert figures.three_digits(figures.median([])) == "–"
    assert figures.megabytes(220_000_000) == "220.0 MB"


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert figures.percentile(values, 0.95) == 95
    assert figures.percentile([7.0], 0.5) == 7


def test_chatter_matches_nothing_and_the_command_is_answered() -> None:
    rules = bot.content.rules
    for text in traffic.CHATTER:
        assert rules.fire(_message(text)) == []
    assert [firing.rule.name for firing in rules.fire(_message(traffic.COMMAND))] == [
        "command:flip a coin"
    ]


def test_requests_are_distinct_and_signed_as_slack_signs_them() -> None:
    made = list(traffic.events(6, commands_every=3))
    assert len({event.id for event in made}) == 6
    assert [b"flip a coin" in event.body for event in made] == [False, False, True] * 2
    for event in made:
        head, _, body = traffic.request(event).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        stamp, signed = headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"]
        assert signature.is_signed(traffic.SECRET.encode(), stamp, body, signed)
        assert headers["Content-Length"] == str(len(body))


class Answering(BaseHTTPRequestHandler):
    """Answers every event at once."""

    protocol_version = "HTTP/1.1"
    connections: ClassVar[list[int]] = []

    def setup(self) -> None:
        self.connections.append(self.client_address[1])
        super().setup()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_no_connection_is_silent_until_the_gateway_closes_it() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        order = Order(port=server.server_port, count=30, rate=15, connections=64)
        with Generator(order) as generator:
            generator.deliver()
        server.shutdown()
    assert len(Answering.connections) == 15


def _message(text: str) -> Message:
    envelope = events.decode(traffic.event(text).body, events.MessageEvent)
    message = events.to_message(envelope, frozenset({traffic.BOT_USER}))
    assert message
    return message
