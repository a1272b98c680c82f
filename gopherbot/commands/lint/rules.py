"""Checks of the rules: names of which one hides another, examples that aren't kept, and noise."""

from __future__ import annotations

import ast
import inspect
import re
import signal
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from threading import current_thread, main_thread
from types import CodeType

import msgspec

from glossary import Problem
from gopherbot.explain import Prediction, Scenario, corpus, explain, outcomes_of
from gopherbot.explain.noise import noise, unasked
from gopherbot.explain.runner import Runner
from gopherbot.model import Message, React, Reply
from gopherbot.router import Command, Contains, Example, Prefix, Rule, fold, fold_inside
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.slack import markup

NOISE_FILE = "noise.toml"
TIMEOUT_SECONDS = 5.0
"""Seconds of computing that an example may take."""
_TO_THE_BOT = Scenario(kind="dm")
_FRAME = re.compile(r'^ *File "(?P<path>.+)", line (?P<line>\d+)', re.MULTILINE)


def shadows(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield names that differ, but for which one message would get two answers."""
    found = list(rules)
    prefixes = [rule for rule in found if isinstance(rule, Prefix)]
    contained = [rule for rule in found if isinstance(rule, Contains)]
    for rule in found:
        if isinstance(rule, Prefix | Command):
            for name in rule.triggers:
                yield from _behind_a_prefix(rule, name, prefixes)
        if isinstance(rule, Command):
            for name in rule.triggers:
                yield from _holding_a_trigger(rule, name, contained)


def _behind_a_prefix(rule: Rule, name: str, prefixes: Iterable[Rule]) -> Iterator[Problem]:
    asked = Message("", "", "", "", text=name, direct=True)
    for prefix in prefixes:
        if (
            prefix is not rule
            and fold(name).startswith(prefix.trigger.casefold())
            and not prefix.skip_reason(asked)
        ):
            message = (
                f"{name!r} begins with the prefix {prefix.trigger!r} of {prefix.source}, so "
                "both would answer: choose another name"
            )
            yield Problem(rule.source, rule.trigger, message)


def _holding_a_trigger(rule: Rule, name: str, contained: Iterable[Rule]) -> Iterator[Problem]:
    for other in contained:
        for trigger in other.triggers:
            if fold_inside(trigger) in fold(name):
                message = (
                    f"{name!r} contains {trigger!r}, to which [{other.trigger}] in {other.source} "
                    "replies, so both would answer: choose another name"
                )
                yield Problem(rule.source, rule.trigger, message)


def unfilled(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield texts of Python files that name a variable in braces, without f before the quote."""
    for rule in rules:
        handler = inspect.unwrap(rule.handler)
        if not rule.source.endswith(".py") or not _may_be_unfilled(handler):
            continue
        lines, first = inspect.getsourcelines(handler)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        nodes = list(ast.walk(tree))
        names = {node.arg for node in nodes if isinstance(node, ast.arg)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        filled = {
            id(inner)
            for node in nodes
            if isinstance(node, ast.JoinedStr | ast.Attribute)
            for inner in ast.walk(node)
        }
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                braces = re.search(r"\{(\w+)[^{}]*\}", node.value)
                if braces and braces[1] in names and id(node) not in filled:
                    message = f"{braces[0]} isn't filled in: write f before the text's first quote"
                    yield Problem(rule.source, rule.trigger, message, line=first + node.lineno - 1)


def _may_be_unfilled(handler: object) -> bool:
    """Return whether a function has a text with a brace. Few have, and reading sources is slow."""
    code = getattr(handler, "__code__", handler)
    return not isinstance(code, CodeType) or any(
        _may_be_unfilled(each) if isinstance(each, CodeType) else "{" in repr(each)
        for each in code.co_consts
    )


def examples(content: LoadedContent) -> Iterator[Problem]:
    """Send each rule's example to the bot, and yield what is wrong with the answers."""
    for rule in content.rules.rules:
        if rule.example:
            with _limited():
                outcomes = outcomes_of(content, rule.example.say, _TO_THE_BOT)
            outcome = next((found for found in outcomes if found.rule == rule.name), None)
            if wrong := _wrong_answer(content, rule, rule.example, outcome):
                line = _failed_at(outcome.traceback, rule) if outcome else 0
                yield Problem(rule.source, rule.trigger, wrong, line=line)


@contextmanager
def _limited() -> Iterator[None]:
    """Raise `TimeoutError` in what computes for too long; signals need the main thread."""
    if current_thread() is not main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(
            f"it computes for more than {TIMEOUT_SECONDS:.0f} s: does a loop never end?"
        )

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, TIMEOUT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _wrong_answer(
    content: LoadedContent, rule: Rule, example: Example, outcome: Prediction | None
) -> str:
    written, holds = example
    if outcome is None:
        return f"its example {written!r} gets no answer: {_why_silent(content, written, rule)}"
    if outcome.failure:
        return f"it fails on its example {written!r}: {outcome.failure}"
    said = [f"{reply.text} {reply.attachment}" for reply in outcome.replies]
    if any(_on_one_line(holds) in _on_one_line(text) for text in (*said, *outcome.emoji)):
        return ""
    shown = said[0].strip() if said else ", ".join(outcome.emoji)
    return f"its example {written!r} should give {holds!r}, but gives {shown[:80]!r}"


def _on_one_line(text: str) -> str:
    return " ".join(markup.unescape(text).split())


def _failed_at(traceback: str, rule: Rule) -> int:
    """Return the line of the rule's file at which it failed; 0 if it failed elsewhere."""
    lines = [
        int(frame["line"])
        for frame in _FRAME.finditer(traceback)
        if frame["path"].endswith(f"/{rule.source}")
    ]
    return lines[-1] if lines else 0


def _why_silent(content: LoadedContent, written: str, rule: Rule) -> str:
    for near in explain(content, written, _TO_THE_BOT).near:
        if near.rule == rule.name:
            end = f"; end the function with return {Reply.__name__}(…) or {React.__name__}(…)"
            return near.why + (end if "returned nothing" in near.why else "")
    return "the rule doesn't fire for it"


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
                NOISE_FILE,
                each.kind,
                f"{each.kind.replace('_', ' ')} are {each.now:.1f} per 1,000 lines of talk, and "
                f"{each.budget} are allowed. Make what does most of it narrower: {rules}",
            )
