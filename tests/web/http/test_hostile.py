"""Whatever a stranger sends: it is refused, never with a 5xx, and nothing of it is queued."""

from __future__ import annotations

import http.client
from contextlib import closing
from string import ascii_letters

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import Bot, Inside

from web.client import EVENT_PATH, TIMEOUT, Answer, Gateway, exchange, signed

NAMES = (
    "Content-Type",
    "X-Slack-Request-Timestamp",
    "X-Slack-Signature",
    "X-Request-ID",
    "X-Slack-Retry-Num",
    "Authorization",
    "Accept-Encoding",
    "Content-Encoding",
    "X-Forwarded-For",
    "Cookie",
    "Range",
    "If-None-Match",
)
# What http.client lets through: any bytes but line ends.
values = st.binary(max_size=60).map(lambda v: v.replace(b"\r", b"").replace(b"\n", b""))
headers = st.dictionaries(
    st.sampled_from(NAMES) | st.text(ascii_letters + "-", min_size=1, max_size=12),
    values,
    max_size=6,
)
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
json = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = (
    *("type", "token", "challenge", "api_app_id", "team_id", "authorizations"),
    *("event_id", "event_time", "event", "minute_rate_limited"),
)
many = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def ask(gateway: Gateway, path: str, given: dict[str, bytes], body: bytes) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT)) as line:
        return exchange(line, "POST", path, given, body)


@many
@given(given=headers, body=st.binary(max_size=200))
def test_unsigned_junk_never_makes_it_fail(
    gateway: Gateway, queued: Inside, given: dict[str, bytes], body: bytes
) -> None:
    answer = ask(gateway, EVENT_PATH, {"Content-Type": b"application/json"} | given, body)
    assert 400 <= answer.status < 500
    assert queued.pending() == 0


@many
@given(
    body=st.binary(max_size=200)
    | json.map(msgspec.json.encode)
    | st.dictionaries(st.sampled_from(FIELDS), json).map(msgspec.json.encode),
    given=st.dictionaries(st.sampled_from(NAMES[3:]), values, max_size=3),
)
def test_signed_junk_never_makes_it_fail(
    gateway: Gateway, queued: Inside, given: dict[str, bytes], body: bytes
) -> None:
    right = {name: value.encode() for name, value in signed(body).items()}
    answer = ask(gateway, EVENT_PATH, given | right, body)
    assert 400 <= answer.status < 500
    assert queued.pending() == 0


@many
@given(fields=st.dictionaries(st.sampled_from(FIELDS), json, min_size=1, max_size=3))
def test_a_right_envelope_with_odd_fields_never_makes_it_fail(
    gateway: Gateway, fields: dict[str, object]
) -> None:
    assert gateway.post_signed(gateway.envelope() | fields).status < 500


@many
@given(head=st.binary(max_size=120))
def test_bytes_that_are_no_request_never_make_it_fail(gateway: Gateway, head: bytes) -> None:
    answer = gateway.send_raw(b"POST /slack/event HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert not answer or 400 <= int(answer.split()[1]) < 500


def test_after_all_of_it_the_gateway_works_and_has_logged_no_failure(
    gateway: Gateway, bot: Bot
) -> None:
    assert gateway.post_signed(gateway.envelope()).status == 200
    printed = bot.printed.text()
    assert "Traceback" not in printed
    assert not [line for line in bot.printed.lines() if line["level"] in ("error", "critical")]
    assert all(line.startswith("{") for line in printed.splitlines())
