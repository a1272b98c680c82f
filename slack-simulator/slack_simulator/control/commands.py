"""The commands of the control API, one function per command.

The class that a function takes defines the fields of its JSON body. Each function returns the
response's fields, or raises `SlackError` or `ValueError`.
"""

import msgspec

from slack_simulator.components import Components
from slack_simulator.services import feeds, gerrit
from slack_simulator.services.service import ServiceFault
from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import AboutMessage, JoinedChannel, JoinedTeam, LeftChannel
from slack_simulator.workspace.objects import Json


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The JSON object that a command takes."""


class Say(Body, kw_only=True):
    """A message. `typed` is what a member types (`@bot help`); `text` is Slack markup.

    `channel` is an ID, a name, or `@NAME` for that member's DM with the bot.
    """

    typed: str = ""
    text: str = ""
    channel: str = "general"
    user: str = "regular"
    thread_ts: str | None = None
    broadcast: bool = False
    ts: str | None = None


class Upload(Body, kw_only=True):
    """A file, with binary content as `content_base64`. Other fields are as in `Say`.

    Without `share`, it isn't posted, as one that a member chooses in a modal.
    """

    name: str
    content: str = ""
    content_base64: bytes = b""
    typed: str = ""
    text: str = ""
    channel: str = "general"
    user: str = "regular"
    thread_ts: str | None = None
    hidden_for: float = 0.0
    share: bool = True


class Join(Body, kw_only=True):
    """`user` joins `channel`, or, without one, a new member `user` joins the workspace."""

    user: str = ""
    channel: str = ""


class Leave(Body, kw_only=True):
    """`user` leaves `channel`."""

    user: str = "newcomer"
    channel: str


class React(Body, kw_only=True):
    """A member adds or removes a reaction."""

    channel: str
    ts: str
    emoji: str
    user: str = "regular"


class Edit(Body, kw_only=True):
    """A message's author, or `user`, edits it. `typed` and `text` are as in `Say`."""

    channel: str
    ts: str
    typed: str = ""
    text: str = ""
    user: str = ""


class Delete(Body, kw_only=True):
    """A message's author, or `user`, deletes it."""

    channel: str
    ts: str
    user: str = ""


class ChangeChannel(Body, kw_only=True):
    """Without `channel`, create the channel `name`. With it, change the given fields."""

    channel: str = ""
    name: str = ""
    purpose: str = ""
    archived: bool | None = None
    deleted: bool = False
    user: str = "moderator"


class ChangeEmoji(Body, kw_only=True):
    """A custom emoji is added, or removed if `added` is false."""

    name: str
    added: bool = True


class TouchChange(Body, kw_only=True):
    """The number of a Gerrit change."""

    number: int


class SetLive(Body, kw_only=True):
    """The state of changelog.com."""

    streaming: bool | msgspec.UnsetType = msgspec.UNSET
    next_episode: gerrit.Moment | msgspec.UnsetType | None = msgspec.UNSET


class PostStatus(Body, kw_only=True):
    """A Mastodon status."""

    text: str = "A new episode"
    created_at: gerrit.Moment | None = None


class FailService(Body, kw_only=True):
    """The fault of a service; None if it works."""

    fault: ServiceFault | None


class SetTopic(Body, kw_only=True):
    """A member sets the topic or the purpose of a channel."""

    channel: str
    topic: str | None = None
    purpose: str | None = None
    user: str = "regular"


class Empty(Body, kw_only=True):
    """An empty object."""


LONGEST = 40_000
"""Characters of a message."""


def say(components: Components, said: Say) -> Json:
    """Post a message as a member."""
    if len(said.typed or said.text) > LONGEST:
        raise ValueError(f"a message has at most {LONGEST:,} characters")
    posted = components.workspace.say(
        _text(components, said),
        _channel(components, said),
        said.user,
        thread_ts=said.thread_ts,
        broadcast=said.broadcast,
        ts=said.ts,
    )
    return _outcome(posted)


def upload(components: Components, file: Upload) -> Json:
    """Upload a file as a member."""
    if not file.share:
        content = file.content_base64 or file.content.encode()
        made = components.workspace.add_file(
            file.name, content, components.workspace.user(file.user)
        )
        url = components.web_api.files_url
        return {"file": shapes.file(components.identity, made, files_url=url)}
    posted = components.workspace.upload(
        file.content_base64 or file.content,
        file.name,
        _channel(components, file),
        file.user,
        text=_text(components, file),
        hidden_for=file.hidden_for,
        thread_ts=file.thread_ts,
    )
    return _outcome(posted) | {"file": posted.message.files[0].id}


def _text(components: Components, said: Say | Upload | Edit) -> str:
    return components.workspace.compose(said.typed) if said.typed else said.text


def _channel(components: Components, said: Say | Upload) -> str:
    workspace = components.workspace
    if said.channel.startswith("@"):
        return workspace.open_dm(workspace.user(said.channel[1:]), components.bot).id
    return said.channel


def join(components: Components, joining: Join) -> Json:
    """Add a member to a channel, or a new member to the workspace."""
    if joining.channel:
        user = joining.user or "newcomer"
        return _outcome(components.workspace.join_channel(joining.channel, user))
    return _outcome(components.workspace.join_team(joining.user))


