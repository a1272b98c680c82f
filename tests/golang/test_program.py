from __future__ import annotations

from collections.abc import Sequence

import pytest
from cases import cases
from costs import hostile_texts, too_costly
from hypothesis import given
from hypothesis import strategies as st

from gopherbot.golang.program import program_in

from .test_detect import PROGRAM, SAMPLES, samples

CODE = "x := 1\ny := x\nz(y)"


def fenced(code: str) -> str:
    return f"```\n{code}\n```"


def holds_go(text: str, languages: Sequence[str] = ()) -> bool:
    return program_in(text, languages) is not None


@given(st.text(alphabet="ab`\n <>@|&;{}/*\"'.:=()", max_size=400), st.booleans())
def test_any_text_can_be_asked_for_a_program(text: str, marked: bool) -> None:
    program_in(f"```{text}```" if marked else text, ["go"] if marked else [])


def test_no_message_takes_long() -> None:
    assert too_costly(program_in, hostile_texts()) == {}
    # Such that it does hold Go.
    assert too_costly(program_in, (f"```go\n{text}" for text in hostile_texts(39_000))) == {}


# Whether a message is worth a link.


def test_one_fence_of_several_is_enough() -> None:
    trace = (SAMPLES / "logs" / "panic_trace.txt").read_text("utf-8")
    assert holds_go(f"{fenced(PROGRAM)}\ngives\n{fenced(trace)}")


def test_go_that_slack_has_escaped_holds_go() -> None:
    code = "for v := range ch {\n\tif v &lt; 3 &amp;&amp; ok {\n\t\tout &lt;- v\n\t}\n}"
    assert holds_go(fenced(code))


@pytest.mark.parametrize("kind", ["prose", "logs", "data", "other"])
def test_nothing_else_holds_go_with_or_without_a_fence(kind: str) -> None:
    texts = [path.read_text("utf-8") for path in samples(kind)]
    assert not [text for text in texts if holds_go(text)]
    assert not [text for text in texts if holds_go(f"Look at this:\n{fenced(text)}")]


def test_an_essay_with_a_line_of_code_in_it_holds_no_go() -> None:
    essay = (SAMPLES / "prose" / "question_defer.txt").read_text("utf-8")
    assert not holds_go(f"{essay}\n```if err := f.Close(); err != nil {{```\n{essay}")


def test_an_essay_after_a_fence_of_yaml_holds_no_go() -> None:
    yaml = (SAMPLES / "data" / "kubernetes.yaml.txt").read_text("utf-8")
    essay = (SAMPLES / "prose" / "essay_errors.txt").read_text("utf-8")
    assert not holds_go(f"{fenced(yaml)}\n{essay}")


def inline(code: str) -> str:
    """Code with backticks around every line, as some members write it."""
    return "\n".join(f"`{line}`" if line.strip() else line for line in code.split("\n"))


def test_lines_that_are_inline_code_from_end_to_end_are_a_code_block() -> None:
    text = f"What does this print?\n{inline(PROGRAM)}\nThanks!"
    assert holds_go(text)
    assert program_in(text) == f"// What does this print?\n{PROGRAM}\n// Thanks!"


def test_inline_code_alone_is_a_program() -> None:
    assert program_in(inline(PROGRAM)) == PROGRAM
    assert program_in(f"{inline(PROGRAM)}\n") == f"{PROGRAM}\n"


@pytest.mark.parametrize("kind", ["logs", "data", "other"])
def test_nothing_else_holds_go_as_inline_code(kind: str) -> None:
    texts = [path.read_text("utf-8").replace("`", "'") for path in samples(kind)]
    assert not [text for text in texts if holds_go(f"Look:\n{inline(text)}\nIdeas?")]


def test_one_or_two_lines_of_inline_code_are_quoted_by_prose() -> None:
    text = "Try\n`go mod tidy`\nor\n`go clean`\n`go build`\nfirst."
    assert not holds_go(text)


def test_code_within_a_line_of_prose_is_prose() -> None:
    text = "\n".join(["`x := 1` and `y := 2` are fine", "`fmt.Println(x)` prints", "so `it` does"])
    assert not holds_go(text)


SHELL = "go build ./...\n./server --port 8080 --verbose\ncurl localhost:8080/healthz"


