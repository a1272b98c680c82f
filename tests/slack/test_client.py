"""Calls to Slack: what is sent, what is read of the answer, and what failures mean."""

from __future__ import annotations

import json
import ssl
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from raw_server import TOKEN, RawServer, answer, settings_at
from structlog.testing import capture_logs

from gopherbot.slack.client import Slack
from gopherbot.slack.directory import UserGroupMembers
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable, SlackError, TokenRefused
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.objects import Channel, Member, OwnIdentity, ReplyMetadata, TokenIdentity
from slack_simulator import Simulator
from slack_simulator.workspace.objects import Draft

from .conftest import ENCODED, MARK, OK, failure_of, post, said

# What is sent, and what is read.

TEXT = {"text": "text", "metadata": ENCODED}
LOOK = {"limit": "200", "include_all_metadata": "1", "oldest": "0.5"}
ONE = {"limit": "200", "oldest": "2.0", "latest": "2.0", "inclusive": "1"}
EMOJI = {"timestamp": "1.0", "name": "wave"}
UPDATED = TEXT | {"ts": "1.0"}
MORE: dict[str, Any] = {"attachments": [{"text": "more"}]}
FULL = MORE | {"thread_ts": "1.0"}
NAMED: dict[str, Any] = {"username": "Changelog"}
WHOLE = FULL | NAMED | {"unfurl": True}
ONE_USER = {"user": "U1", "text": "text"}
ICON = "https://go.dev/x.png"


def unfurled(yes: bool) -> dict[str, object]:
    return TEXT | {"unfurl_links": yes, "unfurl_media": yes}


def sent(
    method: str, arguments: dict[str, Any], call: Callable[..., object], *given: Any, **named: Any
) -> tuple[str, dict[str, Any], Callable[[Slack], object]]:
    """Return what a call in channel C1 is to send."""
    return method, arguments | {"channel": "C1"}, lambda slack: call(slack, "C1", *given, **named)


POST, REPLIES, LIST = "chat.postMessage", "conversations.replies", "conversations.list"
LISTED = {"exclude_archived": "1", "limit": "200"}
SENT = [
    sent(POST, unfurled(False), Slack.post, "text", MARK),
    sent(POST, unfurled(True) | FULL | NAMED, Slack.post, "text", MARK, **WHOLE),
    sent(POST, unfurled(False) | {"icon_emoji": ":x:"}, Slack.post, "text", MARK, icon=":x:"),
    sent(POST, unfurled(False) | {"icon_url": ICON}, Slack.post, "text", MARK, icon=ICON),
    # Slack keeps attachments that are omitted.
    sent("chat.update", UPDATED | {"attachments": []}, Slack.update, "1.0", "text", MARK),
    sent("chat.update", UPDATED | MORE, Slack.update, "1.0", "text", MARK, **MORE),
    sent("chat.delete", {"ts": "1.0"}, Slack.delete, "1.0"),
    sent("chat.postEphemeral", FULL | ONE_USER, Slack.post_ephemeral, "U1", "text", **FULL),
    sent("reactions.add", EMOJI, Slack.react, "1.0", "wave"),
    sent("reactions.remove", EMOJI, Slack.unreact, "1.0", "wave"),
    sent("conversations.history", LOOK, Slack.find, MARK, oldest="0.5", thread_ts=None),
    sent(REPLIES, LOOK | {"ts": "1.0"}, Slack.find, MARK, oldest="0.5", thread_ts="1.0"),
    sent(REPLIES, ONE | {"ts": "2.0"}, Slack.message, "2.0"),
    sent(REPLIES, ONE | {"ts": "1.0"}, Slack.message, "2.0", thread_ts="1.0"),
    sent(REPLIES, {"ts": "1.0", "limit": "200"}, Slack.has_replies, "1.0"),
    sent("conversations.info", {}, Slack.channel),
    ("usergroups.list", {"include_disabled": "1"}, Slack.user_groups),
    ("users.list", {"limit": "500"}, lambda slack: list(slack.members())),
    (LIST, LISTED | {"types": "public_channel"}, lambda slack: list(slack.public_channels())),
    (LIST, LISTED | {"types": "private_channel"}, Slack.private_channels),
]


