"""The fixed answers of `answers.toml`."""

from gopherbot.data import Answer, Data
from gopherbot.model import Ask, Reply
from gopherbot.router import Handler, Router


def routes(data: Data) -> Router:
    """Make a command of every entry."""
    router = Router("answers.toml")
    for trigger, answer in data.answers.items():
        router.command(trigger, aliases=answer.aliases, help=answer.help)(_say(data, answer))
    return router


def _say(data: Data, answer: Answer) -> Handler:
    text, lead = data.template(answer.text), data.template(answer.lead)

    def say(ask: Ask) -> Reply:
        if answer.lead:
            return Reply(lead.render(ask), attachment=text.render(ask), mentions=True)
        return Reply(text.render(ask), mentions=True)

    return say
