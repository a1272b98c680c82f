"""The format of scenarios, and the recorder that makes one from the feed."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from slack_simulator.feed.feed import Entry
from slack_simulator.interactivity.values import Choice
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.workspace import Workspace

_BOT_POST = "bot:"


class Action(msgspec.Struct, kw_only=True, tag_field="do", omit_defaults=True):
    """An action, `at` seconds after the scenario's start.

    Channels and users are names; `@user` is that member's DM with the bot. A `ts` refers to a
    message of the scenario, where `bot:0` is the bot's first one.
    """

    at: float


class Say(Action, tag="say", kw_only=True):
    """`user` posts `text`, which is Slack markup, and optionally a file."""

    user: str
    channel: str
    text: str
    ts: str
    thread_ts: str | None = None
    broadcast: bool = False
    file_name: str = ""
    file_content: bytes = b""


class Edit(Action, tag="edit", kw_only=True):
    """`user` edits a message."""

    user: str
    channel: str
    ts: str
    text: str


class Delete(Action, tag="delete", kw_only=True):
    """`user` deletes a message."""

    user: str
    channel: str
    ts: str


class React(Action, tag="react", kw_only=True):
    """`user` adds a reaction, or removes it if `removed`."""

    user: str
    channel: str
    ts: str
    emoji: str
    removed: bool = False


class JoinTeam(Action, tag="join_team", kw_only=True):
    """A new member joins the workspace. `id` is the ID from the recording."""

    name: str
    id: str


class JoinChannel(Action, tag="join_channel", kw_only=True):
    """`user` joins a channel."""

    user: str
    channel: str


class LeaveChannel(Action, tag="leave_channel", kw_only=True):
    """`user` leaves a channel."""

    user: str
    channel: str


class Command(Action, tag="command", kw_only=True):
    """`user` writes a slash command, with its slash."""

    user: str
    channel: str
    text: str


class Shortcut(Action, tag="shortcut", kw_only=True):
    """`user` starts a shortcut: with `ts` one of a message, else a global one."""

    user: str
    callback_id: str
    channel: str = ""
    ts: str = ""


class Click(Action, tag="click", kw_only=True):
    """`user` uses an element of a message, or of the view with that `callback_id`.

    `element`, `choose` and `number` are those of `slack.click`.
    """

    user: str
    element: str
    choose: Choice = None
    number: int = 0
    channel: str = ""
    ts: str = ""
    view: str = ""


class Submit(Action, tag="submit", kw_only=True):
    """`user` submits the modal with that `callback_id`. `fields` are those of `slack.submit`."""

    user: str
    view: str
    fields: dict[str, Choice] = {}


class Close(Action, tag="close", kw_only=True):
    """`user` closes the modal with that `callback_id`, or with `everything` the whole stack."""

    user: str
    view: str
    everything: bool = False


class Fault(Action, tag="fault", kw_only=True):
    """Slack fails as `line` says; see `fault_lines.py`."""

    line: str


class Deliver(Action, tag="deliver", kw_only=True):
    """An event is delivered without a change in the workspace."""

    event: Json


class Scenario(msgspec.Struct, kw_only=True):
    """The actions of members, in order."""

    version: int = 1
    actions: list[
        Say
        | Edit
        | Delete
        | React
        | JoinTeam
        | JoinChannel
        | LeaveChannel
        | Command
        | Shortcut
        | Click
        | Submit
        | Close
        | Deliver
        | Fault
    ] = []

    @staticmethod
    def load(path: Path | str) -> "Scenario":
        """Read a scenario file. Raise `ValueError`, which says what is wrong with it."""
        return Scenario.decode(Path(path).read_bytes())

    @staticmethod
    def decode(content: bytes) -> "Scenario":
        """Read a file's content. Raise `ValueError`, which says what is wrong with it."""
        scenario = _DECODER.decode(content)
        if scenario.version != 1:
            raise ValueError(f"scenario version {scenario.version} isn't supported; expected 1")
        return scenario

    def save(self, path: Path | str) -> None:
        """Write a scenario file."""
        Path(path).write_bytes(self.encode())

    def encode(self) -> bytes:
        """Return the content of a scenario file: indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


# Made before any thread decodes; see `control.py`.
_DECODER = msgspec.json.Decoder(Scenario)


def of_entries(entries: Iterable[Entry], workspace: Workspace) -> Scenario:
    """Return the scenario recorded in entries of the feed."""
    recorder = _Recorder(workspace)
    for entry in entries:
        recorder.take(entry)
    return Scenario(actions=recorder.actions)


class _Recorder:
    def __init__(self, workspace: Workspace) -> None:
        self.actions: list[Any] = []
        self._workspace = workspace
        self._bot_posts: dict[str, str] = {}
        self._start: float | None = None

    def take(self, entry: Entry) -> None:
        if entry.kind in {"message", "ephemeral"} and entry["by_bot"]:
            self._bot_posts[entry["message"]["ts"]] = f"{_BOT_POST}{len(self._bot_posts)}"
        elif entry.kind in _MAKERS and not entry.get("by_bot"):
            self._start = entry.at if self._start is None else self._start
            action = _MAKERS[entry.kind](self, entry, round(entry.at - self._start, 3))
            if action is not None:
                self.actions.append(action)

    def _said(self, entry: Entry, at: float) -> Say | None:
        shape = entry["message"]
        if shape.get("bot_id"):
            return None
        files = [self._workspace.files[file["id"]] for file in shape.get("files", ())]
        thread_ts = shape.get("thread_ts")
        return Say(
            at=at,
            user=self._user(shape["user"]),
            channel=self._channel(entry["channel"]),
            text=shape["text"],
            ts=shape["ts"],
            thread_ts=None if thread_ts == shape["ts"] else self._ts(thread_ts),
            broadcast=shape.get("subtype") == "thread_broadcast",
            file_name=files[0].name if files else "",
            file_content=files[0].content if files else b"",
        )

    def _edited(self, entry: Entry, at: float) -> Edit | Delete:
        shape = entry["message"]
        where = {"channel": self._channel(entry["channel"]), "ts": self._ts(shape["ts"])}
        user = self._user(entry["user"])
        if shape.get("subtype") == "tombstone":
            return Delete(at=at, user=user, **where)
        return Edit(at=at, user=user, text=shape["text"], **where)

    def _deleted(self, entry: Entry, at: float) -> Delete:
        channel, ts = self._channel(entry["channel"]), self._ts(entry["ts"])
        return Delete(at=at, user=self._user(entry["user"]), channel=channel, ts=ts)

    def _reacted(self, entry: Entry, at: float) -> React:
        return React(
            at=at,
            user=self._user(entry["user"]),
            channel=self._channel(entry["channel"]),
            ts=self._ts(entry["ts"]),
            emoji=entry["emoji"],
            removed=entry.kind == "reaction_removed",
        )

    def _joined_team(self, entry: Entry, at: float) -> JoinTeam:
        return JoinTeam(at=at, name=entry["user"]["name"], id=entry["user"]["id"])

    def _joined_channel(self, entry: Entry, at: float) -> JoinChannel:
        channel = self._channel(entry["channel"])
        return JoinChannel(at=at, user=self._user(entry["user"]), channel=channel)

    def _left_channel(self, entry: Entry, at: float) -> LeaveChannel:
        channel = self._channel(entry["channel"])
        return LeaveChannel(at=at, user=self._user(entry["user"]), channel=channel)

    def _used(self, entry: Entry, at: float) -> Action:
        what = {name: value for name, value in entry.facts.items() if name not in {"app", "do"}}
        what["user"] = self._user(what["user"])
        if "channel" in what:
            what["channel"] = self._channel(what["channel"])
        if "ts" in what:
            what["ts"] = self._ts(what["ts"])
        return _USED[entry["do"]](at=at, **what)

    def _delivered(self, entry: Entry, at: float) -> Deliver:
        return Deliver(at=at, event=entry["event"])

    def _ts(self, ts: str | None) -> Any:
        return self._bot_posts.get(ts or "", ts)

    def _user(self, user_id: str) -> str:
        return self._workspace.user(user_id).name

    def _channel(self, channel: str) -> str:
        conversation = self._workspace.conversation(channel)
        if conversation.kind != "im":
            return conversation.name or conversation.id
        others = [member for member in conversation.members if member != self._workspace.bot.id]
        return f"@{self._user(others[0])}"


_MAKERS = {
    "message": _Recorder._said,
    "message_changed": _Recorder._edited,
    "message_deleted": _Recorder._deleted,
    "reaction": _Recorder._reacted,
    "reaction_removed": _Recorder._reacted,
    "team_join": _Recorder._joined_team,
    "channel_join": _Recorder._joined_channel,
    "channel_leave": _Recorder._left_channel,
    "used": _Recorder._used,
    "event": _Recorder._delivered,
}
_USED: dict[str, Callable[..., Action]] = {
    "command": Command,
    "shortcut": Shortcut,
    "click": Click,
    "submit": Submit,
    "close": Close,
}
