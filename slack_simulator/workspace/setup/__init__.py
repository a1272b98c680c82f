"""What a workspace starts with: whose it is, who and what is in it, and what its page offers.

    Simulator(setup=WorkspaceSetup(identity=AppIdentity(team_name="Bakers", bot_name="crumb")))

Everything here has a default that is nobody's in particular.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from slack_simulator.workspace.objects import AppIdentity


class ChannelSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; `id` is made from the name if it is not given.

    `members` are names; None: the bot and everybody but the newcomer, and in an `open` channel the
    newcomer, too.
    """

    name: str
    purpose: str = ""
    id: str = ""
    is_open: bool = False
    is_private: bool = False
    is_archived: bool = False
    members: tuple[str, ...] | None = None


class Idea(msgspec.Struct, frozen=True, kw_only=True):
    """Something to try, offered to who opens the page for the first time.

    With `text`, the composer of `channel` is filled with it; without, `member` joins the channel.
    """

    title: str
    words: str
    channel: str = "general"
    text: str = ""
    member: str = "newcomer"


class PageSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of a workspace beside its people and channels.

    `logo` and `bot_picture` are names of custom emoji; without, the page draws its own.
    `first_commands` are offered in the direct messages with the bot, `favourites` are the emoji
    that the picker shows first, and `new_member` is the name proposed for who joins the team.
    """

    logo: str = ""
    bot_picture: str = ""
    ideas: tuple[Idea, ...] = ()
    first_commands: tuple[str, ...] = ("help",)
    favourites: tuple[str, ...] = (
        *("thumbsup", "heart", "tada", "eyes", "rocket", "wave", "white_check_mark", "beers"),
        *("fire", "joy", "pray", "bulb"),
    )
    new_member: str = "newmember"


class SlashCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A slash command of the app: `command` with its slash."""

    command: str
    description: str = ""
    usage_hint: str = ""


class Shortcut(msgspec.Struct, frozen=True, kw_only=True):
    """A shortcut of the app: of messages, or `global`."""

    name: str
    callback_id: str
    type: Literal["global", "message"] = "global"
    description: str = ""


class AppSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What the app registered with Slack. `slash_commands` None: whatever is typed goes to it."""

    slash_commands: tuple[SlashCommand, ...] | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    home_tab: bool = False


Role = Literal["newcomer", "regular", "moderator", "reviewer"]
ROLES: tuple[Role, ...] = ("newcomer", "regular", "moderator", "reviewer")
"""The members of every workspace: what they are instead of who they are."""


class WorkspaceSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A whole workspace. `custom_emoji` names the emoji of its own and their pictures.

    A picture is an SVG or PNG file; without one (None) the page shows the name.
    """

    identity: AppIdentity = AppIdentity()
    channels: tuple[ChannelSetup, ...] = (
        ChannelSetup(name="general", purpose="Company-wide announcements", is_open=True),
        ChannelSetup(name="random", purpose="Anything else", is_open=True),
        ChannelSetup(name="help", purpose="Questions and answers"),
        ChannelSetup(name="old-project", purpose="Done long ago", is_archived=True),
        ChannelSetup(
            name="moderators",
            purpose="For moderators only",
            is_private=True,
            members=("moderator", "reviewer"),
        ),
    )
    custom_emoji: Mapping[str, Path | None] = {}
    page: PageSetup = PageSetup()
    app: AppSetup = AppSetup()
