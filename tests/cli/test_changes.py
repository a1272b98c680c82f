"""What differs between two behaviours: each change once, the one on most lines first."""

from __future__ import annotations

from gopherbot.commands.diff.changes import FAILS, LESS, NEWLY, RuleChange, changes
from gopherbot.explain.corpus import Line
from gopherbot.explain.runner import Deed

LINES = [
    Line("talk", "a longer line"),
    Line("talk", "short"),
    *(Line("talk", f"line {n}") for n in range(3)),
    Line("joins", "somebody joins"),
]


def said(rule: str, text: str = "hi", what: str = "reply") -> tuple[bool, list[Deed]]:
    return False, [Deed(rule, "rules.toml", what, text)]  # type: ignore[arg-type]


def differing(
    before: dict[int, tuple[bool, list[Deed]]], after: dict[int, tuple[bool, list[Deed]]]
) -> list[RuleChange]:
    return changes(LINES, before, after)


def test_the_change_on_most_lines_comes_first_with_its_three_shortest() -> None:
    found = differing({}, {0: said("few")} | {n: said("many") for n in range(1, 5)})
    assert [(each.kind, each.rule, each.lines) for each in found] == [
        (NEWLY, "many", 4),
        (NEWLY, "few", 1),
    ]
    assert [each.text for each in found[0].examples] == ["short", "line 0", "line 1"]


def test_a_failure_comes_first_and_a_missing_emoji_is_less() -> None:
    twice = (False, [*said("b", "KeyError", "failure")[1]] * 2)
    found = differing({1: said("a", "wave", "emoji")}, {0: twice})
    assert [(each.kind, each.rule, each.lines) for each in found] == [
        (FAILS, "b", 1),
        (LESS, "a", 1),
    ]


def test_where_nobody_writes_there_is_no_kind_of_channel() -> None:
    found = differing({}, {1: said("a"), 5: said("b")})
    assert [each.examples[0].kind for each in found] == ["public", ""]
