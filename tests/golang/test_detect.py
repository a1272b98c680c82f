import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from cases import cases
from costs import LONGEST, hostile_texts, too_costly

from gopherbot.golang import detect, patterns

SAMPLES = Path(__file__).parent / "samples"
FEWEST = {"go": 25, "prose": 25, "logs": 15, "data": 10, "other": 20}

PROGRAM = """\
package main

import "fmt"

func main() {
	fmt.Println("hi")
}"""


looks_like_go = cache(detect.looks_like_go)


def samples(kind: str) -> list[Path]:
    return sorted((SAMPLES / kind).glob("*.txt"))


def every_sample() -> Iterator[tuple[str, str, str]]:
    """Yield the kind, the name and the text of each."""
    for path in sorted(SAMPLES.glob("*/*.txt")):
        yield path.parent.name, path.stem, path.read_text("utf-8")


def test_a_sample_is_judged_right() -> None:
    wrong = [
        f"{kind}/{name}"
        for kind, name, text in every_sample()
        if looks_like_go(text) != (kind == "go")
    ]
    assert wrong == []


def test_windows_line_ends_change_nothing() -> None:
    changed = [
        f"{kind}/{name}"
        for kind, name, text in every_sample()
        if detect.looks_like_go(text.replace("\n", "\r\n")) != looks_like_go(text)
    ]
    assert changed == []


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
    assert right / pieces >= 0.95
    assert {kind: wrong for kind, (_, wrong) in found.items() if wrong} == {}


def test_one_kind_of_line_is_enough_if_every_line_is_of_it() -> None:
    assert detect.looks_like_go("\n".join(f'fmt.Println("step {n}")' for n in range(12)))
    assert detect.looks_like_go("\n".join(f"x{n} := {n}" for n in range(12)))


@pytest.mark.parametrize(
    "text", ["", "\n\n\n", "}\n}\n}", "```", "`", '"', "//", "/*", "\x00\x01", "x\ud800 y"]
)
def test_next_to_nothing_is_not_go(text: str) -> None:
    assert not detect.looks_like_go(text)


# The weights: `case <-done:` has 5.5 for Go, which counts as 4, `def f(x):` as much against it;
# `zebra` has none.


@cases("lines", "is_go")
def test_signs_are_weighed(lines: list[str], is_go: bool) -> None:
    assert detect.looks_like_go("\n".join(lines)) == is_go


@cases("text", "bare")
def test_comments_and_the_contents_of_strings_are_left_out(text: str, bare: list[str]) -> None:
    assert detect.bare_lines(text) == bare


def test_the_characters_of_code_are_counted_to_the_last() -> None:
    assert detect.bare_lines("ab\ncd", most=4) == ["ab", "cd"]
    assert detect.bare_lines("ab\ncd", most=3) == ["ab"]


def test_every_sign_has_its_weight_in_the_samples() -> None:
    """Each number changes with a pattern or a sample; what matters is judged above."""
    weights = {kind: [0.0, 0.0] for kind in FEWEST}
    for kind, _, text in every_sample():
        for line in detect.bare_lines(text):
            for side, signs in enumerate((patterns.FOR, patterns.AGAINST)):
                weights[kind][side] += sum(signs.within(line).values())
    assert weights == {
        "go": [923, 23],
        "prose": [52.5, 661.5],
        "logs": [50, 544],
        "data": [0, 295.5],
        "other": [34.5, 786],
    }


def test_a_sign_may_have_an_exception() -> None:
    for signs, line, exception in (
        (patterns.FOR, "for a {", "for a in b {"),
        (patterns.AGAINST, "key:", "default:"),
    ):
        assert signs.within(line)
        assert not any(weight == 1 for weight in signs.within(exception).values())


def test_a_text_is_judged_by_its_first_characters() -> None:
    comments = "// x\n" * (16_384 // 5)
    assert detect.looks_like_go(comments[: -len(PROGRAM)] + PROGRAM)
    assert not detect.looks_like_go(comments + PROGRAM)


def test_a_text_is_judged_by_its_first_lines() -> None:
    program = "x := 1\nfor {\nfallthrough\nselect {\n" * (400 // 4)
    log = "2024-01-01 panic: x\n" * 400
    assert len(detect.bare_lines(program + log, most=len(program + log))) == 400
    assert detect.looks_like_go(program + log)
    assert not detect.looks_like_go(program[: len(program) // 8] + log)


def test_a_text_is_judged_by_its_first_characters_of_code() -> None:
    line = "\tif err := aFunction(withAnArgument, another); err != nil {\n"
    log = "2024-01-01 panic: x\n" * 300
    assert detect.looks_like_go(line * (6_000 // len(line) + 1) + log)
    assert not detect.looks_like_go(line + log)
    assert detect.looks_like_go(line + log, most=len(line))


def test_a_line_is_judged_by_its_first_characters() -> None:
    spaces = " " * 200
    signs = "if err := f(); err != nil {"
    assert detect.looks_like_go(signs + spaces)
    assert not detect.looks_like_go(f"zebra{spaces}{signs}")
    assert detect.bare_lines("x" * 10 * 200) == ["x" * 200]


@pytest.mark.slow
def test_no_text_takes_long() -> None:
    # Those of half the length begin these, and may cost as much.
    assert too_costly(detect.looks_like_go, hostile_texts(2 * LONGEST)) == {}


@pytest.mark.slow
def test_no_line_takes_long_though_it_is_made_of_what_the_patterns_look_for() -> None:
    source = Path(patterns.__file__).read_text("utf-8").partition("FOR = ")[2].replace("\\", "")
    words = [*re.findall(r"[A-Za-z]+|.", source), *" .,()[]{}:=<-*\t&;'" * 20, *"\n" * 300]
    chance = random.Random(1)
    texts = ("".join(chance.choices(words, k=LONGEST))[:LONGEST] for _ in range(10))
    assert too_costly(detect.looks_like_go, texts) == {}
