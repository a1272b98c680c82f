"""What the glossary says to a contributor whose file is not right."""

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("lines", "wrong", "remedy"),
    [
        ([LINKS], "definition is missing", 'add a line definition = "'),
        (["definition = 7", LINKS], "not a text", "put it in quotes"),
        ([GOOD["pear"]], "links is missing", 'links = ["https://'),
        ([GOOD["pear"], "links = []"], "links is missing", 'links = ["https://'),
        ([GOOD["pear"], 'links = "https://go.dev"'], "links is not a list", 'links = ["'),
        ([GOOD["pear"], LINKS, 'aliases = "pears"'], "aliases is not a list", 'aliases = ["'),
        ([GOOD["pear"], LINKS, "aliases = [1]"], "aliases is not a list", 'aliases = ["'),
        (['help = "h"', 'text = "t"'], "this is an answer", "move it to answers.toml"),
        ([GOOD["pear"], LINKS, 'alias = ["pears"]'], "alias is not a known key", "write aliases"),
        ([GOOD["pear"], LINKS, 'Link = ["x"]'], "Link is not a known key", "write links"),
        ([GOOD["pear"], LINKS, 'colour = "green"'], "colour is not", "aliases, also, definition"),
        ([GOOD["pear"], LINKS, 'aliases = ["Pear"]'], "same as the term", "remove the alias"),
        ([GOOD["pear"], LINKS, 'aliases = ["bin", "Bin"]'], "is listed twice", "remove one"),
        ([GOOD["pear"], LINKS, 'aliases = [""]'], "empty name", "remove it"),
        ([GOOD["pear"], LINKS, 'aliases = ["`bin`"]'], "backticks", "without them"),
        ([GOOD["pear"], LINKS, 'aliases = ["a<b"]'], "a<b", "&lt;"),
        ([GOOD["pear"], LINKS, f'aliases = ["{"x" * 81}"]'], "more than 80", "shorten it"),
        ([GOOD["pear"], LINKS, 'also = "pears"'], "also is not a list", 'also = ["'),
        ([GOOD["pear"], LINKS, 'also = ["PEAR"]'], "spelling PEAR is the same", "remove the sp"),
        ([GOOD["pear"], LINKS, 'also = ["bin", "Bin"]'], "is listed twice", "remove one"),
        ([GOOD["pear"], LINKS, 'aliases = ["bin"]\nalso = ["Bin"]'], "listed twice", "remove one"),
        ([GOOD["pear"], LINKS, 'also = [""]'], "empty name", "remove it"),
        ([GOOD["pear"], LINKS, 'also = ["`bin`"]'], "backticks", "without them"),
        ([GOOD["pear"], LINKS, f'also = ["{"x" * 81}"]'], "more than 80", "shorten it"),
        ([f'definition = "a &lt; {"x" * 34}."', LINKS], "has 39 characters", "40 at least"),
        ([f'definition = "a {"x" * 398}."', LINKS], "has 401 characters", "400 at most"),
        ([GOOD["pear"].replace('."', '"'), LINKS], "full stop", "add one"),
        ([GOOD["pear"].replace("with a", "with <"), LINKS], "Slack", "&lt; for <"),
        ([GOOD["pear"].replace("with a", "with >"), LINKS], "Slack", "&gt; for >"),
        ([GOOD["pear"].replace("with a", "& `a && b`"), LINKS], "Slack", "&amp; for &"),
        ([GOOD["pear"].replace('"a ', '"is a '), LINKS], 'says "is" itself', "begin"),
        ([GOOD["pear"].replace('"a ', '"A '), LINKS], 'goes on after "TERM is"', "lower case"),
        ([GOOD["pear"].replace('"a ', '"The '), LINKS], 'goes on after "TERM is"', "lower case"),
        ([GOOD["pear"].replace("with", "`with"), LINKS], "is unpaired", "before and one after"),
        ([GOOD["pear"].replace("with", "`with`er"), LINKS], "letters touch", "fix it"),
        ([GOOD["pear"].replace(" with", " er`with`"), LINKS], "letters touch", "fix it"),
        ([GOOD["pear"].replace("with", "``"), LINKS], "letters touch", "fix it"),
        ([GOOD["pear"].replace("with a", "`with a `"), LINKS], "a space is just inside", "fix it"),
        ([GOOD["pear"].replace(" with", "  with"), LINKS], "an extra space", "single spaces"),
        ([GOOD["pear"].replace(" with", r"\nwith"), LINKS], "line break", "use one line"),
        ([GOOD["pear"].replace("with", "https://go.dev"), LINKS], "link in the", "move its"),
        ([GOOD["pear"], 'links = ["http://go.dev"]'], "http://go.dev is an insecure", "https://"),
        ([GOOD["pear"], 'links = ["go.dev/doc"]'], "go.dev/doc is not a complete link", "browser"),
        ([GOOD["pear"], 'links = ["https://go"]'], "https://go is not a complete link", "browser"),
        ([GOOD["pear"], 'links = ["https://go.dev/a b"]'], "not a complete link", "browser"),
        ([GOOD["pear"], 'links = ["ftp://go.dev/"]'], "not a complete link", "https://"),
        ([GOOD["pear"], 'links = ["https://go.dev", "https://go.dev"]'], "twice", "remove one"),
        ([GOOD["pear"], f"links = {[f'https://go.dev/{n}' for n in range(4)]}"], "4 links", "3"),
    ],
)  # fmt: skip
def test_one_thing_wrong_with_an_entry_is_told_with_its_remedy(
    tmp_path: Path, lines: list[str], wrong: str, remedy: str
) -> None:
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
    problems = read(tmp_path)[1]
    assert [problem.file for problem in problems] == ["a.toml"] + ["b.toml"] * 4


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


