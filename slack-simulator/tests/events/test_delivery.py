import threading
import time

import msgspec
import pytest
from conftest import SECRET
from gateway import Gateway, Received, Reply
from sample import SAMPLE
from slack_sdk.signature import SignatureVerifier
from support import PATIENCE

from slack_simulator import Simulator
from slack_simulator.events.signing import signature


def test_a_delivery_is_signed_as_slack_signs(slack: Simulator, gateway: Gateway) -> None:
    slack.say("hello")
    [received] = gateway.wait(1)
    assert SignatureVerifier(SECRET).is_valid_request(received.body, received.headers)
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["User-Agent"].startswith("Slackbot 1.0")
    assert "X-Slack-Retry-Num" not in received.headers


def test_the_envelope_is_slacks(slack: Simulator, gateway: Gateway) -> None:
    said = slack.say("hello")
    [received] = gateway.wait(1)
    envelope = received.payload
    assert envelope["type"] == "event_callback"
    assert envelope["team_id"] == "T0GOPHERS"
    assert envelope["api_app_id"] == "A0GOPHERBOT"
    assert envelope["event_id"] == said.event_id
    assert isinstance(envelope["event_time"], int)
    assert envelope["is_ext_shared_channel"] is False
    assert envelope["event_context"].startswith("4-")
    assert envelope["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": "T0GOPHERS",
            "user_id": "U0GOPHERBOT",
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]


def test_the_verification_token_can_be_set(gateway: Gateway) -> None:
    identity = msgspec.structs.replace(SAMPLE.identity, verification_token="legacy")
    setup = msgspec.structs.replace(SAMPLE, identity=identity)
    with Simulator(gateway=gateway.url, setup=setup) as slack:
        slack.say("hello")
        assert gateway.wait(1)[0].payload["token"] == "legacy"


def test_an_acknowledged_event_is_delivered_once_and_recorded(
    slack: Simulator, gateway: Gateway
) -> None:
    said = slack.say("hello")
    slack.deliveries.wait_idle()
    assert said.event_id is not None
    [attempt] = slack.deliveries.of(said.event_id)
    assert (attempt.number, attempt.status, attempt.error) == (0, 200, "")
    assert attempt.acknowledged_at is not None
    assert attempt.acknowledged_at >= attempt.sent_at
    assert attempt.seconds > 0
    kinds = [entry.kind for entry in slack.feed.after()]
    assert kinds == ["message", "delivery", "acknowledged"]


def retries(gateway: Gateway) -> list[tuple[str | None, str | None]]:
    return [
        (each.headers.get("X-Slack-Retry-Num"), each.headers.get("X-Slack-Retry-Reason"))
        for each in gateway.received
    ]


def test_a_refused_event_is_retried_three_times_with_numbers_and_reason(
    slack: Simulator, gateway: Gateway
) -> None:
    gateway.answer = lambda _: Reply(503)
    said = slack.say("hello")
    slack.deliveries.wait_idle()
    reason = "http_error"
    assert retries(gateway) == [(None, None), ("1", reason), ("2", reason), ("3", reason)]
    assert {each.payload["event_id"] for each in gateway.received} == {said.event_id}
    verifier = SignatureVerifier(SECRET)
    assert all(verifier.is_valid_request(each.body, each.headers) for each in gateway.received)


