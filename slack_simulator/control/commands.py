"""What other processes can have done, one function per command of the control API.

The class that a function takes says which fields its JSON body has. Each returns the answer's
fields, or raises SlackError or ValueError.
"""

import msgspec

from slack_simulator.control import settings
from slack_simulator.parts import Parts
from slack_simulator.services import gerrit
from slack_simulator.services.service import Trouble
from slack_simulator.web_api.faults import Fault
from slack_simulator.workspace import composing
from slack_simulator.workspace.changes import JoinedChannel, JoinedTeam, Posted, Reacted
from slack_simulator.workspace.objects import Json


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The JSON object a command takes."""


class Say(Body, kw_only=True):
    """`typed` is what a member types (`@gopher help`); `text` is Slack's markup as it is.

    `channel` is an id, a name, or a user's name with `@` for that member's DM with the bot.
    """

    typed: str = ""
    text: str = ""
    channel: str = "general"
    user: str = "regular"
    thread_ts: str | None = None
    broadcast: bool = False
    ts: str | None = None


class Upload(Body, kw_only=True):
    """A file; bytes come in base64 as `content_base64`. The rest is as in Say."""

    name: str
    content: str = ""
    content_base64: bytes = b""
    typed: str = ""
    text: str = ""
    channel: str = "general"
    user: str = "regular"
    thread_ts: str | None = None
    hidden_for: float = 0.0


class Join(Body, kw_only=True):
    """With `channel`, member `user` joins it; without, someone new called `user` joins the team."""

    user: str = ""
    channel: str = ""


class React(Body, kw_only=True):
    """A member puts an emoji on a message."""

    channel: str
    ts: str
    emoji: str
    user: str = "regular"


class Touch(Body, kw_only=True):
    """The number of a Gerrit change."""

    number: int


class Air(Body, kw_only=True):
    """What is on changelog.com."""

    streaming: bool | msgspec.UnsetType = msgspec.UNSET
    next_episode: gerrit.Moment | msgspec.UnsetType | None = msgspec.UNSET


class Toot(Body, kw_only=True):
    """A Mastodon status."""

    text: str = "A new episode"
    created_at: gerrit.Moment | None = None


class Ailment(Body, kw_only=True):
    """What is wrong with a service; null if nothing."""

    trouble: Trouble | None


class Nothing(Body, kw_only=True):
    """An empty object."""


def say(parts: Parts, said: Say) -> Json:
    """A member says something."""
    posted = parts.workspace.say(
        _text(parts, said),
        _channel(parts, said),
        said.user,
        thread_ts=said.thread_ts,
        broadcast=said.broadcast,
        ts=said.ts,
    )
    return _told(posted)


def upload(parts: Parts, file: Upload) -> Json:
    """A member uploads a file."""
    posted = parts.workspace.upload(
        file.content_base64 or file.content,
        file.name,
        _channel(parts, file),
        file.user,
        text=_text(parts, file),
        hidden_for=file.hidden_for,
        thread_ts=file.thread_ts,
    )
    return _told(posted) | {"file": posted.message.files[0].id}


def _text(parts: Parts, said: Say | Upload) -> str:
    return composing.markup(parts.workspace, said.typed) if said.typed else said.text


def _channel(parts: Parts, said: Say | Upload) -> str:
    workspace = parts.workspace
    if said.channel.startswith("@"):
        return workspace.open_dm(workspace.user(said.channel[1:])).id
    return said.channel


def join(parts: Parts, joining: Join) -> Json:
    """Somebody comes."""
    if joining.channel:
        user = joining.user or "newcomer"
        return _told(parts.workspace.join_channel(joining.channel, user))
    return _told(parts.workspace.join_team(joining.user or "gopherling"))


def react(parts: Parts, reaction: React) -> Json:
    """A member reacts."""
    workspace = parts.workspace
    return _told(workspace.react(reaction.channel, reaction.ts, reaction.emoji, reaction.user))


def _told(change: Posted | JoinedTeam | JoinedChannel | Reacted) -> Json:
    answer: Json = {"event_ids": change.event_ids}
    if isinstance(change, JoinedTeam | JoinedChannel):
        answer["user"] = change.user.id
    if not isinstance(change, JoinedTeam):
        answer |= {"channel": change.conversation.id, "ts": change.ts}
    return answer


def add_fault(parts: Parts, fault: Fault) -> Json:
    """Have something go wrong."""
    parts.faults.add(fault)
    return list_faults(parts)


def clear_faults(parts: Parts, _: Nothing) -> Json:
    """Have nothing go wrong."""
    parts.faults.clear()
    return list_faults(parts)


def list_faults(parts: Parts) -> Json:
    """What can still go wrong."""
    return {"faults": parts.faults.list()}


def change_settings(parts: Parts, wanted: settings.Settings) -> Json:
    """Set what is given; the rest stays."""
    settings.apply(parts, wanted)
    return {"settings": settings.current(parts)}


def add_traces(parts: Parts, traces: Json | list[Json]) -> Json:
    """Take note of what another process says it did."""
    for trace in traces if isinstance(traces, list) else [traces]:
        parts.feed.append("trace", trace)
    return {"seq": parts.feed.seq}


def merge_change(parts: Parts, change: gerrit.Change) -> Json:
    """A Gerrit change is merged, as given."""
    parts.services.gerrit.add(change)
    return {"number": change.number}


def touch_change(parts: Parts, touch: Touch) -> Json:
    """A Gerrit change becomes the newest of its list again."""
    if touch.number not in parts.services.gerrit.changes:
        raise ValueError(f"there is no change {touch.number}; merge it first")
    parts.services.gerrit.touch(touch.number)
    return {"number": touch.number}


def go_on_air(parts: Parts, air: Air) -> Json:
    """Set what changelog.com says."""
    changelog = parts.services.changelog
    if air.streaming is not msgspec.UNSET:
        changelog.streaming = air.streaming
    if air.next_episode is not msgspec.UNSET:
        changelog.next_episode = air.next_episode
    return {"streaming": changelog.streaming, "next_episode": changelog.next_episode}


def toot(parts: Parts, status: Toot) -> Json:
    """Go Time's account posts a status."""
    mastodon = parts.services.mastodon
    posted = mastodon.post(status.text, created_at=status.created_at)
    return {"id": posted.id, "url": mastodon.address(posted)}


def trouble_service(parts: Parts, name: str, ailment: Ailment) -> Json:
    """Have one service fail, or work again."""
    for service in parts.services:
        if service.name == name:
            service.trouble(ailment.trouble)
            return {"service": name, "trouble": ailment.trouble}
    names = ", ".join(service.name for service in parts.services)
    raise ValueError(f"there is no service {name}; there are {names}")
