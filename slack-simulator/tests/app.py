"""A small app behind the page: it answers, follows edits, and tells the page about itself.

It does what an app with a queue does: it acknowledges first, works in a thread, retries after a
429, looks in the channel's history after a connection that was cut, and posts nothing twice. It
reports each step as a `trace` entry of the feed, and explains itself and its health, as
`slack_simulator/extensions.py` describes.
"""

from __future__ import annotations

import hmac
import queue
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from gateway import Gateway, Received, Reply
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator
from slack_simulator.events.signing import signature
from slack_simulator.workspace.objects import Json

BOT = "<@U0GOPHERBOT>"
COMMANDS = {
    "flip a coin": "heads",
    "go tour": "<https://go.dev/tour/>",
    "avoid gotchas": "Read <https://divan.dev/posts/avoid_gotchas/|how to avoid gotchas>.",
    "slices": "What really happens inside: <https://go.dev/blog/slices-intro>",
    "empty struct": "It takes no memory: <https://dave.cheney.net/2014/03/25/the-empty-struct>",
    "code of conduct": "Be kind: <https://go.dev/conduct>.",
    "go challenges": "Try <https://exercism.org/tracks/go>.",
    "newbie resources": "Start with <https://go.dev/learn/>.",
    "help": "This is what I know.",
}
"""The replies, by command."""
EMOJI = {"spacex": "rocket", "rubberduck": "rubberduck"}
LIST = "\n".join(f"• `{name}`" for name in [*COMMANDS, *map("xkcd:{}".format, range(30))])
SOURCE = "content/answers.toml"
UNADDRESSED = "the bot is not addressed: mention it, or send it a direct message"


@dataclass
class Answer:
    """What a message gets."""

    rules: list[str] = field(default_factory=list)
    emoji: list[str] = field(default_factory=list)
    text: str = ""
    attachments: list[Json] | None = None


def answer(text: str, *, direct: bool) -> Answer:
    """Return what a message gets, by its markup."""
    found = Answer()
    for word, emoji in EMOJI.items():
        if word in text:
            found.rules.append(f"contains:{word}")
            found.emoji.append(emoji)
    asked = text.replace(BOT, "").strip()
    if text.startswith("xkcd:"):
        found.rules, found.text = ["prefix:xkcd:"], "<https://xkcd.com/927>"
    elif (BOT in text or direct) and asked in COMMANDS:
        found.rules.append(f"command:{asked}")
        found.text = COMMANDS[asked]
        if asked == "help":
            found.attachments = [{"text": LIST}]
    return found


