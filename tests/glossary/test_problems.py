"""What the glossary says to a contributor whose file is not right."""

import re
from pathlib import Path

import pytest
from cases import cases

from glossary import BrokenGlossary, Problem, load, read

GOOD = {
    "apple": 'definition = "a round fruit that grows on trees and keeps doctors away."',
    "pear": 'definition = "a fruit with a narrow end that is ripe for about ten minutes."',
}
LINKS = 'links = ["https://go.dev/doc/"]'


def entry(name: str, *lines: str) -> str:
    return "\n".join([f'["{name}"]', *lines, ""])


def good(name: str, *more: str) -> str:
    return entry(name, 'definition = "a fruit or other that is nice to read about."', LINKS, *more)


def told(folder: Path, text: str, file: str = "fruit.toml") -> list[str]:
    """The problems of a folder that holds this file."""
    (folder / file).write_text(text, encoding="utf-8")
    return [str(problem) for problem in read(folder)[1]]


def test_good_entries_have_no_problem(tmp_path: Path) -> None:
    assert told(tmp_path, good("apple", 'aliases = ["apples"]') + good("pear")) == []


def test_a_problem_reads_file_entry_and_message() -> None:
    assert str(Problem("fruit.toml", "pear", "peel it")) == "fruit.toml: [pear]: peel it"
    assert str(Problem("fruit.toml", "", "peel it")) == "fruit.toml: peel it"


def test_an_answer_among_the_terms_is_told_where_it_belongs(tmp_path: Path) -> None:
    [problem] = told(tmp_path, entry("apple", 'help = "h"', 'text = "t"'))
    assert "move it to answers.toml" in problem


@cases("line", "wrong", "remedy")
def test_one_thing_wrong_with_an_entry_is_told_with_its_remedy(
    tmp_path: Path, line: str, wrong: str, remedy: str
) -> None:
    """The line takes the place of its key's; a key alone leaves that out."""
    pear = {"definition": GOOD["pear"], "links": LINKS, line.partition(" ")[0]: line}
    lines = [each for each in pear.values() if "=" in each]
    [problem] = told(tmp_path, entry("apple", GOOD["apple"], LINKS) + entry("pear", *lines))
    assert problem.startswith("fruit.toml: [pear]: ")
    assert wrong in problem
    assert remedy in problem


@pytest.mark.parametrize(
    "text",
    [
        good("pear", 'aliases = ["bartlett pear", "a &amp; b"]'),
        good("pear", f'aliases = ["{"x" * 80}"]'),
        entry("pear", f'definition = "a &lt; {"x" * 35}."', LINKS),
        entry("pear", f'definition = "a {"x" * 397}."', LINKS),
        entry("pear", GOOD["pear"], f"links = {[f'https://go.dev/{n}' for n in range(3)]}"),
    ],
)
def test_an_entry_up_to_the_limits_is_fine(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(entry("bad", 'definition = "Short"', "link = 1"))
    (tmp_path / "a.toml").write_text("[broken")
    (tmp_path / "c.toml").write_text(good("pear", 'aliases = ["fig"]'))
    (tmp_path / "d.toml").write_text(good("fig") + good("quince", "link = 1"))
    problems = read(tmp_path)[1]
    assert [problem.file[0] for problem in problems] == [*"abbbbcd"]


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        (entry("pear", 'definition = "no end'), "[pear]: line 5 cannot be", "no closing quote"),
        ('aliases = ["one"', "[apple]: line 4 cannot be read", "] at its end"),
        (good("apple"), "[apple]: line 4", "[apple] is in line 1 already: put both into one entry"),
        (LINKS, "[apple]: line 4", "links is in line 3 already: keep one of the two"),
        (good("x").replace('["x"]', "[x.y]"), "[x.y]: a name with a dot", 'write ["x.y"] instead'),
        (good("x").replace('["x"]', "[[pear]]"), "[pear]: this belongs to no term", '["pear"]'),
    ],
)
def test_broken_toml_is_reported_with_its_line_and_entry(
    tmp_path: Path, text: str, problem: str, remedy: str
) -> None:
    [found] = told(tmp_path, good("apple") + text)
    assert found.startswith(f"fruit.toml: {problem}")
    assert remedy in found


def test_a_line_outside_of_any_entry_is_reported(tmp_path: Path) -> None:
    [found] = told(tmp_path, 'definition = "lost"\n' + good("pear"))
    assert found.startswith("fruit.toml: [definition]: this belongs to no term")
    assert "under a heading" in found


def test_a_character_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "fruit.toml").write_bytes(b"# one\n# two \xff\n")
    [problem] = read(tmp_path)[1]
    assert str(problem) == (
        "fruit.toml: line 2 has a character that is not UTF-8: save the file as UTF-8"
    )


def test_an_editors_mark_at_the_start_and_its_line_ends_are_fine(tmp_path: Path) -> None:
    text = (good("apple") + good("pear")).replace("\n", "\r\n")
    (tmp_path / "fruit.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert len(load(tmp_path)) == 2


@cases("names", "misplaced")
def test_an_entry_out_of_order_is_told_where_it_belongs(
    tmp_path: Path, names: list[str], misplaced: dict[str, str]
) -> None:
    told(tmp_path, "".join(good(name) for name in names))
    problems = read(tmp_path)[1]
    assert len(problems) == len(misplaced)
    for problem in problems:
        assert "move [" in problem.message
        if problem.entry in misplaced:
            assert misplaced[problem.entry] in problem.message


@cases("one", "other", "problem")
def test_a_name_of_two_terms_shows_both(tmp_path: Path, one: str, other: str, problem: str) -> None:
    for file, names in (("a.toml", one), ("b.toml", other)):
        name, sign, also = re.split(r" ?([*~]|$)", names, maxsplit=1)
        key = "also" if sign == "~" else "aliases"
        found = told(tmp_path, good(name, f'{key} = ["{also}"]' if sign else ""), file)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    for folder in [tmp_path, tmp_path / "nowhere"]:
        glossary, [problem] = read(folder)
        assert len(glossary) == 0
        assert "no .toml file" in problem.message


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    [problem] = read(tmp_path)[1]
    assert problem.file == "folder.toml"
    assert "cannot be read" in problem.message


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 5_000, "x = 1" + "0" * 5_000, "x = 2020-99-99", "\x00", "[a]\n[a.b]\n[[a.b]]"],
)
def test_nothing_in_a_file_raises(tmp_path: Path, text: str) -> None:
    assert len(told(tmp_path, text)) == 1


def test_the_good_terms_are_there_though_others_are_not(tmp_path: Path) -> None:
    told(tmp_path, good("apple") + entry("pear", LINKS))
    assert [term.name for term in read(tmp_path)[0]] == ["apple"]


def test_loading_a_broken_glossary_raises_with_every_problem_on_its_line(tmp_path: Path) -> None:
    problems = told(tmp_path, entry("apple", LINKS) + entry("pear", GOOD["pear"]))
    with pytest.raises(BrokenGlossary) as raised:
        load(tmp_path)
    assert str(raised.value).splitlines() == problems
    assert len(problems) == 2
