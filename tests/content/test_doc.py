"""`doc`: the reference in Slack."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import ContentError
from gopherbot.explain import Scenario, explain
from gopherbot.model import Audience, Reply
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.testing import bot


def answer(text: str, book: LoadedContent | None = None) -> Reply:
    outcomes = explain(book or bot.content, f"@gopher {text}").outcomes
    [outcome] = [outcome for outcome in outcomes if outcome.rule == "prefix:doc "]
    [said] = outcome.replies
    return said.sent


def test_a_symbol_is_shown_with_its_signature_version_and_place() -> None:
    reply = answer("doc strings.Builder.Grow")
    assert reply.text == (
        "`func (b *Builder) Grow(n int)`\n"
        "<https://pkg.go.dev/strings#Builder.Grow|strings.Builder.Grow>, since Go 1.10"
    )
    assert reply.to is not Audience.ASKER_ONLY


def test_a_package_is_linked() -> None:
    assert answer("doc net/http").text == "<https://pkg.go.dev/net/http|net/http>, since Go 1.0"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("errors.New", "errors#New"),
        ("http.StatusTeapot", "net/http#StatusTeapot"),
        ("io.EOF", "io#EOF"),
        ("http.Client.Timeout", "net/http#Client.Timeout"),
        ("http.Handler.ServeHTTP", "net/http#Handler.ServeHTTP"),
        ("testing.T.Errorf", "testing#T.Errorf"),
        ("bufio.ReadWriter.ReadString", "bufio#Reader.ReadString"),
        ("os.FileInfo.Mode", "io/fs#FileInfo.Mode"),
        ("append", "builtin#append"),
        ("syscall.CreateFile", "syscall?GOOS=windows#CreateFile"),
    ],
)
def test_the_link_leads_to_the_place_on_the_page(text: str, link: str) -> None:
    assert f"<https://pkg.go.dev/{link}|" in answer(f"doc {text}").text


def test_what_is_deprecated_or_for_one_platform_is_said_to_be() -> None:
    assert answer("doc ioutil.ReadAll").text.endswith(", *deprecated*")
    assert answer("doc ioutil").text.endswith(", *deprecated*")
    assert ", only on windows" in answer("doc syscall.CreateFile").text


def test_several_are_listed_to_the_asker_alone() -> None:
    reply = answer("doc Reader")
    assert reply.to is Audience.ASKER_ONLY
    first, *_, last = reply.attachment.splitlines()
    assert first == "• <https://pkg.go.dev/io#Reader|io.Reader>: `type Reader interface{ ... }`"
    assert last.endswith("more: say which one, with its package")
    assert len(reply.attachment.splitlines()) == 9


def test_a_near_miss_is_offered_with_its_link() -> None:
    reply = answer("doc fmt.Pritnln")
    assert reply.text == "I can't find `fmt.Pritnln` in Go's standard library. Did you mean:"
    assert "<https://pkg.go.dev/fmt#Println|fmt.Println>" in reply.attachment


def test_nothing_is_said_to_be_nothing() -> None:
    reply = answer("doc xyzzy")
    assert reply.text == "I can't find `xyzzy` in Go's standard library."
    assert reply.to is Audience.ASKER_ONLY


def test_arrows_of_a_signature_are_escaped() -> None:
    assert "&lt;-chan Time`" in answer("doc time.After").text


@pytest.mark.parametrize(
    ("pasted", "link"),
    [
        ("https://pkg.go.dev/net/http#Client", "net/http#Client"),
        ("pkg.go.dev/net/http#Client", "net/http#Client"),
        ("http://pkg.go.dev/encoding/json", "encoding/json"),
        ("https://pkg.go.dev/net/http@go1.22.0#Client.Do", "net/http#Client.Do"),
        ("https://pkg.go.dev/syscall?GOOS=windows#CreateFile", "syscall?GOOS=windows#CreateFile"),
    ],
)
def test_an_address_of_the_site_is_a_name(pasted: str, link: str) -> None:
    assert f"<https://pkg.go.dev/{link}|" in answer(f"doc {pasted}").text


@pytest.mark.parametrize("name", ["errors.Is", "os.File.Name", "time.Duration.String"])
def test_a_name_that_slack_takes_for_an_address_is_found(name: str) -> None:
    assert f"|{name}>" in answer(f"doc {name}").text


def test_the_bot_has_to_be_addressed_and_something_has_to_be_asked_for() -> None:
    assert not explain(bot.content, "doc net/http").outcomes
    assert explain(bot.content, "doc net/http", Scenario(kind="dm")).outcomes
    outcomes = explain(bot.content, "@gopher doc ``").outcomes
    assert "prefix:doc " not in [outcome.rule for outcome in outcomes]


@given(st.text("<>&@!#|`*_~CUReader. ", max_size=40))
def test_nothing_that_a_member_wrote_becomes_markup(text: str) -> None:
    for outcome in explain(bot.content, f"@gopher doc {text}").outcomes:
        for said in outcome.replies:
            told = said.sent.text.replace("<https://", "")
            assert "<" not in told


def test_a_community_without_a_reference_has_no_such_command(tmp_path: Path) -> None:
    assert "prefix:doc " not in [rule.name for rule in loader.load(tmp_path).rules.rules]


def test_another_community_ships_another_reference(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "reference.toml").write_text(
        'prefix = "bread "\nhelp = "look up a bread"\nexample = "rye"\ntitle = "our book"\n'
        'site = "https://bread.example/"\nsince = "of {version}"\n'
    )
    (folder / "reference.tsv").write_text("rye\t1850\t\n\tDark\t1851\t\t\twith molasses\n")
    book = loader.load(tmp_path)
    [outcome] = explain(book, "@bot bread rye dark").outcomes
    assert outcome.replies[0].sent.text == (
        "`with molasses`\n<https://bread.example/rye#Dark|rye.Dark>, of 1851"
    )


def test_a_list_that_is_shown_whole_promises_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "reference.toml").write_text(
        'prefix = "bread "\nhelp = "look up a bread"\nexample = "rye"\nsite = "https://b.example/"\n'
    )
    for count in (8, 9):
        lines = "".join(f"rye{number}\t\t\n\tDark\t\t\t\t\n" for number in range(count))
        (folder / "reference.tsv").write_text(lines)
        [outcome] = explain(loader.load(tmp_path), "@bot bread dark").outcomes
        listed = outcome.replies[0].sent.attachment
        assert ("… and 1 more" in listed, "more" in listed) == (count == 9, count == 9)


def test_a_reference_without_its_table_says_so(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/reference.toml").write_text('prefix = "doc "\nhelp = "look it up"\n')
    with pytest.raises(ContentError, match=r"reference\.tsv cannot be read"):
        loader.load(tmp_path)
