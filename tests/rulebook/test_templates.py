"""Placeholders in the texts of content files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.model import Ask, Message
from gopherbot.rulebook.templates import Template, problems

ALLOWED = frozenset({"bot", "source"})
FIXED = {"bot": "@gopher", "source": "https://example.org/bot"}


class OneChannel:
    def id_of(self, name: str) -> str | None:
        return "C1" if name == "general" else None


def ask(*bot_users: str) -> Ask:
    asked = Message("Ev1", "C1", "U1", "1.0", "", bot_users=frozenset(bot_users))
    return Ask(asked, channels=OneChannel())


def render(text: str, *bot_users: str, **more: str) -> str:
    return Template(text, FIXED).render(ask(*bot_users), **more)


def test_a_channel_becomes_a_live_reference_or_stays_a_name() -> None:
    assert render("see {#general}, {#nowhere}") == "see <#C1>, #nowhere"


def test_the_bot_is_mentioned_where_its_id_is_known_and_named_elsewhere() -> None:
    assert render("{bot}", "UBOT") == "<@UBOT>"
    assert render("{bot}") == "@gopher"


def test_of_several_ids_of_the_bot_always_the_same_is_used() -> None:
    assert render("{bot}", *(f"U{number}" for number in range(9, 0, -1))) == "<@U1>"


def test_fixed_values_and_those_of_the_moment_are_put_in() -> None:
    assert render("{source}: {channels}", channels="a\nb") == "https://example.org/bot: a\nb"


def test_braces_are_written_twice() -> None:
    assert render("`struct{{}}` {{bot}}") == "`struct{}` {bot}"


def test_what_is_put_in_is_not_looked_at_again() -> None:
    assert render("{channels}", channels="{bot} {#general}") == "{bot} {#general}"


@pytest.mark.parametrize("text", ["", "plain", "{bot} {source} {#general} {#a-b_c1}", "{{}} {{x}}"])
def test_a_text_in_order_has_no_problem(text: str) -> None:
    assert not problems(text, ALLOWED)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{bott}", "'{bott}'"),
        ("{ bot }", "'{ bot }'"),
        ("{}", "'{}'"),
        ("struct{}", "'{}'"),
        ("{#General}", "'{#General}'"),
        ("{#}", "'{#}'"),
        ("a { b", "'{'"),
        ("a } b", "'}'"),
        ("{channels}", "'{channels}'"),
    ],
)
def test_a_text_out_of_order_is_told_with_the_remedy(text: str, named: str) -> None:
    [problem] = problems(text, ALLOWED)

    assert problem.startswith(named)
    assert "{bot}, {source} or {#channel}" in problem
    assert "double" in problem


@given(st.text("{}#botsurce x"))
def test_a_text_without_problems_can_be_rendered(text: str) -> None:
    if not problems(text, ALLOWED):
        render(text, "U1")


@given(st.text())
def test_any_text_can_be_said_with_its_braces_doubled(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")

    assert not problems(doubled, ALLOWED)
    assert render(doubled) == text
