from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.golang import detect

SAMPLES = Path(__file__).parent / "samples"
FEWEST = {"go": 25, "prose": 25, "logs": 15, "data": 10, "other": 20}

PROGRAM = """\
package main

import "fmt"

func main() {
	fmt.Println("hi")
}"""


def fenced(code: str) -> str:
    return f"```\n{code}\n```"


def samples(kind: str) -> list[Path]:
    return sorted((SAMPLES / kind).glob("*.txt"))


def every_sample() -> list[pytest.ParameterSet]:
    kinds = sorted(path.name for path in SAMPLES.iterdir())
    return [
        pytest.param(path, id=f"{kind}/{path.stem}") for kind in kinds for path in samples(kind)
    ]


@pytest.mark.parametrize("sample", every_sample())
def test_a_sample_is_judged_right(sample: Path) -> None:
    assert detect.looks_like_go(sample.read_text("utf-8")) == (sample.parent.name == "go")


@pytest.mark.parametrize("sample", every_sample())
def test_windows_line_ends_change_nothing(sample: Path) -> None:
    text = sample.read_text("utf-8")
    assert detect.looks_like_go(text.replace("\n", "\r\n")) == detect.looks_like_go(text)


def test_there_are_enough_samples_of_each_kind() -> None:
    assert {kind: len(samples(kind)) >= few for kind, few in FEWEST.items()} == dict.fromkeys(
        FEWEST, True
    )


def test_most_pieces_cut_out_of_go_are_found_and_hardly_any_of_anything_else() -> None:
    found = {kind: [0, 0] for kind in FEWEST}
    for kind in FEWEST:
        for sample in samples(kind):
            lines = sample.read_text("utf-8").split("\n")
            for start in range(0, len(lines) - 12, 2):
                found[kind][0] += 1
                found[kind][1] += detect.looks_like_go("\n".join(lines[start : start + 12]))
    pieces, right = found.pop("go")
    assert right / pieces >= 0.93
    assert {kind: wrong for kind, (_, wrong) in found.items() if wrong} == {}


def test_the_samples_can_be_judged_from_the_command_line() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "gopherbot.golang.detect", str(SAMPLES)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines()[1:]}
    assert rows["go"] == [str(len(samples("go"))), str(len(samples("go"))), "0"]
    assert rows["prose"] == [str(len(samples("prose"))), "0", str(len(samples("prose")))]


def test_one_kind_of_line_is_enough_if_every_line_is_of_it() -> None:
    assert detect.looks_like_go("\n".join(f'fmt.Println("step {n}")' for n in range(12)))
    assert detect.looks_like_go("\n".join(f"x{n} := {n}" for n in range(12)))


@pytest.mark.parametrize("text", ["", "\n\n\n", "}\n}\n}", "```", "`", '"', "//", "/*", "\x00\x01"])
def test_next_to_nothing_is_not_go(text: str) -> None:
    assert not detect.looks_like_go(text)


