"""Content files: read as a whole if they're in order; otherwise each problem has its remedy."""

from pathlib import Path

import pytest
from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gopherbot.errors import ContentError
from gopherbot.rulebook import content_files

TERM = (
    'definition = "an animal with ten legs that walks sideways along the shore."\n'
    'links = ["https://example.org/crab"]\n'
)
VAGUE = 'definition = "small"\nlinks = ["http://a.b"]\n'
ENTRY = '["b"]\nhelp = "h"\ntext = "t"\n'


def problems(folder: Path, **files: str) -> list[str]:
    """Return what is wrong with a folder of these files; `answers` is `answers.toml`."""
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return [str(problem) for problem in content_files.examine(folder)[1]]


def test_missing_files_count_as_empty(tmp_path: Path) -> None:
    found = content_files.read(tmp_path)
    assert found.answers == {}
    assert found.welcome.team is None
    assert (found.workspace.bot, found.example_term) == ("bot", "")
    assert not found.moderation.tables
    assert {"answers.toml", "moderation.toml", "watchers.toml"} < found.files


def test_entries_keep_their_order(tmp_path: Path) -> None:
    assert not problems(tmp_path, channels='[zoo]\nline = "x"\n[ant]\nline = "x"\n')
    assert list(content_files.read(tmp_path).channels) == ["zoo", "ant"]


def test_a_folder_may_have_a_glossary_and_says_which_term_to_show(tmp_path: Path) -> None:
    terms = {"glossary/ours": f"[ant]\n{TERM}[crab]\n{TERM}"}
    assert not problems(tmp_path, **terms)
    found = content_files.read(tmp_path)
    assert [term.name for term in found.glossary] == ["ant", "crab"]
    assert (found.example_term, found.glossary_path) == ("ant", "glossary")
    assert not problems(tmp_path, workspace='term = "crab"')
    assert content_files.read(tmp_path).example_term == "crab"


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("[crab]\ndefinition = 1\n", "[crab]: "),
        ("[crab\n", "line 4 "),
        (f"[ant]\n{TERM}[crab]\naliases = ['ant', 'x']\n{TERM}", "[crab]: the alias ant hides"),
        (f"[ant]\naliases = ['x']\n{TERM}[bee]\naliases = ['x']\n{TERM}", "[bee]: the alias x"),
    ],
)
def test_an_unreachable_term_prevents_the_start(tmp_path: Path, terms: str, problem: str) -> None:
    found, *_ = problems(tmp_path, **{"glossary/ours": f"[aaa]\n{VAGUE}{terms}"})
    assert found.startswith("glossary/ours.toml: ")
    assert "[aaa]" not in found
    assert problem in found


def test_a_term_that_could_be_better_does_not(tmp_path: Path) -> None:
    assert not problems(tmp_path, **{"glossary/ours": f"[crab]\n{TERM}[ant]\n{VAGUE}"})
    found = content_files.read(tmp_path)
    assert found.glossary.find("ant")
    assert {problem.file for problem in found.term_problems} == {"glossary/ours.toml"}


@cases("text", "line", "remedy")
def test_broken_toml_is_reported_with_its_line_and_a_remedy(
    tmp_path: Path, text: str, line: int, remedy: str
) -> None:
    [problem] = problems(tmp_path, answers=text)
    assert problem.startswith("answers.toml: ")
    assert f"line {line} " in problem
    assert remedy in problem


@cases("entry", "problem")
def test_a_broken_answer_is_named_with_the_remedy_and_the_next_is_read(
    tmp_path: Path, entry: str, problem: str
) -> None:
    [found] = problems(tmp_path, answers=f'["a"]\n{entry}\n{ENTRY}')
    assert found.startswith(f"answers.toml: [a]: {problem}")
    assert list(content_files.examine(tmp_path)[0].answers)[-1] == "b"


@cases("file", "text", "problem")
def test_every_other_file_is_checked(tmp_path: Path, file: str, text: str, problem: str) -> None:
    [found] = problems(tmp_path, **{file: text})
    assert found.startswith(f"{file}.toml: {problem}")
    assert "`$" not in found


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    problems(tmp_path, answers='["a"]\n["b"]\ntext = 1\n', replies="[x y]\n")
    with pytest.raises(ContentError) as caught:
        content_files.read(tmp_path)
    assert len(caught.value.problems) == 5
    assert str(caught.value).count("\n") == 5


LINES = [
    '["a"]',
    "[a.b]",
    "[[sections]]",
    'text = "t"',
    "help = 1",
    "aliases = [",
    '"""',
    "x",
    "\\",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.sampled_from(["answers", "reactions", "replies", "channels", "welcome", "newbie_resources"]),
    st.lists(st.sampled_from(LINES) | st.text(max_size=8), max_size=6).map("\n".join),
)
def test_nothing_in_a_file_raises(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    for problem in content_files.examine(tmp_path)[1]:
        assert problem.file.endswith((".toml", "glossary"))
        assert problem.message
