"""`define`, `doc`, `what changed`, `min go`, `d/` and `ghd/`: what is looked up, and for whom.

What the answers look like is in `said.txt`, too.
"""

import re
from pathlib import Path

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import ContentError, ServiceError
from gopherbot.explain import ChannelKind, Scenario, explain
from gopherbot.model import Ask, Audience, File, Message, Reply
from gopherbot.testing import Bot, bot

from .test_bakers import BAKERS
from .test_playground import Web


@cases("text")
def test_case_quotes_spaces_and_punctuation_do_not_matter(text: str) -> None:
    assert BAKERS.say(text, dm=True).text.startswith("`proof` is the last rest")


@pytest.mark.parametrize("text", ["define define", "Define DEFINE?", "define `define`"])
def test_define_itself_gets_a_wink(text: str) -> None:
    assert ":wink:" in BAKERS.say(text, dm=True).text


@pytest.mark.parametrize("text", ["define", "define ", "define ```", "define @bob"])
def test_nothing_to_define_gets_no_definition(text: str) -> None:
    assert "prefix:define " not in BAKERS.say(f"@crumb {text}").rules


@pytest.mark.parametrize(
    ("kind", "answers"), [("dm", True), ("group-dm", True), ("public", False), ("private", False)]
)
def test_in_a_channel_the_bot_has_to_be_mentioned(kind: ChannelKind, answers: bool) -> None:
    found = explain(BAKERS.content, "define proof", Scenario(kind))
    assert bool(found.outcomes) is answers
    assert answers or "not addressed" in found.near[0].why


