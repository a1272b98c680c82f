"""The initial workspace: its identity, channels, emoji, app and page.

    Simulator(setup=WorkspaceSetup(identity=AppIdentity(team_name="Bakers", bot_name="crumb")))

Every field has a neutral default.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from slack_simulator.workspace.objects import AppIdentity


class ChannelSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel. `id` defaults to one made from the name.

    `members` are names, in addition to the bot. None means every member except the newcomer and
    guests, who are in `is_open` channels only.
    """

    name: str
    purpose: str = ""
    id: str = ""
    is_open: bool = False
    is_private: bool = False
    is_archived: bool = False
    members: tuple[str, ...] | None = None


class MemberSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member beside those named after their roles. The ID is made from the name."""

    name: str
    real_name: str = ""
    email: str = ""
    is_admin: bool = False
    is_guest: bool = False


class Idea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suggestion shown on the first visit to the page.

    With `text`, it fills the composer of `channel`. Without, `member` joins the channel.
    """

    title: str
    words: str
    channel: str = "general"
    text: str = ""
    member: str = "newcomer"


class PageSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page's settings for a workspace.

    `logo` and `bot_picture` are names of custom emoji; the page draws its own if they're empty.
    `first_commands` are suggested in direct messages with the bot, `favourites` come first in the
    emoji picker, and `new_member` is the default name of a member who joins the workspace.
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


class SlashCommand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A slash command of the app. `command` includes the slash."""

    command: str
    description: str = ""
    usage_hint: str = ""


class Shortcut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shortcut of the app: a message shortcut or a global one."""

    name: str
    callback_id: str
    type: Literal["global", "message"] = "global"
    description: str = ""


class MetadataSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type of metadata of messages that an app wants to know of; `*` stands for any."""

    app_id: str = "*"
    event_type: str = "*"


class AppSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the app registered with Slack; None stands for everything.

    `scopes` are those of its bot, `user_scopes` those of members' tokens, and `events` the types of
    events that it gets; those about metadata only for its `metadata_subscriptions`. Slack tells it
    about links to `unfurl_domains`. Interactions go to `interactivity_path` on the app's server; if
    it is empty, to the address that takes events. With `token_rotation`, tokens that the app is
    installed with expire.
    """

    slash_commands: tuple[SlashCommand, ...] | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    home_tab: bool = False
    scopes: tuple[str, ...] | None = None
    user_scopes: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    metadata_subscriptions: tuple[MetadataSubscription, ...] | None = None
    unfurl_domains: tuple[str, ...] = ()
    interactivity_path: str = ""
    token_rotation: bool = False


class OtherApp(AppSetup, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another app of the workspace, in `channels` or where the first app's bot is.

    `name` is its bot's, and `gateway` its Request URL; none for Socket Mode.
    """

    name: str
    gateway: str = ""
    channels: tuple[str, ...] | None = None


Role = Literal["newcomer", "regular", "moderator", "reviewer"]
ROLES: tuple[Role, ...] = ("newcomer", "regular", "moderator", "reviewer")
"""The members of every workspace, named after their roles."""


class WorkspaceSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole workspace. `custom_emoji` maps the names of its custom emoji to their images.

    An image is an SVG or PNG file. If it is None, the page shows the name.
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
    members: tuple[MemberSetup, ...] = ()
    custom_emoji: Mapping[str, Path | None] = {}
    page: PageSetup = PageSetup()
    app: AppSetup = AppSetup()
    other_apps: tuple[OtherApp, ...] = ()
