"""What is taken: where each event goes, and how it lies there for a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import dramatiq
import msgspec
import pytest
from dramatiq.encoder import JSONEncoder
from redis.client import Monitor
from support import Bot, Inside, wait_until

from gopherbot import table
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.counters import SLACK_HEARD
from gopherbot.storage import keys
from gopherbot.storage.client import text

from .client import PROBE_CHANNEL, Gateway, message, signed

MESSAGES = {
    "im": "slack_message_private",
    "mpim": "slack_message_private",
    "group": "slack_message_private",
    "app_home": "slack_message_private",
    "channel": "slack_message_public",
    "": "slack_message_public",
    "something new": "slack_message_public",
}
QUEUES = (
    "slack_message_private",
    "slack_message_public",
    "slack_team_join",
    "slack_channel_join",
    "background",
)


def only(inside: Inside, queue: str) -> bytes:
    """Return the one message that is queued, which is in this queue."""
    assert {name: len(inside.ids(name)) for name in QUEUES} == {n: int(n == queue) for n in QUEUES}
    assert list(inside.messages(queue)) == inside.ids(queue)
    return next(iter(inside.messages(queue).values()))


@pytest.mark.parametrize(("kind", "queue"), MESSAGES.items())
def test_a_message_goes_to_the_queue_of_its_kind_of_channel(
    gateway: Gateway, queued: Inside, kind: str, queue: str
) -> None:
    answer = gateway.post_signed(gateway.envelope(message(channel_type=kind)))
    assert (answer.status, answer.body) == (200, b"")
    only(queued, queue)


@pytest.mark.parametrize("kind", [None, 5, ["im"], {"im": 1}])
def test_a_message_without_a_readable_kind_of_channel_is_public(
    gateway: Gateway, queued: Inside, kind: object
) -> None:
    assert gateway.post_signed(gateway.envelope(message(channel_type=kind))).status == 200
    only(queued, "slack_message_public")


@pytest.mark.parametrize(
    ("event", "queue"),
    [
        ({"type": "team_join", "user": {"id": "U0NEW"}}, "slack_team_join"),
        (
            {"type": "member_joined_channel", "user": "U0NEW", "channel": "C02A8LZKT"},
            "slack_channel_join",
        ),
        # Whatever else such an event holds does not route it.
        ({"type": "team_join", "channel_type": "im", "user": {"id": "U"}}, "slack_team_join"),
    ],
)
def test_a_join_goes_to_its_queue(
    gateway: Gateway, queued: Inside, event: dict[str, object], queue: str
) -> None:
    assert gateway.post_signed(gateway.envelope(event)).status == 200
    only(queued, queue)


@pytest.mark.parametrize(
    "kind",
    [
        "reaction_removed",
        "app_mention",
        "channel_history_changed",
        "",
        "messages",
        "Message",
        "message.im",
    ],
)
def test_an_event_that_nobody_reads_is_taken_and_not_queued(
    gateway: Gateway, queued: Inside, kind: str
) -> None:
    answer = gateway.post_signed(gateway.envelope(message(type=kind)))
    assert (answer.status, answer.body) == (200, b"")
    assert queued.pending() == 0


def test_stock_dramatiq_reads_what_is_queued(gateway: Gateway, queued: Inside) -> None:
    envelope = gateway.envelope(message(text='“quotes” 🐹 \\ " \u2028 <&>'))
    gateway.post_signed(envelope, X_Request_ID="request-17")
    data = only(queued, "slack_message_public")
    read: dramatiq.Message[Any] = dramatiq.Message(**JSONEncoder().decode(data))
    assert read.queue_name == read.actor_name == "slack_message_public"
    assert list(read.args) == [envelope, "request-17"]
    assert read.kwargs == {}
    assert read.options["redis_message_id"] == queued.ids("slack_message_public")[0]
    assert read.message_timestamp / 1000 == pytest.approx(envelope["event_time"], abs=60)


@pytest.mark.parametrize(
    ("event", "queue", "sent_at"),
    [
        (message(ts="1700000001.000200"), "slack_message_public", 1700000001.0002),
        (message(ts="tomorrow"), "slack_message_public", 0.0),
        (message(ts=["1700000001.000200"]), "slack_message_public", 0.0),
        ({"type": "team_join", "user": {}, "ts": "1.0"}, "slack_team_join", 1700000000.0),
    ],
)
def test_a_queued_event_says_when_it_happened_by_slacks_clock(
    gateway: Gateway,
    queued: Inside,
    event: dict[str, object],
    queue: str,
    sent_at: float,
) -> None:
    gateway.post_signed(gateway.envelope(event) | {"event_time": 1700000000})
    assert msgspec.json.decode(only(queued, queue))["options"]["sent_at"] == sent_at


@pytest.mark.parametrize(
    ("event", "queue", "seconds"),
    [
        (message(), "slack_message_public", 30),
        ({"type": "team_join", "user": {}}, "slack_team_join", table.DAY),
    ],
)
def test_a_queued_event_says_how_old_it_may_be_to_workers_that_do_not_know_its_actor(
    gateway: Gateway, queued: Inside, event: dict[str, object], queue: str, seconds: int
) -> None:
    gateway.post_signed(gateway.envelope(event))
    assert msgspec.json.decode(only(queued, queue))["options"]["max_age"] == seconds


def test_the_event_is_queued_byte_for_byte(gateway: Gateway, queued: Inside) -> None:
    plain = msgspec.json.encode(gateway.envelope(message(text="Gr\u00fc\u00dfe")))
    odd = (
        b' \n{ "a" : 1e400 ,\t"a":-0.0, "esc\\u0061ped": "\\/\\ud83d\\ude00",' + plain[1:] + b"\r\n"
    )
    assert gateway.post_signed(odd).status == 200

    class Queued(msgspec.Struct):
        args: tuple[msgspec.Raw, msgspec.Raw]

    data = only(queued, "slack_message_public")
    assert odd.strip() == bytes(msgspec.json.decode(data, type=Queued).args[0]).strip()
    assert odd in data


def test_a_body_of_two_mebibytes_is_queued_whole(gateway: Gateway, queued: Inside) -> None:
    body = msgspec.json.encode(gateway.envelope())
    body = body[:-1] + b',"filler":"' + b"x" * (2 * 1024 * 1024 - len(body) - 12) + b'"}'
    assert len(body) == 2 * 1024 * 1024
    assert gateway.post_signed(body).status == 200
    assert body in only(queued, "slack_message_public")


def test_in_a_channel_shared_with_another_workspace_the_authorization_counts(
    gateway: Gateway, queued: Inside
) -> None:
    ours = [{"team_id": gateway.identity.team_id}, {"team_id": "T0ANOTHER"}]
    envelope = gateway.envelope(team_id="T0ANOTHER", authorizations=ours)
    assert gateway.post_signed(envelope).status == 200
    only(queued, "slack_message_public")


@pytest.mark.parametrize("authorizations", [None, [], [{}], [{"team_id": None}], [{"team_id": ""}]])
def test_without_an_authorized_team_the_envelopes_counts(
    gateway: Gateway, queued: Inside, authorizations: object
) -> None:
    envelope = gateway.envelope() | {"authorizations": authorizations}
    assert gateway.post_signed(envelope).status == 200
    only(queued, "slack_message_public")


def test_an_authorization_alone_is_enough(gateway: Gateway, queued: Inside) -> None:
    envelope = gateway.envelope()
    del envelope["team_id"]
    assert gateway.post_signed(envelope).status == 200
    only(queued, "slack_message_public")


@pytest.mark.parametrize(
    "challenge", ["3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", "<b>Grüße</b> 🐹", ""]
)
def test_a_challenge_is_answered_with_itself_alone(gateway: Gateway, challenge: str) -> None:
    answer = gateway.post_signed({"type": "url_verification", "challenge": challenge})
    assert (answer.status, answer.body.decode()) == (200, challenge)
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_challenge_may_come_with_anything_else(gateway: Gateway) -> None:
    body = {
        "type": "url_verification",
        "challenge": "c",
        "token": "t",
        "api_app_id": "A0ANOTHER",
        "team_id": "T0ANOTHER",
        "event": {"type": "message"},
    }
    assert gateway.post_signed(body).body == b"c"


def test_a_rate_limit_of_slacks_is_taken_and_warned_of(
    gateway: Gateway, queued: Inside, bot: Bot
) -> None:
    body = {
        "token": "t",
        "type": "app_rate_limited",
        "team_id": gateway.identity.team_id,
        "minute_rate_limited": 1518467820,
        "api_app_id": gateway.identity.app_id,
    }
    since = bot.printed.size()
    answer = gateway.post_signed(body)
    assert (answer.status, answer.body) == (200, b"")
    assert queued.pending() == 0
    [line] = bot.printed.wait("slack rate-limits our events", since=since)
    assert (line["level"], line["minute"]) == ("warning", 1518467820)


FIT = ["a", "request-17", "01234567-89ab-cdef-0123-456789abcdef", "x" * 200, "a b<c>;d", '~!"#$%']
UNFIT = [b"x" * 201, b"", b"   ", b"caf\xe9", "🐹".encode(), b"a\tb", b"a\x7fb"]


@pytest.mark.parametrize("given", FIT)
def test_a_printable_request_id_is_echoed(gateway: Gateway, queued: Inside, given: str) -> None:
    answer = gateway.post_signed(gateway.envelope(), X_Request_ID=given)
    assert (answer.status, answer.headers["x-request-id"]) == (200, given)
    assert msgspec.json.decode(only(queued, "slack_message_public"))["args"][1] == given


@pytest.mark.parametrize("given", UNFIT)
def test_any_other_request_id_is_left_out(gateway: Gateway, queued: Inside, given: bytes) -> None:
    body = msgspec.json.encode(gateway.envelope())
    answer = gateway.post(body, signed(body) | {"X-Request-ID": given})
    if b"\x7f" in given:  # not HTTP at all
        assert answer.status in (200, 400)
        return
    assert answer.status == 200
    assert "x-request-id" not in answer.headers
    assert msgspec.json.decode(only(queued, "slack_message_public"))["args"][1] is None


def test_a_request_id_is_echoed_with_a_refusal_too(gateway: Gateway) -> None:
    headers = {"X-Request-ID": "request-17"}
    for method, path in (("GET", "/slack/event"), ("POST", "/slack/event"), ("GET", "/nothing")):
        answer = gateway.send(method, path, headers)
        assert answer.status >= 400
        assert answer.headers["x-request-id"] == "request-17"
    assert gateway.send("GET", "/_ruok", headers).headers["x-request-id"] == "request-17"


def test_events_that_arrive_together_are_written_together(
    gateway: Gateway, queued: Inside, shared_redis: RedisServer
) -> None:
    with (
        shared_redis.client() as client,
        shared_redis.client().monitor() as monitor,  # type: ignore[no-untyped-call]
    ):
        # The first event waits in Redis for the end of the pause, and all others behind it.
        client.execute_command("CLIENT", "PAUSE", 300, "WRITE")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: gateway.post_signed(gateway.envelope()), range(8)))
        client.echo("the end of this test")
        heard = [str(command["command"]) for command in _until_the_end(monitor)]
    assert [answer.status for answer in answers] == [200] * 8
    ids = queued.ids("slack_message_public")
    assert len(ids) == 8
    assert set(queued.messages("slack_message_public")) == set(ids)
    writes = [command for command in heard if command.startswith(("EVALSHA", "EXEC"))]
    assert 1 <= len(writes) < 8


def _until_the_end(monitor: Monitor) -> Iterator[dict[str, object]]:
    for command in monitor.listen():  # type: ignore[no-untyped-call]
        yield command
        if "the end of this test" in command["command"]:
            return


def test_deliveries_are_counted_by_type_and_repeats_by_slacks_reason(
    gateway: Gateway, queued: Inside
) -> None:
    before = reported(gateway, queued)
    for type, headers in (
        ("pin_added", {}),
        ("pin_added", {"X_Slack_Retry_Num": "1", "X_Slack_Retry_Reason": "http_timeout"}),
        ("pin_removed", {"X_Slack_Retry_Num": "2", "X_Slack_Retry_Reason": "something new"}),
        ("no name:at all", {"X_Slack_Retry_Num": "3"}),
        ("gopherbot_probe", {}),
    ):
        assert gateway.post_signed(gateway.envelope({"type": type}), **headers).status == 200
    body = msgspec.json.encode(gateway.envelope({"type": "pin_added"}))
    forged = signed(body + b" ") | {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "ssl_error"}
    assert gateway.post(body, forged).status == 401
    assert reported(gateway, queued) - before == {
        "deliveries:pin_added": 2,
        "deliveries:pin_removed": 1,
        "deliveries:other": 1,
        "retries:http_timeout": 1,
        "retries:other": 2,
    }


@pytest.mark.parametrize(
    "event",
    [{"bot_id": "B0GOPHERBOT"}, {"channel": PROBE_CHANNEL}, {"type": table.PROBE_EVENT}],
    ids=["bots", "operators", "probe"],
)
def test_what_no_member_wrote_is_no_sign_of_members(
    gateway: Gateway, queued: Inside, event: dict[str, str]
) -> None:
    """The alarm for a Slack that sends nothing waits for as long as members are heard."""
    reported(gateway, queued)
    queued.client.delete(keys.jobs(queued.app))
    assert gateway.post_signed(gateway.envelope(message(**event))).status == 200
    reported(gateway, queued)
    assert not queued.client.hexists(keys.jobs(queued.app), SLACK_HEARD)
    assert gateway.post_signed(gateway.envelope()).status == 200
    reported(gateway, queued)
    assert queued.client.hexists(keys.jobs(queued.app), SLACK_HEARD)


def reported(gateway: Gateway, queued: Inside) -> Counter[str]:
    """Return the deliveries and retries counted so far, once the gateway has reported them all."""
    marker = f"marker_{uuid4().hex}"
    own = gateway.envelope({"type": marker, "bot_id": "B0"})
    assert gateway.post_signed(own).status == 200
    total = keys.counters(queued.app, "total")
    wait_until(lambda: queued.client.hexists(total, f"deliveries:{marker}"), "all is reported")
    counts = {text(name): int(n) for name, n in queued.client.hgetall(total).items()}
    return Counter(
        {
            name: n
            for name, n in counts.items()
            if name.startswith(("deliveries:", "retries:")) and "marker" not in name
        }
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"\uDC00\uD83D", "\ufffd\ufffd"),
        (rb"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        (rb"\\ud800 \ud800", "\\ud800 \ufffd"),
    ],
)
def test_half_a_surrogate_pair_costs_no_event(
    gateway: Gateway, queued: Inside, sent: bytes, read: str
) -> None:
    body = msgspec.json.encode(gateway.envelope(message(text="HERE"))).replace(b"HERE", sent)
    assert gateway.post_signed(body).status == 200

    data = only(queued, "slack_message_public")
    assert msgspec.json.decode(data)["args"][0]["event"]["text"] == read
