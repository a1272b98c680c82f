"""No message costs much to answer, whatever rule it is for and however it is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from costs import LONGEST, hostile_texts, too_costly

from gopherbot.model import Kind

from .test_hostile import BOOK, said

pytestmark = pytest.mark.slow

Answered = Callable[[str], object]

PREFIXES = [rule.trigger for rule in BOOK.rules if rule.kind is Kind.PREFIX]
# One unit for each way in which an argument is read: words, links, emoji, backticks, questions.
FEWER = ("x", " ", "a ", "a.a/", "<#C1>", "`", "&amp;", ":a:", "how do i ", "net/http ", "\n")


ANSWERED = [
    pytest.param(partial(said, file="", direct=True), id="direct message"),
    pytest.param(partial(said, file="", direct=False), id="channel"),
]


@pytest.mark.parametrize("answered", ANSWERED)
def test_no_message_takes_long(answered: Answered) -> None:
    assert too_costly(answered, hostile_texts()) == {}


@pytest.mark.parametrize("answered", ANSWERED)
@pytest.mark.parametrize("trigger", PREFIXES)
def test_no_argument_takes_long(trigger: str, answered: Answered) -> None:
    texts = (f"{trigger}{unit * LONGEST}"[:LONGEST] for unit in FEWER)
    assert too_costly(answered, texts) == {}


@pytest.mark.parametrize("answered", ANSWERED)
def test_a_message_full_of_triggers_does_not_take_long(answered: Answered) -> None:
    triggers = [name for rule in BOOK.rules for name in (rule.trigger, *rule.triggers) if name]
    texts = (f"{between}".join(triggers * 40)[:LONGEST] for between in ("", " ", "\n"))
    assert too_costly(answered, texts) == {}
