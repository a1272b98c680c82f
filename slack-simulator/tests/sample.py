"""A workspace with everything a workspace can have: archived, private and open channels, emoji."""

from pathlib import Path
from typing import Final

from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import AppSetup, ChannelSetup, Idea, PageSetup, WorkspaceSetup

_PUBLIC: Final = (
    ("C02A8LZKT", "newbies", "Learning together"),
    ("C0F1752BB", "gotimefm", "The podcast"),
    ("C029RQSEU", "jobs", "Work with Go"),
    ("C9BMAAFFB", "modules", "Modules and versions"),
    ("C02AKSKGV", "reviews", "Code review"),
    ("C052CAJ5L", "aws", "Go on AWS"),
    ("C0U4BG9V3", "bbq", "Go at the grill"),
    ("C0VP8EF3R", "golang-cls", "Merged Go changes as they land"),
    ("C0VPK4Z5E", "goreviews", "The Go team on a change"),
    ("C0VP6EJ7L", "performance", "Faster"),
    ("C4U9J9QBT", "admin-help", "Moderators and admins"),
)

SAMPLE: Final = WorkspaceSetup(
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
    custom_emoji={path.stem: path for path in (Path(__file__).parent / "emoji").glob("*.svg")},
    app=AppSetup(slash_commands=()),
    page=PageSetup(
        logo="gopher",
        bot_picture="gopher",
        ideas=(
            Idea(title="Ask", words="Mention the bot:", text="@gopher flip a coin"),
            Idea(title="React", words="Some words get an emoji:", text="spacex launched"),
            Idea(title="Be new here", words="Become the newcomer:", channel="newbies"),
        ),
        first_commands=("help", "flip a coin", "xkcd:standards"),
        favourites=("gopher", "thumbsup", "heart", "tada", "eyes", "rocket", "rubberduck"),
        new_member="gopherling",
    ),
)
