"""Calls to Slack: over connections that stay open, and sorted by what their failures mean."""

from __future__ import annotations

import ctypes
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol
from urllib.parse import urljoin

import pytest
from conftest import SettingsFor
from parts import NAMESPACES
from raw_server import RawServer, answer
from slack_sdk.web import WebClient
from support import BOT_TOKEN, PATIENCE, UNTRUSTED, untrusted_server, wait_until

from gopherbot.metrics.counters import TOKEN_ERRORS
from gopherbot.settings import Role, Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import (
    TOKEN_REFUSED,
    OutcomeUnknown,
    Rejected,
    Retryable,
    SlackError,
    TokenRefused,
)
from gopherbot.slack.http_pool import HttpPool, PooledClient, boot_time
from gopherbot.slack.metadata import ReplyMetadata
from gopherbot.slack.objects import Channel
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.objects import Draft

MARK = ReplyMetadata("C1:1.0", "command:help", 0, "Ev1")
OK = json.dumps({"ok": True, "user_id": "U0GOPHERBOT"}).encode()


@pytest.fixture
def raw() -> Iterator[RawServer]:
    with RawServer() as raw:
        raw.answer = answer(OK)
        yield raw


class Calls(Protocol):
    def __call__(self, url: str, seconds: float = ...) -> Slack: ...


@pytest.fixture
def caller(tls: ssl.SSLContext) -> Calls:
    """Makes a Slack that calls this address and trusts as the bot does."""

    def make(url: str, seconds: float = 10) -> Slack:
        connections = HttpPool(url, tls, connect_seconds=seconds, read_seconds=seconds)
        return Slack(settings_of(url), connections)

    return make


def settings_of(api_url: str) -> Settings:
    environ = {
        "REDIS_URL": "redis://nowhere",
        "HEROKU_APP_NAME": "gopherbot-test",
        "GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN,
        "GOPHER_SLACK_API_URL": urljoin(api_url, "/api/"),
    }
    return Settings.read(Role.WORKER, environ)


def post(slack: Slack) -> None:
    slack.post("C029RQSEE", "hello", MARK)


def failure_of(call: Callable[[], object]) -> SlackError:
    """Return the error that a call raises; nothing in it tells the token."""
    with pytest.raises(SlackError) as caught:
        call()
    error: BaseException | None = caught.value
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert BOT_TOKEN not in shown
    assert "Bearer" not in shown
    # What a log prints of it: causes, and contexts that were not suppressed.
    while error is not None:
        assert BOT_TOKEN not in f"{error} {error.args}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return caught.value


# Connections.


def test_many_calls_take_one_connection(raw: RawServer, caller: Calls) -> None:
    slack = caller(raw.url)
    for number in range(20):
        post(slack)
        slack.react("C1", f"{number}.0", "wave")
        slack.own_user()
    assert raw.connections == 1
    assert len(raw.requests) == 41


def test_many_threads_take_a_connection_each_at_most(raw: RawServer, caller: Calls) -> None:
    slack = caller(raw.url)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: post(slack), range(40)))
    assert len(raw.requests) == 40
    assert 1 <= raw.connections <= 4


def test_the_token_goes_in_its_header_alone(raw: RawServer, caller: Calls) -> None:
    slack = caller(raw.url)
    post(slack)
    slack.react("C1", "1.0", "wave")
    for request in raw.requests:
        head = request.partition(b"\r\n\r\n")[0].decode().splitlines()
        assert f"Authorization: Bearer {BOT_TOKEN}" in head
        assert request.count(BOT_TOKEN.encode()) == 1


