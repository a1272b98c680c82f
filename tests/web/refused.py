"""Requests that are no events of Slack's: why, the status, how the answer begins, how it's sent."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings

from gopherbot.metrics.counters import Reason
from slack_simulator.events.signing import signature

from .client import EVENT_PATH, SECRET, Answer, Caller, Headers, InProcess, message, signed

many = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

Send = Callable[[Caller], Answer]

MAX_BODY = 2 * 1024 * 1024
CHALLENGE: dict[str, Any] = {"type": "url_verification", "challenge": "it holds"}
BODY = msgspec.json.encode(CHALLENGE | {"token": InProcess.TOKEN})
JSON = {"Content-Type": "application/json"}
TOO_LONG = {"Content-Length": str(MAX_BODY + 1)}
ANOTHER_TEAM: dict[str, Any] = {"team_id": "T0ZEBRA", "authorizations": None}

# Of each reason: the status, and how the answer begins.
ANSWERS = {
    Reason.UNREADABLE: (400, ("the content type cannot be read",)),
    Reason.UNSIGNED: (401, ("the timestamp is missing", "the signature does not match")),
    Reason.TIMESTAMP: (401, ("the timestamp is missing or more than 5 minutes off",)),
    Reason.SIGNATURE: (401, ("the signature does not match",)),
    Reason.TOKEN: (401, ("the verification token does not match",)),
    Reason.APP: (403, ("this is another app's event",)),
    Reason.TEAM: (403, ("this is another team's event",)),
    Reason.METHOD: (405, ("use POST", "")),
    Reason.LENGTH: (411, ("a body needs a Content-Length",)),
    Reason.TOO_LARGE: (413, ("the body is over 2 MiB",)),
    Reason.CONTENT_TYPE: (415, ("this takes application/json",)),
}


def with_headers(**changes: str | bytes | None) -> Send:
    """Send a right body with its right headers, but for these. None leaves one out."""

    def send(caller: Caller) -> Answer:
        more = {name.replace("_", "-"): value for name, value in changes.items()}
        whole: dict[str, str | bytes | None] = {**signed(BODY), **more}
        return caller.post(BODY, {name: each for name, each in whole.items() if each is not None})

    return send


def only(*headers: Headers) -> Send:
    """Send nothing but these headers."""
    return lambda caller: caller.post(b"{}", {k: v for each in headers for k, v in each.items()})


def stamped(make: Callable[[int], str], encoding: str = "latin-1") -> Send:
    """Send a body with a signature that is right for a timestamp made of the time."""

    def send(caller: Caller) -> Answer:
        stamp = make(int(time.time()))
        right: dict[str, str | bytes] = {
            **JSON,
            "X-Slack-Request-Timestamp": stamp.encode(encoding),
            "X-Slack-Signature": signature(SECRET, stamp, BODY),
        }
        return caller.post(BODY, right)

    return send


def envelope(event: object = None, **fields: Any) -> Send:
    """Send an event in an envelope with these fields. None leaves one out."""
    return lambda caller: caller.post_signed(caller.envelope(event, **fields))


def raw(*bodies: bytes) -> list[Send]:
    return [lambda caller, body=body: caller.post_signed(body) for body in bodies]  # type: ignore[misc]


def tokened(token: bytes) -> Send:
    """Send an event with a token as JSON."""

    def send(caller: Caller) -> Answer:
        body = msgspec.json.encode(caller.envelope(token="HERE"))
        return caller.post_signed(body.replace(b'"HERE"', token))

    return send


def of_another(key: str, *, body: bytes = BODY, secret: str = SECRET, seconds: int = 0) -> Send:
    """Send a signature of something else."""

    def send(caller: Caller) -> Answer:
        now = int(time.time())
        theirs = signature(secret, str(now), body)
        sent = {"X-Slack-Request-Timestamp": str(now + seconds), "X-Slack-Signature": theirs}
        return caller.post(BODY, JSON | sent)

    send.__name__ = key
    return send


def sends(method: str) -> Send:
    return lambda caller: caller.send(method, EVENT_PATH, signed(BODY))


REFUSED: dict[Reason, list[Send]] = {
    Reason.METHOD: [
        sends(method)
        for method in (
            *("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO", "PROPFIND"),
        )
    ],
    Reason.UNREADABLE: [
        with_headers(Content_Type=given)
        for given in (
            *(b"json", b"/", b"application/", b"/json", b"application json"),
            *(b"application/json/json", b"application/json; charset", b"text/json; a/json"),
            *(b"application/json, application/json", b"application/json; charset=\xff"),
            *(b"\xff\xfe\xfd", b"application/json; a=" + b"b" * 2000),
            b"application/" + b"json" * 1000,
        )
    ],
    Reason.CONTENT_TYPE: [
        *(
            with_headers(Content_Type=given)
            for given in (
                *("text/plain", "application/x-www-form-urlencoded", "application/json+x"),
                *("application/jsonp", "application/vnd.api+json", None, ""),
                "multipart/form-data; boundary=a",
            )
        ),
        only({"Content-Type": "text/html"}, TOO_LONG),
    ],
    Reason.LENGTH: [with_headers(Transfer_Encoding="chunked", Content_Length=None)],
    Reason.TOO_LARGE: [
        only(JSON, TOO_LONG),
        lambda caller: caller.post_signed(b" " * (MAX_BODY + 1)),
    ],
    Reason.TIMESTAMP: [
        *(
            stamped(lambda now, stamp=stamp: stamp)  # type: ignore[misc]
            for stamp in (
                *("now", "12.5", "-1", "+1", "1e9", "0x10", "0", "9" * 12, "9" * 13, "9" * 5000),
                *("1_700_000_000", "NaN", "null"),
            )
        ),
        *(
            stamped(lambda now, dress=dress: dress.format(now, now))  # type: ignore[misc]
            for dress in ("{}.0", "{},{}", "+{}", "{}\xb2", "0x{}", "00000{}")
        ),
        stamped(lambda now: "".join(chr(0x0660 + int(digit)) for digit in str(now)), "utf-8"),
        *(
            stamped(lambda now, off=off: str(now + off))  # type: ignore[misc]
            for off in (-302, 302, -86400, 86400)
        ),
    ],
    Reason.UNSIGNED: [
        *(
            with_headers(X_Slack_Signature=given)
            for given in (
                *(None, b"", b"v0=", b"v0=" + b"g" * 64, b"0" * 64, b"\xff\xfe\x80", b"null"),
                *("v0=ß∂ƒ".encode(), b"v0=" + b"a" * 7000, b"'; --", b"v1=" + b"0" * 64),
                *(b"v0=" + b"0" * 63, b"v0=" + b"0" * 65, b"v0=" + b"A" * 64),
            )
        ),
        with_headers(X_Slack_Request_Timestamp=None),
        with_headers(X_Slack_Request_Timestamp=""),
        with_headers(X_Slack_Request_Timestamp="0", X_Slack_Signature="v0=0"),
        only(JSON),
        lambda caller: caller.post(b" " * MAX_BODY, JSON),
    ],
    Reason.SIGNATURE: [
        with_headers(X_Slack_Signature="v0=" + "0" * 64),
        of_another("another body", body=BODY + b" "),
        of_another("another time", seconds=1),
        of_another("another secret", secret="another"),
        lambda caller: caller.post(b"no json", signed(b"other")),
        # Over the decoded body.
        lambda caller: caller.post(b'{"a":"\xff"}', signed('{"a":"\ufffd"}'.encode())),
    ],
    Reason.TOKEN: [
        *(
            tokened(msgspec.json.encode(token))
            for token in (
                *("", "zebra", InProcess.TOKEN + "x", InProcess.TOKEN[:-1], "ß", None),
                *(InProcess.TOKEN.upper(), "x" * 100_000),
            )
        ),
        tokened(rb'"\ud83d"'),
        lambda caller: caller.post_signed(CHALLENGE),
        envelope(type="app_rate_limited", token="zebra"),
        envelope(token="zebra", api_app_id="A0ZEBRA", **ANOTHER_TEAM),
    ],
    Reason.APP: [
        *(envelope(api_app_id=id) for id in ("A0ZEBRA", "a0gopherbot", "")),
        envelope(api_app_id="A0ZEBRA", type="app_rate_limited"),
        envelope(api_app_id="A0ZEBRA", **ANOTHER_TEAM),
        # Of a key given twice, the last one counts.
        lambda caller: caller.post_signed(
            msgspec.json.encode(caller.envelope())[:-1] + b',"api_app_id":"A0ZEBRA"}'
        ),
    ],
    Reason.TEAM: [
        envelope(authorizations=[{"team_id": "T0ZEBRA"}]),
        envelope(authorizations=[{"team_id": "T0ZEBRA"}, {"team_id": "T0GOPHERS"}]),
        envelope(**ANOTHER_TEAM),
        envelope(**ANOTHER_TEAM | {"authorizations": []}),
        envelope(**ANOTHER_TEAM | {"authorizations": [{"team_id": None}]}),
        envelope(**ANOTHER_TEAM, type="app_rate_limited"),
    ],
}
WRONG_TYPES: dict[str, list[object]] = {
    "type": [1, ["event_callback"], {"Zebra": 1}, "", "Zebra", "event_callbac", "EVENT_CALLBACK"],
    "token": [1, {"Zebra": "Zebra"}],
    "api_app_id": [1, ["Zebra"]],
    "team_id": [1, True],
    "event_id": [1, ["Zebra"]],
    "event_time": ["1700000000", 1.5, True, ["Zebra"]],
    "event": ["Zebra", ["Zebra"], 1],
    "authorizations": ["Zebra", {"team_id": "Zebra"}],
}
REQUIRED = ("type", "api_app_id", "event_id", "event_time", "event")
EVENTLESS = (
    b'{"type":"event_callback","api_app_id":"A","team_id":"T","event_id":"E","event_time":1}'
)
NESTED = 100_000
MALFORMED: list[tuple[str, Send]] = [
    *((f"{name}: missing", envelope(**{name: None})) for name in REQUIRED if name != "event"),
    ("event: missing", raw(EVENTLESS)[0]),
    *(
        (f"{name}: missing", lambda c, n=name: c.post_signed(c.envelope() | {n: None}))
        for name in REQUIRED[1:]
    ),
    *(
        (f"{name}: ", envelope(**{name: value}))
        for name, values in WRONG_TYPES.items()
        for value in values
    ),
    *(("event.type: ", envelope(message(type=v))) for v in (1, None, ["message"], {"Zebra": 1})),
    ("event.type: missing", envelope({"ts": "1.0"})),
    *(("authorizations[", envelope(authorizations=[v])) for v in ({"team_id": 5}, "Zebra", 7)),
    ("team_id: missing", envelope(team_id=None, authorizations=None)),
    ("team_id: missing", envelope(team_id=None, authorizations=None, type="app_rate_limited")),
    *(
        ("challenge: ", lambda c, v=v: c.post_signed(CHALLENGE | {"challenge": v}))
        for v in (None, 1, ["Zebra"], {"a": 1})
    ),
    ("challenge: missing", lambda c: c.post_signed({"type": "url_verification"})),
    # The token is looked at only after the fields.
    ("event_id: missing", envelope(token="zebra", event_id=None)),
    ("event_time: ", raw(b'{"type":"event_callback","event_time":1,"event_time":"then"}')[0]),
    *(
        ("the body is not a JSON object", send)
        for send in raw(b"[]", b"[1,2]", b"null", b"true", b"17", b'"Zebra"', b"[" * NESTED)
    ),
    *(
        ("the body is not JSON", send)
        for send in raw(
            *(b"", b"Zebra", b"NaN", b"{", b"}", b"{'type': 'event_callback'}", b"\x00"),
            *(b'{"type":"event_callback",}', b'{"type":NaN}', b'{"type":"event_callback"}{}'),
            *(b'{"type":"event_callback","event_time":NaN}', b'{"type":"event_callback"} Zebra'),
            *(b'{"type":"event_callback","extra":Infinity}', b"type=event_callback"),
            *(b"payload=%7B%7D", b"<event/>", b'\xef\xbb\xbf{"type":"event_callback"}'),
            *(b'{"type":"event_callback","extra":"\x01"}', b" " * MAX_BODY),
            b'{"type":"event_callback","extra":"\\q"}',
        )
    ),
    *(
        ("the body is not UTF-8", send)
        for send in raw(
            *('{"type":"event_callback"}'.encode("utf-16"), b'{"type":"event\xff_callback"}'),
            b'{"type":"event_callback","event":{"type":"message","text":"\xc3\x28"}}',
            b'{"type":"event_callback","extra":"\xed\xa0\x80"}',
        )
    ),
    *(
        ("the body is nested too deeply", send)
        for send in raw(
            *(b'{"a":' * NESTED, b'{"event":' * NESTED + b"{}" + b"}" * NESTED),
            b'{"type":"event_callback","a":' + b"[" * NESTED + b"]" * NESTED + b"}",
        )
    ),
]
ROWS = [
    *((reason, *ANSWERS[reason], send) for reason, each in REFUSED.items() for send in each),
    *((Reason.MALFORMED, 422, (words,), send) for words, send in MALFORMED),
]
ONE_OF_EACH = {reason: (status, send) for reason, status, _, send in reversed(ROWS)}
