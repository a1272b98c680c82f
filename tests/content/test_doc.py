"""`doc`: the Go reference in Slack. What the answers look like is in `said.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.errors import ContentError
from gopherbot.explain import explain
from gopherbot.model import Reply
from gopherbot.testing import Bot, bot


def answer(text: str) -> Reply:
    outcomes = explain(bot.content, f"@gopher doc {text}").outcomes
    [outcome] = [outcome for outcome in outcomes if outcome.rule == "prefix:doc "]
    [said] = outcome.replies
    return said.sent


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("net/http", "net/http"),
        ("errors.New", "errors#New"),
        ("io.EOF", "io#EOF"),
        ("http.Client.Timeout", "net/http#Client.Timeout"),
        ("http.Handler.ServeHTTP", "net/http#Handler.ServeHTTP"),
        ("bufio.ReadWriter.ReadString", "bufio#Reader.ReadString"),
        ("os.FileInfo.Mode", "io/fs#FileInfo.Mode"),
        ("append", "builtin#append"),
        ("syscall.CreateFile", "syscall?GOOS=windows#CreateFile"),
        # Slack takes these for addresses.
        ("errors.Is", "errors#Is"),
        ("os.File.Name", "os#File.Name"),
        ("time.Duration.String", "time#Duration.String"),
        # Addresses of the site are names, too.
        ("https://pkg.go.dev/net/http#Client", "net/http#Client"),
        ("pkg.go.dev/net/http#Client", "net/http#Client"),
        ("http://pkg.go.dev/encoding/json", "encoding/json"),
        ("https://pkg.go.dev/net/http@go1.22.0#Client.Do", "net/http#Client.Do"),
        ("https://pkg.go.dev/syscall?GOOS=windows#CreateFile", "syscall?GOOS=windows#CreateFile"),
    ],
)
def test_the_link_leads_to_the_place_on_the_page(text: str, link: str) -> None:
    assert f"<https://pkg.go.dev/{link}|" in answer(text).text


def test_the_standard_library_is_named_with_its_versions() -> None:
    assert answer("strings.Builder.Grow").text.endswith(", since Go 1.10")
    assert answer("xyzzy").text == "I can't find `xyzzy` in Go's standard library."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        # What was there from the start needs no word about it.
        ("io.EOF", "`var EOF error`\n<https://pkg.go.dev/io#EOF|io.EOF>"),
        (
            "json.Valid",
            (
                "`func Valid(data []byte) bool`\n"
                "<https://pkg.go.dev/encoding/json#Valid|encoding/json.Valid>, since Go 1.9"
            ),
        ),
        (
            "json.Deterministic",
            (
                "`func Deterministic(v bool) Options`\n"
                "<https://pkg.go.dev/encoding/json/v2#Deterministic|"
                "encoding/json/v2.Deterministic>, since Go 1.27"
            ),
        ),
        (
            "json",
            (
                "<https://pkg.go.dev/encoding/json|encoding/json>\n"
                "There's also <https://pkg.go.dev/encoding/json/v2|encoding/json/v2>"
            ),
        ),
        (
            "time.Weekday",
            (
                "`type Weekday int`\n<https://pkg.go.dev/time#Weekday|time.Weekday>\n"
                "Its constants: `Sunday`, `Monday`, `Tuesday`, `Wednesday`, `Thursday`, `Friday`, "
                "`Saturday`"
            ),
        ),
    ],
)
def test_an_answer_says_no_more_than_is_worth_knowing(asked: str, said: str) -> None:
    assert answer(asked).text == said


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("json.Unmarshal", "encoding/json#Unmarshal"),
        ("Rand.N", "math/rand/v2#Rand.N"),
        ("rand.Rand.N[int64]", "math/rand/v2#Rand.N"),
        ("slices.Sort[[]int]", "slices#Sort"),
        ("atomic.Pointer[T].Load", "sync/atomic#Pointer.Load"),
    ],
)
def test_the_first_major_version_a_method_and_a_type_argument_are_understood(
    asked: str, link: str
) -> None:
    assert f"<https://pkg.go.dev/{link}|" in answer(asked).text.splitlines()[1]


def test_the_path_of_another_package_leads_to_its_prefix() -> None:
    said = "I can't find `gorilla/mux` in Go's standard library. For other packages: "
    assert answer("gorilla/mux").text == f"{said}`ghd/gorilla/mux`"


def test_the_bot_has_to_be_addressed_and_something_has_to_be_asked_for() -> None:
    assert not bot.say("doc net/http")
    assert bot.say("doc net/http", dm=True)
    assert "prefix:doc " not in bot.say("@gopher doc ``").rules


@given(st.text("<>&@!#|`*_~CUReader. ", max_size=40))
def test_nothing_that_a_member_wrote_becomes_markup(text: str) -> None:
    for said in bot.say(f"@gopher doc {text}").replies:
        assert "<" not in said.sent.text.replace("<https://", "")


def test_a_long_list_says_how_many_there_are_more(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "reference.toml").write_text(
        'prefix = "bread "\nhelp = "look up a bread"\nexample = "rye"\nsite = "https://b.example/"\n'
    )
    for count, last in ((8, "• <https://b.example/rye7"), (10, "… and 2 more. Add the package")):
        lines = "".join(f"rye{number}\t\t\n\tDark\t\t\t\t\n" for number in range(count))
        (folder / "reference.tsv").write_text(lines)
        listed = Bot(tmp_path).say("@bot bread dark").replies[0].sent.attachment.splitlines()
        assert len(listed) == min(count, 9)
        assert listed[-1].startswith(last)


def test_a_reference_without_its_table_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/reference.toml").write_text('prefix = "doc "\nhelp = "look it up"\n')
    with pytest.raises(ContentError, match=r"reference\.tsv cannot be read"):
        _ = Bot(tmp_path).content
