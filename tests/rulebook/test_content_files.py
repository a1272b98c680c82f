"""Content files: read as a whole if they're in order; otherwise each problem has its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
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
def test_a_term_that_cannot_be_found_keeps_the_bot_from_starting(
    tmp_path: Path, terms: str, problem: str
) -> None:
    found, *_ = problems(tmp_path, **{"glossary/ours": f"[aaa]\n{VAGUE}{terms}"})

    assert found.startswith("glossary/ours.toml: ")
    assert "[aaa]" not in found
    assert problem in found


def test_a_term_that_could_be_better_does_not(tmp_path: Path) -> None:
    assert not problems(tmp_path, **{"glossary/ours": f"[crab]\n{TERM}[ant]\n{VAGUE}"})

    found = content_files.read(tmp_path)
    assert found.glossary.find("ant")
    assert {problem.file for problem in found.term_problems} == {"glossary/ours.toml"}


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ('[go tour]\nhelp = "x"', 1, '["go tour"]'),
        ('["a"\nhelp = "x"', 1, "brackets on both sides"),
        ('["a"]\n<<<<<<< HEAD\nhelp = "x"', 2, "is a merge marker: keep one of the two sides"),
        ('["a"]\nhelp: "x"', 2, 'name = "…"'),
        ('["a"]\nhelp = “x”', 2, "straight quotes"),
        ('["a"]\nhelp = yes', 2, "true and false"),
        ('["a"]\nhelp = "x\ntext = "y"', 2, "no closing quote"),
        ('["a"]\nhelp = "x"\ntext = """\nno end', 4, "closing quote"),
        ('["a"]\nhelp = "say "hi" now"', 2, '\\"'),
        ('["a"]\nhelp = "a \\d"', 2, "every \\ in the text twice"),
        ('["a"]\nhelp = "a \\Users"', 2, "every \\ in the text twice"),
        ('["a"]\nhelp = "1"\ntext = "t"\nhelp = "2"', 4, "help is in line 2 already: keep one"),
        ('["a"]\nhelp = "x",', 2, "end the line without a comma"),
        ('["a"]\ntext = """\nx""";', 3, "end the line without a comma or semicolon"),
        ('["a"]\naliases = []string{"x", "y"}', 2, 'as in aliases = ["tour"]'),
        ('["a"]\ntext = "x " +\n"y"', 2, "without +"),
        ('["a"]\ntext = |\n  x', 2, "several lines between"),
        ('["a"]\nchecked = 12/01/2026', 2, "write year-month-day"),
        ('["a"]\nhelp\u00a0= "x"', 2, "an invisible character"),
        ('["a"]\naliases = ["x" "y"]', 2, "comma between"),
        ('["a"]\naliases = [\n"x" "y",\n]', 3, "comma between"),
        ('["a"]\naliases = ["x", "y"\nhelp = "z"', 3, "] at its end"),
        (
            '["a"]\nhelp = "1"\n["a"]\nhelp = "2"',
            3,
            "[a] is in line 1 already: put both into one entry",
        ),
    ],
)
def test_broken_toml_is_reported_with_its_line_and_a_remedy(
    tmp_path: Path, text: str, line: int, remedy: str
) -> None:
    [problem] = problems(tmp_path, answers=text)

    assert problem.startswith("answers.toml: ")
    assert f"line {line} " in problem
    assert remedy in problem


def test_a_file_must_be_utf_8_and_may_begin_with_an_editors_mark(tmp_path: Path) -> None:
    replies = tmp_path / "replies.toml"
    replies.write_bytes(b'\xef\xbb\xbf["a"]\ntext = "b"\n')
    assert problems(tmp_path) == []

    replies.write_bytes(b'["a"]\ntext = "caf\xe9"\n')
    assert problems(tmp_path) == [
        "replies.toml: line 2 has a character that is not UTF-8: save the file as UTF-8"
    ]