@pytest.mark.parametrize(
    "unit",
    [
        *('"\\', '"\\"', "`", "'", "/*", "<", "<@U1|a", "<https://", "a", "a ", "a-b", "a, "),
        *("func (", "func f(a\n", "map[", "type x ", " ", "\t", "chan ", "*", "[", "(", "{"),
        *("`a`\n", "`a`\n\n \n"),
        *("```", "```\na\n", "&amp;", "a: ", "1.1m ", "a.a/", "func f(a.A", "<a:\n", "a.", "- "),
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    lines = "\n".join([unit * (300 // len(unit))] * 133)
    started = time.process_time()
    for hostile in (text, lines):
        detect.holds_go(hostile)
        detect.to_program(hostile)
    assert time.process_time() - started < 2


@given(st.text(alphabet="ab`\n <>@|&;{}/*\"'.:=()", max_size=400))
def test_any_text_becomes_a_program(text: str) -> None:
    detect.holds_go(text)
    detect.to_program(text)


# A message becomes a program.


def test_code_stays_and_prose_becomes_comments() -> None:
    message = f"Why does this not\ncompile?\n{fenced(PROGRAM)}\nI use Go 1.22.\n\nThanks!"
    assert detect.to_program(message) == (
        f"// Why does this not\n// compile?\n{PROGRAM}\n// I use Go 1.22.\n\n// Thanks!"
    )


def test_a_fence_in_the_middle_of_a_line_ends_the_comment() -> None:
    assert detect.to_program("try ```x := 1``` instead") == "// try\nx := 1\n// instead"


def test_the_fence_may_touch_the_code() -> None:
    assert detect.to_program("```x := 1\ny := 2```") == "x := 1\ny := 2"


def test_indentation_and_blank_lines_of_code_stay() -> None:
    code = "\n\tif x {\n\n\t\ty()  \n\t}\n"
    assert detect.to_program(fenced(code)) == code


def test_a_language_after_the_fence_is_no_code() -> None:
    assert detect.to_program("```go\nx := 1\n```") == "x := 1"
    assert detect.to_program("```golang\nx := 1\n```") == "x := 1"


def test_several_fences_are_all_code() -> None:
    message = "first\n```\na()\n```\n\nsecond\n```\nb()\n```"
    assert detect.to_program(message) == "// first\na()\n\n// second\nb()"


def test_a_fence_that_is_never_closed_reaches_to_the_end() -> None:
    assert detect.to_program("look\n```\na()\nb()") == "// look\na()\nb()"


def test_text_without_a_fence_is_all_code_if_it_looks_like_go() -> None:
    assert detect.to_program(PROGRAM) == PROGRAM


def test_text_without_a_fence_is_one_comment_if_it_does_not() -> None:
    assert detect.to_program("dear all,\n\nhello") == "// dear all,\n\n// hello"


def test_slacks_escapes_are_undone_once() -> None:
    sent = "a &lt; b &amp;&amp; c &gt; d\n```x &lt;- y // &amp;lt;```"
    assert detect.to_program(sent) == "// a < b && c > d\nx <- y // &lt;"


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<http://github.com/x/y|github.com/x/y>", "github.com/x/y"),
        ("<http://user.name|user.name> = 1", "user.name = 1"),
        ("<https://go.dev/play/>", "https://go.dev/play/"),
        ("<https://go.dev/?a=1&amp;b=2|the site>", "https://go.dev/?a=1&b=2"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("<@U123>", "@user"),
        ("<@U123|ada>", "@ada"),
        ("<#C123|general>", "#general"),
        ("<#C123>", "#channel"),
        ("<!here>", "@here"),
        ("<!subteam^S123|@gophers>", "@gophers"),
        ("a &lt; b > c", "a < b > c"),
    ],
)
def test_slacks_markup_is_undone_inside_code_too(sent: str, typed: str) -> None:
    assert detect.to_program(f"{sent}\n```{sent}```") == f"// {typed}\n{typed}"


# Whether a message is worth a link.


def test_a_message_with_go_in_a_fence_holds_go() -> None:
    assert detect.holds_go(f"help, please\n{fenced(PROGRAM)}\nthanks")


def test_one_fence_of_several_is_enough() -> None:
    trace = (SAMPLES / "logs" / "panic_trace.txt").read_text("utf-8")
    assert detect.holds_go(f"{fenced(PROGRAM)}\ngives\n{fenced(trace)}")


def test_go_that_slack_has_escaped_holds_go() -> None:
    code = "for v := range ch {\n\tif v &lt; 3 &amp;&amp; ok {\n\t\tout &lt;- v\n\t}\n}"
    assert detect.holds_go(fenced(code))


def test_go_without_a_fence_holds_go() -> None:
    assert detect.holds_go(PROGRAM)


@pytest.mark.parametrize("kind", ["prose", "logs", "data", "other"])
def test_nothing_else_holds_go_with_or_without_a_fence(kind: str) -> None:
    texts = [path.read_text("utf-8") for path in samples(kind)]
    assert not [text for text in texts if detect.holds_go(text)]
    assert not [text for text in texts if detect.holds_go(f"Look at this:\n{fenced(text)}")]


def test_an_essay_with_a_line_of_code_in_it_holds_no_go() -> None:
    essay = (SAMPLES / "prose" / "question_defer.txt").read_text("utf-8")
    assert not detect.holds_go(f"{essay}\n```if err := f.Close(); err != nil {{```\n{essay}")


def test_an_essay_after_a_fence_of_yaml_holds_no_go() -> None:
    yaml = (SAMPLES / "data" / "kubernetes.yaml.txt").read_text("utf-8")
    essay = (SAMPLES / "prose" / "essay_errors.txt").read_text("utf-8")
    assert not detect.holds_go(f"{fenced(yaml)}\n{essay}")


def inline(code: str) -> str:
    """Code with backticks around every line, as some members write it."""
    return "\n".join(f"`{line}`" if line.strip() else line for line in code.split("\n"))


def test_lines_that_are_inline_code_from_end_to_end_are_a_code_block() -> None:
    text = f"What does this print?\n{inline(PROGRAM)}\nThanks!"
    assert detect.holds_go(text)
    assert detect.to_program(text) == f"// What does this print?\n{PROGRAM}\n// Thanks!"


def test_inline_code_alone_is_a_program() -> None:
    assert detect.to_program(inline(PROGRAM)) == PROGRAM


@pytest.mark.parametrize("kind", ["logs", "data", "other"])
def test_nothing_else_holds_go_as_inline_code(kind: str) -> None:
    texts = [path.read_text("utf-8").replace("`", "'") for path in samples(kind)]
    assert not [text for text in texts if detect.holds_go(f"Look:\n{inline(text)}\nIdeas?")]


def test_one_or_two_lines_of_inline_code_are_quoted_by_prose() -> None:
    text = "Try\n`go mod tidy`\nor\n`go clean`\n`go build`\nfirst."
    assert not detect.holds_go(text)
    assert detect.to_program(text) == "\n".join(f"// {line}" for line in text.split("\n"))


def test_code_within_a_line_of_prose_is_prose() -> None:
    text = "\n".join(["`x := 1` and `y := 2` are fine", "`fmt.Println(x)` prints", "so `it` does"])
    assert not detect.holds_go(text)


SHELL = "go build ./...\n./server --port 8080 --verbose\ncurl localhost:8080/healthz"


def test_a_block_marked_as_go_is_go_without_guessing() -> None:
    unclear = "a = b\nc = d\ne = f"
    assert not detect.holds_go(fenced(unclear))
    assert detect.holds_go(fenced(unclear), ["go"])
    assert detect.holds_go(fenced(unclear), ["golang"])


@pytest.mark.parametrize("language", ["python", "rust", "sql"])
def test_a_block_marked_as_another_language_is_not_go(language: str) -> None:
    assert not detect.holds_go(fenced(PROGRAM), [language])


@pytest.mark.parametrize("language", ["", "plain_text", "auto"])
def test_a_block_that_is_not_marked_is_judged_by_what_is_in_it(language: str) -> None:
    assert detect.holds_go(fenced(PROGRAM), [language])
    assert not detect.holds_go(fenced(SHELL), [language])


def test_of_several_blocks_each_has_its_own_mark() -> None:
    text = f"{fenced(SHELL)}\nruns\n{fenced(PROGRAM)}"
    assert detect.holds_go(text, ["shell", "go"])
    commented = "\n".join(f"// {line}" for line in SHELL.split("\n"))
    assert detect.to_program(text, ["shell", "go"]) == f"{commented}\n// runs\n{PROGRAM}"


@pytest.mark.parametrize("languages", [["python", "go"], []])
def test_marks_that_fit_no_block_are_left_aside(languages: list[str]) -> None:
    assert detect.holds_go(fenced(PROGRAM), languages)
