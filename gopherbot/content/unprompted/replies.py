"""The replies of `replies.toml`, to messages that contain a text."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Handler, Router
from gopherbot.rulebook.schema import ContainsReply, Data


def routes(data: Data) -> Router:
    """Return a router with a contains-reply for every entry."""
    router = Router("replies.toml")
    for trigger, reply in data.replies.items():
        router.contains(trigger, aliases=reply.aliases)(_say(data, reply))
    return router


def _say(data: Data, reply: ContainsReply) -> Handler:
    text = data.template(reply.text)

    def say(ask: Ask) -> Reply:
        return Reply(text.render(ask))

    return say
