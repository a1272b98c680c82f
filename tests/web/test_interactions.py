"""Shortcuts, modals and buttons: what of them is queued, sealed, and what is refused."""

import time
from typing import Any
from urllib.parse import quote_plus, urlencode

import msgspec
import pytest

from gopherbot.errors import Unreadable
from gopherbot.metrics.counters import SLACK_HEARD
from gopherbot.queues import messages
from gopherbot.queues.sealing import Sealer
from gopherbot.settings import Secret
from gopherbot.table import INTERACTION, InteractionActor

from .client import SECRET, Answer, InProcess, signed

PATH = "/slack/interactivity"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ROWS = tuple(
    InteractionActor(f"on_{kind}", "", handler="", kind=kind, id="pin", max_age=1800)
    for kind in ("message_action", "shortcut", "view_submission", "block_actions")
)


class Desk(InProcess):
    """A gateway that offers a shortcut, a modal and a button, all called `pin`."""

    def __init__(self) -> None:
        super().__init__(ROWS)

    def payload(self, kind: str = "shortcut", **fields: Any) -> dict[str, Any]:
        """Return a payload as Slack sends it. `fields` replace its own; None leaves one out."""
        whole = {
            "type": kind,
            "token": self.token,
            "api_app_id": self.app_id,
            "team": {"id": self.team_id, "domain": "gophers"},
            "user": {"id": "U0REGULAR", "username": "regular"},
            "trigger_id": "13345224609.738474920.8088930838d88f008e0",
            **_SUBJECTS.get(kind, {"callback_id": "pin"}),
        }
        return {name: value for name, value in (whole | fields).items() if value is not None}

    def click(self, payload: object, **headers: str) -> Answer:
        text = payload if isinstance(payload, str) else msgspec.json.encode(payload).decode()
        return self.form(urlencode({"payload": text}).encode(), **headers)

    def form(self, body: bytes, **headers: str) -> Answer:
        given = signed(body) | FORM | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.send("POST", PATH, given, body)


_SUBJECTS: dict[str, dict[str, Any]] = {
    "view_submission": {"view": {"id": "V0PIN", "callback_id": "pin", "hash": "1.a"}},
    "view_closed": {"view": {"id": "V0PIN", "callback_id": "pin"}},
    "block_actions": {"actions": [{"action_id": "pin", "value": "7"}]},
}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_a_click_goes_to_its_row_with_all_that_slack_sent(
    desk: Desk, row: InteractionActor
) -> None:
    payload = desk.payload(row.kind, channel={"id": "C0"}, more="“Grüße” & <half=>")
    answer = desk.click(payload, X_Request_ID="request-17")
    assert (answer.status, answer.body) == (200, b"")
    [queued] = desk.queued
    message = messages.decode(queued.data)
    assert (message.queue_name, message.actor_name) == (INTERACTION, row.name)
    sealed, request_id, id = (msgspec.json.decode(each) for each in message.args)
    assert msgspec.json.decode(Sealer(Secret(SECRET)).open(sealed)) == payload
    assert request_id == "request-17"
    assert message.options["max_age"] == 1800
    assert message.options["sent_at"] == pytest.approx(time.time(), abs=5)
    assert id.startswith("In")
    for secret in (b"U0REGULAR", b"regular", b"half=", b"8088930838d88f008e0"):
        assert secret not in queued.data
    assert desk.counts.take()[1] == {SLACK_HEARD}


UPDATED = {"view": {"id": "V0PIN", "callback_id": "pin", "hash": "2.b"}}


