"""An example is help, documentation and, here, a test: whoever writes it gets what it says."""

from __future__ import annotations

from pathlib import Path

from gopherbot.explain import outcomes_of
from gopherbot.model import Kind
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.testing import bot

WITH_EXAMPLE = (Kind.COMMAND, Kind.PREFIX)


def test_who_writes_an_example_gets_what_it_promises() -> None:
    rules = [rule for rule in bot.content.rules.rules if rule.kind in WITH_EXAMPLE]

    assert [rule.name for rule in rules if not rule.example] == []
    assert {rule.name: said for rule in rules if not keeps(rule, said := answer(rule))} == {}


def answer(rule: Rule) -> str:
    """What a rule says to who writes its example."""
    written, _ = rule.example or ("", "")
    return "\n".join(
        f"{said.sent.text}\n{said.sent.attachment}"
        for outcome in outcomes_of(bot.content, f"@gopher {written}")
        if outcome.rule == rule.name
        for said in outcome.replies
    )


def keeps(rule: Rule, said: str) -> bool:
    """Whether a rule promises something in its example, and says it."""
    _, promised = rule.example or ("", "")
    return bool(promised.strip()) and promised in said


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
