"""Pasted errors: what Go itself prints is explained, each message once, and to whom."""

import json
import os
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from cases import cases
from parts import GO

from gopherbot.errors import ServiceError
from gopherbot.golang.panics import read_panic
from gopherbot.model import Ask, File, Message, Reply
from gopherbot.search.error_messages import ErrorMessages
from gopherbot.testing import bot

from .test_playground import Web

HERE = Path(__file__).parent
RULE = "dynamic:explain errors"
BROKEN: dict[str, str] = tomllib.loads((HERE / "broken_go.toml").read_text("utf-8"))
PRINTED_BY_GO = HERE / "printed_by_go.json"
PRINTED: dict[str, str] = json.loads(PRINTED_BY_GO.read_text("utf-8"))
"""What Go printed for each: to build them takes 20 s of CPU."""
PASTED = """what is wrong here?
```
# example.com/shop
./main.go:12:5: declared and not used: total
./main.go:15:5: declared and not used: sum
./server.go:31:14: cannot use port (variable of type int) as string value in argument to f
vet: ./main.go:4:2: undefined: srv
```"""
PANIC = """```
panic: assignment to entry in nil map

goroutine 7 [running]:
main.(*Store).Add(...)
\t/home/ann/shop/store.go:41
main.main()
\t/home/ann/shop/main.go:14 +0x26
exit status 2
```"""


@cache
def known() -> ErrorMessages:
    errors = bot.content.data.errors
    return ErrorMessages({name: (name, *error.also) for name, error in errors.items()})


def names(text: str) -> list[str]:
    return [found.name for found in known().find(text)]


def printed_now(folder: Path) -> dict[str, str]:
    """Return what building, vetting or running each broken program prints."""
    go, places = GO.need(), {f"p{number}": name for number, name in enumerate(BROKEN)}
    (folder / "go.mod").write_text("module broken\n\ngo 1.27\n")
    for place, name in places.items():
        (folder / place).mkdir()
        (folder / place / "main.go").write_text(f"package main\n\n{BROKEN[name]}\n")

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=280
        )
        said = (done.stdout + done.stderr).replace(str(folder), "/home/ann/broken")
        return said.replace(root, "/usr/local/go")

    root = subprocess.check_output([go, "env", "GOROOT"], text=True).strip()
    said = run(go, "vet", "./...") + run(go, "build", "-o", f"bin{os.sep}", "./...")
    found = {}
    for place, name in places.items():
        lines = [line for line in said.splitlines() if f"{place}/main.go" in line]
        if BROKEN[name].startswith("//go:run"):
            run(go, "build", "-o", f"bin/{place}", f"./{place}")
            lines = [run(folder / "bin" / place)]
        if "main is undeclared" in name:
            lines = [run(go, "build", "-o", f"bin/{place}", f"./{place}")]
        found[name] = "\n".join(lines)
    return found


@pytest.mark.nightly
def test_what_is_recorded_is_what_go_prints_today(tmp_path: Path) -> None:
    now = printed_now(tmp_path)
    if "UPDATE_PRINTED" in os.environ:
        PRINTED_BY_GO.write_text(json.dumps(now, indent=0, ensure_ascii=False) + "\n", "utf-8")

    assert {name: names(text) for name, text in now.items()} == {
        name: names(text) for name, text in PRINTED.items()
    }


def test_what_go_prints_is_explained_by_the_entry_that_is_for_it() -> None:
    assert len(PRINTED) >= 120
    assert PRINTED.keys() == BROKEN.keys(), "CONTRIBUTING.md says how to record it"
    assert {name: text for name, text in PRINTED.items() if name not in names(text)} == {}


def test_every_panic_of_go_itself_is_traced_to_the_members_code() -> None:
    for name, text in PRINTED.items():
        if BROKEN[name].startswith("//go:run") and "goroutine" in text:
            panic = read_panic(text)
            assert panic, text
            assert panic.own, text
            assert panic.own.file == "main.go", text