@pytest.mark.parametrize(
    ("kind", "first", "again", "another"),
    [
        ("view_submission", {"trigger_id": "1.2"}, {"trigger_id": "3.4"}, UPDATED),
        ("block_actions", {"trigger_id": "1.2"}, {"trigger_id": "1.2"}, {"trigger_id": "3.4"}),
    ],
)
def test_what_slacks_client_sends_twice_has_one_id(
    desk: Desk, kind: str, first: dict[str, Any], again: dict[str, Any], another: dict[str, Any]
) -> None:
    """A modal is submitted once, and each click has a trigger of its own."""
    for fields in (first, again, another):
        desk.click(desk.payload(kind, **fields))
    one, same, other = (msgspec.json.decode(messages.decode(q.data).args[2]) for q in desk.queued)
    assert one == same != other


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        ("block_actions", {"actions": [{"action_id": "a_link"}]}, 200),
        ("view_closed", {}, 200),
        ("something_new", {}, 404),
        ("shortcut", {"callback_id": "pins"}, 404),
        ("message_action", {"callback_id": ""}, 404),
        ("view_submission", {"view": {"id": "V0", "callback_id": "another"}}, 404),
    ],
)
def test_what_nobody_offers_is_not_queued_and_a_member_who_waits_is_told(
    desk: Desk, kind: str, fields: dict[str, Any], status: int
) -> None:
    assert desk.click(desk.payload(kind, **fields)).status == status
    assert desk.queued == []
    assert desk.counts.take()[0] == {"ignored": 1}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "application/json"}, 415),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": str(2 * 1024 * 1024 + 1)}, 413),
        ({"X_Slack_Signature": "v0=" + "0" * 64}, 401),
        ({"X_Slack_Signature": "v0="}, 401),
        ({"X_Slack_Request_Timestamp": "1700000000"}, 401),
    ],
    ids=str,
)
def test_it_passes_the_checks_of_an_event(desk: Desk, headers: dict[str, str], status: int) -> None:
    assert desk.click(desk.payload(), **headers).status == status
    assert desk.queued == []
    assert sum(desk.counts.take()[0].values()) == 1  # a refusal, by its reason


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"token": "zebra"}, 401, "the verification token does not match"),
        ({"token": None}, 401, "the verification token does not match"),
        ({"api_app_id": "A0ZEBRA"}, 403, "this is another app's event"),
        ({"team": {"id": "T0ZEBRA"}}, 403, "this is another team's event"),
        ({"api_app_id": None}, 422, "api_app_id: missing"),
        ({"team": {}}, 422, "team.id: missing"),
        ({"team": "T0GOPHERS"}, 422, "team: "),
        ({"type": None}, 422, "type: missing"),
        ({"trigger_id": 5}, 422, "trigger_id: "),
        ({"actions": [{}]}, 422, "actions[0].action_id: missing"),
    ],
    ids=str,
)
def test_a_payload_that_is_not_ours_is_refused(
    desk: Desk, fields: dict[str, Any], status: int, words: str
) -> None:
    answer = desk.click(desk.payload(**fields))
    assert (answer.status, desk.queued) == (status, [])
    assert answer.words.startswith(words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "payload: missing"),
        (b"paylod=%7B%7D", "payload: missing"),
        (b"payload=", "payload: missing"),
        (b"payload=%7B", "the body is not JSON"),
        (b"payload=%5B%5D", "the body is not a JSON object"),
        (b"payload=%ff", "the body is not a form"),
        (b"payload=\xff", "the body is not a form"),
        (b"a=1&" * 11 + b"payload=%7B%7D", "the body is not a form"),
        (b"payload=" + quote_plus('{"a":' * 100_000).encode(), "the body is nested too deeply"),
    ],
)
def test_a_body_that_holds_no_payload_is_malformed(desk: Desk, body: bytes, words: str) -> None:
    answer = desk.form(body)
    assert (answer.status, answer.words) == (422, words)


def test_a_full_redis_makes_slacks_client_say_that_it_failed(desk: Desk) -> None:
    desk.is_away = True
    assert desk.click(desk.payload()).status == 503
    assert desk.counts.take()[0]["refused:slack_interaction"] == 1


def test_half_a_surrogate_pair_is_replaced_as_in_an_event(desk: Desk) -> None:
    text = msgspec.json.encode(desk.payload(more="HERE")).decode().replace("HERE", "\\ud83d")
    assert desk.click(text).status == 200
    sealed = msgspec.json.decode(messages.decode(desk.queued[0].data).args[0])
    assert msgspec.json.decode(Sealer(Secret(SECRET)).open(sealed))["more"] == "\ufffd"


def test_what_one_secret_seals_another_neither_opens_nor_recognizes() -> None:
    ours, theirs = Sealer(Secret("a")), Sealer(Secret("b"))
    sealed = ours.seal(b"who it was")
    assert ours.open(sealed) == b"who it was"
    assert sealed != ours.seal(b"who it was")
    assert ours.digest("U0REGULAR") == ours.digest("U0REGULAR") != theirs.digest("U0REGULAR")
    assert ours.digest("a", "b") != ours.digest("ab")
    for broken in (sealed[:-4], sealed[4:], "no base64", "", "é"):
        with pytest.raises(Unreadable):
            ours.open(broken)
    with pytest.raises(Unreadable):
        theirs.open(sealed)
