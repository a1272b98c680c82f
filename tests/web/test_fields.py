"""What a body must hold: each missing or mistyped field is named, and nothing else is said."""

from __future__ import annotations

import msgspec
import pytest
from support import Inside

from .client import Answer, Gateway, message


@pytest.fixture(autouse=True)
def nothing_of_it_is_queued(queued: Inside) -> object:
    yield
    assert queued.pending() == 0


def is_named(answer: Answer, field: str) -> None:
    assert answer.status == 422
    assert answer.words.startswith(f"{field}: "), answer.words
    assert len(answer.words) < 120


@pytest.mark.parametrize("field", ["type", "api_app_id", "event_id", "event_time", "event"])
def test_a_missing_field_is_named(gateway: Gateway, field: str) -> None:
    body = gateway.envelope()
    del body[field]
    is_named(gateway.post_signed(body), field)


@pytest.mark.parametrize("field", ["api_app_id", "event_id", "event_time", "event"])
def test_a_field_of_null_is_as_good_as_missing(gateway: Gateway, field: str) -> None:
    is_named(gateway.post_signed(gateway.envelope() | {field: None}), field)


def test_a_team_that_stands_nowhere_is_named(gateway: Gateway) -> None:
    body = gateway.envelope(authorizations=None)
    del body["team_id"]
    is_named(gateway.post_signed(body), "team_id")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", 1),
        ("type", ["event_callback"]),
        ("type", {"Zebra": 1}),
        ("token", 1),
        ("token", {"Zebra": "Zebra"}),
        ("api_app_id", 1),
        ("api_app_id", ["Zebra"]),
        ("team_id", 1),
        ("team_id", True),
        ("event_id", 1),
        ("event_id", ["Zebra"]),
        ("event_time", "1700000000"),
        ("event_time", 1.5),
        ("event_time", True),
        ("event_time", ["Zebra"]),
        ("event", "Zebra"),
        ("event", ["Zebra"]),
        ("event", 1),
        ("authorizations", "Zebra"),
        ("authorizations", {"team_id": "Zebra"}),
    ],
)
def test_a_field_of_the_wrong_type_is_named(gateway: Gateway, field: str, value: object) -> None:
    answer = gateway.post_signed(gateway.envelope() | {field: value})
    is_named(answer, field)
    assert "Zebra" not in answer.words
    assert "zebra" not in answer.words.lower()


@pytest.mark.parametrize("value", [1, None, ["message"], {"Zebra": 1}])
def test_an_event_whose_type_is_no_text_is_named(gateway: Gateway, value: object) -> None:
    is_named(gateway.post_signed(gateway.envelope(message(type=value))), "event.type")


def test_an_event_without_a_type_is_named(gateway: Gateway) -> None:
    event = message()
    del event["type"]
    is_named(gateway.post_signed(gateway.envelope(event)), "event.type")


def test_an_authorization_of_the_wrong_type_is_named(gateway: Gateway) -> None:
    for wrong in ({"team_id": 5}, "Zebra", 7):
        answer = gateway.post_signed(gateway.envelope(authorizations=[wrong]))
        assert answer.status == 422
        assert answer.words.startswith("authorizations")
        assert "Zebra" not in answer.words


@pytest.mark.parametrize("kind", ["", "Zebra", "event_callbac", "EVENT_CALLBACK", "block_actions"])
def test_an_envelope_of_an_unknown_type_is_refused(gateway: Gateway, kind: str) -> None:
    answer = gateway.post_signed(gateway.envelope(type=kind))
    is_named(answer, "type")
    assert "Zebra" not in answer.words


@pytest.mark.parametrize("challenge", [None, 1, ["Zebra"], {"a": 1}])
def test_a_verification_needs_a_challenge_of_text(gateway: Gateway, challenge: object) -> None:
    body = {"type": "url_verification", "token": "t", "challenge": challenge}
    is_named(gateway.post_signed(body), "challenge")


def test_a_verification_without_a_challenge_is_named(gateway: Gateway) -> None:
    is_named(gateway.post_signed({"type": "url_verification"}), "challenge")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Zebra",
        b"[]",
        b"[1,2]",
        b"null",
        b"true",
        b"17",
        b'"Zebra"',
        b"NaN",
        b"{",
        b"}",
        b"{'type': 'event_callback'}",
        b'{"type":"event_callback",}',
        b'{"type":NaN}',
        b'{"type":"event_callback","event_time":NaN}',
        b'{"type":"event_callback","extra":Infinity}',
        b'{"type":"event_callback"} Zebra',
        b'{"type":"event_callback"}{}',
        b"type=event_callback",
        b"payload=%7B%7D",
        b"<event/>",
        b"\x00",
        b'\xef\xbb\xbf{"type":"event_callback"}',
        '{"type":"event_callback"}'.encode("utf-16"),
        b'{"type":"event\xff_callback"}',
        b'{"type":"event_callback","event":{"type":"message","text":"\xc3\x28"}}',
        b'{"type":"event_callback","extra":"\xed\xa0\x80"}',
        b'{"type":"event_callback","extra":"\x01"}',
        b'{"type":"event_callback","extra":"\\q"}',
    ],
)
def test_what_is_no_json_object_is_refused(gateway: Gateway, body: bytes) -> None:
    answer = gateway.post_signed(body)
    assert answer.status == 422
    assert "Zebra" not in answer.words
    assert len(answer.words) < 120


@pytest.mark.parametrize(
    "nest",
    [
        lambda depth: b"[" * depth,
        lambda depth: b"[" * depth + b"]" * depth,
        lambda depth: b'{"a":' * depth,
        lambda depth: b'{"event":' * depth + b"{}" + b"}" * depth,
        lambda depth: b'{"type":"event_callback","a":' + b"[" * depth + b"]" * depth + b"}",
    ],
)
def test_a_body_nested_deeply_is_refused(gateway: Gateway, nest: object) -> None:
    assert gateway.post_signed(nest(100_000)).status == 422  # type: ignore[operator]


def test_of_a_key_given_twice_the_last_one_counts(gateway: Gateway) -> None:
    body = msgspec.json.encode(gateway.envelope())
    assert gateway.post_signed(body[:-1] + b',"api_app_id":"A0ANOTHER"}').status == 403
    assert gateway.post_signed(body[:-1] + b',"event_time":"then"}').status == 422
    assert gateway.post_signed(b'{"type":"Zebra",' + body[1:-1] + b',"type":5}').status == 422


def test_the_token_is_looked_at_only_after_the_fields(gateway: Gateway) -> None:
    body = gateway.envelope(token="wrong")
    del body["event_id"]
    is_named(gateway.post_signed(body), "event_id")
