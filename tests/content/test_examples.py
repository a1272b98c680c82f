"""An example is help, documentation and, here, a test: whoever writes it gets what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.authoring.explain import explain
from gopherbot.model import Kind
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.testing import bot

BOOK = bot.content
WITH_EXAMPLE = (Kind.COMMAND, Kind.PREFIX)


def rules() -> list[Rule]:
    return [rule for rule in BOOK.rules.rules if rule.kind in WITH_EXAMPLE]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_who_writes_the_example_gets_what_it_promises(rule: Rule) -> None:
    assert rule.example, f"{rule.source}: [{rule.trigger}] has no example"
    written, promised = rule.example

    found = explain(BOOK, f"@gopher {written}").outcomes

    answers = [
        f"{said.sent.text}\n{said.sent.attachment}"
        for outcome in found
        if outcome.rule == rule.name
        for said in outcome.replies
    ]
    assert promised in "\n".join(answers)
    assert promised.strip()


def test_an_answer_in_a_data_file_needs_no_example_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(
        '["crab"]\nhelp = "h"\ntext = "It walks <https://crab.example/a?b|sideways>, so."\n'
        '["plain"]\nhelp = "h"\ntext = "It walks: sideways, as crabs always do."\n'
        '["ours"]\nhelp = "h"\ntext = "It is at {source}"\n'
        '["listed"]\nhelp = "h"\nlead = "See:"\ntext = "• <https://crab.example>"\n'
    )
    book = loader.load(tmp_path)

    examples = {
        name: rule.example
        for name in ("crab", "plain", "ours", "listed")
        if (rule := book.rules.command(name))
    }

    assert examples == {
        "crab": ("crab", "https://crab.example/a?b"),
        "plain": ("plain", "It walks: sideways, as crabs"),
        "ours": ("ours", "It is at"),
        "listed": ("listed", "https://crab.example"),
    }
