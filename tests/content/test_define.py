"""`define`: the glossary in Slack."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.explain import ChannelKind, Prediction, Scenario, explain, outcomes_of
from gopherbot.model import Ask, Audience, Message
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.testing import bot

TERMS = """\
["goroutine"]
aliases = ["go routine", "green thread"]
also = ["goroutines"]
definition = "a function that runs at the same time as others, started with the `go` statement."
links = ["https://go.dev/ref/spec#Go_statements", "https://go.dev/tour/?a=1&b=2"]

["go.mod"]
definition = "the file that makes a folder a module, and says &lt;which&gt; others it needs."
links = ["https://go.dev/ref/mod"]

["mutex"]
definition = "a lock that only one goroutine can hold, so that they take turns."
links = ["https://pkg.go.dev/sync#Mutex"]
"""


@pytest.fixture
def book(tmp_path: Path) -> LoadedContent:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "terms.toml").write_text(TERMS)
    (tmp_path / "workspace.toml").write_text('bot = "gopher"\nsource = "https://example.org/bot"\n')
    return loader.load(tmp_path)


def defined(book: LoadedContent, text: str) -> Prediction:
    [outcome] = explain(book, f"@gopher {text}").outcomes
    assert outcome.rule == "prefix:define "
    assert not outcome.failure
    return outcome


def sent(book: LoadedContent, text: str) -> str:
    [said] = defined(book, text).replies
    return said.sent.text


def test_a_term_is_explained_with_its_links(book: LoadedContent) -> None:
    assert sent(book, "define goroutine") == (
        "`goroutine` is a function that runs at the same time as others, started with the `go` "
        "statement.\n"
        "• <https://go.dev/ref/spec#Go_statements>\n"
        "• <https://go.dev/tour/?a=1&amp;b=2>"
    )


def test_an_alias_names_itself_as_well(book: LoadedContent) -> None:
    assert sent(book, "define Go Routine").startswith("`goroutine`, or `go routine`, is a function")


def test_a_silent_spelling_is_never_said(book: LoadedContent) -> None:
    assert sent(book, "define goroutines").startswith("`goroutine` is a function")


def test_what_the_glossary_escapes_stays_escaped(book: LoadedContent) -> None:
    assert "&lt;which&gt;" in sent(book, "define go.mod")


@pytest.mark.parametrize(
    "text",
    [
        "define mutex",
        "DEFINE Mutex",
        "define  mutex ",
        "define `mutex`",
        "define mutex?",
        "define a mutex",
    ],
)
def test_case_quotes_blanks_and_a_question_mark_do_not_matter(
    book: LoadedContent, text: str
) -> None:
    assert sent(book, text).startswith("`mutex` is a lock")


def test_an_address_that_slack_made_a_link_of_is_found(book: LoadedContent) -> None:
    prefix = next(rule for rule in book.rules.rules if rule.trigger == "define ")
    asked = explain(book, "@gopher define go.mod").outcomes[0].replies[0].sent

    linked = Ask(Message("Ev1", "C1", "U1", "1.0", ""), "<http://go.mod|go.mod>")
    assert prefix.handler(linked) == asked


def test_it_is_answered_to_all_and_pings_who_is_mentioned(book: LoadedContent) -> None:
    [said] = defined(book, "define mutex @bob").replies

    assert said.text.startswith("@bob `mutex` is")
    assert said.sent.to is not Audience.ASKER_ONLY


def test_an_unknown_term_is_told_to_the_asker_alone_with_the_way_to_add_it(
    book: LoadedContent,
) -> None:
    [said] = defined(book, "define monad").replies

    assert said.sent.to is Audience.ASKER_ONLY
    assert said.sent.text.startswith("I don't know `monad` yet.\n")
    assert "<https://example.org/bot/tree/main/glossary>" in said.sent.text
    assert "<https://example.org/bot/blob/main/CONTRIBUTING.md>" in said.sent.text
    assert "Did you mean" not in said.sent.text


def test_a_project_without_an_address_links_nothing_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "terms.toml").write_text(TERMS)
    (tmp_path / "workspace.toml").write_text('bot = "gopher"\n')

    assert sent(loader.load(tmp_path), "define monad") == "I don't know `monad` yet."


def test_the_nearest_terms_are_offered_and_are_terms(book: LoadedContent) -> None:
    assert "Did you mean `define goroutine`?" in sent(book, "define gorotine")


def test_what_is_repeated_of_a_member_is_short_on_one_line_and_no_markup(
    book: LoadedContent,
) -> None:
    text = sent(book, "define <!channel> & `x`\n" + "y" * 200)

    first = text.splitlines()[0]
    assert first.startswith("I don't know `&lt;!channel&gt; &amp; x yyy")
    assert first.endswith("y…` yet.")
    assert len(first) < 110


def test_to_define_define_gets_a_wink(book: LoadedContent) -> None:
    for text in ("define define", "Define DEFINE?", "define `define`"):
        assert ":wink:" in sent(book, text)


@pytest.mark.parametrize("text", ["define", "define ", "define ```", "define @bob"])
def test_nothing_to_define_gets_no_definition(book: LoadedContent, text: str) -> None:
    outcomes = explain(book, f"@gopher {text}").outcomes

    assert "prefix:define " not in [outcome.rule for outcome in outcomes]


@pytest.mark.parametrize("kind", ["dm", "group-dm"])
def test_a_dm_is_enough_to_address_the_bot(book: LoadedContent, kind: ChannelKind) -> None:
    assert explain(book, "define mutex", Scenario(kind)).outcomes


@pytest.mark.parametrize("kind", ["public", "private"])
def test_in_a_channel_the_bot_has_to_be_mentioned(book: LoadedContent, kind: ChannelKind) -> None:
    unasked = explain(book, "define mutex", Scenario(kind))

    assert not unasked.outcomes
    assert "not addressed" in unasked.near[0].why


def test_every_term_that_the_project_has_is_explained_by_all_its_names() -> None:
    book = bot.content

    for term in book.data.glossary:
        for name in term.names:
            typed = name.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            [outcome] = outcomes_of(book, f"define {typed}", Scenario(kind="dm"))[-1:]
            if typed.casefold() == "define":
                continue
            assert f"`{term.name}`" in outcome.replies[0].sent.text, name
            assert " is " in outcome.replies[0].sent.text
