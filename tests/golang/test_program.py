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


@pytest.mark.slow
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


@pytest.mark.parametrize("languages", [["python", "go"], []])
def test_marks_that_fit_no_block_are_left_aside(languages: list[str]) -> None:
    assert holds_go(fenced(PROGRAM), languages)


# What it becomes.


def test_blocks_share_the_characters_that_are_judged() -> None:
    late = f"{'zebra' * 39}\n" * 16 + f"{PROGRAM}\n" * 3
    assert holds_go(fenced(late))
    assert not holds_go(f"{fenced(late)}\nor\n{fenced('zebra')}")


@cases("sent", "typed")
def test_slacks_markup_is_undone_inside_code_too(sent: str, typed: str) -> None:
    assert program_in(f"{sent}\n```{CODE}{sent}```", ["go"]) == f"// {typed}\n{CODE}{typed}"


@cases("text", "languages", "program")
def test_code_stays_and_prose_is_commented(text: str, languages: list[str], program: str) -> None:
    def filled(text: str) -> str:
        parts = {"PROGRAM": PROGRAM, "CODE": CODE, "SHELL": SHELL, "INLINE": inline(PROGRAM)}
        for name, part in parts.items():
            text = text.replace(f"«{name}»", part)
        return text

    assert program_in(filled(text), languages) == (filled(program) if program else None)
