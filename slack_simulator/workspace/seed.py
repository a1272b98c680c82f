"""Who and what is there when a workspace starts: roles instead of persons, and channels."""

from slack_simulator.workspace.objects import AppIdentity, Conversation, Kind, User

OTHER_BOT = "U0OTHERBOT"
_ROLES = ("newcomer", "regular", "moderator", "reviewer")

#: What a newcomer is in from the first minute; every other channel is left to join.
_FIRST_CHANNELS = {"general", "random"}

_PUBLIC = (
    ("C029RQSEE", "general", "Go questions"),
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
    ("C029RQSEG", "random", "Anything else"),
)
_ARCHIVED = ("C0VENDR9Q", "vendoring", "Superseded by modules")
_PRIVATE = ("G0MODTEAM", "moderators", "For moderators only")
GROUP_DM = ("G0GROUPDM", "mpdm-newcomer--regular--gopher-1", "")


def users(identity: AppIdentity) -> list[User]:
    """The bot under test, another bot, and one member for every role."""
    gopher = User(
        id=identity.bot_user_id,
        name=identity.bot_name,
        real_name="Gopher",
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
    return [gopher, other, *(_member(role) for role in _ROLES)]


def _member(role: str) -> User:
    return User(
        id=f"U0{role.upper()}",
        name=role,
        real_name=role.capitalize(),
        email=f"{role}@gophers.example",
        is_admin=role == "moderator",
    )


def conversations(identity: AppIdentity) -> list[Conversation]:
    """The public channels, one of them archived, one private channel and one group DM.

    The bot is a member of all of them, as it is where it is used.
    """
    bot = identity.bot_user_id
    everyone = [bot, *(f"U0{role.upper()}" for role in _ROLES)]
    settled = [member for member in everyone if member != "U0NEWCOMER"]
    public = [
        _conversation(row, "channel", everyone if row[1] in _FIRST_CHANNELS else settled)
        for row in _PUBLIC
    ]
    archived = _conversation(_ARCHIVED, "channel", settled)
    archived.is_archived = True
    private = _conversation(_PRIVATE, "group", [bot, "U0MODERATOR", "U0REVIEWER"])
    group_dm = _conversation(GROUP_DM, "mpim", [bot, "U0NEWCOMER", "U0REGULAR"])
    return [*public, archived, private, group_dm]


def _conversation(row: tuple[str, str, str], kind: Kind, members: list[str]) -> Conversation:
    conversation_id, name, purpose = row
    return Conversation(
        id=conversation_id,
        name=name,
        kind=kind,
        purpose=purpose,
        is_general=name == "general",
        members=dict.fromkeys(members),
    )
