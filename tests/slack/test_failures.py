"""Calls to Slack that fail, and the connections that they take."""

from __future__ import annotations

import ctypes
import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from parts import NAMESPACES
from raw_server import RawServer, answer, settings_at
from support import PATIENCE, UNTRUSTED, untrusted_server, wait_until

from gopherbot.metrics.counters import TOKEN_ERRORS
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import (
    CHANNEL_GONE,
    TOKEN_REFUSED,
    OutcomeUnknown,
    Rejected,
    Retryable,
    SlackError,
    TokenRefused,
)
from gopherbot.slack.http_pool import HttpPool, boot_time
from slack_simulator import Fault, Simulator

from .conftest import MARK, OK, failure_of, post, said

LIMITED, HTML = "429 Too Many", {"Content_Type": "text/html"}
RETRYABLE = [
    (said("ratelimited", LIMITED, Retry_After="7"), 7.0),
    (said("ratelimited", LIMITED, retry_after="0.5"), 0.5),
    (said("ratelimited", LIMITED), None),
    (answer(b"<html>slow down</html>", LIMITED, **HTML, Retry_After="3"), 3.0),
    (answer(b"", LIMITED, Retry_After="soon"), None),
    (answer(b"", LIMITED, Retry_After="-5"), 0.0),
    (said("ratelimited", Retry_After="2"), 2.0),
    *(
        (said(word), None)
        for word in (
            *("rate_limited", "external_channel_migrating", "service_unavailable"),
            "accesslimited",
        )
    ),
]
REFUSING = [
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
    *("team_access_not_granted", "team_added_to_org", "org_login_required"),
]
REJECTED = [
    *("channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "missing_scope"),
    *("no_text", "restricted_action", "a_word_that_slack_invents_tomorrow"),
]
ORDINARY = ("message_not_found", "thread_not_found", "edit_window_closed")
"""What members can cause at any time, which counts as no rejection."""
UNKNOWN = [
    answer(b"<html></html>", "500 Internal Server Error", **HTML),
    answer(b"", "502 Bad Gateway"),
    said("service_unavailable", "503 Service Unavailable"),
    said("channel_not_found", "500 Internal Server Error"),
    said("x" * 2000, "500 Internal Server Error"),
    answer(b'{"ok":true}', "504 Gateway Timeout"),
    *(said(word) for word in ("internal_error", "fatal_error", "request_timeout")),
    # No answer of Slack's.
    answer(b"<html>Sign in</html>", **HTML),
    *(
        answer(body)
        for body in (b"{", b"", b"[]", b"[1]", b'"ok"', b"5", b"null", b"true", b"{}", b"\xff\xfe")
    ),
    answer(b'{"ok":false}'),
    *(said(word) for word in (5, "Something <b>went</b> wrong!")),
    answer(gzip.compress(OK, mtime=0), Content_Encoding="gzip"),
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"x" * 2000 + b"\r\n\r\n",
    # Nor is a redirect followed.
    *(
        answer(b"<html></html>", status, **HTML, Location="http://127.0.0.1:1")
        for status in ("302 Found", "400 Bad", "403 Forbidden", "404 No", "408 Late", "425 Early")
    ),
]
FAILURES: list[tuple[bytes, type[SlackError], float | None, str]] = [
    *((given, Retryable, wait, "") for given, wait in RETRYABLE),
    *((said(word), TokenRefused, None, word) for word in REFUSING),
    *((said(word), Rejected, None, word) for word in REJECTED),
    *((said(word), Rejected, None, word) for word in ORDINARY),
    # Slack's word counts whatever the status.
    (said("is_archived", "403 Forbidden"), Rejected, None, "is_archived"),
    *((given, OutcomeUnknown, None, "") for given in UNKNOWN),
]


@pytest.mark.parametrize(("given", "kind", "wait", "word"), FAILURES)
def test_a_failure_says_whether_the_call_may_be_repeated(
    raw: RawServer,
    theirs: Slack,
    counted: list[str],
    given: bytes,
    kind: type[SlackError],
    wait: float | None,
    word: str,
) -> None:
    raw.answer, raw.closing = given, True
    error = failure_of(lambda: post(theirs))
    assert (type(error), error.retry_after, len(raw.requests)) == (kind, wait, 1)
    assert str(error).startswith("chat.postMessage: ")
    assert len(str(error)) < 300
    assert getattr(error, "error", "") == word
    assert counted == [word] * (word not in ("", *ORDINARY))


def test_the_words_of_a_refused_token_and_of_a_channel_that_is_gone() -> None:
    assert set(REFUSING) == TOKEN_REFUSED | TOKEN_ERRORS
    assert {"channel_not_found", "is_archived"} == CHANNEL_GONE


def test_an_emoji_that_may_not_be_removed_is_a_rejection(raw: RawServer, theirs: Slack) -> None:
    raw.answer = said("not_in_channel")
    assert isinstance(failure_of(lambda: theirs.unreact("C1", "1.0", "wave")), Rejected)
    assert isinstance(failure_of(lambda: theirs.has_replies("C1", "1.0")), Rejected)


def test_a_bug_of_ours_is_no_failure_of_slacks(raw: RawServer, theirs: Slack) -> None:
    with pytest.raises(TypeError):
        theirs.post("C1", "hello", MARK, attachments=[{"text": object()}])
    assert raw.requests == []


@pytest.mark.parametrize(("max_wait", "lists"), [(5.0, True), (3.0, True), (2.0, False)])
@pytest.mark.parametrize(
    ("method", "listing"),
    [("conversations.list", Slack.public_channels), ("users.list", Slack.members)],
)
def test_a_listing_waits_out_the_rate_limits_that_it_has_patience_for(
    slack: Simulator,
    ours: Slack,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    listing: Callable[..., Iterator[object]],
    max_wait: float,
    lists: bool,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("gopherbot.slack.client.time.sleep", slept.append)
    slack.faults.add(Fault(kind="ratelimited", method=method, retry_after=3))
    if lists:
        assert list(listing(ours, max_wait=max_wait))
    else:
        assert type(failure_of(lambda: list(listing(ours, max_wait=max_wait)))) is Retryable
    assert slept == [3] * lists


def test_a_rate_limit_without_a_time_is_not_waited_out(raw: RawServer, theirs: Slack) -> None:
    raw.answer = said("ratelimited", LIMITED)
    assert type(failure_of(lambda: list(theirs.members(max_wait=60)))) is Retryable


# Connections.


def test_many_threads_share_the_pool_of_connections(raw: RawServer, theirs: Slack) -> None:
    """Were slack-sdk's private method renamed, each call would open a connection of its own."""
    together = threading.Barrier(4)

    def answer_together(line: socket.socket) -> bool:
        together.wait(PATIENCE)
        line.sendall(answer(OK))
        return True

    with ThreadPoolExecutor(4) as pool:
        raw.answer = answer_together
        list(pool.map(lambda _: post(theirs), range(40)))
        assert (raw.connections, len(raw.requests)) == (4, 40)
    raw.answer = answer(OK)
    for _ in range(4):
        post(theirs)
    # So that the others become idle, and Slack closes them.
    assert len(set(raw.ports[-4:])) == 1


def test_slack_has_longer_to_answer_than_to_connect(raw: RawServer, tls: ssl.SSLContext) -> None:
    pool = HttpPool(raw.url, tls, connect_seconds=0.3, read_seconds=PATIENCE)
    raw.answer = lambda line: (time.sleep(0.6), line.sendall(answer(OK)))  # type: ignore[func-returns-value]
    post(Slack(settings_at(raw.url), pool))


def test_struck_thread_closes_its_connection(raw: RawServer, theirs: Slack) -> None:
    # By the time limit: the answer that still comes would be read by whoever calls next.
    entered, asked = threading.Event(), threading.Event()

    class Struck(BaseException):
        pass

    def exchange(line: socket.socket, stream: Any) -> bool:
        # Not before it is connected: it asks then.
        stream.peek(1)
        asked.set()
        entered.wait(5)
        return RawServer._exchange(raw, line, stream)

    raw._exchange = exchange  # type: ignore[method-assign]
    outcome: list[BaseException] = []

    def call() -> None:
        try:
            post(theirs)
        except BaseException as error:
            # As a worker keeps it for a while, and with its traceback all that it struck.
            outcome.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    assert asked.wait(PATIENCE)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Struck)
    )
    entered.set()
    thread.join(5)
    assert list(map(type, outcome)) == [Struck]
    wait_until(lambda: raw.closed == 1, "the connection is closed")
    post(theirs)
    assert raw.connections == 2


