"""Welcomes new members, with the texts of `welcome.toml`."""

from gopherbot.content.commands.channels import lines
from gopherbot.model import Ask, Audience, Reply
from gopherbot.router import Handler, Router
from gopherbot.rulebook.schema import Data


def routes(data: Data) -> Router:
    """Return a router with a rule for each join that has a text."""
    router = Router("welcome.toml")
    if data.welcome.team:
        router.team_join()(_to_the_team(data, data.welcome.team.text))
    for channel, join in data.welcome.joins.items():
        router.channel_join(channel)(_to_a_channel(data, join.text))
    return router


def _to_the_team(data: Data, text: str) -> Handler:
    template = data.template(text)

    def welcome(ask: Ask) -> Reply:
        channels = "\n".join(lines(data, ask.channels, welcome=True))
        return Reply(template.render(ask, channels=channels), to=Audience.DM)

    return welcome


def _to_a_channel(data: Data, text: str) -> Handler:
    template = data.template(text)

    def welcome(ask: Ask) -> Reply:
        return Reply(template.render(ask), to=Audience.ASKER_ONLY)

    return welcome