LIST = 'is not a list of texts: write aliases = ["…", "…"]'


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('text = "t"', '`help` is missing: add help = "…"'),
        ('help = "h"', '`text` is missing: add text = "…"'),
        ('help = "h"\ntext = "t"\nalias = ["b"]', "`alias` is not known here: write `aliases`"),
        ('HELP = "h"\ntext = "t"', "`HELP` is not known here: write `help`"),
        ('help = "h"\ntext = "t"\ncolour = "red"', "`colour` is not known here: remove it; known"),
        ('help = "h"\ntext = "t"\naliases = "b"', f"`aliases` {LIST}"),
        ('help = "h"\ntext = "t"\naliases = ["b", 1]', f"`aliases` {LIST}"),
        ('help = 1\ntext = "t"', '`help` is not a text: write help = "…"'),
        ('help = "h"\ntext = " "', "`text` is empty: write what the bot should say"),
        ('help = "h"\ntext = "t"\naliases = [""]', "a name or an alias is empty: write one or "),
        ('help = "h"\ntext = "t"\nalso = [" "]', "a name or an alias is empty: write one or "),
        (
            'help = "h"\ntext = "{botty}"',
            "'{botty}' isn't a placeholder: use {bot}, {contact}, {report}, {source}",
        ),
        ('help = "h"\ntext = "t"\nlead = "{x}"', "'{x}' isn't a placeholder"),
    ],
)
def test_a_broken_answer_is_named_with_the_remedy_and_the_next_is_read(
    tmp_path: Path, entry: str, problem: str
) -> None:
    [found] = problems(tmp_path, answers=f'["a"]\n{entry}\n{ENTRY}')

    assert found.startswith(f"answers.toml: [a]: {problem}")
    assert list(content_files.examine(tmp_path)[0].answers)[-1] == "b"


