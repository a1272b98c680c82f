"""Words answers for their asker alone, who may have them posted for all."""

from collections.abc import Iterable
from dataclasses import replace

from gopherbot.model import Ask, Audience, Reply, Use
from gopherbot.rulebook.schema import Workspace
from gopherbot.slack.markup import unescape


def to_asker(
    answer: Reply, ask: Ask, workspace: Workspace, *, name: str = "", note: str = ""
) -> Reply:
    """Return an answer as its asker alone gets it, with a note and how it's shared.

    `name` is what brings the same answer for all. Alone with the asker, there's nobody to share
    it with, so the answer is posted.
    """
    if ask.message.alone or answer.to is not Audience.CHANNEL:
        return replace(answer, text=_with_note(answer, note), mentions=False)
    write = "write" if ask.message.direct else "mention me with"
    # In a group DM, a reaction wouldn't tell that the bot is addressed.
    by_emoji = [f"react to your message with :{emoji}:" for emoji in workspace.share[:1]]
    ways = [*(() if ask.message.direct else by_emoji), *([f"{write} `{name}`"] if name else ())]
    sharing = f"Only you can see this. To show everyone, {', or '.join(ways)}." if ways else ""
    note = " ".join(filter(None, (sharing, note)))
    shared = replace(answer, uses=tuple((Use.SHARED, name) for _, name in answer.uses))
    text, only = _with_note(answer, note), Audience.ASKER_ONLY
    return Reply(text, answer.attachment, to=only, shared=shared, uses=answer.uses)


def suggested(keys: Iterable[str]) -> tuple[tuple[Use, str], ...]:
    """Return that these commands and terms are suggested, as `Reply.uses` has it."""
    return tuple((Use.SUGGESTED, unescape(key)) for key in keys)


def _with_note(answer: Reply, note: str) -> str:
    """Return an answer's text with a note. Slack folds an attachment, so it goes above one."""
    parts = (note, answer.text) if answer.attachment else (answer.text, note)
    return "\n\n".join(filter(None, parts))
