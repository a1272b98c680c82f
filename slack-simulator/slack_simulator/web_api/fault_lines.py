"""Faults as lines of text, and named sets of them.

A line is `CALLS KIND DETAILS`. The calls are those of a method (chat.postMessage), of a family
(chat.*) or all (*):

    chat.postMessage ratelimited 30s
    chat.* 503 3 times
    * slow 2s always
    chat.postMessage lost in general
    users.info error user_not_found for U0REGULAR
    chat.postMessage cut after 5

The kinds are 429 or ratelimited, a status from 500 to 599, slow, cut (before the call is executed),
lost (executed, no answer), halfway (executed, half of the answer), garbled (a web page) and
error CODE. Details are a time (30s), `twice`, `N times`, `always`, `after N`, `in CHANNEL` and
`for USER`. A fault applies once unless it says otherwise.

A line that begins with `event TYPE` makes events go astray: lost, twice, or late by a time.

    event message late 30s 3 times
    event reaction_added lost always
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from slack_simulator.events.event_faults import EventFault
from slack_simulator.web_api.faults import Fault

_KINDS: Final = {
    "429": "ratelimited",
    "ratelimited": "ratelimited",
    "slow": "slow",
    "cut": "cut_before",
    "lost": "cut_after",
    "halfway": "cut_during",
    "garbled": "wrong_content_type",
    "error": "error",
}
_TIMES: Final = {"once": 1, "twice": 2, "always": None}
_FIELDS: Final = {"after": "skip", "in": "channel", "for": "user"}
_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)s")

#: Named sets: what happens to apps at the same time, when Slack has a bad day.
SETS: Final = {
    "rush hour": ("chat.postMessage ratelimited 5s 5 times", "* slow 1s 20 times"),
    "deploy": ("* cut 3 times", "* 503 3 times"),
    "lost answers": ("chat.postMessage lost 2 times", "chat.update lost", "reactions.add lost"),
    "worst day": (
        "chat.postMessage lost twice",
        "chat.postMessage ratelimited 2s 3 times",
        "chat.* 503 twice",
        "conversations.* garbled",
        "* halfway after 3",
        "* slow 2s 10 times",
        "event * twice",
        "event * late 5s twice",
    ),
}


def fault_of(line: str) -> Fault | EventFault:
    """Return the fault that a line describes. Raise `ValueError`, which says what is wrong."""
    if not line.strip():
        raise ValueError("the fault is empty: write one like `chat.postMessage ratelimited 30s`")
    method, *words = line.split()
    if method == "event" and words:
        return _event_fault(words, line)
    if not words:
        raise ValueError(f"{line!r} names no kind of fault, as in `{method} slow 2s`")
    kind, *details = words
    rest = iter(details)
    fields: dict[str, Any] = {"method": method}
    if kind.isdecimal() and 500 <= int(kind) <= 599:
        fields |= {"kind": "server_error", "status": int(kind)}
    elif kind in _KINDS:
        fields["kind"] = _KINDS[kind]
    else:
        kinds = ", ".join(_KINDS)
        raise ValueError(f"{kind!r} is no kind of fault; write one of 500 to 599, {kinds}")
    if kind == "error":
        fields["error"] = _next(rest, "error", line)
    for word in rest:
        fields |= _detail(word, rest, fields["kind"], line)
    return Fault(**fields)


def _event_fault(words: list[str], line: str) -> EventFault:
    event, *details = words
    rest = iter(details)
    kind = _next(rest, event, line)
    if kind not in {"lost", "twice", "late"}:
        raise ValueError(f"events are lost, twice or late, not {kind!r}")
    fields: dict[str, Any] = {"event": event, "kind": kind}
    for word in rest:
        fields |= _detail(word, rest, kind, line)
    if fields.keys() - {"event", "kind", "times", "seconds"}:
        raise ValueError(f"events in {line!r} can only have a time and a number of times")
    return EventFault(**fields)


def faults_of(text: str) -> list[Fault | EventFault]:
    """Return the faults of a named set, or the one that a line describes. Raise `ValueError`."""
    return [fault_of(line) for line in SETS.get(text, (text,))]


def _detail(word: str, rest: Iterator[str], kind: str, line: str) -> dict[str, Any]:
    if seconds := _SECONDS.fullmatch(word):
        time = float(seconds[1])
        return {"retry_after": int(time)} if kind == "ratelimited" else {"seconds": time}
    if word.isdecimal():
        if next(rest, "") not in {"time", "times"}:
            raise ValueError(f"write `{word}s` for a time, `{word} times` for a number in {line!r}")
        if not int(word):
            raise ValueError(f"a fault applies one or more times, not {word} in {line!r}")
        return {"times": int(word)}
    if word in _TIMES:
        return {"times": _TIMES[word]}
    if word in _FIELDS:
        value = _next(rest, word, line).removeprefix("#")
        return {_FIELDS[word]: int(value) if word == "after" else value}
    raise ValueError(f"{word!r} in {line!r} is neither a time nor a number of times nor a place")


def _next(rest: Iterator[str], word: str, line: str) -> str:
    following = next(rest, None)
    if following is None:
        raise ValueError(f"something is missing after {word!r} in {line!r}")
    return following