@pytest.mark.parametrize(
    ("names", "misplaced"),
    [
        (["pear", "apple", "fig", "plum"], {"pear": "after [fig]"}),
        (["apple", "fig", "plum", "pear"], {"pear": "after [fig], or [plum] after it"}),
        (["fig", "plum", "quince", "apple"], {"apple": "to the top"}),
        (["Pear", "apple", "Plum"], {"apple": "to the top, or [Pear] after it"}),
        (["plum", "pear", "fig", "apple"], {"apple": "", "fig": "", "pear": ""}),
        (["apple", "Fig", "pear", "Plum"], {}),
    ],
)
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


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        (
            good("Pear"),
            good("pear"),
            "b.toml: [pear]: the term Pear is in a.toml already: keep one",
        ),
        (
            good("pear", 'aliases = ["pear tree"]'),
            good("Pear Tree"),
            "a.toml: [pear]: the alias pear tree hides the term Pear Tree in b.toml: remove",
        ),
        (
            good("apple", 'aliases = ["Pome"]'),
            good("pear", 'aliases = ["pome?"]'),
            "b.toml: [pear]: the alias pome? belongs to apple in a.toml already: keep one",
        ),
        (
            good("pear", 'also = ["pear tree"]'),
            good("Pear Tree"),
            "a.toml: [pear]: the spelling pear tree hides the term Pear Tree in b.toml: remove the",
        ),
        (
            good("apple", 'aliases = ["Pome"]'),
            good("pear", 'also = ["pome?"]'),
            "b.toml: [pear]: the spelling pome? belongs to apple in a.toml",
        ),
        (
            good("apple", 'also = ["Pome"]'),
            good("pear", 'also = ["pome?"]'),
            "b.toml: [pear]: the spelling pome? belongs to apple in a.toml",
        ),
        (
            good("apple", 'also = ["Pome"]'),
            good("pear", 'aliases = ["pome"]'),
            "a.toml: [apple]: the spelling Pome belongs to pear in b.toml",
        ),
    ],
)
def test_a_name_of_two_terms_is_reported_with_both(
    tmp_path: Path, one: str, other: str, problem: str
) -> None:
    told(tmp_path, one, "a.toml")
    [found] = told(tmp_path, other, "b.toml")
    assert found.startswith(problem)


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
