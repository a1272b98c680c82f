"""Lists every command and prefix."""

from collections.abc import Sequence

from gopherbot.model import Ask, HelpEntry, Kind, Reply
from gopherbot.router import Router
from gopherbot.slack.markup import escape

router = Router()


@router.command("help", aliases=["commands"], example=("help", "flip a coin"))
def help(ask: Ask) -> Reply:
    """this list"""
    entries = ask.help.entries()
    commands = [entry for entry in entries if entry.kind is Kind.COMMAND]
    prefixes = [entry for entry in entries if entry.kind is Kind.PREFIX]
    text = "\n".join(
        [
            "*Commands*: mention me with one of these and nothing else, or write it to me directly",
            *_lines(commands),
            "",
            "*At the start of a message*",
            *_lines(prefixes),
        ]
    )
    return Reply("Here's what I can do:", attachment=text, mentions=True)


def _lines(entries: Sequence[HelpEntry]) -> list[str]:
    return [_line(entry) for entry in entries]


def _line(entry: HelpEntry) -> str:
    also = ", ".join(f"`{escape(alias)}`" for alias in entry.aliases)
    line = f"• `{escape(entry.trigger.strip())}`: {entry.help}"
    return f"{line} (also {also})" if also else line
