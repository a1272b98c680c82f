"""The fixed answers of `answers.toml`."""

import re

from gopherbot.model import Ask, Reply
from gopherbot.router import Example, Handler, Router
from gopherbot.rulebook.schema import Answer, Data

_LINK = re.compile(r"<(https?://[^<>|]+)")


def routes(data: Data) -> Router:
    """Return a router with a command for every entry."""
    router = Router("answers.toml")
    for trigger, answer in data.answers.items():
        add = router.command(
            trigger,
            aliases=answer.aliases,
            hidden_aliases=answer.also,
            help=answer.help,
            example=Example(trigger, _holds(answer)),
        )
        add(_say(data, answer))
    return router


def _holds(answer: Answer) -> str:
    """Return a text that identifies an answer: its first link, or else its first words."""
    if link := _LINK.search(answer.text):
        return link[1]
    for line in answer.text.splitlines():
        words = line.strip("` ").partition("{")[0].split()
        if beginning := " ".join(words[:5]).rstrip(" .,:;!?<"):
            return beginning
    return ""


def _say(data: Data, answer: Answer) -> Handler:
    text, lead = data.template(answer.text), data.template(answer.lead)

    def say(ask: Ask) -> Reply:
        if answer.lead:
            return Reply(lead.render(ask), attachment=text.render(ask), mentions=True)
        return Reply(text.render(ask), mentions=True)

    return say
