"""Counts what the bot does when members talk to each other, and compares it with the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gopherbot.explain.corpus import TALKING, Line
from gopherbot.explain.runner import Deed, What
from gopherbot.rulebook.schema import NoiseBudget

Answers = dict[int, tuple[bool, list[Deed]]]
"""What the bot does with a line, by its number, and whether the line is addressed to it."""

_KINDS: dict[str, What] = {"replies": "reply", "emoji": "emoji", "private_notes": "private"}


@dataclass(frozen=True, slots=True)
class Noise:
    """What the bot does per thousand lines of talk."""

    kind: str
    """A key of `noise.toml`."""
    what: What
    now: float
    before: float = 0.0
    budget: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it's more than the budget allows."""
        return self.budget is not None and self.now > self.budget


def unasked(lines: Sequence[Line], answers: Answers) -> Iterator[Deed]:
    """Yield what the bot does with the talk that isn't addressed to it."""
    for number, (addressed, deeds) in answers.items():
        if not addressed and lines[number].corpus in TALKING:
            yield from deeds


def per_thousand(lines: Iterable[Line], count: int) -> float:
    """Return a count per thousand lines of talk."""
    talk = sum(line.corpus in TALKING for line in lines)
    return 1000 * count / talk if talk else 0.0


def noise(
    lines: Sequence[Line], answers: Answers, budget: NoiseBudget, before: Answers | None = None
) -> list[Noise]:
    """Return the noise of each kind, with that of an earlier version."""
    now, then = (
        Counter(deed.what for deed in unasked(lines, each)) for each in (answers, before or {})
    )
    return [
        Noise(
            kind,
            what,
            per_thousand(lines, now[what]),
            per_thousand(lines, then[what]),
            getattr(budget, kind),
        )
        for kind, what in _KINDS.items()
    ]