@pytest.mark.parametrize(("method", "arguments", "call"), SENT)
def test_a_call_says_all_that_it_was_asked_to_say(
    raw: RawServer,
    theirs: Slack,
    method: str,
    arguments: dict[str, Any],
    call: Callable[[Slack], object],
) -> None:
    call(theirs)
    [request] = raw.requests
    head, _, body = request.decode().partition("\r\n\r\n")
    assert head.startswith(f"POST /api/{method} ")
    assert f"Authorization: Bearer {TOKEN}" in head.splitlines()
    assert request.count(TOKEN.encode()) == 1
    sent = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
    if "include_all_metadata" in arguments:
        # Without it, Slack begins with the messages closest to `oldest`. Its clock may be ahead.
        assert 0 < float(sent.pop("latest")) - time.time() <= 60
    assert sent == arguments


SITE = "https://x.slack.com/"
OWN = {"user_id": "U1", "url": SITE}
READ: list[tuple[dict[str, Any], Callable[[Slack], object], object]] = [
    ({"ts": "9.0"}, post, "9.0"),
    ({"channel": {"id": "D1"}}, lambda slack: slack.open_dm("U1"), "D1"),
    ({"file": {"id": "F1"}}, lambda slack: slack.file("F1"), {"id": "F1"}),
    ({"file": "F1"}, lambda slack: slack.file("F1"), {}),
    ({"bot": {"id": "B1", "app_id": "A1"}}, lambda slack: slack.app_of("B1"), "A1"),
    ({}, lambda slack: slack.app_of("B1"), ""),
    (
        {"channel": {"name": "n", "creator": "U1", "purpose": {"value": "p"}, "is_member": True}},
        lambda slack: slack.channel("C1"),
        Channel("C1", "n", creator="U1", purpose="p", is_member=True),
    ),
    ({"channel": {"name": "n"}}, lambda slack: slack.channel("C1"), Channel("C1", "n")),
    ({"channel": {"is_archived": True}}, lambda slack: slack.channel("C1"), None),
    *(
        ({"channel": {shared: True}}, lambda slack: slack.channel("C1").is_shared, True)
        for shared in ("is_ext_shared", "is_pending_ext_shared")
    ),
    (
        {"messages": [{"ts": "1.0"}, {"ts": "2.0", "text": "x"}]},
        lambda slack: slack.message("C1", "2.0", thread_ts="1.0"),
        {"ts": "2.0", "text": "x"},
    ),
    ({"messages": [{"ts": "1.0"}]}, lambda slack: slack.message("C1", "2.0"), None),
    (
        {"channels": [{"id": "C1", "name": "n"}, {"id": "C2", "is_archived": True}]},
        lambda slack: slack.private_channels(),
        [Channel("C1", "n")],
    ),
    (
        {"user": {"name": "n", "real_name": "r", "profile": {"display_name": "d"}}},
        lambda slack: slack.name_of("U1"),
        "d",
    ),
    (OWN, lambda slack: slack.permalink("C1", "1.2", "1.2"), f"{SITE}archives/C1/p12"),
    (
        OWN,
        lambda slack: slack.permalink("C1", "1.2", "1.1"),
        f"{SITE}archives/C1/p12?thread_ts=1.1&cid=C1",
    ),
    # What is in place already is done, and no rejection.
    ({"error": "message_not_found"}, lambda slack: slack.delete("C1", "1.0"), None),
    ({"error": "already_reacted"}, lambda slack: slack.react("C1", "1.0", "wave"), None),
    ({"error": "no_reaction"}, lambda slack: slack.unreact("C1", "1.0", "wave"), None),
    ({"error": "message_not_found"}, lambda slack: slack.unreact("C1", "1.0", "wave"), None),
    ({"error": "exchanged_trigger_id"}, lambda slack: slack.open_view("T1", {}), None),
    ({"error": "thread_not_found"}, lambda slack: slack.message("C1", "2.0"), None),
    ({"error": "message_not_found"}, lambda slack: slack.has_replies("C1", "2.0"), False),
]


@pytest.mark.parametrize(("given", "call", "result"), READ)
def test_an_answer_is_read(
    raw: RawServer,
    theirs: Slack,
    counted: list[str],
    given: dict[str, Any],
    call: Callable[[Slack], object],
    result: object,
) -> None:
    raw.answer = answer(json.dumps({"ok": "error" not in given} | given).encode())
    assert call(theirs) == result
    assert counted == []