def test_every_term_is_explained() -> None:
    for term in bot.content.data.glossary:
        typed = term.names[-1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if typed.casefold() != "define":
            text = bot.say(f"define {typed}", dm=True).replies[-1].sent.text
            assert f"`{term.name}`" in text
            assert " is " in text


def test_what_is_no_term_but_a_name_of_the_library_is_shown_as_doc_shows_it() -> None:
    assert bot.say("@gopher define slices.Concat").text == bot.say("@gopher doc slices.Concat").text
    assert bot.say("@gopher define sync.Mutex").text.startswith("`mutex`")
    assert bot.say("@gopher define xyzzy").ephemeral


# `doc`


def doc(text: str) -> str:
    answer = bot.say(f"@gopher doc {text}")
    [said] = answer.replies
    assert "prefix:doc " in answer.rules
    return said.sent.text


@cases("text", "link")
def test_the_link_leads_to_the_place_on_the_page(text: str, link: str) -> None:
    """The first link, which stands below the signature if there is one."""
    first = re.search("<https://[^|]*", doc(text))
    assert first
    assert first[0] == f"<https://pkg.go.dev/{link}"


@cases("asked", "said")
def test_an_answer_says_no_more_than_is_worth_knowing(asked: str, said: str) -> None:
    assert doc(asked) == said


def test_the_bot_has_to_be_addressed_and_something_has_to_be_asked_for() -> None:
    assert doc("strings.Builder.Grow").endswith(", since Go 1.10")
    assert not bot.say("doc net/http")
    assert bot.say("doc net/http", dm=True)
    assert "prefix:doc " not in bot.say("@gopher doc ``").rules


def reference(folder: Path, table: str | None, more: str = "") -> Bot:
    (folder / "reference").mkdir(exist_ok=True)
    (folder / "reference/reference.toml").write_text(
        f'prefix = "bread "\nhelp = "look up a bread"\nexample = "rye"\n{more}'
    )
    if table is not None:
        (folder / "reference/reference.tsv").write_text(table)
    return Bot(folder)


def test_a_long_list_says_how_many_there_are_more(tmp_path: Path) -> None:
    for count, last in ((8, "• <https://b.example/rye7"), (10, "… and 2 more. Add the package")):
        lines = "".join(f"rye{number}\t\t\n\tDark\t\t\t\t\n" for number in range(count))
        breads = reference(tmp_path, lines, 'site = "https://b.example/"\n')
        listed = breads.say("@bot bread dark").replies[0].sent.attachment.splitlines()
        assert len(listed) == min(count, 9)
        assert listed[-1].startswith(last)


def test_a_reference_needs_its_table_and_may_have_no_more_prefixes(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"reference\.tsv cannot be read"):
        _ = reference(tmp_path, None).content
    rules = reference(tmp_path, "a\t1.0\t\n").content.rules.rules
    assert not {"what changed ", "min go"} & {rule.trigger for rule in rules}


# `what changed` and `min go`


@cases("asked", "said", "listed")
def test_what_changed_lists_what_is_newer_than_the_first_version_up_to_the_last(
    asked: str, said: str, listed: str
) -> None:
    answer = bot.say(f"@gopher what changed {asked}")
    assert answer.text == said
    assert listed in answer.attachment
    assert not answer.ephemeral
    assert len(answer.attachment) < 4000


def test_a_release_is_shown_with_its_new_packages_and_how_many_names_the_others_got() -> None:
    packages, names, hint = bot.say("@gopher what changed 1.22..1.24").attachment.splitlines()
    assert "iter (https://pkg.go.dev/iter) (1.23)" in packages
    assert "weak (https://pkg.go.dev/weak) (1.24)" in packages
    assert "`slices` (10)" in names
    assert "`iter`" not in names
    assert hint.startswith("For the names, add the package: `what changed 1.22..1.24 ")


@cases("text", "said")
def test_what_cannot_be_answered_is_told_to_the_asker_alone(text: str, said: str) -> None:
    answer = bot.say(f"@gopher {text}")
    assert answer.ephemeral
    assert answer.text.startswith(said)


@cases("text")
def test_other_sentences_are_left_alone(text: str) -> None:
    assert not {"prefix:what changed ", "prefix:min go"} & set(bot.say(text).rules)


@cases("code", "said")
def test_min_go_names_the_version_and_what_needs_it(code: str, said: str) -> None:
    assert bot.say(f"@gopher min go {code}").text == said
    assert bot.say(f"min go\n{code}", dm=True).text == said


def test_min_go_reads_a_shared_file_and_repeats_no_markup() -> None:
    [reply] = bot.say("@gopher min go", files={"main.go": "x := 1", "a.go": "y := new(1)"}).replies
    assert "new(1)" in reply.text
    files = {"main.go": "package main\n\nfunc main() {\n\tfor range 3 {\n\t}\n}\n"}
    said = [reply.text for reply in bot.say("@gopher min go", files=files).replies]
    assert "Needs at least *Go 1.22*: `range 3`" in said
    asked = Message("Ev1", "D1", "U1", "1.0", "min go", files=(File("F1", "a&b.go"),), direct=True)
    [rule] = [rule for rule in bot.content.rules.rules if rule.trigger == "min go"]
    away = Web({"F1": ServiceError("away")})
    assert rule.handler(Ask(asked, files=away)) == Reply(
        "I can't read a&amp;b.go.", to=Audience.ASKER_ONLY
    )
    [reply] = bot.say("@gopher min go ```x := new(<!channel>(1))```").replies
    assert "<" not in reply.sent.text


# `d/` and `ghd/`


def linked(text: str) -> str | None:
    """What is answered to a text that a member types, or None."""
    answer = bot.say(text)
    return answer.text if set(answer.rules) & {"prefix:d/", "prefix:ghd/"} else None


@cases("text", "path")
def test_a_path_is_linked_up_to_the_first_blank_with_its_case(text: str, path: str) -> None:
    assert linked(text) == f"https://pkg.go.dev/{path}"


@cases("text")
def test_what_is_no_path_is_left_alone(text: str) -> None:
    assert linked(text) is None


def test_a_path_has_up_to_255_characters() -> None:
    assert linked("d/" + "a" * 255) == "https://pkg.go.dev/" + "a" * 255
    assert linked("d/" + "a" * 256) is None


@given(st.text() | st.text("a./~-_+<>|@!&;`:"))
def test_a_link_holds_nothing_but_a_path(argument: str) -> None:
    for prefix, base in (("d/", "https://pkg.go.dev/"), ("ghd/", "https://pkg.go.dev/github.com/")):
        link = linked(prefix + argument)
        # `@bob` in it is a member who is mentioned.
        legal = (
            rf"(?:@\w+ )*{re.escape(base)}"
            r"[A-Za-z0-9._~+/@#-]{1,255}(?:\?tab=[A-Za-z0-9._~+/@#-]+)*"
        )
        assert link is None or re.fullmatch(legal, link)