class App:
    """The app, behind a simulator and as its extensions; a context manager."""

    def __init__(self, slack: Simulator) -> None:
        self.slack = slack
        self.down: set[str] = set()
        """The parts that don't work."""
        self.last_error: Json | None = None
        self._gateway = Gateway()
        self._gateway.answer = self._receive
        self._events: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._posted: dict[tuple[str, str], tuple[str, str]] = {}
        """Channel and `ts` of each reply, by those of its message."""
        self._done: set[str] = set()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._web = WebClient(
            token="xoxb-simulated", base_url=slack.api_url, timeout=30, retry_handlers=[]
        )

    def __enter__(self) -> Self:
        self._gateway.__enter__()
        self.slack.gateway = self._gateway.url
        self.slack.extensions.explain = self
        self.slack.extensions.health = self.health
        self._thread.start()
        self._log({"actor": "channel_cache"}, "handled", seconds=0.01)
        self._log({"actor": "probe"}, "handled", seconds=0.01)
        self._web.conversations_list()
        return self

    def __exit__(self, *_: object) -> None:
        self._events.put(None)
        self._thread.join()
        self._gateway.__exit__()

    # What it tells about itself.

    def __call__(self, question: Json) -> Json:
        """Explain what a message would get."""
        text = str(question.get("text") or question.get("event", {}).get("text", ""))
        text = text.replace("@gopher", BOT)
        direct = question.get("kind") == "im"
        found = answer(text, direct=direct)
        said = [{"text": found.text, "manner": []}] if found.text else []
        places = [_place(rule) for rule in found.rules]
        asked = text.replace(BOT, "").strip()
        near = [
            _place(f"command:{name}") | {"why": UNADDRESSED}
            for name in COMMANDS
            if not found.rules and asked and asked in name
        ]
        return {
            "addressed": BOT in text or direct,
            "outcomes": [place | {"replies": said, "emoji": found.emoji} for place in places],
            "near": near,
        }

    def version(self) -> str:
        """Return the version of its rules, which never change."""
        return "1"

    def health(self) -> Json:
        """Return the state of its parts."""
        parts = [
            {"name": name, "state": "down", "note": "exited with status 1"}
            if name in self.down
            else {"name": name, "state": "ok", "note": "running"}
            for name in ("gateway", "worker")
        ]
        return {"parts": parts, "last_error": self.last_error}

    # The gateway.

    def _receive(self, received: Received) -> Reply:
        stamp = received.headers["X-Slack-Request-Timestamp"]
        expected = signature("simulated-signing-secret", stamp, received.body)
        if not hmac.compare_digest(expected, received.headers["X-Slack-Signature"]):
            return _refusal(401, "the signature does not match")
        payload = received.payload
        if payload.get("api_app_id") != self.slack.workspace.identity.app_id:
            return _refusal(403, "this is another app's event")
        if not isinstance(payload.get("event_time"), int):
            return _refusal(422, "expected `int`, got `str` - at `$.event_time`")
        self._events.put(payload)
        return Reply()

    # The worker.

    def _work(self) -> None:
        while payload := self._events.get():
            self._handle(payload)

    def _handle(self, payload: Json) -> None:
        event, event_id = payload["event"], payload["event_id"]
        if event["type"] == "app_mention" or event.get("bot_id"):
            return
        about = {"event_id": event_id, "queue": "events"}
        while True:
            began = time.monotonic()
            try:
                rules = self._do(event, event_id, about)
            except SlackApiError as refusal:
                if refusal.response["error"] != "ratelimited":
                    did = [f"rejected reply {refusal.response['error']}"]
                    self._log(about, "handled", outcome="done", rules=["reply"], did=did)
                    return
                delay = float(refusal.response.headers["Retry-After"])
                self._log(about, "will try again", outcome="retry", delay=delay)
                time.sleep(delay)
            except ZeroDivisionError as error:
                why = traceback.format_exc()
                self.last_error = {"at": time.time(), "text": f"worker: rule failed: {why}"}
                self._log(
                    about, "rule failed", rule="command:dice", exception=why, level="error",
                    error=repr(error),
                )  # fmt: skip
                self._log(about, "handled", outcome="done", rules=["command:dice"])
                return
            else:
                seconds = time.monotonic() - began
                self._log(about, "handled", outcome="done", rules=rules, seconds=seconds)
                return

    def _do(self, event: Json, event_id: str, about: Json) -> list[str]:
        match event["type"], event.get("subtype"):
            case "message", None | "file_share":
                return self._answer(event, event_id, about)
            case "message", "message_changed":
                return self._follow(event["channel"], event["message"])
            case "message", "message_deleted":
                return self._follow(event["channel"], {"ts": event["deleted_ts"], "text": ""})
            case "team_join", _:
                user = event["user"]["id"]
                room = self._web.conversations_open(users=user)["channel"]["id"]
                text = "Welcome to the Gophers community! Say hello in <#C029RQSEE>."
                self._post(room, text, {"event_id": event_id, "rule": "team_join:team"}, about)
                return ["team_join:team"]
            case "member_joined_channel", _ if event["channel"] == "C02A8LZKT":
                text = "Welcome to <#C02A8LZKT>: introduce yourself!"
                self._web.chat_postEphemeral(
                    channel=event["channel"], user=event["user"], text=text
                )
                return ["join:newbies"]
        return []

    def _answer(self, event: Json, event_id: str, about: Json) -> list[str]:
        channel, text = event["channel"], event.get("text", "")
        found = answer(text, direct=event.get("channel_type") == "im")
        if text.startswith(f"{BOT} dice"):
            raise ZeroDivisionError("integer division or modulo by zero")
        if event.get("files"):
            found.rules, found.text = ["files"], "It's on the Playground."
        if event_id in self._done:
            return found.rules
        for emoji in found.emoji:
            self._web.reactions_add(channel=channel, timestamp=event["ts"], name=emoji)
        if found.text:
            payload = {"event_id": event_id, "rule": found.rules[-1]}
            ts = self._post(
                channel, found.text, payload, about,
                thread_ts=event.get("thread_ts"), attachments=found.attachments,
            )  # fmt: skip
            self._posted[channel, event["ts"]] = (channel, ts)
        self._done.add(event_id)
        return found.rules

    def _post(
        self, channel: str, text: str, payload: Mapping[str, str], about: Json, **more: Any
    ) -> str:
        metadata = {"event_type": "reply", "event_payload": dict(payload)}
        try:
            posted = self._web.chat_postMessage(
                channel=channel, text=text, metadata=metadata, unfurl_links=True, **more
            )
        except OSError:
            # The connection was cut: the message may stand there.
            found = self._find(channel, payload["event_id"])
            looked = "looked up an effect whose outcome was unknown"
            self._log(about, looked, found=bool(found))
            return found or self._post(channel, text, payload, about, **more)
        return str(posted["ts"])

    def _find(self, channel: str, event_id: str) -> str:
        history = self._web.conversations_history(channel=channel, include_all_metadata=True)
        for message in history["messages"]:
            payload = message.get("metadata", {}).get("event_payload", {})
            if payload.get("event_id") == event_id:
                return str(message["ts"])
        return ""

    def _follow(self, channel: str, message: Json) -> list[str]:
        known = self._posted.get((channel, message["ts"]))
        if known is None:
            return []
        found = answer(message.get("text", ""), direct=False)
        if found.text:
            self._web.chat_update(channel=known[0], ts=known[1], text=found.text)
            return found.rules
        self._web.chat_delete(channel=known[0], ts=known[1])
        del self._posted[channel, message["ts"]]
        return []

    def _log(self, about: Mapping[str, object], event: str, **facts: object) -> None:
        self.slack.feed.append("trace", {"process": "worker", "event": event, **about, **facts})


def _place(rule: str) -> Json:
    name = rule.partition(":")[2]
    line = 1 + 4 * sorted({*COMMANDS, *EMOJI, name}).index(name)
    entry = f'["{name}"]\ntext = "{COMMANDS.get(name, EMOJI.get(name, ""))}"'
    return {"rule": rule, "source": SOURCE, "line": line, "entry": entry}


def _refusal(status: int, why: str) -> Reply:
    return Reply(status, {"Content-Type": "text/plain"}, why.encode())