def test_a_dump_names_each_error_once_with_its_lines() -> None:
    said = bot.say(f"@gopher {PASTED}").text
    assert said.count("• ") == 3
    assert "• `declared and not used: …` (`main.go` lines 12, 15): A variable" in said
    assert "`cannot use port (variable of type int) as string value in argument to f`" in said
    assert "(`main.go` line 4)" in said
    assert "react to your message with :mega:." in said


def test_a_long_dump_ends_with_how_many_are_left() -> None:
    lines = [f"./x.go:{n}:1: {name}" for n, name in enumerate(list(BROKEN)[:12])]
    said = bot.say("@gopher " + "\n".join(lines)).text
    assert said.count("• ") == 6
    assert "Fix these first" in said
    lines = [f"./x.go:{n}:1: undefined: total" for n in (1, *range(1, 10))]
    assert "lines 1, 2, 3, 4, 5, 6, 7, 8, …)" in bot.say("@gopher " + "\n".join(lines)).text


@cases("frames", "state", "told")
def test_a_panic_is_explained_by_where_it_began_in_ones_own_code(
    frames: str, state: str, told: str
) -> None:
    trace = f"panic: assignment to entry in nil map\n\ngoroutine 7 [{state}]:\n{frames}"
    first, second, *_ = bot.say(f"@gopher ```{trace}```").text.splitlines()
    assert first == f"`assignment to entry in nil map`, {told}"
    assert second.startswith("The map was declared, but never made.")


TRACE = "\n\ngoroutine 1 [running]:\nmain.main()\n\t/home/me/app/prog.go:9 +0x1d"
RACE = """WARNING: DATA RACE
Read at 0x00c0000b4010 by goroutine 8:
  main.f()
      /home/me/app/race.go:12 +0x3c

Previous write at 0x00c0000b4010 by main goroutine:
  main.main()
      /home/me/app/race.go:13 +0x88"""


@pytest.mark.parametrize("text", ["```{}```", "```\n{}```", "```{}\n```", "help ```{}``` please"])
@cases("first")
def test_a_trace_in_a_fence_is_read_wherever_its_line_breaks_are(text: str, first: str) -> None:
    said = bot.say("@gopher " + text.format(first + TRACE)).text
    assert said.startswith(bot.say(f"@gopher {first}{TRACE}", dm=True).text)
    assert "in goroutine 1. Look at `prog.go:9` in `main.main`" in said


@pytest.mark.parametrize("dump", [f"http: panic serving 127.0.0.1:1: boom{TRACE}", RACE])
def test_unasked_it_reads_a_fence_without_line_breaks_too(dump: str) -> None:
    said = bot.say(f"```{dump}```", channel="newbies").text
    assert said.startswith(bot.say(f"@gopher {dump}", dm=True).text)
    assert ".go:" in said


@cases("text", "shown")
def test_an_error_is_quoted_in_the_members_words_alone(text: str, shown: str) -> None:
    assert bot.say(f"@gopher {text}").text.startswith(f"• `{shown}`")


def test_an_index_is_explained_without_a_number_that_isnt_the_members() -> None:
    said = bot.say("@gopher panic: runtime error: index out of range [5] with length 3").text
    assert "index is the length less one" in said


@cases("text", "told")
def test_an_error_gets_what_to_do(text: str, told: str) -> None:
    for place in ("", "m.go:11:2: "):
        said = bot.say(f"@gopher {place}{text}")
        assert said.rules == (RULE,)
        assert told in said.text


LOGGED = "\n".join(f"2026-01-01T10:00:00Z app[web.1]: {line}" for line in PANIC.splitlines())


@pytest.mark.parametrize("share", ["share", "Share:", "share\n"])
@pytest.mark.parametrize("dump", [PASTED, PANIC, LOGGED, "undefined: total"])
def test_with_share_in_front_its_explained_for_all(share: str, dump: str) -> None:
    told = bot.say(f"@gopher {share} {dump}")
    assert (len(told.replies), told.ephemeral) == (1, False)
    assert told.text == bot.say(f"@gopher {dump}", dm=True).text