def test_slack_sdk_still_calls_the_private_method_that_is_overridden(
    raw: RawServer, caller: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Were it renamed, each call would silently open a connection of its own.
    name = "_perform_urllib_http_request_internal"
    assert callable(getattr(WebClient, name, None))
    calls: list[str] = []

    def noted(client: PooledClient, url: str, req: object) -> dict[str, Any]:
        calls.append(url)
        return {"status": 200, "headers": {}, "body": OK.decode()}

    monkeypatch.setattr(PooledClient, name, noted)
    post(caller(raw.url))
    assert calls == [f"{raw.url}/api/chat.postMessage"]
    assert raw.connections == 0


def test_a_thread_that_is_struck_closes_its_connection(raw: RawServer, caller: Calls) -> None:
    # By the time limit: the answer that still comes would be read by whoever calls next.
    slack = caller(raw.url)
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
            post(slack)
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
    post(slack)
    assert raw.connections == 2


# What failures mean.


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        (answer(b'{"ok":false,"error":"ratelimited"}', "429 Too Many", Retry_After="7"), 7.0),
        (answer(b'{"ok":false,"error":"ratelimited"}', "429 Too Many", retry_after="0.5"), 0.5),
        (answer(b'{"ok":false,"error":"ratelimited"}', "429 Too Many"), None),
        (
            answer(
                b"<html>slow down</html>", "429 Too Many", Content_Type="text/html", Retry_After="3"
            ),
            3.0,
        ),
        (answer(b"", "429 Too Many", Retry_After="soon"), None),
        (answer(b"", "429 Too Many", Retry_After="-5"), 0.0),
        (answer(b'{"ok":false,"error":"ratelimited"}', Retry_After="2"), 2.0),
        (answer(b'{"ok":false,"error":"rate_limited"}'), None),
        (answer(b'{"ok":false,"error":"external_channel_migrating"}'), None),
    ],
)
def test_a_passing_refusal_means_that_nothing_was_done(
    raw: RawServer, caller: Calls, given: bytes, wait: float | None
) -> None:
    raw.answer = given
    error = failure_of(lambda: post(caller(raw.url)))
    assert isinstance(error, Retryable)
    assert error.retry_after == wait
    assert len(raw.requests) == 1


