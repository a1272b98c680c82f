"""What differs between two behaviours, by rule, with the lines that show it best. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gopherbot.explain.corpus import TALKING, UNWRITTEN, Line
from gopherbot.explain.noise import Answers, per_thousand, unasked
from gopherbot.explain.runner import Costs, Deed

NEWLY, OTHERWISE, NO_LONGER = "newly answers", "answers otherwise", "no longer answers"
MORE, LESS, FAILS = "reacts more", "reacts less", "fails"
KINDS = (FAILS, NEWLY, OTHERWISE, NO_LONGER, MORE, LESS)

_EXAMPLES = 3
_REPLIES = frozenset({"reply", "private"})


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line, and what the two versions do with it."""

    text: str
    kind: str
    """The kind of channel that it's written in; "" if nobody writes it: a member joins."""
    channel: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What one rule does differently."""

    kind: str
    """One of `KINDS`."""
    rule: str
    source: str
    lines: int
    examples: tuple[ChangedLine, ...]


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What a rule costs: how often it acts unasked, per thousand lines of talk, and CPU time."""

    rule: str
    before: float
    after: float
    microseconds: float
    """What an answer takes."""


def changes(lines: Sequence[Line], before: Answers, after: Answers) -> list[RuleChange]:
    """Return what differs, most lines first within each kind."""
    found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number in sorted(before.keys() | after.keys()):
        _, was = before.get(number, (False, []))
        _, now = after.get(number, (False, []))
        if was != now:
            for change in dict.fromkeys(_of_line(was, now)):
                found[change].append(number)
    made = (
        RuleChange(*change, len(numbers), tuple(_examples(lines, numbers, before, after)))
        for change, numbers in found.items()
    )
    return sorted(made, key=lambda change: (KINDS.index(change.kind), -change.lines, change.rule))


def costliest(
    lines: Sequence[Line], before: Answers, after: Answers, costs: Costs, most: int = 5
) -> list[RuleCost]:
    """Return the rules that act most often unasked, and then those that take longest."""
    was, now = (Counter(deed.rule for deed in unasked(lines, each)) for each in (before, after))
    rules = sorted(
        now.keys() | costs.rules.keys(),
        key=lambda rule: (-now[rule], -costs.rules.get(rule, 0.0)),
    )
    return [
        RuleCost(
            rule,
            per_thousand(lines, was[rule]),
            per_thousand(lines, now[rule]),
            costs.rules.get(rule, 0.0),
        )
        for rule in rules[:most]
    ]


def _of_line(was: list[Deed], now: list[Deed]) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, the rule and the file of each change of one line."""
    said, says = ([deed for deed in each if deed.what in _REPLIES] for each in (was, now))
    if said != says:
        kind = OTHERWISE if said and says else NEWLY if says else NO_LONGER
        yield from _named(kind, _without(says, said) or _without(said, says) or says)
    shown, shows = ([deed for deed in each if deed.what == "emoji"] for each in (was, now))
    yield from _named(MORE, _without(shows, shown))
    yield from _named(LESS, _without(shown, shows))
    yield from _named(FAILS, _without((deed for deed in now if deed.what == "failure"), was))


def _without(deeds: Iterable[Deed], others: Iterable[Deed]) -> list[Deed]:
    known = {(deed.what, deed.text) for deed in others}
    return [deed for deed in deeds if (deed.what, deed.text) not in known]


def _named(kind: str, deeds: Iterable[Deed]) -> Iterator[tuple[str, str, str]]:
    return ((kind, deed.rule, deed.source) for deed in deeds)


def _examples(
    lines: Sequence[Line], numbers: Sequence[int], before: Answers, after: Answers
) -> Iterator[ChangedLine]:
    """Yield the lines that show a change best: talk first, and short ones, where few words can
    be the reason.
    """
    best = sorted(
        numbers, key=lambda number: (lines[number].corpus not in TALKING, len(lines[number].text))
    )
    once = list({lines[number].text: number for number in reversed(best)}.values())[::-1]
    for number in once[:_EXAMPLES]:
        line = lines[number]
        kind = "" if line.corpus in UNWRITTEN else line.kind
        was, now = (_words(each.get(number)) for each in (before, after))
        yield ChangedLine(line.shown, kind, line.channel, was, now)


def _words(answer: tuple[bool, list[Deed]] | None) -> str:
    """Return what is done with a line, on one line; "" for nothing."""
    found = []
    for deed in answer[1] if answer else ():
        text = " ".join(deed.text.split())
        found.append({"emoji": f":{text}:", "failure": f"fails: {text}"}.get(deed.what, text))
    return " ".join(found)
