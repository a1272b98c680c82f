"""The cost of matching one message: with few and many rules, and with short and long texts.

The rules are commands, prefixes, reactions and contains-replies in equal parts. The messages are
made of beginnings of triggers, so that the search goes as deep as possible, and fire no rule.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Sequence

from bench import figures
from bench.curves import Curves, Series
from bench.load import LoadError
from bench.results import Outcome, Row
from bench.sizes import Sizes
from gopherbot.model import Ask, Effects, Message
from gopherbot.router import Command, Contains, Prefix, Reaction, Rule
from gopherbot.rulebook.matching import RuleBook

TYPICAL, LONG, LONGEST = 100, 400, 4000
FEW = 50
_KINDS = (Command, Prefix, Reaction, Contains)
_SYLLABLES = ("go", "ro", "ut", "in", "er", "cha", "nel", "sel", "ect", "map", "sli", "ce", "fu")
_ORDINARY = ("the", "a", "of", "to", "and", "in", "is", "it", "you", "that", "was", "for", "on")


def run(sizes: Sizes) -> Outcome:
    """Match the same messages against rulebooks of all sizes, in turn."""
    chance = random.Random(2)
    triggers = _triggers(max(sizes.rules), chance)
    books = {count: RuleBook(_rules(triggers[:count])) for count in sizes.rules}
    texts = {
        length: [_text(length, triggers, chance) for _ in range(sizes.matching_messages)]
        for length in (TYPICAL, LONG, LONGEST)
    }
    messages = {length: [_message(text) for text in made] for length, made in texts.items()}
    costs: dict[tuple[int, int], list[float]] = {}
    for _ in range(sizes.matching_rounds):
        for length, some in messages.items():
            for count, book in books.items():
                costs.setdefault((count, length), []).append(_cost(book, some))
    cost = {key: figures.median(rounds) for key, rounds in costs.items()}
    return Outcome(_rows(cost, max(books)), [_curves(cost, sizes.rules)])


def _rows(cost: dict[tuple[int, int], float], many: int) -> list[Row]:
    growth = cost[many, TYPICAL] / cost[FEW, TYPICAL]
    longer = cost[many, LONGEST] / cost[many, LONG]
    return [
        Row(
            name="matching",
            measured=f"matching a message of {TYPICAL} characters, {many:,} rules; {FEW} rules",
            ours=figures.seconds(cost[many, TYPICAL]),
            baseline=figures.seconds(cost[FEW, TYPICAL]),
            ratio=figures.three_digits(growth),
            target="≤ 2",
            reached=growth <= 2,
        ),
        Row(
            name="matching-length",
            measured=f"matching {LONGEST} characters, {many:,} rules; {LONG} characters",
            ours=figures.seconds(cost[many, LONGEST]),
            baseline=figures.seconds(cost[many, LONG]),
            ratio=figures.three_digits(longer),
            target="≤ 12 (linear: 10)",
            reached=longer <= 12,
        ),
    ]


def _curves(cost: dict[tuple[int, int], float], rules: Sequence[int]) -> Curves:
    lengths = (LONGEST, LONG, TYPICAL)
    return Curves(
        title="Cost of matching one message against the number of rules",
        x_label="rules",
        y_label="µs",
        series=[
            Series(
                f"{length} characters",
                [(float(count), cost[count, length] * 1e6) for count in rules],
            )
            for length in lengths
        ],
    )


def _cost(book: RuleBook, messages: Sequence[Message]) -> float:
    """Return the seconds per message with warm processor caches: with cold ones, the result would
    measure the size of the caches.
    """
    _fire(book, messages)
    gc.disable()
    start = time.perf_counter()
    _fire(book, messages)
    seconds = time.perf_counter() - start
    gc.enable()
    return seconds / len(messages)


def _fire(book: RuleBook, messages: Sequence[Message]) -> None:
    for message in messages:
        if book.fire(message):
            raise LoadError("a message matched a rule, though it should match none")


def _triggers(count: int, chance: random.Random) -> list[str]:
    """Make distinct triggers of two words, whose last letter occurs in no message."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[f"{_word(chance)} {_word(chance)}q"] = None
    return list(made)


def _rules(triggers: Sequence[str]) -> list[Rule]:
    return [
        _KINDS[number % len(_KINDS)](trigger=trigger, handler=_answer)
        for number, trigger in enumerate(triggers)
    ]


def _answer(ask: Ask) -> Effects:
    return None


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))


def _text(length: int, triggers: Sequence[str], chance: random.Random) -> str:
    """Make a text of ordinary words and of triggers without their last letter."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < length:
        words.append(chance.choice(_ORDINARY))
        words.append(chance.choice(triggers)[:-1])
    return " ".join(words)[:length].strip()


def _message(text: str) -> Message:
    return Message("Ev1", "C1", "U1", "1700000000.000100", text=text, raw=text, direct=True)
