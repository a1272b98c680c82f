"""Lists the questions in help channels that nobody has answered."""

from gopherbot.model import Ask, Audience, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.slack import markup

_MOST = 10


def routes(data: Data) -> Router:
    """Return a router with the command, if `workspace.toml` names help channels."""
    router = Router()
    if not data.workspace.help_channels:
        return router

    @router.command(
        "unanswered",
        aliases=["who waits", "open questions"],
        help="questions in the help channels that nobody has answered for two hours",
        example=Example("unanswered", "Nobody is waiting"),
    )
    def unanswered(ask: Ask) -> Reply:
        found = ask.help_desk.overlooked()
        if not found:
            return Reply("Nobody is waiting for an answer. :tada:", to=Audience.ASKER_ONLY)
        lines = [
            f"• <{each.link}|{each.ago}> in {markup.channel(each.channel)}, "
            f"asked by {markup.user(each.user)}"
            for each in found[:_MOST]
        ]
        if len(found) > _MOST:
            lines.append(f"… and {len(found) - _MOST} more")
        lead = "This question is still waiting" if len(found) == 1 else "These are still waiting"
        return Reply(f"{lead} for an answer:", "\n".join(lines), to=Audience.ASKER_ONLY)

    return router
