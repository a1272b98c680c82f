"""The checks of a request to /slack/event in their order, and what each is refused with."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import closing

import gevent
import pytest
from structlog.testing import capture_logs
from support import Bot, Inside

from gopherbot.metrics import journal
from gopherbot.metrics.counters import Counts, Reason
from gopherbot.web.http import refusals
from slack_simulator.events.signing import signature

from .client import (
    EVENT_PATH,
    LEFT_TO_GUNICORN,
    SECRET,
    TIMEOUT,
    Answer,
    Gateway,
    exchange,
    head,
    message,
    signed,
    signed_as_of,
    unproven,
)

MAX_BODY = 2 * 1024 * 1024
BODY = b'{"type":"url_verification","challenge":"it holds"}'


@pytest.fixture(autouse=True)
def nothing_of_it_is_queued(queued: Inside) -> object:
    yield
    assert queued.pending() == 0


def is_refused(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.body) < 120


def test_a_flood_of_refusals_is_logged_once_and_without_its_content(
    gateway: Gateway, bot: Bot
) -> None:
    since = bot.printed.size()
    body = b'{"type":"a body that nobody may read"}'
    forged = "v0=" + "ab" * 32
    for _ in range(20):
        headers = signed(body) | {"X-Slack-Signature": forged}
        assert gateway.post(body, headers).status == 401
    lines = bot.printed.lines("request refused", since, reason="signature")
    # Another test of this folder may have had the first of this minute.
    assert len(lines) <= 1
    assert all(line["status"] == "401" for line in lines)
    printed = bot.printed.text(since)
    assert "nobody may read" not in printed
    assert forged not in printed


def test_each_minute_of_a_flood_is_logged_and_kept_with_the_number_of_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "SAMPLE_SECONDS", 0.01)
    counts = Counts()
    with capture_logs() as lines:
        for _ in range(2):
            flood = refusals.Refusals(counts)
            for _ in range(5):
                flood.note(Reason.SIGNATURE)
            gevent.sleep(0.1)
            flood.note(Reason.SIGNATURE)
    signed_ones = [line for line in lines if line["reason"] == "signature"]
    assert [line["event"] for line in signed_ones] == [
        "request refused",
        "more requests refused",
        "request refused",
    ] * 2
    kept = [record for chunk in counts.journal.take() for record in journal._decoded(chunk)]
    assert [(record.outcome, record.count) for record in kept] == [
        ("signature", 1),
        ("signature", 4),
        ("signature", 1),
    ] * 2


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "PROPFIND"]
)
def test_any_other_method_is_refused_and_told_to_post(gateway: Gateway, method: str) -> None:
    answer = gateway.send(method, EVENT_PATH, signed(BODY))
    is_refused(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "given",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json ;charset=UTF-8",
        'application/json; charset="utf-8"; odd=1',
        "application/json;",
    ],
)
def test_json_may_have_parameters(gateway: Gateway, given: str) -> None:
    assert gateway.post(BODY, signed(BODY) | {"Content-Type": given}).status == 200


@pytest.mark.parametrize(
    "given",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json+x",
        "application/jsonp",
        "application/vnd.api+json",
        "multipart/form-data; boundary=a",
        "text/json; application/json",
    ],
)
def test_another_content_type_is_refused(gateway: Gateway, given: str) -> None:
    answer = gateway.post(BODY, signed(BODY) | {"Content-Type": given})
    is_refused(answer, 400 if given == "text/json; application/json" else 415)


def test_a_missing_content_type_is_refused(gateway: Gateway) -> None:
    headers = signed(BODY)
    del headers["Content-Type"]
    is_refused(gateway.post(BODY, headers), 415)


@pytest.mark.parametrize(
    "given",
    [
        b"json",
        b"/",
        b"application/",
        b"/json",
        b"application json",
        b"application/json/json",
        b"application/json; charset",
        b"application/json, application/json",
        b"application/json; charset=\xff",
        b"\xff\xfe\xfd",
        b"application/json; a=" + b"b" * 2000,
        b"application/" + b"json" * 1000,
    ],
)
def test_an_unparsable_content_type_is_refused(gateway: Gateway, given: bytes) -> None:
    is_refused(gateway.post(BODY, signed(BODY) | {"Content-Type": given}), 400)


def test_a_body_of_two_mebibytes_goes_on_to_the_next_check(gateway: Gateway) -> None:
    body = b" " * MAX_BODY
    is_refused(gateway.post(body, {"Content-Type": "application/json"}), 401)
    is_refused(gateway.post(body, signed(body)), 422)


def test_a_body_of_one_byte_more_is_refused_however_well_signed(gateway: Gateway) -> None:
    body = b" " * (MAX_BODY + 1)
    is_refused(gateway.post(body, signed(body)), 413)


def test_a_chunked_body_is_refused_before_it_is_sent_however_well_signed(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=TIMEOUT) as line:
        line.sendall(head("Transfer-Encoding: chunked", **signed(BODY)))
        assert line.recv(65536).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Request-Timestamp": "0"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=0"},
    ],
)
@pytest.mark.parametrize("length", ["Content-Length: 2000000", LEFT_TO_GUNICORN])
def test_what_its_head_shows_to_be_no_event_is_refused_before_its_body_is_sent(
    gateway: Gateway, headers: dict[str, str], length: str
) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=TIMEOUT) as line:
        line.sendall(head(length, **(unproven() | headers)))
        assert line.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_what_repeating_would_not_change_is_not_to_be_repeated(gateway: Gateway) -> None:
    def is_final(answer: Answer) -> bool:
        return answer.headers.get("x-slack-no-retry") == "1"

    assert is_final(gateway.post_signed(gateway.envelope(api_app_id="A0ANOTHER")))
    assert is_final(gateway.post_signed(gateway.envelope(event_id=5)))
    assert is_final(gateway.post_signed(b"no json"))
    # The clock or the secret may be put right before Slack tries again.
    assert not is_final(gateway.post(BODY, unproven()))
    assert not is_final(gateway.post(BODY, {"Content-Type": "application/json"}))


def test_a_length_that_is_only_claimed_is_refused_before_the_body_is_sent(
    gateway: Gateway,
) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(MAX_BODY + 1)}
    with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT)) as line:
        line.putrequest("POST", EVENT_PATH)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        assert line.getresponse().status == 413


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "now",
        "12.5",
        "-1",
        "+1",
        "1e9",
        "0x10",
        "0",
        "9" * 12,
        "9" * 13,
        "9" * 5000,
        "1_700_000_000",
        "NaN",
        "null",
    ],
)
def test_a_timestamp_that_is_no_recent_whole_number_is_refused(
    gateway: Gateway, stamp: str
) -> None:
    is_refused(gateway.post(BODY, signed_as_of(stamp, BODY)), 401)


@pytest.mark.parametrize("dress", ["{}.0", "{},{}", "+{}", "{}\xb2", "0x{}", "{}\x00"])
def test_a_dressed_up_timestamp_is_refused(gateway: Gateway, dress: str) -> None:
    now = str(int(time.time()))
    stamp = dress.format(now, now)
    headers = signed_as_of(stamp, BODY) | {"X-Slack-Request-Timestamp": stamp.encode("latin-1")}
    answer = gateway.post(BODY, headers)
    # A control character is not HTTP at all.
    assert answer.status == (400 if "\x00" in stamp else 401)


def test_digits_of_another_script_are_no_timestamp(gateway: Gateway) -> None:
    stamp = "".join(chr(0x0660 + int(digit)) for digit in str(int(time.time())))
    headers: dict[str, str | bytes] = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp.encode(),
        "X-Slack-Signature": signature(SECRET, stamp, BODY),
    }
    is_refused(gateway.post(BODY, headers), 401)


def test_a_missing_timestamp_is_refused(gateway: Gateway) -> None:
    headers = signed(BODY)
    del headers["X-Slack-Request-Timestamp"]
    is_refused(gateway.post(BODY, headers), 401)


@pytest.mark.parametrize("seconds", [-295, 0, 295])
def test_a_request_of_five_minutes_around_now_is_taken(gateway: Gateway, seconds: int) -> None:
    assert gateway.post(BODY, signed(BODY, int(time.time()) + seconds)).status == 200


@pytest.mark.parametrize("seconds", [-301, 302, -86400, 86400])
def test_a_request_from_longer_ago_or_further_ahead_is_refused(
    gateway: Gateway, seconds: int
) -> None:
    is_refused(gateway.post(BODY, signed(BODY, int(time.time()) + seconds)), 401)


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"v0=",
        b"v0=" + b"0" * 64,
        b"v0=" + b"g" * 64,
        b"0" * 64,
        b"\xff\xfe\x80",
        "v0=ß∂ƒ".encode(),
        b"v0=" + b"a" * 7000,
        b"null",
        b"'; --",
    ],
)
def test_a_junk_signature_is_refused(gateway: Gateway, given: bytes) -> None:
    is_refused(gateway.post(BODY, signed(BODY) | {"X-Slack-Signature": given}), 401)


def test_a_missing_signature_is_refused(gateway: Gateway) -> None:
    headers = signed(BODY)
    del headers["X-Slack-Signature"]
    is_refused(gateway.post(BODY, headers), 401)


@pytest.mark.parametrize("change", [str.upper, lambda s: s.replace("v0=", "v1="), lambda s: s[3:]])
def test_a_signature_counts_only_as_slack_writes_it(gateway: Gateway, change: object) -> None:
    headers = signed(BODY)
    headers["X-Slack-Signature"] = change(headers["X-Slack-Signature"])  # type: ignore[operator]
    is_refused(gateway.post(BODY, headers), 401)


def test_a_signature_of_another_body_another_time_or_another_secret_is_refused(
    gateway: Gateway,
) -> None:
    now = int(time.time())
    right = signed(BODY, now)
    is_refused(gateway.post(BODY + b" ", right), 401)
    later = right | {"X-Slack-Request-Timestamp": str(now + 1)}
    is_refused(gateway.post(BODY, later), 401)
    other = right | {"X-Slack-Signature": signature("another secret", str(now), BODY)}
    is_refused(gateway.post(BODY, other), 401)


def test_a_signature_over_the_decoded_body_is_wrong_for_other_bytes(gateway: Gateway) -> None:
    body = b'{"type":"url_verification","challenge":"\xff"}'
    lossy = signed(body.decode("utf-8", "replace").encode())
    is_refused(gateway.post(body, lossy), 401)
    is_refused(gateway.post(body, signed(body)), 422)


def test_nothing_is_parsed_before_the_signature_holds(gateway: Gateway) -> None:
    is_refused(gateway.post(b"no json", signed(b"other")), 401)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        # Each request has everything wrong from a check on; the first one answers.
        ({"Content-Type": "what?", "Content-Length": str(MAX_BODY + 1)}, 400),
        ({"Content-Type": "text/html", "Content-Length": str(MAX_BODY + 1)}, 415),
        ({"Content-Type": "application/json", "Content-Length": str(MAX_BODY + 1)}, 413),
    ],
)
def test_the_checks_come_in_their_order(
    gateway: Gateway, headers: dict[str, str], status: int
) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT)) as line:
        line.putrequest("POST", EVENT_PATH)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        assert line.getresponse().status == status


@pytest.mark.parametrize(
    "fields",
    [
        {"api_app_id": "A0ANOTHER"},
        {"api_app_id": "a0gopherbot"},
        {"api_app_id": ""},
        {"authorizations": [{"team_id": "T0ANOTHER"}]},
        {"authorizations": None, "team_id": "T0ANOTHER"},
        {"authorizations": [], "team_id": "T0ANOTHER"},
        {"authorizations": [{"team_id": None}], "team_id": "T0ANOTHER"},
        {"authorizations": [{"team_id": "T0ANOTHER"}, {"team_id": "T0GOPHERS"}]},
    ],
)
def test_the_event_of_another_app_or_team_is_refused(
    gateway: Gateway, fields: dict[str, object]
) -> None:
    is_refused(gateway.post_signed(gateway.envelope(**fields)), 403)


@pytest.mark.parametrize(
    "fields",
    [{"api_app_id": "A0ANOTHER"}, {"authorizations": None, "team_id": "T0ANOTHER"}],
)
def test_a_rate_limit_of_another_app_or_team_is_refused(
    gateway: Gateway, fields: dict[str, object]
) -> None:
    body = gateway.envelope(type="app_rate_limited", minute_rate_limited=1, **fields)
    is_refused(gateway.post_signed(body), 403)


@pytest.mark.parametrize(
    "head",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nfoo\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nfoobar\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\nfoo\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\nfoo",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nfoo\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nfoob",
        b"Content-Length: 0\r\nContent-Length: 4\r\n\r\nfoob",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1e1\r\n\r\n0123456789",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"Expect: <script>alert(1)</script>\r\nContent-Length: 0\r\n\r\n",
        b"<script>alert(1)</script>: 1\r\n\r\n",
        b"X-Null: <script>\x00\r\n\r\n",
        b"X-Long: " + b"<script>" * 2000 + b"\r\n\r\n",
        b"".join(b"X-%d: <script>\r\n" % n for n in range(300)) + b"\r\n",
    ],
)
def test_broken_http_is_refused_in_words_that_repeat_nothing_of_it(
    gateway: Gateway, head: bytes
) -> None:
    start = b"POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    answer = gateway.send_raw(start + head)
    assert 400 <= int(answer.split()[1]) < 500
    assert b"script" not in answer
    assert b"<" not in answer
    assert b"text/plain" in answer


@pytest.mark.parametrize(
    "line",
    [
        b"<script>",
        b"<script> / HTTP/1.1",
        b"GET /<script> HTTP/9.9",
        b"GET /" + b"<script>" * 2000 + b" HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_even_a_request_is_refused_as_plainly(gateway: Gateway, line: bytes) -> None:
    answer = gateway.send_raw(line + b"\r\nHost: x\r\n\r\n")
    assert 400 <= int(answer.split()[1]) < 500
    assert b"<" not in answer


def test_a_refused_connection_can_be_used_again(gateway: Gateway) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT)) as line:
        for _ in range(3):
            assert exchange(line, "POST", EVENT_PATH, {}, b"{}").status == 415
            assert exchange(line, "POST", EVENT_PATH, signed(b"{}"), b"{} ").status == 401
            assert exchange(line, "POST", EVENT_PATH, signed(BODY), BODY).status == 200


def test_an_empty_line_before_a_request_is_passed_over(gateway: Gateway) -> None:
    # https://www.rfc-editor.org/rfc/rfc9112#section-2.2-6
    request = b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = gateway.send_raw(request + b"\r\n" + request)
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_no_answer_says_anything_of_what_was_sent(gateway: Gateway) -> None:
    sent = "Zebra"
    event = message(text=sent, type=sent)
    for answer in (
        gateway.post(sent.encode(), signed(sent.encode())),
        gateway.post(BODY, signed(BODY) | {"X-Slack-Signature": sent}),
        gateway.post_signed(gateway.envelope(event, api_app_id=sent)),
        gateway.post_signed(gateway.envelope(event, type=sent)),
        gateway.post_signed(gateway.envelope(event, event_time=sent)),
        gateway.post_signed({sent: sent}),
        gateway.send("GET", f"/{sent}"),
    ):
        assert answer.status >= 400
        assert sent not in answer.words
        assert sent.lower() not in answer.words.lower()
