"""Words answers for their asker alone, who may have them posted for all."""

from collections.abc import Iterable
from dataclasses import replace

from gopherbot.model import Ask, Audience, Reply, Use
from gopherbot.rulebook.schema import Data
from gopherbot.slack.markup import unescape

_MOST_ABOVE_A_BUTTON = 2950
"""Characters of an answer and its note: Slack takes 3,000, of which we add some."""


def to_asker(answer: Reply, ask: Ask, data: Data, *, name: str = "", note: str = "") -> Reply:
    """Return an answer as its asker alone gets it, with a note and how it's shared.

    `name` is what brings the same answer for all. Alone with the asker, there's nobody to share
    it with, so the answer is posted.
    """
    if ask.message.alone or answer.to is not Audience.CHANNEL:
        return replace(answer, text=_with_note(answer, note), mentions=False)
    shared = replace(answer, uses=tuple((Use.SHARED, name) for _, name in answer.uses))
    button = data.has_share_button and len(answer.text) + len(note) <= _MOST_ABOVE_A_BUTTON
    how = "" if button else _how_to_share(ask, data, name)
    text = _with_note(answer, " ".join(filter(None, ("Only you can see this.", how, note))))
    return Reply(
        text,
        answer.attachment,
        to=Audience.ASKER_ONLY,
        shared=shared,
        share_button=button,
        uses=answer.uses,
    )


def _how_to_share(ask: Ask, data: Data, name: str) -> str:
    """Say how an answer is shared without a button."""
    direct = ask.message.direct
    # In a group DM, a reaction wouldn't tell that the bot is addressed.
    emoji = () if direct else data.workspace.share[:1]
    ways = [f"react to your message with :{each}:" for each in emoji]
    if name:
        ways.append(f"{'write' if direct else 'mention me with'} `{name}`")
    return f"To show everyone, {', or '.join(ways)}." if ways else ""


def suggested(keys: Iterable[str]) -> tuple[tuple[Use, str], ...]:
    """Return that these commands and terms are suggested, as `Reply.uses` has it."""
    return tuple((Use.SUGGESTED, unescape(key)) for key in keys)


def _with_note(answer: Reply, note: str) -> str:
    """Return an answer's text with a note. Slack folds an attachment, so it goes above one."""
    parts = (note, answer.text) if answer.attachment else (answer.text, note)
    return "\n\n".join(filter(None, parts))
