"""The Gophers' workspace, with which the simulated Slack starts: channels, emoji and ideas."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import AppSetup, ChannelSetup, Idea, PageSetup, WorkspaceSetup

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
    app=AppSetup(slash_commands=()),
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