@pytest.mark.parametrize(
    "given",
    [
        answer(b"<html></html>", "500 Internal Server Error", Content_Type="text/html"),
        answer(b"", "502 Bad Gateway"),
        answer(b'{"ok":false,"error":"service_unavailable"}', "503 Service Unavailable"),
        answer(b'{"ok":false,"error":"channel_not_found"}', "500 Internal Server Error"),
        answer(b'{"ok":true}', "504 Gateway Timeout"),
        answer(b'{"ok":false,"error":"internal_error"}'),
        answer(b'{"ok":false,"error":"fatal_error"}'),
        answer(b'{"ok":false,"error":"request_timeout"}'),
        # No answer of Slack's.
        answer(b"<html>Sign in</html>", Content_Type="text/html"),
        answer(b"{"),
        answer(b""),
        answer(b"[]"),
        answer(b"[1]"),
        answer(b'"ok"'),
        answer(b"5"),
        answer(b"null"),
        answer(b"true"),
        answer(b"{}"),
        answer(b'{"ok":false}'),
        answer(b'{"ok":false,"error":5}'),
        answer(b'{"ok":false,"error":"Something <b>went</b> wrong!"}'),
        answer(b"\xff\xfe"),
        answer(gzip.compress(OK, mtime=0), Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
def test_what_may_have_worked_is_doubtful_and_not_repeated(
    raw: RawServer, caller: Calls, given: bytes
) -> None:
    raw.answer, raw.closing = given, True
    assert isinstance(failure_of(lambda: post(caller(raw.url))), OutcomeUnknown)
    assert len(raw.requests) == 1


@pytest.mark.parametrize(
    "word",
    [
        *("channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "missing_scope"),
        *("no_text", "restricted_action"),
        "a_word_that_slack_invents_tomorrow",
    ],
)
def test_a_permanent_refusal_says_slacks_word_for_it(
    raw: RawServer, caller: Calls, word: str
) -> None:
    raw.answer = answer(json.dumps({"ok": False, "error": word}).encode())
    error = failure_of(lambda: post(caller(raw.url)))
    assert isinstance(error, Rejected)
    assert error.error == word
    assert "chat.postMessage" in str(error)


@pytest.mark.parametrize(
    "status",
    ["302 Found", "400 Bad Request", "403 Forbidden", "404 No", "408 Time-out", "425 Early"],
)
def test_a_status_without_a_word_of_slacks_is_no_rejection_and_no_redirect_is_followed(
    raw: RawServer, caller: Calls, status: str
) -> None:
    raw.answer = answer(b"<html></html>", status, Content_Type="text/html", Location=raw.url)
    assert isinstance(failure_of(lambda: post(caller(raw.url))), OutcomeUnknown)
    assert len(raw.requests) == 1


def test_slacks_word_counts_whatever_the_status(raw: RawServer, caller: Calls) -> None:
    raw.answer = answer(b'{"ok":false,"error":"is_archived"}', "403 Forbidden")
    assert isinstance(failure_of(lambda: post(caller(raw.url))), Rejected)


@pytest.mark.parametrize("word", sorted(TOKEN_ERRORS | TOKEN_REFUSED))
def test_a_refused_token_may_be_accepted_later_and_is_counted(
    raw: RawServer, tls: ssl.SSLContext, word: str
) -> None:
    counted: list[str] = []
    ours = Slack(settings_of(raw.url), HttpPool(raw.url, tls), counted.append)
    raw.answer = answer(json.dumps({"ok": False, "error": word}).encode())
    error = failure_of(lambda: post(ours))
    assert isinstance(error, TokenRefused)
    assert isinstance(error, Retryable)
    assert (error.error, counted) == (word, [word])


def test_a_bug_of_ours_is_no_failure_of_slacks(raw: RawServer, caller: Calls) -> None:
    with pytest.raises(TypeError):
        caller(raw.url).post("C1", "hello", MARK, attachments=[{"text": object()}])
    assert raw.requests == []


@pytest.fixture
def untrusted(tmp_path: Path) -> ssl.SSLContext:
    return untrusted_server(tmp_path)


def test_a_connection_cut_after_a_good_handshake_is_doubtful(untrusted: ssl.SSLContext) -> None:
    trusting = ssl.create_default_context(cadata=UNTRUSTED[UNTRUSTED.index("-----BEGIN C") :])
    with RawServer(untrusted) as raw:
        raw.answer = answer(OK)
        slack = Slack(settings_of(raw.url), HttpPool(raw.url, trusting))
        post(slack)
        post(slack)
        assert raw.connections == 1
        raw.answer = b""
        assert isinstance(failure_of(lambda: post(slack)), OutcomeUnknown)


@pytest.mark.parametrize(
    ("fault", "meaning", "done"),
    [
        (Fault(kind="ratelimited", retry_after=3), Retryable, False),
        (Fault(kind="server_error"), OutcomeUnknown, False),
        (Fault(kind="server_error", done=True), OutcomeUnknown, True),
        (Fault(kind="slow", seconds=3), OutcomeUnknown, False),
        (Fault(kind="slow_after", seconds=3), OutcomeUnknown, True),
        (Fault(kind="cut_before"), OutcomeUnknown, False),
        (Fault(kind="cut_after"), OutcomeUnknown, True),
        (Fault(kind="cut_during"), OutcomeUnknown, True),
        (Fault(kind="wrong_content_type"), OutcomeUnknown, False),
        (Fault(kind="wrong_content_type", done=True), OutcomeUnknown, True),
        (Fault(kind="error", error="is_archived"), Rejected, False),
        (Fault(kind="error", error="internal_error", done=True), OutcomeUnknown, True),
    ],
    ids=lambda value: value.kind + "_done" * value.done if isinstance(value, Fault) else "",
)
def test_every_fault_of_the_simulator_means_what_it_should(
    slack: Simulator, caller: Calls, fault: Fault, meaning: type[SlackError], done: bool
) -> None:
    ours = caller(slack.api_url, seconds=1)
    slack.faults.add(fault)
    assert type(failure_of(lambda: post(ours))) is meaning
    if fault.kind != "slow":
        assert bool(slack.posts()) is done
    # The next call works, on whatever connection.
    slack.faults.clear()
    post(ours)


def test_with_slack_away_nothing_is_done_and_afterwards_all_is_well(
    slack: Simulator, caller: Calls
) -> None:
    ours = caller(slack.api_url)
    post(ours)
    with slack.away():
        assert isinstance(failure_of(lambda: post(ours)), Retryable)
    post(ours)
    assert len(slack.posts()) == 2


# The calls themselves.


def test_a_post_carries_all_that_was_asked_for(slack: Simulator, caller: Calls) -> None:
    said = slack.say("hello")
    caller(slack.api_url).post(
        said.channel,
        "text",
        MARK,
        thread_ts=said.ts,
        attachments=[{"text": "more"}],
        unfurl=True,
        username="Changelog",
    )
    [seen] = slack.posts()
    assert (seen.text, seen.thread_ts, seen.username) == ("text", said.ts, "Changelog")
    assert [attachment["text"] for attachment in seen.attachments] == ["more"]
    assert (seen.unfurl_links, seen.unfurl_media) == (True, True)
    assert seen.metadata == {
        "event_type": "gopherbot_reply",
        "event_payload": {
            "event_id": "Ev1",
            "message": "C1:1.0",
            "rule": "command:help",
            "number": 0,
        },
    }


def test_nothing_unfurls_by_default_and_no_name_is_taken(slack: Simulator, caller: Calls) -> None:
    post(caller(slack.api_url))
    [call] = slack.calls("chat.postMessage")
    assert call.arguments["unfurl_links"] is False
    assert call.arguments["unfurl_media"] is False
    assert "username" not in call.arguments
    assert "thread_ts" not in call.arguments


@pytest.mark.parametrize("honored", [True, False])
def test_a_post_has_the_same_client_msg_id_whenever_it_is_sent(
    slack: Simulator, settings_for: SettingsFor, tls: ssl.SSLContext, honored: bool
) -> None:
    slack.workspace.honors_client_msg_id = honored
    ours = Slack(settings_for(GOPHER_CLIENT_MSG_ID="1"), HttpPool(slack.api_url, tls))
    first, again, other, second_reply = (
        ours.post("C029RQSEE", "text", replace(MARK, event_id=event, number=number))
        for event, number in (("1", 0), ("1", 0), ("2", 0), ("1", 1))
    )
    assert second_reply not in (first, other)
    assert first != other
    assert (first == again) is honored
    ids = [call.arguments["client_msg_id"] for call in slack.calls("chat.postMessage")]
    assert ids[0] == ids[1] != ids[2]
    assert uuid.UUID(ids[0]).version == 5
    ours.delete("C029RQSEE", first)
    third = ours.post("C029RQSEE", "text", replace(MARK, event_id="1"))
    assert third not in (first, other), "it is wanted again"


def test_without_the_setting_no_post_has_a_client_msg_id(slack: Simulator, caller: Calls) -> None:
    post(caller(slack.api_url))
    assert "client_msg_id" not in slack.calls("chat.postMessage")[0].arguments


def test_an_ephemeral_is_for_one_user(slack: Simulator, caller: Calls) -> None:
    caller(slack.api_url).post_ephemeral("C029RQSEE", "U0REGULAR", "psst")
    [seen] = slack.posts()
    assert (seen.ephemeral, seen.user, seen.text) == (True, "U0REGULAR", "psst")


def test_a_reaction_that_is_there_is_done(slack: Simulator, caller: Calls) -> None:
    said = slack.say("hello")
    ours = caller(slack.api_url)
    ours.react(said.channel, said.ts, "wave")
    ours.react(said.channel, said.ts, "wave")
    assert [call.error for call in slack.calls("reactions.add")] == ["", "already_reacted"]


def test_a_reaction_that_cannot_be_is_refused(slack: Simulator, caller: Calls) -> None:
    error = failure_of(lambda: caller(slack.api_url).react("C029RQSEE", "1.000001", "wave"))
    assert isinstance(error, Rejected)
    assert error.error == "message_not_found"


def test_opening_a_dm_twice_gives_the_same(slack: Simulator, caller: Calls) -> None:
    ours = caller(slack.api_url)
    assert ours.open_dm("U0REGULAR") == ours.open_dm("U0REGULAR")


def test_its_own_user_is_asked_for_once_by_however_many(slack: Simulator, caller: Calls) -> None:
    ours = caller(slack.api_url)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ours.own_user(), range(16)))
    assert found == {"U0GOPHERBOT"}
    assert len(slack.calls("auth.test")) == 1


def test_after_a_failure_its_own_user_is_asked_for_again_but_not_by_everybody(
    slack: Simulator, caller: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = caller(slack.api_url)
    slack.faults.add(Fault(kind="ratelimited", method="auth.test"))
    for _ in range(3):
        assert isinstance(failure_of(ours.own_user), Retryable)
    assert len(slack.calls("auth.test")) == 1
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 2)
    monkeypatch.setattr("gopherbot.slack.objects.time", later)
    assert ours.own_user() == "U0GOPHERBOT"


def test_a_rejected_token_is_asked_about_again_a_while_later(
    slack: Simulator, caller: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = caller(slack.api_url)
    slack.faults.add(Fault(kind="error", error="team_added_to_org", method="auth.test"))
    error = failure_of(ours.own_user)
    assert isinstance(error, TokenRefused)
    assert error.error == "team_added_to_org"
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 10)
    monkeypatch.setattr("gopherbot.slack.objects.time", later)
    assert isinstance(failure_of(ours.own_user), Retryable), "Slack is left alone for a while"
    assert len(slack.calls("auth.test")) == 1
    later.monotonic = lambda: time.monotonic() + 60
    assert ours.own_user() == ours.known_user == "U0GOPHERBOT"


def test_an_answer_without_a_user_is_asked_for_again(
    raw: RawServer, caller: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.answer = answer(b'{"ok":true}')
    ours = caller(raw.url)
    assert isinstance(failure_of(ours.own_user), OutcomeUnknown)
    raw.answer = answer(OK)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 60)
    monkeypatch.setattr("gopherbot.slack.objects.time", later)
    assert ours.own_user() == "U0GOPHERBOT"


def test_a_post_is_found_by_its_mark_in_a_channel_and_in_a_thread(
    slack: Simulator, caller: Calls
) -> None:
    ours = caller(slack.api_url)
    said = slack.say("hello")
    for thread in (None, said.ts):
        mark = ReplyMetadata("Ev1", f"rule in {thread}", 1)
        assert not ours.find(said.channel, mark, oldest=said.ts, thread_ts=thread)
        ours.post(said.channel, "reply", mark, thread_ts=thread)
        assert ours.find(said.channel, mark, oldest=said.ts, thread_ts=thread)
        other = ReplyMetadata("Ev1", f"rule in {thread}", 2)
        assert not ours.find(said.channel, other, oldest=said.ts, thread_ts=thread)


def test_a_post_is_found_pages_away(slack: Simulator, caller: Calls) -> None:
    ours = caller(slack.api_url)
    said = slack.say("hello")
    post(ours)
    slack.gateway = None
    for number in range(450):
        slack.say(f"chatter {number}")
    assert ours.find(said.channel, MARK, oldest=said.ts, thread_ts=None)
    assert len(slack.calls("conversations.history")) == 3


def test_a_post_is_found_at_once_however_much_was_said_before_it(
    slack: Simulator, caller: Calls
) -> None:
    ours = caller(slack.api_url)
    slack.gateway = None
    said = slack.say("hello")
    for number in range(1_000):
        slack.say(f"chatter {number}")
    post(ours)
    assert ours.find(said.channel, MARK, oldest=said.ts, thread_ts=None)
    assert len(slack.calls("conversations.history")) == 1


def test_only_our_own_post_is_found(slack: Simulator, caller: Calls) -> None:
    ours = caller(slack.api_url)
    said = slack.say("hello")
    place, other = slack.workspace.conversation(said.channel), slack.workspace.user("otherbot")
    slack.workspace.post(place, other, Draft(text="not ours", metadata=MARK.encode()))
    assert not ours.find(said.channel, MARK, oldest=said.ts, thread_ts=None)
    ts = ours.post(said.channel, "ours", MARK, username="Another Name")
    assert ours.find(said.channel, MARK, oldest=said.ts, thread_ts=None) == ts


def test_one_page_tells_that_somebody_replied(slack: Simulator, caller: Calls) -> None:
    slack.gateway = None
    said = slack.say("hello")
    for number in range(250):
        slack.say(f"reply {number}", thread_ts=said.ts)
    assert caller(slack.api_url).has_replies(said.channel, said.ts)
    assert len(slack.calls("conversations.replies")) == 1


@pytest.mark.parametrize(("max_wait", "lists"), [(5.0, True), (3.0, True), (2.0, False)])
def test_a_listing_waits_out_the_rate_limits_that_it_has_patience_for(
    slack: Simulator,
    caller: Calls,
    monkeypatch: pytest.MonkeyPatch,
    max_wait: float,
    lists: bool,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("gopherbot.slack.client.time.sleep", slept.append)
    slack.faults.add(Fault(kind="ratelimited", method="conversations.list", retry_after=3))
    ours = caller(slack.api_url)
    if lists:
        assert list(ours.public_channels(max_wait=max_wait))
    else:
        error = failure_of(lambda: list(ours.public_channels(max_wait=max_wait)))
        assert isinstance(error, Retryable)
    assert slept == [3] * lists


def test_what_is_gone_already_is_removed(slack: Simulator, caller: Calls) -> None:
    ours, said = caller(slack.api_url), slack.say("hello")
    posted = ours.post(said.channel, "hello", MARK)
    for _ in range(2):
        ours.delete(said.channel, posted)
        ours.unreact(said.channel, said.ts, "wave")
        ours.unreact(said.channel, posted, "wave")
    errors = [call.error for call in slack.calls("reactions.remove")]
    assert set(errors) == {"no_reaction", "message_not_found"}


def test_only_a_human_reply_is_a_reply(slack: Simulator, caller: Calls) -> None:
    ours, said = caller(slack.api_url), slack.say("hello")
    assert not ours.has_replies(said.channel, said.ts)
    ours.post(said.channel, "a reply of the bot", MARK, thread_ts=said.ts)
    assert not ours.has_replies(said.channel, said.ts)
    slack.say("thanks", thread_ts=said.ts)
    assert ours.has_replies(said.channel, said.ts)
    assert not ours.has_replies(said.channel, "1700000000.000100"), "that message is gone"
    assert ours.message(said.channel, "1700000000.000100") is None


@pytest.mark.parametrize(
    ("icon", "argument"), [("https://go.dev/x.png", "icon_url"), (":wave:", "icon_emoji")]
)
def test_an_icon_is_an_address_or_an_emoji(
    slack: Simulator, caller: Calls, icon: str, argument: str
) -> None:
    caller(slack.api_url).post("C029RQSEE", "hello", MARK, icon=icon)
    [call] = slack.calls("chat.postMessage")
    assert {"icon_url", "icon_emoji"} & call.arguments.keys() == {argument}
    assert call.arguments[argument] == icon


def test_a_look_that_is_not_allowed_is_refused(slack: Simulator, caller: Calls) -> None:
    slack.web_api.scopes = {"chat:write"}
    error = failure_of(
        lambda: caller(slack.api_url).find("C029RQSEE", MARK, oldest="0", thread_ts=None)
    )
    assert isinstance(error, Rejected)
    assert error.error == "missing_scope"


def test_public_channels_come_page_by_page_without_archived_ones(
    slack: Simulator, caller: Calls
) -> None:
    for number in range(430):
        slack.workspace.add_channel(f"more-{number}", archived=number % 5 == 0)
    pages = list(caller(slack.api_url).public_channels())
    found = [channel for page in pages for channel in page]
    assert len(pages) >= 2
    assert all(len(page) <= 200 for page in pages)
    wanted = {
        Channel(place.id, place.name, is_member=slack.identity.bot_user_id in place.members)
        for place in slack.workspace.conversations.values()
        if place.kind == "channel" and not place.is_archived
    }
    assert len(found) == len(wanted)
    assert set(found) == wanted
    for call in slack.calls("conversations.list"):
        assert call.arguments["types"] == "public_channel"


def test_a_call_whose_time_has_passed_is_not_sent(slack: Simulator, caller: Calls) -> None:
    late = caller(slack.api_url).sending_by(boot_time() - 0.01)
    with pytest.raises(Retryable, match="too late"):
        late.post("C029RQSEE", "hello", MARK)
    assert not slack.posts()


def test_the_time_counts_for_which_the_machine_was_suspended() -> None:
    """As it is in a namespace in which a day has passed that no process has run through."""
    NAMESPACES.need()
    suspended = ["unshare", "--time", "--boottime", "86400", sys.executable, "-c"]
    program = "import time; from gopherbot.slack.http_pool import boot_time as boot; "
    program += "print(boot() - time.monotonic())"
    assert float(subprocess.check_output([*suspended, program])) > 86_000
