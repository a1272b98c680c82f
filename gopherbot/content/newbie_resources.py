"""Lists the links of `newbie_resources.toml`."""

from gopherbot.data import Data, ResourceSection
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

HOME = "newbies"


def routes(data: Data) -> Router:
    """Make the command."""
    router = Router("newbie_resources.py")
    resources = data.resources
    if not resources.sections:
        return router
    attachment = "\n\n".join(_section(section) for section in resources.sections)
    lead, elsewhere = data.template(resources.lead), data.template(resources.elsewhere)

    @router.command("newbie resources", example=("newbie resources", "https://go.dev/tour/"))
    def newbie_resources(ask: Ask) -> Reply:
        """where to start with Go"""
        text = lead.render(ask)
        if ask.message.channel != ask.channels.id_of(HOME):
            text = f"{text}\n{elsewhere.render(ask)}"
        return Reply(text, attachment=attachment, mentions=True)

    return router


def _section(section: ResourceSection) -> str:
    lines = [f"• <{link.url}>: {link.line}" for link in section.links]
    return "\n".join([f"*{section.title}*", *lines])
