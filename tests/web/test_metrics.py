"""`/metrics`: there only with a token, only for who shows it, and true."""

import json
import re
import signal
import time
from collections.abc import Iterator

import pytest
import yaml
from pace import load_adjusted
from support import PATIENCE, Inside, wait_until

from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import ROOT
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.counters import Reason
from gopherbot.storage import keys
from gopherbot.storage.client import text
from slack_simulator import Simulator

from .client import Answer, Gateway
from .conftest import Start
from .refused import ONE_OF_EACH

TOKEN = "the metrics token of the tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SAMPLE = re.compile(
    r'(gopherbot_[a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})? (-?[0-9]+(?:\.[0-9]+)?)'
)


@pytest.fixture(scope="module")
def metered(server: RedisServer, web_slack: Simulator, start: Start) -> Gateway:
    return Gateway(start(server.url, GOPHER_METRICS_TOKEN=TOKEN).port, web_slack)


@pytest.fixture
def inside(server: RedisServer) -> Iterator[Inside]:
    """The queues, empty. Only what the gateway says of itself stays: it repeats it every 10 s."""
    with server.client() as client:
        for key in client.scan_iter():
            if text(key) != keys.processes(APP):
                client.delete(key)
        yield Inside(client)


def put_probe(inside: Inside, age: int) -> None:
    """Note a probe that came so many seconds ago."""
    at = (inside.client.time()[0] - age) * 1000
    inside.client.hset("gopherbot-dev:probe", items=["at", at, "took", 25, "way", "gateway"])


def test_each_refusal_is_counted_by_its_reason(metered: Gateway, inside: Inside) -> None:
    before = samples(metered)
    # This gateway wants no token.
    sent = {reason: each for reason, each in ONE_OF_EACH.items() if reason is not Reason.TOKEN}
    for reason, (status, send) in sent.items():
        assert send(metered).status == status, reason
    # gunicorn's parser refuses this one.
    assert b" 400 " in metered.send_raw(b"GET / HTTP/1.1\r\nX-Null: \x00\r\n\r\n")
    inside.client.config_set("maxmemory", 1)
    assert metered.post_signed(metered.envelope()).status == 503
    inside.client.config_set("maxmemory", 0)
    expected = dict.fromkeys((*sent, Reason.QUEUE), 1) | {Reason.UNREADABLE: 2}
    names = {f'gopherbot_refusals_total{{reason="{each}"}}': n for each, n in expected.items()}
    wait_until(
        lambda: all(samples(metered)[name] == before[name] + n for name, n in names.items()),
        "each of them is counted once",
    )


def page(gateway: Gateway) -> str:
    answer = gateway.send("GET", "/metrics", BEARER)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body.decode()


def samples(gateway: Gateway) -> dict[str, float]:
    found = {}
    for line in page(gateway).splitlines():
        if not line.startswith("#"):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            found[f"{sample[1]}{sample[2] or ''}"] = float(sample[3])
    return found


def test_without_a_token_there_is_no_such_page(gateway: Gateway) -> None:
    assert gateway.send("GET", "/metrics").status == 404
    assert gateway.send("GET", "/metrics", BEARER).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer \xff\xfe"},
    ],
)
def test_who_does_not_show_the_token_is_refused(metered: Gateway, headers: dict[str, str]) -> None:
    answer: Answer = metered.send("GET", "/metrics", headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.words


def test_only_reading_is_possible(metered: Gateway) -> None:
    assert metered.send("POST", "/metrics", BEARER).status == 404


def test_it_is_in_prometheus_format(metered: Gateway) -> None:
    lines = page(metered).splitlines()
    described = {line.split()[2] for line in lines if line.startswith("# HELP")}
    typed = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    shown = {re.split(r"[ {]", line)[0] for line in lines if not line.startswith("#")}
    assert shown <= described == set(typed)
    assert all((kind == "counter") == name.endswith("_total") for name, kind in typed.items())


def test_what_the_gateway_takes_is_counted(metered: Gateway) -> None:
    name = 'gopherbot_received_total{queue="slack_message_public"}'
    before = samples(metered)
    for event in ({"type": "message"}, {"type": "nobody_reads_it"}):
        event |= {"ts": f"{time.time():.6f}", "channel": "C1", "user": "U1"}
        assert metered.post_signed(metered.envelope(event)).status == 200
    wait_until(lambda: samples(metered)[name] == before[name] + 1, "it is counted")
    ignored = "gopherbot_ignored_total"
    wait_until(lambda: samples(metered)[ignored] == before[ignored] + 1, "so is the other")


def test_the_probe_is_shown_here_and_where_it_is_asked_whether_it_is_ready(
    metered: Gateway, inside: Inside
) -> None:
    assert "probe: none in the last day" in metered.send("GET", "/_ready").words
    put_probe(inside, age=180)
    found = samples(metered)
    assert 180 <= found["gopherbot_probe_age_seconds"] < 180 + PATIENCE
    assert found['gopherbot_probe_seconds{way="gateway"}'] == 0.025
    # It asks Redis once a second.
    told = "ready\nprobe: 3 min ago\nslack: members "
    wait_until(lambda: metered.send("GET", "/_ready").words.startswith(told), "it tells so too")


def test_it_answers_though_redis_is_away_or_hangs(metered: Gateway, server: RedisServer) -> None:
    server.signal(signal.SIGSTOP)
    try:
        answer = metered.send("GET", "/metrics", BEARER)
    finally:
        server.signal(signal.SIGCONT)
    assert answer.status == 200
    assert answer.body.endswith(b"\ngopherbot_redis_up 0\n")
    assert answer.seconds < load_adjusted(2.5)
    wait_until(lambda: samples(metered)["gopherbot_redis_up"] == 1, "redis is back")


ALERTS = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())["groups"][0]["rules"]


def test_the_dashboard_and_the_alerts_ask_for_what_there_is(
    metered: Gateway, inside: Inside
) -> None:
    put_probe(inside, age=0)
    board = json.loads((ROOT / "docs" / "grafana.json").read_text())
    targets = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    described = set(re.findall(r"^# HELP (\S+)", page(metered), re.MULTILINE))
    assert len(targets) > 10
    for expression in [*targets, *(alert["expr"] for alert in ALERTS)]:
        asked = set(re.findall(r"gopherbot_[a-z_]+", expression))
        assert asked, expression
        assert asked <= described


def test_each_alert_has_a_summary_and_a_section() -> None:
    sections = re.findall(
        r"^### (\w+)$", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE
    )
    assert {alert["alert"] for alert in ALERTS} <= set(sections)
    for alert in ALERTS:
        assert len(alert["annotations"]["summary"]) > 40
        link = alert["annotations"]["runbook_url"]
        assert link.endswith(f"/docs/operating.md#{alert['alert'].lower()}")
