"""What is taken: where each event goes, and how it lies there for a worker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dramatiq
import msgspec
import pytest
from dramatiq.encoder import JSONEncoder
from redis.client import Monitor
from structlog.testing import capture_logs
from support import Inside

from gopherbot import table
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.counters import SLACK_HEARD

from .client import PROBE_CHANNEL, Gateway, InProcess, message, signed

PUBLIC, PRIVATE = "slack_message_public", "slack_message_private"
QUEUES = (PRIVATE, PUBLIC, "slack_team_join", "slack_channel_join", "background")
TEAM_JOIN = {"type": "team_join", "user": {"id": "U0NEW"}}


@pytest.fixture
def desk() -> InProcess:
    return InProcess()


def only(inside: Inside, queue: str) -> bytes:
    """Return the one message that is queued, which is in this queue."""
    assert {name: len(inside.ids(name)) for name in QUEUES} == {n: int(n == queue) for n in QUEUES}
    assert list(inside.messages(queue)) == inside.ids(queue)
    return next(iter(inside.messages(queue).values()))


@pytest.mark.parametrize(
    ("event", "queue"),
    [
        *((message(channel_type=k), PRIVATE) for k in ("im", "mpim", "group", "app_home")),
        *(
            (message(channel_type=k), PUBLIC)
            for k in ("channel", "", "something new", None, 5, ["im"], {"im": 1})
        ),
        (TEAM_JOIN, "slack_team_join"),
        # Whatever else such an event holds does not route it.
        (TEAM_JOIN | {"channel_type": "im"}, "slack_team_join"),
        ({"type": "member_joined_channel", "user": "U0", "channel": "C0"}, "slack_channel_join"),
        ({"type": "reaction_added", "user": "U0"}, "background"),
    ],
)
def test_an_event_goes_to_its_queue(desk: InProcess, event: dict[str, object], queue: str) -> None:
    answer = desk.post_signed(desk.envelope(event))
    assert (answer.status, answer.body) == (200, b"")
    assert [message.queue for message in desk.queued] == [queue]


@pytest.mark.parametrize(
    "kind",
    [
        *("reaction_removed", "app_mention", "channel_history_changed", "", "messages", "Message"),
        "message.im",
    ],
)
def test_an_event_that_nobody_reads_is_taken_and_not_queued(desk: InProcess, kind: str) -> None:
    answer = desk.post_signed(desk.envelope(message(type=kind)))
    assert (answer.status, answer.body) == (200, b"")
    assert desk.queued == []
    assert desk.counts.take()[0]["ignored"] == 1


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
    ("event", "sent_at", "max_age"),
    [
        (message(ts="1700000001.000200"), 1700000001.0002, 30),
        (message(ts="tomorrow"), 0.0, 30),
        (message(ts=["1700000001.000200"]), 0.0, 30),
        (TEAM_JOIN | {"ts": "1.0"}, 1700000000.0, table.DAY),
    ],
    ids=["now", "no time", "a list", "join"],
)
def test_a_queued_event_says_when_it_happened_by_slacks_clock_and_how_old_it_may_be(
    desk: InProcess, event: dict[str, object], sent_at: float, max_age: int
) -> None:
    """For workers of another release, which do not know its actor."""
    desk.post_signed(desk.envelope(event, event_time=1700000000))
    [queued] = desk.queued
    options = msgspec.json.decode(queued.data)["options"]
    assert (options["sent_at"], options["max_age"], options["gateway"]) == (
        *(sent_at, max_age),
        "web.1",
    )


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


NONE_OF_OURS: list[object] = [None, [], [{}], [{"team_id": None}], [{"team_id": ""}]]


@pytest.mark.parametrize(
    "fields",
    [
        # In a channel shared with another workspace, the first authorization counts.
        {
            "team_id": "T0ANOTHER",
            "authorizations": [{"team_id": "T0GOPHERS"}, {"team_id": "T0ANOTHER"}],
        },
        # Without an authorized team, the envelope's counts.
        *({"authorizations": each} for each in NONE_OF_OURS),
        {"team_id": None},
    ],
    ids=str,
)
def test_an_event_belongs_to_its_authorized_team(
    desk: InProcess, fields: dict[str, object]
) -> None:
    assert desk.post_signed(desk.envelope(**fields)).status == 200
    assert len(desk.queued) == 1


@pytest.mark.parametrize("challenge", ["3eZbrw1aBm2rZgRNFdxV", "<b>Grüße</b> 🐹", ""])
def test_a_challenge_is_answered_with_itself_alone(desk: InProcess, challenge: str) -> None:
    body = {"type": "url_verification", "challenge": challenge, "token": desk.token}
    # Whatever it comes with.
    for more in ({}, desk.envelope(type="url_verification", api_app_id="A0ANOTHER", team_id="T")):
        answer = desk.post_signed(more | body)
        assert (answer.status, answer.body.decode()) == (200, challenge)
        assert answer.headers["content-type"].startswith("text/plain")
    assert desk.queued == []


def test_a_rate_limit_of_slacks_is_taken_and_warned_of(desk: InProcess) -> None:
    body = desk.envelope(type="app_rate_limited", minute_rate_limited=1518467820)
    with capture_logs() as logged:
        answer = desk.post_signed(body)
    assert (answer.status, answer.body, desk.queued) == (200, b"", [])
    [line] = logged
    assert line["event"] == "slack rate-limits our events"
    assert (line["log_level"], line["minute"]) == ("warning", 1518467820)
    assert desk.counts.take()[0] == {"limited": 1}


FIT = ["a", "request-17", "01234567-89ab-cdef-0123-456789abcdef", "x" * 200, "a b<c>;d", '~!"#$%']
UNFIT = [b"x" * 201, b"", b"caf\xe9", "🐹".encode(), b"a\tb"]


@pytest.mark.parametrize("given", [*FIT, *UNFIT])
def test_a_printable_request_id_is_echoed(desk: InProcess, given: str | bytes) -> None:
    body = msgspec.json.encode(desk.envelope())
    answer = desk.post(body, signed(body) | {"X-Request-ID": given})
    wanted = given if isinstance(given, str) else None
    assert (answer.status, answer.headers.get("x-request-id")) == (200, wanted)
    assert msgspec.json.decode(desk.queued[0].data)["args"][1] == wanted


def test_a_request_id_is_echoed_with_a_refusal_too(desk: InProcess) -> None:
    for method, path in (("GET", "/slack/event"), ("POST", "/slack/event"), ("GET", "/nothing")):
        answer = desk.send(method, path, {"X-Request-ID": "request-17"})
        assert answer.status >= 400
        assert answer.headers["x-request-id"] == "request-17"


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


def test_deliveries_are_counted_by_type_and_repeats_by_slacks_reason(desk: InProcess) -> None:
    again = {"X_Slack_Retry_Num": "1"}
    for type, headers in (
        ("pin_added", {}),
        ("pin_added", again | {"X_Slack_Retry_Reason": "http_timeout"}),
        ("pin_removed", again | {"X_Slack_Retry_Reason": "something new"}),
        ("no name:at all", again),
        ("x" * 65, {"X_Slack_Retry_Reason": "http_timeout"}),
        ("é", {}),
        ("gopherbot_probe", again),
    ):
        assert desk.post_signed(desk.envelope({"type": type}), **headers).status == 200
    body = msgspec.json.encode(desk.envelope({"type": "pin_added"}))
    forged = signed(body + b" ") | {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "ssl_error"}
    assert desk.post(body, forged).status == 401
    counts, _ = desk.counts.take()
    assert {n: c for n, c in counts.items() if n.startswith(("deliveries", "retries"))} == {
        "deliveries:pin_added": 2,
        "deliveries:pin_removed": 1,
        "deliveries:other": 3,
        "retries:http_timeout": 1,
        "retries:other": 2,
    }


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        ({}, True),
        ({"bot_id": "B0GOPHERBOT"}, False),
        ({"channel": PROBE_CHANNEL}, False),
        ({"type": table.PROBE_EVENT}, False),
    ],
    ids=["members", "bots", "operators", "probe"],
)
def test_only_members_count_as_members(desk: InProcess, event: dict[str, str], heard: bool) -> None:
    """The alarm for a Slack that sends nothing waits for as long as members are heard."""
    assert desk.post_signed(desk.envelope(message(**event))).status == 200
    assert desk.counts.take()[1] == ({SLACK_HEARD} if heard else set())


@pytest.mark.parametrize(
    ("bot_id", "channel_type", "queued"),
    [("B0GOPHERBOT", "im", 0), ("B0GOPHERBOT", "channel", 1), (None, "im", 1)],
)
def test_what_the_bot_writes_in_a_dm_is_not_queued(
    desk: InProcess, bot_id: str | None, channel_type: str, queued: int
) -> None:
    """Redis would hold the DM of who reported something."""
    event = message(bot_id=bot_id, channel_type=channel_type)
    assert desk.post_signed(desk.envelope(event)).status == 200
    assert len(desk.queued) == queued


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"\uDC00\uD83D", "\ufffd\ufffd"),
        (rb"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        (rb"\\ud800 \ud800", "\\ud800 \ufffd"),
    ],
)
def test_half_a_surrogate_pair_costs_no_event(desk: InProcess, sent: bytes, read: str) -> None:
    body = msgspec.json.encode(desk.envelope(message(text="HERE"))).replace(b"HERE", sent)
    assert desk.post_signed(body).status == 200
    [queued] = desk.queued
    assert msgspec.json.decode(queued.data)["args"][0]["event"]["text"] == read