# The file's name, its text and how the only problem begins, after the file's name.
OTHERS = [
    ("reactions", '["a"]\nemoji = "tada"', "[a]: `emoji` is not a list of texts"),
    ("reactions", '["a"]\nemoji = []', "[a]: `emoji` is empty"),
    ("reactions", '["a"]\nemoji = ["b"]\none_in = 0', "[a]: `one_in` is too small"),
    ("reactions", '["a"]\nemoji = ["b"]\none_in = true', "[a]: `one_in` is not a number"),
    ("reactions", '["a"]\nemoji = ["b"]\naddressed = "no"', "[a]: `addressed` is not true or"),
    ("reactions", '[" "]\nemoji = ["b"]', "[ ]: a name or an alias is empty"),
    ("replies", '["a"]\ntxt = "b"', "[a]: `txt` is not known here: write `text`"),
    ("replies", 'text = "b"', "[text]: this belongs to no entry: put it under"),
    ("replies", '["a"]\ntext = "b"\naliases = [""]', "[a]: a name or an alias is empty"),
    ("packages", '[" "]\nurl = "u"\nhelp = "h"', "[ ]: a name or an alias is empty"),
    ("channels", "[go.mod]\nline = 'x'", "[go]: a name with a dot needs quotes"),
    ("channels", "[a]\nline = 'x'\nwelcome = 1", "[a]: `welcome` is not true or"),
    ("newbie_resources", "leed = 'x'", "`leed` is not known here: write `lead`"),
    ("newbie_resources", "lead = '{x}'", "'{x}' isn't a placeholder"),
    ("newbie_resources", "elsewhere = '{x}'", "'{x}' isn't a placeholder"),
    (
        "newbie_resources",
        "[[sections]]\ntitle = 'T'\nlinks = [{ url = 'https://go.dev' }]",
        "[sections T.links https://go.dev]: `line` is missing",
    ),
    ("newbie_resources", "[[sections]]\nlinks = []", "[sections number 1]: `title` is missing"),
    ("newbie_resources", "sections = 'x'", "`sections` is not a list of entries"),
    ("welcome", "[team]\ntext = '{chanels}'", "[team]: '{chanels}' isn't a placeholder"),
    ("welcome", "[team]\ntext = '{author}'", "[team]: '{author}' isn't a placeholder"),
    ("welcome", "[joins.a]\ntext = '{channels}'", "[joins.a]: '{channels}' isn't a"),
    ("welcome", "[joins.a]\ntxt = 'x'\ntext = 'y'", "[joins.a]: `txt` is not known"),
    ("welcome", "joins = 'x'", "`joins` is not a group of entries: write a heading"),
    ("welcome", "[teem]\ntext = 'x'", "`teem` is not known here: write `team`"),
    ("playground", "shared = '{athor}'", "'{athor}' isn't a placeholder"),
    ("playground", "note = '{author}'", "'{author}' isn't a placeholder"),
    ("search", "[asked]\na = 'x'", "[asked]: `a` is not a list of texts"),
    ("workspace", "nam = 'x'", "`nam` is not known here: write `name`"),
    ("workspace", "bot = 1", "`bot` is not a text"),
    ("moderation", "[report]\nchannel = 'm'", "`report` is not known here: write `reports`"),
    ("answers", '[["a"]]\ntext = "b"', "[a]: this belongs to no entry: write its heading with one"),
    (
        "answers",
        '["@gopher go a"]\ntext = "b"',
        '[@gopher go a]: members mention the bot first: write ["go a"]',
    ),
    ("answers", '["a"]\ndefinition = "b"\nlinks = []', "[a]: this is a term: move it to a file in"),
    ("moderation", "reports = 'm'", "[reports]: this belongs to no entry"),
    ("moderation", "[reports]\nchanel = 'm'", "[reports]: `chanel` is not known here: write"),
    ("moderation", "[reports]\nreasons = []", "[reports]: `channel` is missing: add channel"),
    ("moderation", "[reports]\nchannel = '#m'", '[reports]: `channel` is a name without "#"'),
    ("moderation", "[waves]\nchannel = ' '", "[waves]: `channel` is empty"),
    ("moderation", "[reports]\nchannel = 'm'\nreasons = []", "[reports]: `reasons` is empty"),
    ("moderation", "[reports]\nchannel = 'm'\nreasons = ['']", "[reports]: `reasons` has an"),
    (
        "moderation",
        f"[reports]\nchannel = 'm'\nreasons = {[str(n) for n in range(101)]}",
        "[reports]: `reasons` has more than 100",
    ),
    ("moderation", "[waves]\nchannel = 'm '", "[waves]: `channel` has spaces around it"),
    ("moderation", "[reports]\nchannel = 'm'\nper_hour = 0", "`reports.per_hour` is out of"),
    ("moderation", "[channels.jobs]\ntxt = 'x'", "[channels.jobs]: `txt` is not known here"),
    ("moderation", "[notes.guys]\ntext = 'x'", "[notes.guys]: `words` is missing"),
    ("moderation", "[notes.guys]\ntext = 'x'\nwords = []", "[notes.guys]: `words` is empty"),
    ("moderation", "[notes.a]\ntext = 'x'\nwords = ['//']", "[notes.a]: '//' finds every message"),
    ("moderation", "[channels.a]\ntext = 'x'", "[channels.a]: it has no rule: add `must`"),
    ("moderation", "[channels.a]\ntext = 'x'\nmust = ['y']", "[channels.a]: `example` is missing"),
    (
        "moderation",
        "[channels.a]\ntext = 'x'\nmust = ['y']\nexample = 'n'",
        "[channels.a]: `example` doesn't keep the rules",
    ),
    (
        "moderation",
        "[channels.a]\ntext = 'x'\nnever = ['/(/']",
        "[channels.a]: /(/ is invalid (missing",
    ),
    (
        "moderation",
        "[channels.a]\ntext = 'x'\ngroup = 'guides'",
        "[channels.a]: `group` is invalid",
    ),
    ("moderation", "[channels.a]\ntext = ' '\nnever = ['y']", "[channels.a]: `text` is empty"),
    ("moderation", "[waves]\nchannel = 'm'\nwords = 3", "`waves.words` is out of bounds"),
    (
        "watchers",
        "[gotime_social]\nchannel = 'a'\naccount = 'me'",
        "[gotime_social]: `account` is out of bounds",
    ),
]


@pytest.mark.parametrize(("file", "text", "problem"), OTHERS)
def test_every_other_file_is_checked_too(
    tmp_path: Path, file: str, text: str, problem: str
) -> None:
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
