"""Makes the simulated Slack's initial workspace: the Gophers', or one for other content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from gopherbot import table
from gopherbot.rulebook.schema import Data
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.slack.events import INTERACTIVITY_PATH
from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import (
    AppSetup,
    ChannelSetup,
    Idea,
    PageSetup,
    Shortcut,
    WorkspaceSetup,
)

EMOJI: Final = {path.stem: path for path in (Path(__file__).parent / "emoji").glob("*.svg")}
"""Our own drawings, by name."""

_PUBLIC: Final = (
    ("C02A8LZKT", "newbies", "Learning together"),
    ("C0F1752BB", "gotimefm", "The podcast"),
    ("C029RQSEU", "jobs", "Work with Go"),
    ("C9BMAAFFB", "modules", "Modules and versions"),
    ("C02AKSKGV", "reviews", "Code review"),
    ("C04EP7KMW", "showandtell", "What you made"),
    ("C052CAJ5L", "aws", "Go on AWS"),
    ("C0U4BG9V3", "bbq", "Go at the grill"),
    ("C046ZM4TC", "devops", "Running things"),
    ("C0VP8EF3R", "golang-cls", "Merged Go changes as they land"),
    ("C0VPK4Z5E", "goreviews", "The Go team on a change"),
    ("C0VP6EJ7L", "performance", "Faster"),
    ("C0F1N7K2S", "remotemeetup", "The remote meetup"),
    ("C0CQR9BT4", "security", "Security"),
    ("C4U9J9QBT", "admin-help", "Moderators and admins"),
)

_SCOPES: Final = (
    *("app_mentions:read", "channels:history", "channels:read", "chat:write"),
    *("chat:write.customize", "files:read", "groups:history", "im:history", "im:write"),
    *("metadata.message:read", "mpim:history", "reactions:read", "reactions:write", "users:read"),
)
_EVENTS: Final = (
    *("message", "app_mention", "reaction_added", "reaction_removed", "team_join"),
    *("member_joined_channel", "member_left_channel", "channel_left", "group_left"),
    *("channel_created", "channel_rename", "channel_archive", "channel_unarchive"),
    *("channel_deleted", "emoji_changed"),
    *("subteam_created", "subteam_updated", "subteam_members_changed"),
)

GOPHERS: Final = WorkspaceSetup(
    identity=AppIdentity(
        team_id="T0GOPHERS",
        app_id="A0GOPHERBOT",
        team_name="Gophers",
        domain="gophers",
        bot_user_id="U0GOPHERBOT",
        bot_id="B0GOPHERBOT",
        bot_name="gopher",
    ),
    channels=(
        ChannelSetup(id="C029RQSEE", name="general", purpose="Go questions", is_open=True),
        *(ChannelSetup(id=id, name=name, purpose=purpose) for id, name, purpose in _PUBLIC),
        ChannelSetup(id="C029RQSEG", name="random", purpose="Anything else", is_open=True),
        ChannelSetup(
            id="C0VENDR9Q", name="vendoring", purpose="Superseded by modules", is_archived=True
        ),
        ChannelSetup(
            id="G0MODTEAM",
            name="moderators",
            purpose="For moderators only",
            is_private=True,
            members=("moderator", "reviewer"),
        ),
    ),
    custom_emoji=EMOJI,
    app=AppSetup(
        slash_commands=(),
        scopes=_SCOPES,
        events=_EVENTS,
        interactivity_path=INTERACTIVITY_PATH,
    ),
    page=PageSetup(
        logo="gopher",
        bot_picture="gopher",
        ideas=(
            Idea(
                title="Ask the bot",
                words="Mention it in a channel, with a command:",
                text="@gopher flip a coin",
            ),
            Idea(
                title="Make it react",
                words="Some words get an emoji, whoever says them:",
                text="spacex launched a rubber duck",
            ),
            Idea(
                title="Be new here",
                words="Become the newcomer and see who welcomes you:",
                channel="newbies",
            ),
        ),
        first_commands=(
            *("help", "flip a coin", "newbie resources", "recommended channels"),
            "xkcd:standards",
        ),
        favourites=(
            *("gopher", "thumbsup", "heart", "tada", "eyes", "rocket", "wave", "white_check_mark"),
            *("rubberduck", "beers", "ghost", "dragon"),
        ),
        new_member="gopherling",
    ),
)


_REFERENCE: Final = re.compile(r"\{#([a-z0-9_-]+)\}")
_OPEN: Final = ("general", "random")
"""The channels that every Slack workspace has, under some name."""


def of_content(data: Data) -> WorkspaceSetup:
    """Return a workspace with the content's channels, bot and examples.

    Pictures in the content's `emoji/` folder become custom emoji of the same names.
    """
    shortcuts = tuple(_shortcuts(data))
    app = msgspec.structs.replace(GOPHERS.app, shortcuts=shortcuts)
    if data.folder.resolve() == CONTENT_FOLDER.resolve():
        return msgspec.structs.replace(GOPHERS, app=app) if shortcuts else GOPHERS
    own = data.workspace
    identity = AppIdentity(team_name=own.name or "Slack", bot_name=own.bot)
    named = sorted(channels(data) - set(_OPEN))
    emoji = {path.stem: path for path in _pictures(data.folder / "emoji")}
    spoken = {name for row in data.reactions.values() for name in row.emoji}
    return WorkspaceSetup(
        identity=identity,
        app=app,
        channels=(
            *(ChannelSetup(name=name, is_open=True) for name in _OPEN),
            *(ChannelSetup(name=name, purpose=_purpose(data, name)) for name in named),
            *(
                ChannelSetup(name=name, is_private=True, members=("moderator", "reviewer"))
                for name in sorted(_moderators_channels(data))
            ),
        ),
        custom_emoji={name: path for name, path in EMOJI.items() if name in spoken} | emoji,
        page=PageSetup(
            logo="logo" if "logo" in emoji else "",
            bot_picture=own.bot if own.bot in emoji else "",
            ideas=tuple(_ideas(data)),
        ),
    )


def _shortcuts(data: Data) -> Iterator[Shortcut]:
    for row in table.interaction_actors(data.moderation.tables):
        if row.kind in table.SHORTCUTS:
            kind = table.SHORTCUTS[row.kind]
            yield Shortcut(name=row.title, callback_id=row.id, type=kind, description=row.help)


def channels(data: Data) -> set[str]:
    """Return the names of all channels that the content mentions."""
    found = {*data.channels, *data.welcome.joins, data.resources.channel}
    found.update(data.moderation.channels)
    found.update(watcher.watch.channel for watcher in data.watchers)
    found.update(name for text in data.texts() for name in _REFERENCE.findall(text.text))
    return found - {""}


def _moderators_channels(data: Data) -> set[str]:
    tables = (data.moderation.reports, data.moderation.waves)
    return {table.channel for table in tables if table}


def _ideas(data: Data) -> Iterator[Idea]:
    bot = data.workspace.bot
    command = next(iter(data.answers), "help")
    yield Idea(
        title="Ask the bot",
        words="Mention it in a channel, with a command:",
        text=f"@{bot} {command}",
    )
    always = (trigger for trigger, row in data.reactions.items() if row.one_in == 1)
    if trigger := next(always, ""):
        words = "Some words get an emoji, whoever says them:"
        yield Idea(title="Make it react", words=words, text=trigger.strip())
    if channel := data.resources.channel or next(iter(data.welcome.joins), ""):
        words = "Become the newcomer and see who welcomes you:"
        yield Idea(title="Be new here", words=words, channel=channel)


def _purpose(data: Data, name: str) -> str:
    line = data.channels[name].line if name in data.channels else ""
    return line[:1].upper() + line[1:]


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.suffix in {".svg", ".png"}]