def test_a_request_that_is_given_up_is_not_sent_later(raw: RawServer, tls: ssl.SSLContext) -> None:
    ends: list[object] = []

    def wait(line: socket.socket) -> None:
        try:
            ends.append(line.recv(1))
        except ConnectionResetError as reset:
            ends.append(type(reset))

    raw.answer = wait
    pool = HttpPool(raw.url, tls, read_seconds=0.1)
    failure_of(lambda: post(Slack(settings_at(raw.url), pool)))
    wait_until(lambda: ends == [ConnectionResetError], "the kernel has discarded it")


def test_a_connection_cut_after_a_good_handshake_is_doubtful(tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cadata=UNTRUSTED[UNTRUSTED.index("-----BEGIN C") :])
    with RawServer(untrusted_server(tmp_path)) as raw:
        raw.answer = answer(OK)
        slack = Slack(settings_at(raw.url), HttpPool(raw.url, trusting))
        post(slack)
        post(slack)
        assert raw.connections == 1
        raw.answer = b""
        assert type(failure_of(lambda: post(slack))) is OutcomeUnknown


def test_a_call_whose_time_has_passed_is_not_sent(
    slack: Simulator, ours: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = ours.sending_by(boot_time() - 0.01)
    with pytest.raises(Retryable, match="too late"):
        post(late)
    assert not slack.posts()
    post(ours.sending_by(boot_time() + PATIENCE))
    # The limit is that of the call, and none of the connection's.
    monkeypatch.setattr("gopherbot.slack.http_pool.boot_time", lambda: boot_time() + 2 * PATIENCE)
    post(ours)


def test_the_time_counts_for_which_the_machine_was_suspended() -> None:
    """As it is in a namespace in which a day has passed that no process has run through."""
    NAMESPACES.need()
    suspended = ["unshare", "--time", "--boottime", "86400", sys.executable, "-c"]
    program = "import time; from gopherbot.slack.http_pool import boot_time as boot; "
    program += "print(boot() - time.monotonic())"
    assert float(subprocess.check_output([*suspended, program])) > 86_000
