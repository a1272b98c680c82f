"""Whatever a stranger sends over a connection: it's refused, never with a 5xx, in words of ours."""

import http.client
import socket
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Bot, Inside

from web.client import (
    EVENT_PATH,
    LEFT_TO_GUNICORN,
    TIMEOUT,
    Gateway,
    exchange,
    head,
    signed,
    unproven,
)
from web.refused import BODY, MAX_BODY, many


@many
@given(head=st.binary(max_size=120))
def test_bytes_that_are_no_request_never_make_it_fail(gateway: Gateway, head: bytes) -> None:
    answer = gateway.send_raw(b"POST /slack/event HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert not answer or 400 <= int(answer.split()[1]) < 500


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
    answer = first_answer(gateway, head(length, **(unproven() | headers)))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in answer.lower(), "it is not read to be skipped"


def test_a_chunked_body_is_refused_before_it_is_sent_however_well_signed(gateway: Gateway) -> None:
    chunked = head("Transfer-Encoding: chunked", **signed(BODY))
    assert first_answer(gateway, chunked).startswith(b"HTTP/1.1 411 ")
    too_long = head(f"Content-Length: {MAX_BODY + 1}", **signed(BODY))
    assert first_answer(gateway, too_long).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_wants_no_more_is_closed(gateway: Gateway) -> None:
    answer = first_answer(gateway, b"GET /_ruok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in answer


def first_answer(gateway: Gateway, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=TIMEOUT) as line:
        line.sendall(sent)
        return line.recv(65536)


START = b"POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED, HOST = b"Transfer-Encoding: chunked\r\n", b"\r\nHost: x\r\n\r\n"
BROKEN = [
    *(
        (START + end, b"400 Bad Request")
        for end in (
            CHUNKED + b"Content-Length: 3\r\n\r\n3\r\nfoo\r\n0\r\n\r\n",
            b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nfoob",
            b"Content-Length: 0\r\nContent-Length: 4\r\n\r\nfoob",
            b"Content-Length: -1\r\n\r\n",
            b"Content-Length: 1e1\r\n\r\n0123456789",
            b"<script>alert(1)</script>: 1\r\n\r\n",
            b"X-Null: <script>\x00\r\n\r\n",
        )
    ),
    *(
        (START + CHUNKED + b"\r\n" + body, b"411 Length Required")
        for body in (b"zz\r\n", b"3\r\nfoobar\r\n", b"-1\r\n")
    ),
    (START + b"Content-Length: 99999999999999999999999\r\n\r\n", b"413 Content Too Large"),
    (START + b"Transfer-Encoding: gzip\r\n\r\nfoo", b"4"),
    (START + b"Expect: <script>\r\nContent-Length: 0\r\n\r\n", b"417 Expectation Failed"),
    (START + b"X-Long: " + b"<script>" * 1500 + b"\r\n\r\n", b"431 Request Header Fields"),
    (START + b"X-A: <script>\r\n" * 300 + b"\r\n", b"431 Request Header Fields"),
    (b"<script>" + HOST, b"400 Bad Request"),
    (b"<script> / HTTP/1.1" + HOST, b"400 Bad Request"),
    (b"GET /<script> HTTP/9.9" + HOST, b"4"),
    (b"GET /" + b"<script>" * 600 + b" HTTP/1.1" + HOST, b"414 URI Too Long"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + HOST, b"400 Bad Request"),
]


@pytest.mark.parametrize(("sent", "status"), BROKEN)
def test_broken_http_is_refused_in_words_that_repeat_nothing_of_it(
    gateway: Gateway, sent: bytes, status: bytes
) -> None:
    given, _, body = gateway.send_raw(sent).partition(b"\r\n\r\n")
    assert given.startswith(b"HTTP/1.1 " + status)
    assert b"script" not in given + body
    assert b"\r\ncontent-type: text/plain" in given.lower()
    assert f"\r\ncontent-length: {len(body)}\r\n".encode() in given.lower() + b"\r\n"


def test_a_refused_connection_can_be_used_again(gateway: Gateway) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT)) as line:
        for _ in range(3):
            assert exchange(line, "POST", EVENT_PATH, {}, b"{}").status == 415
            assert exchange(line, "POST", EVENT_PATH, signed(b"{}"), b"{} ").status == 401
            assert exchange(line, "POST", EVENT_PATH, signed(BODY), BODY).status == 200


def test_an_empty_line_before_a_request_is_passed_over(gateway: Gateway) -> None:
    # https://www.rfc-editor.org/rfc/rfc9112#section-2.2-6
    request = b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n"
    assert gateway.send_raw(request + b"\r\n" + request).count(b"HTTP/1.1 200 OK") == 2


def test_after_all_of_it_the_gateway_works_and_has_logged_no_failure(
    gateway: Gateway, bot: Bot, queued: Inside
) -> None:
    assert gateway.post_signed(gateway.envelope()).status == 200
    assert queued.pending() == 1
    printed = bot.printed.text()
    assert "Traceback" not in printed
    assert "script" not in printed
    assert not [line for line in bot.printed.lines() if line["level"] in ("error", "critical")]
    assert all(line.startswith("{") for line in printed.splitlines())