def test_a_block_marked_as_go_is_go_without_guessing() -> None:
    unclear = "a = b\nc = d\ne = f"
    assert not holds_go(fenced(unclear))
    assert not holds_go(fenced("a = b\n\n\nc = d"), ["go"])
    assert holds_go(fenced(unclear), ["go"])
    assert holds_go(fenced(unclear), ["golang"])


@pytest.mark.parametrize("language", ["python", "rust", "sql"])
def test_a_block_marked_as_another_language_is_not_go(language: str) -> None:
    assert not holds_go(fenced(PROGRAM), [language])


@pytest.mark.parametrize("language", ["", "plain_text", "plain", "text", "auto"])
def test_a_block_that_is_not_marked_is_judged_by_what_is_in_it(language: str) -> None:
    assert holds_go(fenced(PROGRAM), [language])
    assert not holds_go(fenced(SHELL), [language])


def test_of_several_blocks_each_has_its_own_mark() -> None:
    text = f"{fenced(SHELL)}\nruns\n{fenced(PROGRAM)}"
    assert holds_go(text, ["shell", "go"])
    commented = "\n".join(f"// {line}" for line in SHELL.split("\n"))
    assert program_in(text, ["shell", "go"]) == f"{commented}\n// runs\n{PROGRAM}"


@pytest.mark.parametrize("languages", [["python", "go"], []])
def test_marks_that_fit_no_block_are_left_aside(languages: list[str]) -> None:
    assert holds_go(fenced(PROGRAM), languages)


# What it becomes.


def test_code_stays_and_prose_becomes_comments() -> None:
    message = f"Why does this not\ncompile?\n{fenced(PROGRAM)}\nI use Go 1.22.\n\nThanks!"
    assert program_in(message) == (
        f"// Why does this not\n// compile?\n{PROGRAM}\n// I use Go 1.22.\n\n// Thanks!"
    )


def test_a_fence_in_the_middle_of_a_line_ends_the_comment() -> None:
    assert program_in(f"try ```{CODE}``` instead", ["go"]) == f"// try\n{CODE}\n// instead"


def test_indentation_and_blank_lines_of_code_stay() -> None:
    code = "\n\tif x {\n\n\t\ty()  \n\t}\n"
    assert program_in(fenced(code), ["go"]) == code


@pytest.mark.parametrize("tag", ["go", "golang", " Go"])
def test_a_language_after_the_fence_is_no_code(tag: str) -> None:
    assert program_in(f"```{tag}\n{CODE}\n```") == CODE


def test_several_fences_are_all_code() -> None:
    message = f"first\n{fenced(CODE)}\n\nsecond\n{fenced('b()')}"
    assert program_in(message, ["go", ""]) == f"// first\n{CODE}\n\n// second\nb()"
    blank = f"{fenced(CODE)}\n\n{fenced('b()')}"
    assert program_in(blank, ["go", ""]) == f"{CODE}\n\nb()"


def test_blocks_share_the_characters_that_are_judged() -> None:
    late = f"{'zebra' * 39}\n" * 16 + f"{PROGRAM}\n" * 3
    assert holds_go(fenced(late))
    assert not holds_go(f"{fenced(late)}\nor\n{fenced('zebra')}")


def test_a_fence_that_is_never_closed_reaches_to_the_end() -> None:
    assert program_in(f"look\n```\n{CODE}", ["go"]) == f"// look\n{CODE}"
    assert program_in(f"look\n```\n{CODE}\n", ["go"]) == f"// look\n{CODE}\n"


def test_text_without_a_fence_is_all_code_if_it_looks_like_go() -> None:
    assert program_in(PROGRAM) == PROGRAM
    assert program_in("dear all,\n\nhello\n\nyours,\nmyself") is None


def test_slacks_escapes_are_undone_once() -> None:
    sent = f"a &lt; b &amp;&amp; c &gt; d\n```{CODE} &lt;- y // &amp;lt;```"
    assert program_in(sent, ["go"]) == f"// a < b && c > d\n{CODE} <- y // &lt;"


@cases("sent", "typed")
def test_slacks_markup_is_undone_inside_code_too(sent: str, typed: str) -> None:
    assert program_in(f"{sent}\n```{CODE}{sent}```", ["go"]) == f"// {typed}\n{CODE}{typed}"
