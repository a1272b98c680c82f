"""Lists every command and prefix, grouped as `workspace.toml` says.

Slack folds a long list after a few lines, so the first group is what newcomers need. The groups
after it are one line each: names that say enough to be tried.
"""

from collections.abc import Mapping, Sequence

from gopherbot.golang.program import STAY_AWAY
from gopherbot.model import Ask, HelpEntry, Kind, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.slack.markup import escape

COMMANDS = "*Commands*: mention me with one of these and nothing else, or write it to me directly"

SHARING = (
    "I put long code into the Go Playground, where nobody can delete it: "
    f"begin your message with `{STAY_AWAY}` if you don't want that."
)


def routes(data: Data) -> Router:
    """Return a router with the command."""
    router = Router()

    @router.command("help", aliases=["commands"], example=Example("help", "flip a coin"))
    def help(ask: Ask) -> Reply:
        """this list"""
        entries = ask.help.entries()
        commands = [entry for entry in entries if entry.kind is Kind.COMMAND]
        prefixes = [entry for entry in entries if entry.kind is Kind.PREFIX]
        text = "\n".join(
            [
                COMMANDS,
                *_grouped(commands, data.workspace.help),
                "",
                "*At the start of a message*",
                *_lines(prefixes),
            ]
        )
        lead = [_lead(prefixes), _undo_hint(data.workspace.take_back)]
        if data.playground.shared:
            lead.append(SHARING)
        return Reply("\n".join(lead), attachment=text, mentions=True)

    return router


def _undo_hint(emoji: Sequence[str]) -> str:
    edit = "Edit your message and I'll update my answer"
    return (
        f"{edit}; react to my answer with :{emoji[0]}: and I'll delete it." if emoji else f"{edit}."
    )


def _lead(prefixes: Sequence[HelpEntry]) -> str:
    """Return the line above the list. Slack folds the list after a few lines."""
    if any(entry.trigger.strip() == "search" for entry in prefixes):
        return "Here's everything I can do. No need to memorize it: just ask in your own words."
    return "Here's what I can do:"


def _grouped(entries: Sequence[HelpEntry], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the lines of all commands: those of the groups first, then those in no group."""
    left = {entry.trigger: entry for entry in entries}
    lines: list[str] = []
    for title, names in groups.items():
        group = [left.pop(name) for name in names if name in left]
        if not lines:
            lines += [f"*{title}*", *_lines(group)]
        elif group:
            lines.append(f"*{title}*: " + ", ".join(f"`{escape(e.trigger)}`" for e in group))
    if lines and left:
        lines.append("*And more*")
    return [*lines, *_lines(list(left.values()))]


def _lines(entries: Sequence[HelpEntry]) -> list[str]:
    return [_line(entry) for entry in entries]


def _line(entry: HelpEntry) -> str:
    also = ", ".join(f"`{escape(alias)}`" for alias in entry.aliases)
    line = f"• `{escape(entry.trigger.strip())}`: {entry.help}"
    return f"{line} (also {also})" if also else line
