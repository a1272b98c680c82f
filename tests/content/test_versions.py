"""`what changed` and `min go`: what the versions of the reference table are good for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.testing import Bot, bot

SLICES = "https://pkg.go.dev/slices"


@pytest.mark.parametrize(
    ("asked", "said", "listed"),
    [
        ("1.22..1.27 slices", "New in `slices` since Go 1.22, up to 1.27:", "`Chunk`"),
        ("from go1.22 to 1.23 in slices?", "New in `slices` in Go 1.23:", "*Go 1.23*"),
        ("1.22.5 - 1.23.1 slices", "New in `slices` in Go 1.23:", "`Sorted`"),
        ("1.26 errors", "New in `errors` in Go 1.26:", "`AsType`"),
        ("since 1.25 errors", "New in `errors` since Go 1.25, up to 1.27:", "`AsType`"),
        ("1.27..1.25 errors", "New in `errors` since Go 1.25, up to 1.27:", "`AsType`"),
        ("1.24 in rand", "New in `rand` in Go 1.24:", "`Text`"),
        (
            "1.22..1.23",
            "New in Go's standard library in Go 1.23:",
            "iter (https://pkg.go.dev/iter)",
        ),
        ("in 1.27", "New in Go's standard library in Go 1.27:", "`encoding/json` (27)"),
        ("1.26..1.27 errors", "Nothing is new in `errors` in Go 1.27.", ""),
    ],
)
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
    assert hint.startswith("For the names, add the package: `what changed 1.22..1.24 ")


def test_an_unknown_package_is_told_to_the_asker_alone() -> None:
    answer = bot.say("@gopher what changed 1.22 slicez")
    assert answer.ephemeral
    assert answer.text == "I can't find `slicez` in Go's standard library."


@pytest.mark.parametrize(
    "text", ["what changed 1.22", "@gopher what changed in our rules?", "@gopher min gopher"]
)
def test_other_sentences_are_left_alone(text: str) -> None:
    assert not {"prefix:what changed ", "prefix:min go"} & set(bot.say(text).rules)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("`x := new(42)`", "Needs at least *Go 1.26*: `new(42)`"),
        ("x := new(42)", "Needs at least *Go 1.26*: `new(42)`"),
        (
            "what is it?\n```\nx := new(42)\n```\nand\n```\nfor i := range 10 {\n}\n```",
            "Needs at least *Go 1.26*: `new(42)`\nWithout that, Go 1.22: `range 10`",
        ),
        (
            '```import (\n\t"github.com/x/y"\n\t"slices"\n)\n\nvar c = slices.Chunk(y.Z, 2)```',
            "Needs at least *Go 1.23*: `slices.Chunk`",
        ),
        ("```for v := range <-ch {\n}```", "I see nothing in it that needs a newer Go than 1.13."),
    ],
)
def test_min_go_names_the_version_and_what_needs_it(code: str, said: str) -> None:
    assert bot.say(f"@gopher min go {code}").text == said
    assert bot.say(f"min go\n{code}", dm=True).text == said


def test_min_go_reads_a_shared_file() -> None:
    files = {"main.go": "package main\n\nfunc main() {\n\tfor range 3 {\n\t}\n}\n"}
    said = [reply.text for reply in bot.say("@gopher min go", files=files).replies]
    assert "Needs at least *Go 1.22*: `range 3`" in said


def test_min_go_without_code_says_where_to_put_it() -> None:
    answer = bot.say("@gopher min go")
    assert answer.ephemeral
    assert answer.text.startswith("Put your code after `min go`")


def test_nothing_that_a_member_wrote_becomes_markup() -> None:
    said = bot.say("@gopher min go ```x := new(<!channel>(1))```").replies[0].sent
    assert "<" not in said.text


def test_a_reference_without_these_prefixes_has_neither(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "reference.toml").write_text('prefix = "doc "\nhelp = "look it up"\nexample = "a"\n')
    (folder / "reference.tsv").write_text("a\t1.0\t\n")
    triggers = {rule.trigger for rule in Bot(tmp_path).content.rules.rules}
    assert not {"what changed ", "min go"} & triggers