def leave(components: Components, leaving: Leave) -> Json:
    """Remove a member from a channel. As in Slack, it isn't an error if it isn't in it."""
    left = components.workspace.leave_channel(leaving.channel, leaving.user)
    return _outcome(left) if left else {"event_ids": []}


def react(components: Components, reaction: React) -> Json:
    """Add a reaction as a member."""
    workspace = components.workspace
    return _outcome(workspace.react(reaction.channel, reaction.ts, reaction.emoji, reaction.user))


def unreact(components: Components, reaction: React) -> Json:
    """Remove a reaction as a member."""
    workspace = components.workspace
    return _outcome(workspace.unreact(reaction.channel, reaction.ts, reaction.emoji, reaction.user))


def edit(components: Components, wanted: Edit) -> Json:
    """Edit a message as a member."""
    workspace = components.workspace
    user = wanted.user or _author(components, wanted)
    return _outcome(workspace.edit(wanted.channel, wanted.ts, _text(components, wanted), user))


def delete(components: Components, wanted: Delete) -> Json:
    """Delete a message as a member."""
    user = wanted.user or _author(components, wanted)
    return _outcome(components.workspace.delete(wanted.channel, wanted.ts, user))


def _author(components: Components, wanted: Edit | Delete) -> str:
    conversation = components.workspace.conversation(wanted.channel)
    return components.workspace.message(conversation.id, wanted.ts).user or ""


def change_channel(components: Components, wanted: ChangeChannel) -> Json:
    """Create, delete, archive or rename a channel."""
    workspace, user = components.workspace, wanted.user
    if not wanted.channel:
        made = workspace.add_channel(wanted.name, purpose=wanted.purpose, user=user)
        return {"channel": made.id}
    id = workspace.conversation(wanted.channel).id
    if wanted.name:
        workspace.rename_channel(id, wanted.name, user)
    if wanted.archived is not None:
        workspace.archive_channel(id, archived=wanted.archived, user=user)
    if wanted.deleted:
        workspace.delete_channel(id, user)
    return {"channel": id}


def change_emoji(components: Components, wanted: ChangeEmoji) -> Json:
    """Add or remove a custom emoji."""
    return {"event_ids": components.workspace.add_emoji(wanted.name, added=wanted.added).event_ids}


def _outcome(change: AboutMessage | JoinedTeam | JoinedChannel | LeftChannel) -> Json:
    answer: Json = {"event_ids": change.event_ids}
    if not isinstance(change, AboutMessage):
        answer["user"] = change.user.id
    if not isinstance(change, JoinedTeam):
        answer |= {"channel": change.conversation.id, "ts": change.ts}
    return answer


def set_topic(components: Components, wanted: SetTopic) -> Json:
    """Set the topic or the purpose of a channel as a member."""
    workspace, channel = components.workspace, wanted.channel
    if wanted.topic is not None:
        workspace.set_topic(channel, wanted.topic, wanted.user)
    if wanted.purpose is not None:
        workspace.set_purpose(channel, wanted.purpose, wanted.user)
    return {"channel": workspace.conversation(channel).id}


def add_traces(components: Components, traces: Json | list[Json]) -> Json:
    """Add another process's traces to the feed."""
    for trace in traces if isinstance(traces, list) else [traces]:
        components.feed.append("trace", trace)
    return {"seq": components.feed.seq}


def merge_change(components: Components, change: gerrit.Change) -> Json:
    """Merge a Gerrit change."""
    components.services.gerrit.add(change)
    return {"number": change.number}


def touch_change(components: Components, touch: TouchChange) -> Json:
    """Move a Gerrit change to the top of the list."""
    if touch.number not in components.services.gerrit.changes:
        raise ValueError(f"there is no change {touch.number}; merge it first")
    components.services.gerrit.touch(touch.number)
    return {"number": touch.number}


def set_live(components: Components, air: SetLive) -> Json:
    """Set what the simulated changelog.com reports."""
    changelog = components.services.changelog
    if air.streaming is not msgspec.UNSET:
        changelog.streaming = air.streaming
    if air.next_episode is not msgspec.UNSET:
        changelog.next_episode = air.next_episode
    return {"streaming": changelog.streaming, "next_episode": changelog.next_episode}


def post_status(components: Components, status: PostStatus) -> Json:
    """Post a status as Go Time's account."""
    mastodon = components.services.mastodon
    posted = mastodon.post(status.text, created_at=status.created_at)
    return {"id": posted.id, "url": mastodon.address(posted)}


def publish(components: Components, item: feeds.Item) -> Json:
    """Publish an item in a site's feed."""
    item.feed = item.feed.removeprefix("https://").removeprefix("http://")
    made = components.services.feeds.add(item)
    return {"id": made.id, "link": made.link}


def fail_service(components: Components, name: str, wanted: FailService) -> Json:
    """Make a service fail, or work again."""
    for service in components.services:
        if service.name == name:
            service.set_fault(wanted.fault)
            return {"service": name, "fault": wanted.fault}
    names = ", ".join(service.name for service in components.services)
    raise ValueError(f"there is no service {name}; there are {names}")
