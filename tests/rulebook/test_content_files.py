"""Content files: read whole where they are in order, told in a contributor's words where not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gopherbot.errors import ContentError
from gopherbot.rulebook import content_files
from gopherbot.testing import bot


def problems(folder: Path, **files: str) -> list[str]:
    """What is wrong with a folder of these files; `answers` is `answers.toml`."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return [str(problem) for problem in content_files.examine(folder)[1]]


def test_this_projects_own_content_is_in_order() -> None:
    found = bot.content.data

    assert found.answers["go tour"].aliases == ("tour",)
    assert found.reactions["vim"].one_in == 150
    assert found.welcome.joins["newbies"].text
    assert found.glossary.find("goroutine")


def test_files_that_are_not_there_are_empty(tmp_path: Path) -> None:
    found = content_files.read(tmp_path)

    assert found.answers == {}
    assert found.welcome.team is None
    assert found.workspace.bot == "bot"


def test_an_order_of_its_own_is_kept(tmp_path: Path) -> None:
    lines = 'line = "x"\n'
    problems(tmp_path, channels=f"[zoo]\n{lines}[ant]\n{lines}")

    assert list(content_files.read(tmp_path).channels) == ["zoo", "ant"]


def test_a_folder_may_bring_its_own_glossary(tmp_path: Path) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "ours.toml").write_text(
        '[crab]\ndefinition = "an animal with ten legs that walks sideways along the shore."\n'
        'links = ["https://example.org/crab"]\n'
    )

    assert [term.name for term in content_files.read(tmp_path).glossary] == ["crab"]


DEFINITION = "an animal with ten legs that walks sideways along the shore."
TERM = f'definition = "{DEFINITION}"\nlinks = ["https://example.org/crab"]\n'


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("[crab]\ndefinition = 1\n", "[crab]: "),
        ("[crab\n", "line 1 "),
        (f"[ant]\n{TERM}[crab]\naliases = ['ant']\n{TERM}", "[crab]: the alias ant hides"),
        (f"[ant]\naliases = ['x']\n{TERM}[bee]\naliases = ['x']\n{TERM}", "[bee]: the alias x"),
    ],
)
def test_a_term_that_cannot_be_found_stops_the_start(
    tmp_path: Path, terms: str, problem: str
) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "ours.toml").write_text(terms)

    with pytest.raises(ContentError) as caught:
        content_files.read(tmp_path)
    assert caught.value.problems[0].startswith("glossary/ours.toml: ")
    assert problem in caught.value.problems[0]


def test_a_term_that_could_be_better_does_not_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "glossary").mkdir()
    (tmp_path / "glossary" / "ours.toml").write_text(
        f'[crab]\n{TERM}[ant]\ndefinition = "small"\nlinks = ["http://a.b"]\n'
    )

    assert content_files.read(tmp_path).glossary.find("ant")


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ('[go tour]\nhelp = "x"', 1, '["go tour"]'),
        ('["a"\nhelp = "x"', 1, "brackets on both sides"),
        ('["a"]\nhelp: "x"', 2, 'name = "…"'),
        ('["a"]\nhelp = “x”', 2, "straight quotes"),
        ('["a"]\nhelp = yes', 2, "true and false"),
        ('["a"]\nhelp = "x\ntext = "y"', 2, "no closing quote"),
        ('["a"]\nhelp = "x"\ntext = """\nno end', 4, "closing quote"),
        ('["a"]\nhelp = "say "hi" now"', 2, '\\"'),
        ('["a"]\nhelp = "a \\d"', 2, "every \\ in the text twice"),
        ('["a"]\naliases = ["x" "y"]', 2, "comma"),
        ('["a"]\naliases = ["x", "y"\nhelp = "z"', 3, "] at its end"),
        ('["a"]\nhelp = "1"\n["a"]\nhelp = "2"', 3, "this heading already exists"),
    ],
)
def test_a_file_that_is_no_toml_is_told_by_line_and_remedy(
    tmp_path: Path, text: str, line: int, remedy: str
) -> None:
    [problem] = problems(tmp_path, answers=text)

    assert problem.startswith("answers.toml: [")
    assert f"line {line} " in problem
    assert remedy in problem


def test_a_file_that_is_not_utf8_is_told_by_line(tmp_path: Path) -> None:
    (tmp_path / "replies.toml").write_bytes(b'["a"]\ntext = "caf\xe9"\n')

    [problem] = problems(tmp_path)
    assert (
        problem == "replies.toml: line 2 has a character that is not UTF-8: save the file as UTF-8"
    )


