"""The initial users and conversations of a workspace, made from its setup."""

import hashlib

from slack_simulator.workspace.objects import AppIdentity, Conversation, User
from slack_simulator.workspace.setup import ROLES, ChannelSetup, MemberSetup, WorkspaceSetup

OTHER_BOT = "U0OTHERBOT"
GROUP_DM = "G0GROUPDM"


def users(setup: WorkspaceSetup) -> list[User]:
    """Return the bot under test, another app's bot, one member per role, and the setup's own."""
    identity = setup.identity
    other = User(
        id=OTHER_BOT,
        name="otherbot",
        real_name="Another bot",
        bot_id="B0OTHERBOT",
        app_id="A0OTHERBOT",
    )
    return [bot(identity), other, *(_member(each, identity) for each in _members(setup))]


def bot(identity: AppIdentity) -> User:
    """Return the bot of an app."""
    return User(
        id=identity.bot_user_id,
        name=identity.bot_name,
        real_name=identity.bot_name.capitalize(),
        bot_id=identity.bot_id,
        app_id=identity.app_id,
    )


def _members(setup: WorkspaceSetup) -> list[MemberSetup]:
    roles = [MemberSetup(name=role, is_admin=role == "moderator") for role in ROLES]
    return [*roles, *setup.members]


def _member(member: MemberSetup, identity: AppIdentity) -> User:
    return User(
        id=_member_id(member.name),
        name=member.name,
        real_name=member.real_name or member.name.capitalize(),
        email=member.email or f"{member.name}@{identity.domain}.example",
        is_admin=member.is_admin,
        is_guest=member.is_guest,
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
    return [*(_channel(channel, setup) for channel in setup.channels), group_dm]


def _channel(channel: ChannelSetup, setup: WorkspaceSetup) -> Conversation:
    members = channel.members
    if members is None:
        apart = {"newcomer", *(member.name for member in setup.members if member.is_guest)}
        names = [member.name for member in _members(setup)]
        members = tuple(name for name in names if channel.is_open or name not in apart)
    return Conversation(
        id=channel.id or channel_id(channel.name),
        name=channel.name,
        kind="group" if channel.is_private else "channel",
        purpose=channel.purpose,
        is_general=channel.name == "general",
        is_archived=channel.is_archived,
        members=dict.fromkeys([setup.identity.bot_user_id, *map(_member_id, members)]),
    )


def channel_id(name: str) -> str:
    """Return an ID in Slack's format that is always the same for a name."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return f"C0{digest[:8].upper()}"


def _member_id(name: str) -> str:
    return f"U0{''.join(filter(str.isalnum, name)).upper()}"
