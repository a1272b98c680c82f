"""A trace as a web page of one file: what happened, with every raw request and response.

It needs no simulator and no network, and can be passed on.
"""

import html
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from slack_simulator.components import Components
from slack_simulator.feed.feed import Entry
from slack_simulator.members.transcript import transcript
from slack_simulator.workspace.objects import Json

_STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
summary, .row { padding: .2rem .5rem; } summary { cursor: pointer; }
details, .row { border-bottom: 1px solid #8884; }
.bad { color: light-dark(#b3261e, #f2a09a); font-weight: 600; }
time, .kind { display: inline-block; opacity: .7; } time { width: 7rem; } .kind { width: 9rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .75rem; }
"""


def save(components: Components, path: Path | str, title: str = "") -> None:
    """Write the trace file. Tokens are masked in it."""
    Path(path).write_text(page(components, title), encoding="utf-8")


def page(components: Components, title: str = "") -> str:
    """Return the trace as a web page."""
    entries = components.feed.after()
    heading = html.escape(title or f"A trace of {components.identity.bot_name}")
    start = entries[0].at if entries else time.time()
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(start))
    conversation = html.escape(transcript(components))
    rows = "\n".join(_row(components, entry, entry.at - start) for entry in entries)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{heading}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{heading}</h1><p>Began {began} UTC.</p>"
        f"<h2>The conversation</h2><pre>{conversation}</pre>"
        f"<h2>Everything that happened</h2>\n{rows}\n</body></html>\n"
    )


def _row(components: Components, entry: Entry, at: float) -> str:
    words, failed = _words(entry)
    mark = ' class="bad"' if failed else ""
    line = (
        f'<time>{at:.3f} s</time> <span class="kind">{html.escape(entry.kind)}</span> '
        f"<span{mark}>{html.escape(words)}</span>"
    )
    exchange = components.feed.exchanges.get(entry.get("exchange") or 0)
    raw = "".join(_raw(exchange.as_dict())) if exchange is not None else _json(entry.facts)
    return f"<details><summary>{line}</summary><pre>{raw}</pre></details>"


def _words(entry: Entry) -> tuple[str, bool]:
    """Return an entry in a line, and whether something failed."""
    error = str(entry.get("error") or "")
    failed = bool(error) or (entry.kind == "api_call" and entry["http_status"] != 200)
    if entry.kind in _LINES:
        return f"{_LINES[entry.kind](entry)} {error}".strip(), failed
    return ", ".join(f"{name}: {value}" for name, value in entry.facts.items())[:200], failed


def _said(entry: Entry) -> str:
    message = entry["message"]
    author = message.get("username") or message.get("user") or message.get("bot_id")
    return f"#{entry['channel_name']} {author}: {message['text']}"


def _called(entry: Entry) -> str:
    hint = f" ({entry['hint']})" if entry["hint"] else ""
    return f"{entry['method']} {entry['http_status'] or 'connection cut'}{hint}"


_LINES: dict[str, Callable[[Entry], str]] = {
    "message": _said,
    "ephemeral": _said,
    "message_changed": _said,
    "api_call": _called,
    "reaction": lambda entry: f"{entry['user']} :{entry['emoji']}: {entry['channel']}",
    "delivery": lambda e: f"{e['event_type']} → {e['gateway']}, attempt {e['attempt']}",
    "acknowledged": lambda e: f"{e['event_type']} ← {e['status']} in {e['seconds']:.3f} s",
    "interaction": lambda entry: f"{entry['type']} by {entry['user']}",
    "view": lambda entry: f"{entry['action']} for {entry['user']}",
}


def _raw(exchange: Any) -> Iterator[str]:
    request, response = exchange["request"], exchange["response"]
    yield html.escape(f"{request['method']} {request['url']}\n")
    yield from _message(request)
    if response is None:
        yield "\n\nNo response."
    else:
        yield f"\n\n{response['status']}\n"
        yield from _message(response)


def _message(message: Json) -> Iterator[str]:
    yield from (html.escape(f"{name}: {value}\n") for name, value in message["headers"].items())
    yield html.escape(f"\n{message['body']}")


def _json(facts: Json) -> str:
    return html.escape(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())