def test_a_2xx_ends_the_retries(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda each: Reply(204 if "X-Slack-Retry-Num" in each.headers else 500)
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert retries(gateway) == [(None, None), ("1", "http_error")]


def test_a_cut_connection_is_a_failed_connection(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda each: Reply(cut="X-Slack-Retry-Num" not in each.headers)
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert retries(gateway) == [(None, None), ("1", "connection_failed")]


def test_a_gateway_that_is_not_there_is_retried(slack: Simulator, gateway: Gateway) -> None:
    with Gateway() as gone:
        dead = gone.url
    slack.gateway = [dead, gateway.url]
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert retries(gateway) == [("1", "connection_failed")]


def test_a_gateway_that_speaks_no_tls_is_told_as_such(slack: Simulator, gateway: Gateway) -> None:
    slack.gateway = gateway.url.replace("http:", "https:")
    slack.deliveries.delays = ()
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert [attempt.error for attempt in slack.deliveries.attempts] == ["ssl_error"]


def test_a_late_answer_is_a_timeout_even_if_it_is_a_200(slack: Simulator, gateway: Gateway) -> None:
    slack.deliveries.timeout = 1.0
    late = threading.Event()

    def answer(each: Received) -> Reply:
        slack.deliveries.timeout = PATIENCE
        first = "X-Slack-Retry-Num" not in each.headers
        return Reply(after=late if first else None)

    gateway.answer = answer
    slack.say("hello")
    slack.deliveries.wait_idle()
    late.set()
    assert retries(gateway) == [(None, None), ("1", "http_timeout")]


def test_endless_redirects_are_told_as_such(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda each: Reply(307, {"Location": each.path})
    slack.deliveries.delays = ()
    said = slack.say("hello")
    slack.deliveries.wait_idle()
    assert said.event_id is not None
    [attempt] = slack.deliveries.of(said.event_id)
    assert attempt.error == "too_many_redirects"
    assert len(gateway.received) == 3


def test_a_gateway_can_decline_retries(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda _: Reply(500, {"X-Slack-No-Retry": "1"})
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert len(gateway.received) == 1


def test_every_event_can_be_delivered_several_times_whatever_is_answered(
    slack: Simulator, gateway: Gateway
) -> None:
    slack.deliveries.redeliver = 4
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert [number for number, _ in retries(gateway)] == [None, "1", "2", "3"]


def test_events_can_be_held_back_and_let_go_in_reverse(slack: Simulator, gateway: Gateway) -> None:
    for text in "abc":
        slack.deliveries.hold()
        slack.say(text)
    slack.deliveries.release(backwards=True, apart=0.5)
    assert [event["text"] for event in gateway.events(3)] == ["c", "b", "a"]


def test_what_is_held_back_waits_for_a_gateway_to_come(slack: Simulator, gateway: Gateway) -> None:
    slack.gateway = None
    slack.deliveries.hold()
    slack.say("early")
    slack.gateway = gateway.url
    slack.deliveries.release()
    assert [event["text"] for event in gateway.events(1)] == ["early"]


def test_a_delayed_event_is_signed_now_and_dated_back(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda _: Reply(503)
    joined = slack.join_team("late")
    slack.deliveries.wait_idle()
    gateway.answer = lambda _: Reply(200)
    slack.deliveries.send_late(str(joined.event_id), age=7200)
    *_, last, late = gateway.wait(5)
    assert SignatureVerifier(SECRET).is_valid_request(late.body, late.headers)
    assert late.payload == last.payload | {"event_time": late.payload["event_time"]}
    assert 7000 < last.payload["event_time"] - late.payload["event_time"] < 7400
    assert late.headers["X-Slack-Retry-Num"] == "4"
    assert late.headers["X-Slack-Retry-Reason"] == "http_error"


def test_an_event_that_was_missed_can_be_delivered_late(slack: Simulator, gateway: Gateway) -> None:
    slack.gateway = None
    joined = slack.join_team("late")
    slack.gateway = gateway.url
    slack.deliveries.send_late(str(joined.event_id), age=60)
    assert gateway.events(1)[0]["type"] == "team_join"


def test_nothing_is_lost_with_jitter(slack: Simulator, gateway: Gateway) -> None:
    slack.deliveries.jitter = 0.05
    for number in range(30):
        slack.say(str(number))
    slack.deliveries.wait_idle()
    assert {each.event["text"] for each in gateway.received} == {str(n) for n in range(30)}


def test_several_gateways_take_turns(slack: Simulator, gateway: Gateway) -> None:
    with Gateway() as other:
        slack.gateway = [gateway.url, other.url]
        for _ in range(4):
            slack.say("hello")
        slack.deliveries.wait_idle()
        assert (len(gateway.received), len(other.received)) == (2, 2)


def test_without_a_gateway_events_are_dropped(gateway: Gateway) -> None:
    with Simulator(setup=SAMPLE) as slack:
        slack.say("hello")
        slack.deliveries.wait_idle()
        slack.gateway = gateway.url
        slack.say("again")
        assert gateway.events(1)[0]["text"] == "again"


def test_taking_the_gateway_away_ends_the_retries(slack: Simulator, gateway: Gateway) -> None:
    def answer(_: Received) -> Reply:
        slack.gateway = None
        return Reply(500)

    gateway.answer = answer
    slack.say("hello")
    slack.deliveries.wait_idle()
    assert len(gateway.received) == 1
    with pytest.raises(LookupError, match="no Request URL is set"):
        slack.deliver_raw(b"{}")


def test_wait_idle_tells_what_it_waits_for(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda _: Reply(500)
    slack.deliveries.delays = (60,)
    slack.say("hello")
    slack.feed.wait(lambda entry: entry.kind == "acknowledged")
    with pytest.raises(TimeoutError, match="1 deliveries are queued"):
        slack.deliveries.wait_idle(0.05)


def test_deliveries_run_side_by_side(slack: Simulator, gateway: Gateway) -> None:
    together = threading.Barrier(16, timeout=PATIENCE)

    def answer(_: Received) -> Reply:
        together.wait()
        return Reply()

    gateway.answer = answer
    for _ in range(16):
        slack.say("hello")
    slack.deliveries.wait_idle()
    assert not together.broken


def test_the_url_is_verified(slack: Simulator, gateway: Gateway) -> None:
    assert slack.verify_url() is False
    gateway.answer = lambda each: Reply(body=each.payload["challenge"].encode())
    assert slack.verify_url() is True
    gateway.answer = lambda each: Reply(body=each.body)
    assert slack.verify_url() is True
    assert "api_app_id" not in gateway.received[0].payload


def test_the_app_can_be_rate_limited(slack: Simulator, gateway: Gateway) -> None:
    assert slack.app_rate_limited().status == 200
    payload = gateway.received[0].payload
    assert payload["type"] == "app_rate_limited"
    assert payload["minute_rate_limited"] % 60 == 0


def test_raw_bytes_are_sent_as_they_are(slack: Simulator, gateway: Gateway) -> None:
    gateway.answer = lambda _: Reply(401, body=b"no")
    answer = slack.deliver_raw(b"{", {"Content-Type": "application/json", "X-Other": "1"})
    assert (answer.status, answer.body) == (401, b"no")
    [received] = gateway.received
    assert received.body == b"{"
    assert "X-Slack-Signature" not in received.headers


def test_raw_bytes_are_signed_unless_headers_are_given(slack: Simulator, gateway: Gateway) -> None:
    slack.deliver_raw(b"{}")
    [received] = gateway.received
    assert SignatureVerifier(SECRET).is_valid_request(received.body, received.headers)


def test_a_signature_can_be_dated(slack: Simulator) -> None:
    headers = slack.sign(b"{}", timestamp=1)
    assert headers["X-Slack-Request-Timestamp"] == "1"
    assert not SignatureVerifier(SECRET).is_valid_request(b"{}", headers)


def test_any_event_can_be_delivered_in_any_envelope(slack: Simulator, gateway: Gateway) -> None:
    event_id = slack.deliver({"type": "app_home_opened"}, team_id="T0OTHERTEAM")
    [received] = gateway.wait(1)
    assert received.event == {"type": "app_home_opened"}
    assert received.payload["team_id"] == "T0OTHERTEAM"
    assert received.payload["event_id"] == event_id
    assert received.payload["authorizations"][0]["team_id"] == "T0GOPHERS"


def test_connections_to_the_gateway_are_kept_open(slack: Simulator, gateway: Gateway) -> None:
    for _ in range(5):
        slack.say("hello")
        slack.deliveries.wait_idle()
    assert len(gateway.ports) < 5


def test_a_clock_that_is_off_dates_the_signature(slack: Simulator, gateway: Gateway) -> None:
    slack.deliveries.clock_skew = -600
    slack.say("hello")
    (received,) = gateway.wait(1)
    stamp = received.headers["X-Slack-Request-Timestamp"]
    assert 590 < time.time() - int(stamp) < 660
    signed = signature(slack.deliveries.signing_secret, stamp, received.body)
    assert received.headers["X-Slack-Signature"] == signed
