"""Makes events as Slack sends them: distinct, dated now, signed, ready for a socket.

Chatter is what members say to each other all day; no rule fires for it. A command is answered.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from slack_simulator.events.signing import signed_headers

SECRET = "simulated-signing-secret"
APP_ID = "A0GOPHERBOT"
TEAM_ID = "T0GOPHERS"
BOT_USER = "U0GOPHERBOT"
CHANNEL = "C029RQSEE"
COMMAND = f"<@{BOT_USER}> flip a coin"

CHATTER = (
    "does anyone know why my goroutine never returns from that channel read?",
    "I think you forgot to close the response body, that would explain the leak",
    "morning all",
    (
        "we moved from one big mutex to a channel per shard and it got slower, which surprised me "
        "since contention was what showed up first when we looked at the profile last week"
    ),
    "yes",
    "that worked, many people told me it would not",
    (
        "is there a way to embed an interface and only override two of its methods in the test? "
        "I have something with fourteen of them and writing them all out makes it hard to read"
    ),
    "lunch",
    "I would keep the error wrapping at the boundary of the package and not in every function",
    "our build went from six minutes to forty seconds after somebody looked at the cache keys",
    "can you post the stack trace? without it we are guessing",
    "no idea, but the release notes mention a change in how timers are collected",
    "it depends on how many of them are alive at the same time, have you measured that?",
    "the linter complains about a shadowed err in line 40 and I can not see where it would matter",
    "a pointer receiver would let you mutate it, the value receiver works on a copy",
    (
        "right, so the slice header is copied but the backing array is the same one, which is why "
        "the caller sees the first change and not the second, after append had to make a new one"
    ),
    "see you tomorrow",
    "what do you all use for configuration these days, flags or the environment?",
    "thx",
    "could be the race detector that makes it slow, try the same without it and compare",
)

_run = uuid4().hex[:8].upper()
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its id, and the body that Slack posts."""

    id: str
    body: bytes


def events(count: int, *, commands_every: int = 0, ahead: float = 0.0) -> Iterator[Event]:
    """Yield `count` events, every n-th a command (0 for none), dated `ahead` seconds from now."""
    for number in range(1, count + 1):
        command = commands_every and number % commands_every == 0
        yield event(COMMAND if command else CHATTER[number % len(CHATTER)], ahead=ahead)


def event(text: str, *, ahead: float = 0.0) -> Event:
    """Make a message in a public channel."""
    number = next(_numbers)
    id = f"Ev{_run}{number:08d}"
    now = time.time() + ahead
    ts = f"{now:.6f}"
    body = {
        "token": "a-legacy-token",
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": {
            "client_msg_id": f"9a3b6c1e-0d5e-4b11-8a25-{number:012x}",
            "type": "message",
            "text": text,
            "user": "U0REGULAR",
            "ts": ts,
            "team": TEAM_ID,
            "blocks": [_rich_text(text)],
            "channel": CHANNEL,
            "event_ts": ts,
            "channel_type": "channel",
        },
        "type": "event_callback",
        "event_id": id,
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMEdPUEhFUlMiLCJhaWQiOiJBMEdPUEhFUiJ9",
    }
    return Event(id, msgspec.json.encode(body))


def edit(question: Event, text: str) -> Event:
    """Make an edit, dated now, of a message that `event` made."""
    envelope = msgspec.json.decode(question.body)
    before = envelope["event"]
    number = next(_numbers)
    now = f"{time.time():.6f}"
    edited = {"user": before["user"], "ts": f"{now.partition('.')[0]}.000000"}
    place = {name: before.pop(name) for name in ("channel", "channel_type")}
    del before["event_ts"]
    envelope["event_id"] = id = f"Ev{_run}{number:08d}"
    envelope["event"] = place | {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "ts": now,
        "event_ts": now,
        "message": before | {"text": text, "blocks": [_rich_text(text)], "edited": edited},
        "previous_message": before,
    }
    return Event(id, msgspec.json.encode(envelope))


def request(event: Event) -> bytes:
    """Return the whole HTTP request for an event, signed now."""
    headers = {
        "Host": "127.0.0.1",
        **signed_headers(SECRET, event.body),
        "Content-Length": str(len(event.body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /slack/event HTTP/1.1\r\n{lines}\r\n".encode() + event.body


def _rich_text(text: str) -> dict[str, object]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": "a1b2", "elements": [section]}
