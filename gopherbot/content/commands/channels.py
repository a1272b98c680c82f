"""Lists the recommended channels of `channels.toml`."""

from gopherbot.model import Ask, Channels, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.slack.markup import channel


def routes(data: Data) -> Router:
    """Return a router with the command."""
    router = Router()
    if not data.channels:
        return router

    example = Example("recommended channels", next(iter(data.channels.values())).line)

    @router.command("recommended channels", aliases=["channels"], example=example)
    def recommended(ask: Ask) -> Reply:
        """channels worth a look"""
        return Reply(
            "A few channels you might like:",
            attachment="\n".join(lines(data, ask.channels)),
            mentions=True,
        )

    return router


def lines(data: Data, channels: Channels, *, welcome: bool = False) -> list[str]:
    """Return a line for each channel that exists; with `welcome`, only those for new members."""
    found = (
        (channels.id_of(name), about.line)
        for name, about in data.channels.items()
        if about.welcome or not welcome
    )
    return [f"• {channel(id)} {line}" for id, line in found if id]
