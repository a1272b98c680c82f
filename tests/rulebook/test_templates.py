"""Placeholders in the texts of content files."""

from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.model import Ask, Message
from gopherbot.rulebook.templates import Template, problems, without

ALLOWED = frozenset({"bot", "source"})
FIXED = {"bot": "@gopher", "source": "https://example.org/bot"}


class OneChannel:
    def id_of(self, name: str) -> str | None:
        return "C1" if name == "general" else None


def render(text: str, *bot_users: str, **more: str) -> str:
    asked = Message("Ev1", "C1", "U1", "1.0", "", bot_users=frozenset(bot_users))
    return Template(text, FIXED).render(Ask(asked, channels=OneChannel()), **more)


@cases("text", "said")
def test_placeholders_are_replaced_once(text: str, said: str) -> None:
    assert render(text, channels="{bot} {#general}") == said


def test_a_value_of_the_moment_replaces_a_fixed_one() -> None:
    assert render("{source}", source="here") == "here"


def test_the_bot_is_mentioned_always_by_the_same_id() -> None:
    assert render("{bot}", *(f"U{number}" for number in range(9, 0, -1))) == "<@U1>"


@cases("text")
def test_a_good_text_has_no_problem(text: str) -> None:
    assert not problems(text, ALLOWED)


def test_a_line_that_names_what_is_missing_is_left_out_but_not_code() -> None:
    text = "```\n{source}\n```\n`{source}`\nat {source}\n```\nx{source}\n``` {source}"
    assert without(text, ["source"]) == "```\n{source}\n```\n`{source}`\n```\nx{source}"


@cases("piece")
def test_each_problem_of_a_text_has_its_remedy(piece: str) -> None:
    found = problems(f"a {piece} {{bot}} {{x}}", ALLOWED)
    assert [problem.partition(" isn't a placeholder: ")[0] for problem in found] == [
        repr(piece),
        "'{x}'",
    ]
    assert "use {bot}, {source} or {#channel}, and double" in found[0]


@cases("text", "remedy")
def test_a_brace_in_what_was_meant_as_code_says_how_code_is_written(text: str, remedy: str) -> None:
    [problem] = problems(text, ALLOWED)
    assert remedy in problem
    assert "double" not in problem


@given(st.text("{}#botsurce x"))
def test_a_text_without_problems_can_be_rendered(text: str) -> None:
    if not problems(text, ALLOWED):
        render(text, "U1")
        assert without(text, []) == text


@given(st.text())
def test_any_text_can_be_said_with_its_braces_doubled(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert not problems(doubled, ALLOWED)
    assert render(doubled) == text
