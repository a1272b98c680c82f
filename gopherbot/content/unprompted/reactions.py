"""The emoji of `reactions.toml`."""

from gopherbot.model import Ask, React
from gopherbot.router import Handler, Router
from gopherbot.rulebook.schema import Data


def routes(data: Data) -> Router:
    """Return a router with a reaction for every entry."""
    router = Router("reactions.toml")
    for trigger, reaction in data.reactions.items():
        router.reaction(
            trigger,
            aliases=reaction.aliases,
            addressed=reaction.addressed,
            one_in=reaction.one_in,
        )(_add(reaction.emoji))
    return router


def _add(emoji: tuple[str, ...]) -> Handler:
    def add(ask: Ask) -> list[React]:
        return [React(name) for name in emoji]

    return add