def test_a_mark_at_the_beginning_that_editors_write_is_fine(tmp_path: Path) -> None:
    (tmp_path / "replies.toml").write_bytes(b'\xef\xbb\xbf["a"]\ntext = "b"\n')

    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('text = "t"', '`help` is missing: add help = "…"'),
        ('help = "h"', '`text` is missing: add text = "…"'),
        ('help = "h"\ntext = "t"\nalias = ["b"]', "`alias` is not known here: write `aliases`"),
        (
            'help = "h"\ntext = "t"\ncolour = "red"',
            "`colour` is not known here: remove it; known keys are help, text, aliases, also, lead",
        ),
        (
            'help = "h"\ntext = "t"\naliases = "b"',
            '`aliases` is not a list of texts: write aliases = ["…", "…"]',
        ),
        (
            'help = "h"\ntext = "t"\naliases = ["b", 1]',
            '`aliases` is not a list of texts: write aliases = ["…", "…"]',
        ),
        ('help = 1\ntext = "t"', '`help` is not a text: write help = "…"'),
        ('help = "h"\ntext = " "', "`text` is empty: write what the bot should say"),
        ('help = "h"\ntext = "t"\naliases = [""]', "a name or an alias is empty: write one or "),
        ('help = "h"\ntext = "{botty}"', "'{botty}' isn't a placeholder: use {bot}, {source}"),
    ],
)
def test_an_answer_out_of_order_is_named_with_the_remedy(
    tmp_path: Path, entry: str, problem: str
) -> None:
    good = '["b"]\nhelp = "h"\ntext = "t"\n'
    [found] = problems(tmp_path, answers=f'["a"]\n{entry}\n{good}')

    assert found.startswith(f"answers.toml: [a]: {problem}")
    assert list(content_files.examine(tmp_path)[0].answers)[-1] == "b"


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        (
            "reactions",
            '["a"]\nemoji = "tada"',
            "reactions.toml: [a]: `emoji` is not a list of texts",
        ),
        ("reactions", '["a"]\nemoji = []', "reactions.toml: [a]: `emoji` is empty"),
        (
            "reactions",
            '["a"]\nemoji = ["b"]\none_in = 0',
            "reactions.toml: [a]: `one_in` is too sm",
        ),
        (
            "reactions",
            '["a"]\nemoji = ["b"]\none_in = true',
            "reactions.toml: [a]: `one_in` is not a",
        ),
        (
            "reactions",
            '["a"]\nemoji = ["b"]\naddressed = "no"',
            "reactions.toml: [a]: `addressed` is",
        ),
        ("reactions", '[" "]\nemoji = ["b"]', "reactions.toml: [ ]: a name or an alias is empty"),
        ("replies", '["a"]\ntxt = "b"', "replies.toml: [a]: `txt` is not known here: write `text`"),
        ("replies", 'text = "b"', "replies.toml: [text]: this belongs to no entry: put it under"),
        ("channels", "[go.mod]\nline = 'x'", "channels.toml: [go]: a name with a dot needs quotes"),
        (
            "channels",
            "[a]\nline = 'x'\nwelcome = 1",
            "channels.toml: [a]: `welcome` is not true or",
        ),
        (
            "newbie_resources",
            "leed = 'x'",
            "newbie_resources.toml: `leed` is not known here: write",
        ),
        ("newbie_resources", "lead = '{x}'", "newbie_resources.toml: '{x}' isn't a placeholder"),
        (
            "newbie_resources",
            "[[sections]]\ntitle = 'T'\nlinks = [{ url = 'https://go.dev' }]",
            "newbie_resources.toml: [sections T.links https://go.dev]: `line` is missing",
        ),
        (
            "newbie_resources",
            "sections = 'x'",
            "newbie_resources.toml: `sections` is not a list of e",
        ),
        (
            "welcome",
            "[team]\ntext = '{chanels}'",
            "welcome.toml: [team]: '{chanels}' isn't a placehol",
        ),
        (
            "welcome",
            "[joins.a]\ntext = '{channels}'",
            "welcome.toml: [joins.a]: '{channels}' isn't a",
        ),
        (
            "welcome",
            "[joins.a]\ntxt = 'x'\ntext = 'y'",
            "welcome.toml: [joins.a]: `txt` is not known",
        ),
        (
            "welcome",
            "joins = 'x'",
            "welcome.toml: `joins` is not a group of entries: write a headi",
        ),
        ("welcome", "[teem]\ntext = 'x'", "welcome.toml: `teem` is not known here: write `team`"),
        ("workspace", "nam = 'x'", "workspace.toml: `nam` is not known here: write `name`"),
        ("workspace", "bot = 1", "workspace.toml: `bot` is not a text"),
        (
            "watchers",
            "[gotime_social]\nchannel = 'a'\naccount = 'me'",
            "watchers.toml: [gotime_social]: `account` is out of bounds",
        ),
    ],
)
def test_every_other_file_out_of_order_is_named_with_the_remedy(
    tmp_path: Path, file: str, text: str, problem: str
) -> None:
    [found] = problems(tmp_path, **{file: text})

    assert found.startswith(problem)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["a"]\n["b"]\ntext = 1\n')
    (tmp_path / "replies.toml").write_text("[x y]\n")

    with pytest.raises(ContentError) as caught:
        content_files.read(tmp_path)

    assert len(caught.value.problems) == 5
    assert str(caught.value).count("\n") == 5


TOML_LIKE = st.lists(
    st.sampled_from(
        [
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
    )
    | st.text(max_size=8),
    max_size=6,
).map("\n".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.sampled_from(["answers", "reactions", "replies", "channels", "welcome", "newbie_resources"]),
    TOML_LIKE,
)
def test_whatever_is_in_a_file_it_is_read_or_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "glossary").mkdir(exist_ok=True)  # an empty one, which is quick to read
    (tmp_path / f"{name}.toml").write_bytes(text.encode("utf-8", "surrogatepass"))

    for problem in content_files.examine(tmp_path)[1]:
        assert problem.file.endswith((".toml", "glossary"))
        assert problem.message