@pytest.mark.parametrize("dump", [PASTED, PANIC, LOGGED])
def test_unasked_it_explains_a_dump_to_its_author_alone_in_help_channels(dump: str) -> None:
    told = bot.say(dump, channel="newbies")
    assert (told.rules, told.ephemeral) == ((RULE,), True)
    assert not bot.say(dump, channel="random").replies


@pytest.mark.parametrize("name", ["build.txt", "app.log"])
@pytest.mark.parametrize("dump", [PASTED, PANIC, LOGGED])
def test_a_dump_in_a_text_file_is_explained_as_if_it_were_pasted(dump: str, name: str) -> None:
    told = bot.say("@gopher what is this?", files={name: dump})
    assert told.text == bot.say(f"@gopher {dump}").text
    unasked = bot.say("help", channel="newbies", files={name: dump})
    assert (len(unasked.replies), unasked.ephemeral) == (1, True)
    for text, channel, file in (("hi", "random", name), ("@gopher hi", "newbies", "build.pdf")):
        assert not bot.say(text, channel=channel, files={file: dump}).replies


def test_of_several_files_the_first_three_that_can_be_read_are() -> None:
    empty = {f"{number}.txt": "" for number in range(3)}
    assert not bot.say("help", channel="newbies", files=empty | {"build.txt": PASTED}).replies
    read = Web({"F1": ServiceError("too large"), "F2": PASTED})
    files = tuple(File(id, f"{id}.txt", filetype="text") for id in read.files)
    asked = Message("Ev1", "D1", "U1", "1.0", "", files=files, direct=True)
    [rule] = [rule for rule in bot.content.rules.rules if rule.name == f"{RULE} in files"]
    said = rule.handler(Ask(asked, files=read))
    assert isinstance(said, Reply)
    assert "undefined: srv" in said.text


@cases("text")
def test_unasked_it_says_nothing_to_who_only_talks_about_an_error(text: str) -> None:
    assert not bot.say(text, channel="newbies").replies


@cases("text", "rule")
def test_another_rule_that_answers_goes_first(text: str, rule: str) -> None:
    answered = [each for each in bot.say(f"@gopher {text}").rules if not each.startswith("react")]
    assert answered == ([rule] if rule else [])


def test_the_longest_message_wins() -> None:
    text = "x.a undefined (type T has no field or method a, but does have field A)"
    assert names(text)[0].endswith("but does have field {other})")
    assert names('Get "https://a.example": dial tcp: lookup a.example: no such host') == [
        "no such host"
    ]


def test_every_entry_finds_itself_and_says_where_to_read_on() -> None:
    book = bot.content
    for name, error in book.data.errors.items():
        for form in (name, *error.also):
            assert name in names(f"./main.go:1:1: {form}") or _shadowed(form), form
        see = error.see
        assert not see or book.rules.command(see) or book.data.glossary.find(see), name
    assert len(book.data.errors) >= 200


def _shadowed(form: str) -> bool:
    """Whether a longer message holds this one, wildcards and all."""
    return len(names(f"./main.go:1:1: {form}")) == 1


def test_only_the_first_400_lines_and_letters_of_a_line_are_read() -> None:
    for skipped in ("\n", "x"):
        texts = [skipped * n + "import cycle not allowed" for n in (376, 377, 399, 400)]
        cut = [True, False, False, False] if skipped == "x" else [True, True, True, False]
        assert [bool(names(text)) for text in texts] == cut


def test_a_name_of_thousands_of_letters_is_cut() -> None:
    trace = PANIC.replace("main.(*Store).Add", "a" * 20_000)
    assert len(bot.say(f"@gopher {trace}").text) < 1000


@pytest.mark.parametrize("name", ["log`.go", "a|b.go", "<@U1>.go", "&.go"])
def test_nothing_that_was_pasted_becomes_markup(name: str) -> None:
    text = f"@gopher x:\n./{name}:1:2: undefined: `<!here>` & *x*\n"
    for said in bot.say(text).replies:
        assert "<!here>" not in said.sent.text
        assert "<@U1>" not in said.sent.text
