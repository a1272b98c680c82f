"""Says how to tell the moderators something in private, if they take reports."""

from gopherbot.model import Ask, Audience, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.table import REPORT_SHORTCUT, TELL_SHORTCUT

_TEXT = f"""
*To report a message*, open its menu (⋯) and choose *{REPORT_SHORTCUT}*.
*For anything else*, open the shortcuts (⚡) next to the message box and choose *{TELL_SHORTCUT}*.
Only the moderators see it, and you needn't tell them who you are. I'll tell you when it's closed.
You can also write to {{contact}}"""


def routes(data: Data) -> Router:
    """Return a router with the command, if `moderation.toml` has [reports]."""
    router = Router()
    if not data.moderation.reports:
        return router
    text = data.template(_TEXT)

    @router.command(
        "report",
        aliases=["report a message"],
        help="how to tell the moderators something in private",
        example=Example("report", "moderators"),
    )
    def report(ask: Ask) -> Reply:
        return Reply(text.render(ask), to=Audience.ASKER_ONLY)

    return router