@pytest.mark.parametrize(
    ("user", "member"),
    [
        ({"id": "U1", "updated": 5}, Member("U1", 5.0, is_person=True)),
        ({"id": "U1", "updated": "5"}, Member("U1", 0.0, is_person=True)),
        ({"id": "USLACKBOT"}, Member("USLACKBOT", 0.0, is_person=False, is_app=True)),
        ({"id": "U1", "is_bot": True}, Member("U1", 0.0, is_person=False, is_app=True)),
        ({"id": "U1", "deleted": True}, Member("U1", 0.0, is_person=False, is_deactivated=True)),
        *(
            ({"id": "U1", kind: True}, Member("U1", 0.0, is_person=False))
            for kind in ("is_restricted", "is_ultra_restricted", "is_stranger")
        ),
    ],
)
def test_a_member_is_a_person_or_is_not(
    raw: RawServer, theirs: Slack, user: dict[str, Any], member: Member
) -> None:
    raw.answer = answer(json.dumps({"ok": True, "members": [user]}).encode())
    assert list(theirs.members()) == [[member]]


def test_the_token_tells_who_it_is_and_what_time_it_is(raw: RawServer, theirs: Slack) -> None:
    body = json.dumps({"ok": True, "user": "g", "team": "T", "team_id": "T1", "bot_id": "B1"})
    date = "Thu, 01 Jan 1970 00:00:10 GMT"
    raw.answer = answer(body.encode(), X_OAuth_Scopes="chat:write, users:read,", Date=date)
    found = theirs.who_am_i()
    assert found.clock_ahead == pytest.approx(time.time() - 10.5, abs=60)
    scopes = frozenset({"chat:write", "users:read"})
    assert replace(found, clock_ahead=None) == TokenIdentity("g", "T", "T1", "B1", scopes, None)
    raw.answer = answer(body.encode(), Date="today")
    assert theirs.who_am_i().clock_ahead is None


def test_who_is_in_a_user_group_is_asked_again_after_a_while(
    raw: RawServer, theirs: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gopherbot.slack.directory._KEPT_SECONDS", -1)
    members = UserGroupMembers(theirs)
    for users in (["U1"], []):
        raw.answer = answer(json.dumps({"ok": True, "users": users}).encode())
        assert members.has("S1", "U1") is bool(users)


# Its own identity.


def test_its_own_user_is_asked_for_once_by_however_many(slack: Simulator, ours: Slack) -> None:
    assert ours.known_user == ""
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ours.own_user(), range(16)))
    assert found == {"U0GOPHERBOT"} == {ours.known_user}
    assert len(slack.calls("auth.test")) == 1


@pytest.mark.parametrize(
    ("given", "kind", "seconds"),
    [
        (said("ratelimited"), Retryable, 1),
        (said("team_added_to_org"), TokenRefused, 30),
        (said("missing_scope"), Rejected, 30),
        (answer(b'{"ok":true,"user_id":""}'), OutcomeUnknown, 1),
    ],
)
def test_after_a_failure_its_own_user_is_asked_for_again_a_while_later(
    raw: RawServer,
    theirs: Slack,
    monkeypatch: pytest.MonkeyPatch,
    given: bytes,
    kind: type[SlackError],
    seconds: int,
) -> None:
    now = 1000.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr("gopherbot.slack.objects.time", clock)
    raw.answer = given
    with capture_logs() as lines:
        assert type(failure_of(theirs.own_user)) is kind
    rejected = ["slack rejects the bot token"] * (seconds == 30)
    assert [line["event"] for line in lines] == rejected
    raw.answer = answer(OK)
    now += seconds - 0.1
    assert type(failure_of(theirs.own_user)) is Retryable, "Slack is left alone for a while"
    assert len(raw.requests) == 1
    now += 0.2
    assert theirs.own_user() == "U0GOPHERBOT"


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ({"user": "U1"}, True),
        # A post under another name has no user.
        ({"bot_id": "B1"}, True),
        ({"user": "U2", "bot_id": "B2"}, False),
        ({"user": "U2"}, False),
        ({}, False),
    ],
)
def test_own_message_is_known_by_user_or_bot(message: dict[str, str], own: bool) -> None:
    identity = OwnIdentity(lambda: {"user_id": "U1", "bot_id": "B1"})
    assert identity.wrote(message) is own
    nameless = OwnIdentity(lambda: {"user_id": "U1"})
    assert nameless.wrote(message) is ("U1" in message.values())


# What Slack makes of the calls.


