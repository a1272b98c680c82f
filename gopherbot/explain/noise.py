"""Counts what the bot does when members talk to each other, and compares it with the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gopherbot.explain.corpus import OWN, TALK, TALKING, Line
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
    talk: str
    """The corpora that it's about."""
    now: float
    before: float = 0.0
    budget: int | None = None

    @property
    def is_over(self) -> bool:
        return self.budget is not None and self.now > self.budget


def unasked(
    lines: Sequence[Line], answers: Answers, corpora: Collection[str] = TALKING
) -> Iterator[Deed]:
    """Yield what the bot does with the talk that isn't addressed to it."""
    for number, (addressed, deeds) in answers.items():
        if not addressed and lines[number].corpus in corpora:
            yield from deeds


def per_thousand(lines: Iterable[Line], count: int, corpora: Collection[str] = TALKING) -> float:
    """Return a count per thousand lines of talk."""
    talk = sum(line.corpus in corpora for line in lines)
    return 1000 * count / talk if talk else 0.0


def noise(
    lines: Sequence[Line], answers: Answers, budget: NoiseBudget, before: Answers | None = None
) -> list[Noise]:
    """Return the noise of each kind, with that of an earlier version.

    One's own lines are held to the budget by themselves, or, if they are few, with the talk.
    """
    return [
        each
        for corpora in _samples(Counter(line.corpus for line in lines))
        for each in _noise_of(corpora, lines, answers, budget, before or {})
    ]


def _samples(counts: Counter[str]) -> Iterator[tuple[str, ...]]:
    yield (TALK,)
    if counts[OWN]:
        yield (OWN,) if counts[OWN] >= counts[TALK] else (TALK, OWN)


def _noise_of(
    corpora: tuple[str, ...],
    lines: Sequence[Line],
    answers: Answers,
    budget: NoiseBudget,
    before: Answers,
) -> Iterator[Noise]:
    now, then = (
        Counter(deed.what for deed in unasked(lines, each, corpora)) for each in (answers, before)
    )
    for kind, what in _KINDS.items():
        yield Noise(
            kind,
            what,
            " and ".join(corpora),
            per_thousand(lines, now[what], corpora),
            per_thousand(lines, then[what], corpora),
            getattr(budget, kind),
        )
