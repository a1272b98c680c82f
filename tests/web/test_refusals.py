"""Each request that is no event of Slack's: its status, the reason that's counted, and no more."""

import time
from string import ascii_letters

import gevent
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gopherbot.metrics import journal
from gopherbot.metrics.counters import SLACK_REFUSED, Counts, Reason
from gopherbot.web.http import refusals

from .client import SECRET, InProcess, signed
from .refused import BODY, JSON, ROWS, Send, many


@pytest.fixture
def desk() -> InProcess:
    return InProcess()


@pytest.mark.parametrize(("reason", "status", "words", "send"), ROWS)
def test_what_is_no_event_of_slacks_is_refused(
    reason: Reason, status: int, words: tuple[str, ...], send: Send
) -> None:
    desk = InProcess()
    with capture_logs() as logged:
        answer = send(desk)
    counts, happened = desk.counts.take()
    assert (answer.status, counts) == (status, {f"refusals:{reason}": 1})
    assert happened == ({SLACK_REFUSED} if reason.cause else set())
    assert bool(desk.counts.journal) is bool(reason.cause)
    assert desk.queued == []
    assert answer.words.startswith(words)
    assert len(answer.body) < 120
    assert "`" not in answer.words
    assert answer.headers["content-type"].startswith("text/plain")
    # Repeating it would change nothing. The clock or the secret may be put right meanwhile.
    assert (answer.headers.get("x-slack-no-retry") == "1") == (status in (403, 422))
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    [line] = logged
    assert (line["event"], line["reason"], line["status"]) == (
        *("request refused", reason),
        str(status),
    )
    for secret in ("zebra", SECRET, desk.TOKEN):
        assert secret not in answer.words.lower()
        assert secret not in str(line).lower()


@pytest.mark.parametrize(
    "given",
    [
        *("application/json", "APPLICATION/JSON", "application/json; charset=utf-8"),
        *("application/json ;charset=UTF-8", 'application/json; charset="utf-8"; odd=1'),
        "application/json;",
    ],
)
@pytest.mark.parametrize("seconds", [-295, 0, 295])
def test_json_within_five_minutes_is_taken(desk: InProcess, given: str, seconds: int) -> None:
    headers = signed(BODY, int(time.time()) + seconds) | {"Content-Type": given}
    assert desk.post(BODY, headers).body == b"it holds"


def test_a_gateway_that_cannot_queue_wants_the_event_again(desk: InProcess) -> None:
    desk.is_away = True
    with capture_logs() as logged:
        answer = desk.post_signed(desk.envelope(event_id="Ev7"), X_Request_ID="request-17")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "x-slack-no-retry" not in answer.headers
    counts, _ = desk.counts.take()
    assert (counts["refused:slack_message_public"], counts["refusals:queue"]) == (1, 1)
    for line in logged:
        assert (line["event_id"], line["request_id"]) == ("Ev7", "request-17")
    assert [line["event"] for line in logged] == ["event refused", "request refused"]


def test_an_internal_error_is_only_logged(desk: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(message: object) -> None:
        raise ValueError("zebra")

    monkeypatch.setattr(desk, "put", broken)
    with capture_logs() as logged:
        answer = desk.post_signed(desk.envelope(), X_Request_ID="request-17")
    assert (answer.status, answer.words) == (500, "internal error")
    [line] = logged
    assert (line["event"], line["request_id"]) == ("request failed", "request-17")
    assert str(line["exc_info"]) == "zebra"


def test_each_minute_of_a_flood_is_logged_and_kept_with_the_number_of_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "SAMPLE_SECONDS", 0.01)
    counts = Counts()
    flood = refusals.Refusals(counts)
    with capture_logs() as logged:
        for _ in range(2):
            for _ in range(5):
                flood.note(Reason.SIGNATURE)
            # One of an event is kept for `gopherbot why`, however many there are.
            flood.note(Reason.APP, event_id="Ev1")
            flood.note(Reason.APP, event_id="Ev2")
            flood.note(Reason.METHOD)
            flood.note(Reason.METHOD)
            gevent.sleep(0.1)
        flood.note(Reason.SIGNATURE)
        gevent.sleep(0.1)
    first, more = "request refused", "more requests refused"
    for reason, expected in (
        ("signature", [(first, None), (more, 4), (first, None), (more, 4), (first, None)]),
        ("method", [(first, None), (more, 1)] * 2),
    ):
        lines = [line for line in logged if line["reason"] == reason]
        assert [(line["event"], line.get("count")) for line in lines] == expected
    kept = [record for chunk in counts.journal.take() for record in journal._decoded(chunk)]
    signatures = [record.count for record in kept if record.outcome == "signature"]
    assert signatures == [1, 4, 1, 4, 1]
    assert [record.event for record in kept if record.event] == ["Ev1", "Ev2"] * 2
    assert not [record for record in kept if record.outcome == "method"]


# Whatever a stranger sends.

NAMES = (
    *("X-Request-ID", "X-Slack-Retry-Num", "Authorization", "Accept-Encoding", "Content-Encoding"),
    *("X-Forwarded-For", "Cookie", "Range", "If-None-Match"),
)
PROOF = ("Content-Type", "X-Slack-Request-Timestamp", "X-Slack-Signature")
FIELDS = (
    *("type", "token", "challenge", "api_app_id", "team_id", "authorizations"),
    *("event_id", "event_time", "event", "minute_rate_limited"),
)
values = st.binary(max_size=60)
headers = st.dictionaries(
    st.sampled_from((*NAMES, *PROOF)) | st.text(ascii_letters + "-", min_size=1, max_size=12),
    values,
    max_size=6,
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@many
@given(given=headers, body=st.binary(max_size=200))
def test_unsigned_junk_breaks_nothing(
    desk: InProcess, given: dict[str, bytes], body: bytes
) -> None:
    assert 400 <= desk.post(body, {**JSON, **given, "Content-Length": "9"}).status < 500
    assert desk.queued == []


@many
@given(
    body=st.binary(max_size=200)
    | json.map(msgspec.json.encode)
    | st.dictionaries(st.sampled_from(FIELDS), json).map(msgspec.json.encode),
    given=st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
)
def test_signed_junk_breaks_nothing(desk: InProcess, given: dict[str, bytes], body: bytes) -> None:
    assert 400 <= desk.post(body, {**given, **signed(body)}).status < 500
    assert desk.queued == []


@many
@given(fields=st.dictionaries(st.sampled_from(FIELDS), json, min_size=1, max_size=3))
def test_an_envelope_with_odd_fields_breaks_nothing(
    desk: InProcess, fields: dict[str, object]
) -> None:
    assert desk.post_signed(desk.envelope() | fields).status < 500
