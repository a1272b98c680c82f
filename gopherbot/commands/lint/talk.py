"""Checks that the bot keeps quiet while members talk to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

import msgspec

from glossary import Problem
from gopherbot.explain import corpus
from gopherbot.explain.noise import noise, unasked
from gopherbot.explain.runner import Runner
from gopherbot.rulebook.loader import LoadedContent

FILE = "noise.toml"


def over_budget(content: LoadedContent) -> Iterator[Problem]:
    """Yield a problem for each kind of noise on the shipped talk that exceeds its budget."""
    talk = list(takewhile(lambda line: line.corpus == corpus.TALK, corpus.shipped()))
    rows = map(msgspec.structs.astuple, talk)
    answers = {number: (asked, deeds) for number, asked, deeds in Runner(content).run(rows)}
    for each in noise(talk, answers, content.data.noise):
        if each.is_over:
            loudest = Counter(
                deed.rule for deed in unasked(talk, answers) if deed.what == each.what
            ).most_common(3)
            rules = ", ".join(f"`{rule.strip()}` ({count})" for rule, count in loudest)
            yield Problem(
                FILE,
                each.kind,
                f"{each.kind.replace('_', ' ')} are {each.now:.1f} per 1,000 lines of talk, and "
                f"{each.budget} are allowed. Make what does most of it narrower: {rules}",
            )
