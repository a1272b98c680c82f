"""The initial users and conversations of a workspace, made from its setup."""

import hashlib

from slack_simulator.workspace.objects import AppIdentity, Conversation, User
from slack_simulator.workspace.setup import ROLES, ChannelSetup, WorkspaceSetup

OTHER_BOT = "U0OTHERBOT"
GROUP_DM = "G0GROUPDM"


def users(identity: AppIdentity) -> list[User]:
    """Return the bot under test, another app's bot and one member per role."""
    bot = User(
        id=identity.bot_user_id,
        name=identity.bot_name,
        real_name=identity.bot_name.capitalize(),
        bot_id=identity.bot_id,
        app_id=identity.app_id,
    )
    other = User(
        id=OTHER_BOT,
        name="otherbot",
        real_name="Another bot",
        bot_id="B0OTHERBOT",
        app_id="A0OTHERBOT",
    )
    return [bot, other, *(_member(role, identity) for role in ROLES)]


def _member(role: str, identity: AppIdentity) -> User:
    return User(
        id=_member_id(role),
        name=role,
        real_name=role.capitalize(),
        email=f"{role}@{identity.domain}.example",
        is_admin=role == "moderator",
    )


def conversations(setup: WorkspaceSetup) -> list[Conversation]:
    """Return the channels of the setup and a group DM, with the bot in each of them."""
    bot = setup.identity.bot_user_id
    group_dm = Conversation(
        id=GROUP_DM,
        name=f"mpdm-newcomer--regular--{setup.identity.bot_name}-1",
        kind="mpim",
        members=dict.fromkeys([bot, _member_id("newcomer"), _member_id("regular")]),
    )
    return [*(_channel(channel, bot) for channel in setup.channels), group_dm]


def _channel(channel: ChannelSetup, bot: str) -> Conversation:
    members = channel.members
    if members is None:
        members = tuple(role for role in ROLES if channel.is_open or role != "newcomer")
    return Conversation(
        id=channel.id or channel_id(channel.name),
        name=channel.name,
        kind="group" if channel.is_private else "channel",
        purpose=channel.purpose,
        is_general=channel.name == "general",
        is_archived=channel.is_archived,
        members=dict.fromkeys([bot, *map(_member_id, members)]),
    )


def channel_id(name: str) -> str:
    """Return an ID in Slack's format that is always the same for a name."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return f"C0{digest[:8].upper()}"


def _member_id(role: str) -> str:
    return f"U0{role.upper()}"
