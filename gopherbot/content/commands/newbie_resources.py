"""Lists the links of `newbie_resources.toml`."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data, ResourceSection


def routes(data: Data) -> Router:
    """Return a router with the command."""
    router = Router()
    resources = data.resources
    if not resources.sections:
        return router
    attachment = "\n\n".join(_section(section) for section in resources.sections)
    lead = data.template(resources.lead)
    elsewhere = data.template(resources.elsewhere) if resources.elsewhere else None

    links = [link.url for section in resources.sections for link in section.links]
    example = Example(resources.command, links[0]) if links else None

    @router.command(resources.command, help=resources.help, example=example)
    def newbie_resources(ask: Ask) -> Reply:
        text = lead.render(ask)
        if elsewhere and ask.message.channel != ask.channels.id_of(resources.channel):
            text = f"{text}\n{elsewhere.render(ask)}"
        return Reply(text, attachment=attachment, mentions=True)

    return router


def _section(section: ResourceSection) -> str:
    lines = [f"• <{link.url}>: {link.line}" for link in section.links]
    return "\n".join([f"*{section.title}*", *lines])