@pytest.mark.parametrize("honored", [True, False])
def test_a_post_has_the_same_client_msg_id_whenever_it_is_sent(
    slack: Simulator, tls: ssl.SSLContext, counted: list[str], honored: bool
) -> None:
    slack.workspace.honors_client_msg_id = honored
    settings = settings_at(slack.url, GOPHER_CLIENT_MSG_ID="1")
    ours = Slack(settings, HttpPool(slack.url, tls), counted.append)
    first, again, other, second_reply, elsewhere = (
        ours.post("C029RQSEE", "text", replace(MARK, event_id=event, number=number, message=about))
        for event, number, about in (
            *(("1", 0, "C1:1.0"), ("1", 0, "C1:1.0"), ("2", 0, "C1:1.0"), ("1", 1, "C1:1.0")),
            ("1", 0, "C1:2.0"),
        )
    )
    assert len({first, other, second_reply, elsewhere}) == 4
    assert (first == again) is honored
    ids = [call.arguments["client_msg_id"] for call in slack.calls("chat.postMessage")]
    assert ids[0] == ids[1] != ids[2]
    assert uuid.UUID(ids[0]).version == 5
    ours.delete("C029RQSEE", first)
    third = ours.post("C029RQSEE", "text", replace(MARK, event_id="1"))
    assert third not in (first, other), "it is wanted again"
    assert counted == []


def test_post_is_found_by_its_mark_in_channel_and_thread(slack: Simulator, ours: Slack) -> None:
    asked = slack.say("hello")
    for thread in (None, asked.ts):
        mark = ReplyMetadata("Ev1", f"rule in {thread}", 1, "Ev1")
        assert not ours.find(asked.channel, mark, oldest=asked.ts, thread_ts=thread)
        posted = ours.post(asked.channel, "reply", mark, thread_ts=thread)
        for same, ts in (
            (mark, posted),
            # An edit has caused it in the meantime.
            (replace(mark, event_id="Ev2"), posted),
            (replace(mark, number=2), ""),
            (replace(mark, message="Ev2"), ""),
            (replace(mark, rule="another"), ""),
        ):
            assert ours.find(asked.channel, same, oldest=asked.ts, thread_ts=thread) == ts


@pytest.mark.parametrize(("before", "after", "pages"), [(0, 999, 5), (0, 1000, 5), (500, 0, 1)])
def test_a_post_is_found_among_the_newest_thousand(
    slack: Simulator, ours: Slack, before: int, after: int, pages: int
) -> None:
    slack.gateway = None
    asked = slack.say("hello")
    for number in range(before):
        slack.say(f"chatter {number}")
    posted = post(ours)
    for number in range(after):
        slack.say(f"chatter {number}")
    found = ours.find(asked.channel, MARK, oldest=asked.ts, thread_ts=None)
    assert found == ("" if after == 1000 else posted)
    assert len(slack.calls("conversations.history")) == pages


def test_only_our_own_post_is_found(slack: Simulator, ours: Slack) -> None:
    asked = slack.say("hello")
    place, other = slack.workspace.conversation(asked.channel), slack.workspace.user("otherbot")
    slack.workspace.post(place, other, Draft(text="not ours", metadata=MARK.encode()))
    assert not ours.find(asked.channel, MARK, oldest=asked.ts, thread_ts=None)
    ts = ours.post(asked.channel, "ours", MARK, username="Another Name")
    assert ours.find(asked.channel, MARK, oldest=asked.ts, thread_ts=None) == ts


def test_a_mark_of_another_type_or_of_none_is_not_ours() -> None:
    assert MARK.matches(ENCODED)
    assert not MARK.matches(ENCODED | {"event_type": "another"})
    assert not MARK.matches(ENCODED | {"event_payload": []})
    assert not MARK.matches(None)


def test_only_a_human_reply_is_a_reply_and_one_page_tells(slack: Simulator, ours: Slack) -> None:
    asked = slack.say("hello")
    assert not ours.has_replies(asked.channel, asked.ts)
    ours.post(asked.channel, "a reply of the bot", MARK, thread_ts=asked.ts)
    assert not ours.has_replies(asked.channel, asked.ts)
    slack.gateway = None
    for number in range(250):
        slack.say(f"reply {number}", thread_ts=asked.ts)
    before = len(slack.calls("conversations.replies"))
    assert ours.has_replies(asked.channel, asked.ts)
    assert len(slack.calls("conversations.replies")) == before + 1
