"""`gopherbot lint`: this project's content is in order, and a broken copy is told how to mend."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support import SAMPLE

from gopherbot.commands.lint import command, lint, wording
from gopherbot.rulebook.loader import examine
from gopherbot.settings import CONTENT_FOLDER


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sample, so that the Gophers' words can change without a word in here."""
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has changed: it no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_this_projects_content_is_in_order() -> None:
    found = run()

    assert found.output.startswith("No problems found: ")
    assert found.exit_code == 0


def test_the_sample_is_in_order(copy: Path) -> None:
    assert run("--folder", copy).exit_code == 0


def test_a_feed_needs_only_a_channel_and_an_address(copy: Path) -> None:
    table = '\n[feeds.Bread]\nchannel = "general"\nurl = "https://bread.example.org/feed"\n'
    with (copy / "watchers.toml").open("a") as file:
        file.write(table)
    found = run("--folder", copy)
    assert found.exit_code == 0, found.output


# File, what stands there, what somebody makes of it, and the entry and the words that tell of it.
BROKEN = [
    ("answers.toml", '["go tour"]', "[go tour]", "[go tour]", 'as in ["go tour"]'),
    ("answers.toml", 'text = "See what', 'text = "See "what', "[fyne tour]", 'write a " inside it'),
    ("answers.toml", '["books"]', '["zebra"]', "[zebra]", "move [zebra] after [work with forks]"),
    ("answers.toml", '["tour"]', '["books"]', "[go tour]", "'books' is already taken by [books]"),
    ("answers.toml", '["tour"]', '["Go  Tour"]', "[go tour]", "is the name of the entry itself"),
    ("answers.toml", '["tour"]', '["tour", "Tour"]', "[go tour]", "'Tour' is listed twice"),
    ("answers.toml", '["tour"]', '["the  tour"]', "[go tour]", "has an extra space"),
    ("answers.toml", '["tour"]', '["help"]', "[go tour]", "is already taken by"),
    ("answers.toml", '["tour"]', '["xkcd:tour"]', "[go tour]", "begins with the prefix 'xkcd:'"),
    ("answers.toml", '["tour"]', '["my proverbs"]', "[go tour]", "contains 'proverbs', to which"),
    ("answers.toml", 'help = "good books', 'hlep = "good books', "[books]", "write `help`"),
    ("answers.toml", 'help = "good books', 'help = "Good books', "[books]", "write 'good'"),
    ("answers.toml", "books about Go", "books about Go.", "[books]", "remove the full stop"),
    ("answers.toml", "good books about Go", "x" * 99, "[books]", "shorten it to 90 at most"),
    ("answers.toml", 'help = "good books about Go"', 'help = ""', "[books]", "has no help line"),
    ("answers.toml", 'help = "good books about Go"\n', "", "[books]", "`help` is missing: add"),
    ("answers.toml", "go.dev/tour/>", "go.dev/tour/> & more", "[go tour]", "&amp; for &"),
    ("answers.toml", "go.dev/tour/>", "go.dev/tour/> a -> b", "[go tour]", "&gt; for >"),
    (
        "answers.toml",
        "<https://go.dev/tour/>",
        "https://go.dev/tour/",
        "[go tour]",
        "between < and >",
    ),
    ("answers.toml", "https://go.dev/tour/", "http://go.dev/tour/", "[go tour]", "write https://"),
    ("answers.toml", "https://go.dev/tour/", "go.dev/tour/", "[go tour]", "is not a complete link"),
    (
        "answers.toml",
        "https://go.dev/tour/",
        "https://go/tour/",
        "[go tour]",
        "is not a complete link",
    ),
    (
        "answers.toml",
        "go.dev/tour/>",
        "go.dev/tour/> <!here>",
        "[go tour]",
        "<!here> doesn't belong her",
    ),
    ("answers.toml", "go.dev/tour/>", "go.dev/tour/> {#Tour}", "[go tour]", "isn't a placeholder"),
    (
        "answers.toml",
        "go.dev/tour/>",
        "go.dev/tour/> {tour}",
        "[go tour]",
        "use {bot}, {source} or",
    ),
    ("answers.toml", "go.dev/tour/>", "go.dev/tour/> `x", "[go tour]", "a backtick is unpaired"),
    ("answers.toml", "New to Go?", "New to Go? " * 400, "[go tour]", "shorten it to 4000 at most"),
    ("reactions.toml", '["bbqgopher"]', '[":bbqgopher:"]', "[bbq]", 'write "bbqgopher"'),
    ("reactions.toml", '["bbqgopher"]', '["Bbq gopher"]', "[bbq]", 'write "tada" for :tada:'),
    ("reactions.toml", '["bbqgopher"]', '["\U0001f356"]', "[bbq]", 'write "tada" for :tada:'),
    ("reactions.toml", '["bbqgopher"]', '"bbqgopher"', "[bbq]", 'write emoji = ["…", "…"]'),
    ("reactions.toml", '["beer", "beers"]', '["beer", "beer"]', "[beer me]", "is listed twice"),
    ("reactions.toml", '["bbq"]', '["zebra"]', "[zebra]", "move [zebra] after [wave]"),
    ("reactions.toml", '["gobuffalo"]', '["buffalo.io"]', "[buffalo]", "Slack makes a link of it"),
    ("reactions.toml", '["gobuffalo"]', '["ghost"]', "[ghost]", "is already taken by [buffalo]"),
    ("reactions.toml", "\none_in = 150", "\none_in = -1", "[emacs]", "write 2 or more"),
    ("reactions.toml", "\naddressed = true", "\naddresed = true", "[thank]", "write `addressed`"),
    ("replies.toml", '["proverbs"]', '["︶"]', "[︵]", "or [︶] after it"),
    ("replies.toml", 'text = "Wise', 'txt = "Wise', "[proverbs]", "write `text`"),
    ("replies.toml", "https://go-pro", "http://go-pro", "[proverbs]", "write https://"),
    ("channels.toml", "[general]", "[general", "[general", "brackets on both sides"),
    ("channels.toml", "[general]", '["#general"]', "[#general]", 'write "general"'),
    ("channels.toml", 'line = "questions', 'lines = "questions', "[general]", "write `line`"),
    ("channels.toml", "and answers", "and answers.", "[general]", "remove the full stop"),
    ("channels.toml", 'line = "work', 'line = "Work', "[jobs]", "write 'work'"),
    ("channels.toml", "work for", "work & play for", "[jobs]", "&amp; for &"),
    ("channels.toml", "\nwelcome = true", '\nwelcome = "yes"', "[general]", "write welcome = true"),
    (
        "newbie_resources.toml",
        "https://go.dev/tour/",
        "go.dev/tour/",
        "[First steps]",
        "complete link",
    ),
    (
        "newbie_resources.toml",
        "https://golang",
        "http://golang",
        "[Tutorials and",
        "write https://",
    ),
    (
        "newbie_resources.toml",
        "in your browser",
        "there.",
        "[First steps]",
        "in a full stop: remove",
    ),
    ("newbie_resources.toml", "go.dev/wiki/", "go.dev/tour/", "[To look things up]", "keep one of"),
    ("newbie_resources.toml", 'title = "Books"\n', "", "[sections number 4]", "`title` is missing"),
    ("newbie_resources.toml", "lead = ", "leed = ", "newbie_resources.toml", "write `lead`"),
    (
        "newbie_resources.toml",
        'channel = "newbies"',
        'channel = "#newbies"',
        "newbie_resources.toml",
        'write "newbies"',
    ),
    ("newbie_resources.toml", "{#newbies}", "{newbies}", "newbie_resources.toml", "{#channel}"),
    ("welcome.toml", "\n{channels}\n", " {channels}\n", "[team]", "put it on a line of its own"),
    ("welcome.toml", "\n{channels}", "\n{chanels}", "[team]", "use {bot}, {channels}, {source} or"),
    ("welcome.toml", "[joins.newbies]", "[join.newbies]", "welcome.toml", "write `joins`"),
    ("welcome.toml", "{#newbies}!", "<#C123>!", "[joins.newbies]", "link a channel as {#general}"),
    ("welcome.toml", '"""\nWelcome to', '"\nWelcome to', "[joins.newbies]", "has no closing quote"),
    ("workspace.toml", "bot = ", "bott = ", "workspace.toml", "write `bot`"),
    ("workspace.toml", "term =", 'without = ["no.py"]\nterm =', "workspace.toml", "choose from"),
    ("packages.toml", 'url = "https:', 'url = "http:', "[d/]", "write https://"),
    ("packages.toml", "help = ", "helf = ", "[d/]", "write `help`"),
    ("workspace.toml", "term =", 'take_back = [":X:"]\nterm =', "workspace.toml", 'write "x"'),
    (
        "workspace.toml",
        "term =",
        'moderators = ["ann"]\nterm =',
        "workspace.toml",
        "Copy member ID",
    ),
    ("workspace.toml", 'source = "', 'source = "http://a.dev', "workspace.toml", "write https://"),
    (
        "workspace.toml",
        'source = "',
        'source = "https://a.dev/',
        "workspace.toml",
        "ends in a slash",
    ),
    (
        "answers.toml",
        "lives at {source}",
        "lives at <{source}/x>",
        "[source code]",
        "set `source` in",
    ),
    ("workspace.toml", '"gopher"', "gopher", "workspace.toml", "put texts in straight quotes"),
    ("watchers.toml", "[gerrit]", "[gerit]", "watchers.toml", "write `gerrit`"),
    ("watchers.toml", 'account = "', 'account = "@', "[gotime_social]", "`account` is"),
    (
        "watchers.toml",
        "https://changelog.com/live",
        "changelog.com",
        "[gotime_live]",
        "complete link",
    ),
    (
        "playground.toml",
        "Playground: {links}",
        "Playground: {link}",
        "playground.toml",
        "isn't a placeholder",
    ),
    ("playground.toml", "quiet_channels = [", "quiet_channels = 1 #", "playground.toml", "line "),
    ("reference/reference.toml", "prefix = ", "prefx = ", "reference.toml", "write `prefix`"),
    (
        "reference/reference.toml",
        'site = "https:',
        'site = "http:',
        "reference.toml",
        "write https://",
    ),
    ("search.toml", "\n[same]\n", "\n[samme]\n", "search.toml", "write `same`"),
    ("search.toml", '"mod"]', '"repo"]', "[same.repository]", "'repo' has the line of 'admin'"),
    (
        "search.toml",
        '"mod"]',
        '"moder ator"]',
        "[same.admin]",
        "must be a single word in lower case",
    ),
    ("search.toml", '"mod"]', '"what"]', "[same.admin]", "'what' is not searched for: remove it"),
    ("search.toml", "[same]\n", '[same]\nzoo = ["ark"]\n', "[same.zoo]", "move [zoo] after"),
    (
        "search.toml",
        '"books to read"',
        '"how to do it"',
        "[asked.books]",
        "write the words that matter",
    ),
    ("glossary/types.toml", "definition =", "definiton =", "glossary/types.toml", "definition"),
    (
        "glossary/types.toml",
        "links = [",
        "links = ['x', ",
        "glossary/types.toml",
        "copy it from the",
    ),
    (
        "glossary/concurrency.toml",
        '"https://',
        '"http://',
        "glossary/concurrency.toml",
        "write https://",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "entry", "remedy"), BROKEN)
def test_what_is_wrong_is_told_with_file_entry_and_remedy(
    copy: Path, file: str, old: str, new: str, entry: str, remedy: str
) -> None:
    change(copy, file, old, new)

    found = run("--folder", copy)

    assert found.exit_code == 1
    [told] = [line for line in found.output.splitlines() if remedy in line][:1]
    place = re.match(rf"{re.escape(str(copy / file))}:(\d+): ", told)
    assert place
    assert entry in told or entry == file
    written = (copy / file).read_text("utf-8").splitlines()[int(place[1]) - 1]
    assert place[1] == "1" or entry.strip("[]").rpartition(".")[2] in written or remedy in told
    assert "Traceback" not in found.output


def _names(folder: Path) -> set[str]:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.toml")}
    return {file for file in files if not file.startswith("glossary/")}


def test_every_data_file_is_broken_once_above() -> None:
    names = _names(CONTENT_FOLDER)

    assert names == _names(SAMPLE)
    assert names == {file for file, *_ in BROKEN if not file.startswith("glossary/")}


def test_a_misspelled_file_name_is_told(copy: Path) -> None:
    (copy / "answers.toml").rename(copy / "answer.toml")

    found = run("--folder", copy)

    assert found.exit_code == 1
    assert "rename it to answers.toml" in found.output


def test_a_file_that_nobody_reads_is_only_a_hint(copy: Path) -> None:
    (copy / "notes.toml").write_text("a = 1")

    found = run("--folder", copy)

    assert found.exit_code == 0
    assert "warning: the bot doesn't read a file of this name" in found.output


def test_a_command_may_look_like_a_link(copy: Path) -> None:
    change(copy, "answers.toml", '["tour"]', '["tour.golang.org"]')
    assert "No problems found" in run("--folder", copy).output


def test_a_channel_with_its_sign_is_told_once(copy: Path) -> None:
    (copy / "watchers.toml").write_text('[feeds.Bread]\nchannel = "#ovens"\nurl = "https://a.b/"\n')
    told = [line for line in run("--folder", copy).output.splitlines() if "#" in line]
    assert len(told) == 1
    assert '`channel` is a name without "#": write channel = "ovens"' in told[0]


def test_a_channel_that_is_not_recommended_is_only_a_hint(copy: Path) -> None:
    change(copy, "answers.toml", "{#admin-help}", "{#adminhelp}")

    found = run("--folder", copy)

    assert found.exit_code == 0
    assert "[code of conduct] warning: #adminhelp is not in channels.toml" in found.output
    assert "No problems found" in found.output


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("reactions.toml", '["wave"]\nemoji = ["wave"]', '["wave"]\nemoji = ["wavee"]'),
        ("answers.toml", 'text = "', 'text = "Hello! :wavee: '),
    ],
)
def test_an_emoji_that_slack_does_not_have_is_a_hint(
    copy: Path, file: str, old: str, new: str
) -> None:
    change(copy, file, old, new)

    found = run("--folder", copy)

    assert found.exit_code == 0
    assert "warning: Slack has no emoji :wavee:; did you mean :wave:?" in found.output
    assert "add it to `custom_emoji` in workspace.toml" in found.output
    change(copy, "workspace.toml", "custom_emoji = [", 'custom_emoji = ["wavee", ')
    assert "wavee" not in run("--folder", copy).output


@pytest.mark.parametrize("text", ["`a:wavee:b`", "10:04:05", "```x:wavee:```", "std::wavee::x"])
def test_what_is_no_emoji_is_left_alone(copy: Path, text: str) -> None:
    change(copy, "answers.toml", 'text = "', f'text = "{text} ')
    assert "emoji" not in run("--folder", copy).output


def test_a_broken_python_file_is_told(copy: Path) -> None:
    (copy / "fancy.py").write_text("def broken(:")

    found = run("--folder", copy)

    assert found.exit_code == 1
    assert f"{copy / 'fancy.py'}:1: line 1: `def broken(:`: invalid syntax" in found.output


def test_a_host_without_https_may_be_named(copy: Path) -> None:
    change(copy, "replies.toml", "https://go-proverbs", "http://go-proverbs")
    change(copy, "workspace.toml", "http_only = [", 'http_only = ["go-proverbs.github.io", ')

    assert run("--folder", copy).exit_code == 0


def test_a_folder_with_only_a_name_is_a_community_with_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Knitters"')

    assert run("--folder", tmp_path).exit_code == 0


def test_in_a_folder_that_is_no_content_folder_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")

    found = run("--folder", tmp_path)

    assert found.exit_code == 2
    assert "isn't a content folder" in found.output
    assert not (tmp_path / "ran").exists()


def test_it_follows_the_content_that_the_bot_has(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(copy, "answers.toml", "books about Go", "books about Go.")
    monkeypatch.setenv("GOPHER_CONTENT", str(copy))

    assert "[books] the help ends like a sentence" in run().output


PYTHON = """\
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("toss a pebble", example=("toss a pebble", "flew"))
def toss(ask: Ask) -> Reply:
    \"\"\"how far it flew\"\"\"
    return Reply(f"It flew {ask.random.randint(1, 6)}.")
"""


@pytest.fixture
def pebble(copy: Path) -> Path:
    """A copy with a command in Python."""
    (copy / "pebble.py").write_text(PYTHON)
    return copy


def test_a_python_file_that_is_saved_again_within_a_second_is_read_again(pebble: Path) -> None:
    assert run("--folder", pebble).exit_code == 0
    change(pebble, "pebble.py", '"flew")', '"slow")')

    assert "should give 'slow', but gives 'It flew" in run("--folder", pebble).output


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("return Reply(f", "return (f", 7, "the handler returned a string: return Reply"),
        ("    return Reply(", "    Reply(", 7, "returned nothing; end the function with return"),
        ("(ask: Ask)", "()", 7, "toss must take one argument: write def toss(ask: Ask)"),
        ("(ask: Ask)", "(ask, more)", 7, "toss must take one argument"),
        ("randint(1", "randnit(1", 7, "fails on its example 'toss a pebble': AttributeError"),
        ("ask.random", "random", 7, "NameError: name 'random' is not defined"),
        ('"flew")', '"slow")', 7, "should give 'slow', but gives 'It flew"),
        ("example=", 'aliases="toss", example=', 7, "must be a list: write aliases=['toss']"),
        ("    return", "  return", 10, "the indentation is wrong"),
        ("-> Reply:", "-> Reply", 8, "expected ':'"),
        ("import Router\n", "import Routre\n", 2, "check the import's spelling"),
    ],
)
def test_what_python_hides_is_told_with_its_line(
    pebble: Path, old: str, new: str, line: int, told: str
) -> None:
    change(pebble, "pebble.py", old, new)

    found = run("--folder", pebble)

    assert found.exit_code == 1
    assert told in found.output
    assert f"{pebble / 'pebble.py'}:{line}: " in found.output


def test_markdown_is_told_how_slack_writes_it(copy: Path) -> None:
    change(
        copy, "replies.toml", 'text = "', 'text = "## Wise **words** of [Rob](https://go.dev/): '
    )

    output = run("--folder", copy).output

    assert "**words** is Markdown: in Slack, bold is *words*" in output
    assert "in Slack, write <https://go.dev/|Rob>" in output
    assert "is a bare link" not in output


def test_marks_of_a_merge_are_told_with_their_line(copy: Path) -> None:
    change(copy, "answers.toml", '["go tour"]', '<<<<<<< HEAD\n["go tour"]')

    assert "is a merge marker: keep one of the two sides" in run("--folder", copy).output


def test_all_that_is_wrong_is_told_at_once_and_counted(copy: Path) -> None:
    change(copy, "answers.toml", "books about Go", "books about Go.")
    change(copy, "reactions.toml", '["bbqgopher"]', '[":bbqgopher:"]')

    found = run("--folder", copy)

    assert "2 problems found. Fix them and run" in found.output


def test_what_only_follows_from_a_file_that_cannot_be_read_is_not_told(copy: Path) -> None:
    change(copy, "answers.toml", '["go tour"]', "[go tour]")

    found = run("--folder", copy)

    assert [line.partition(":")[0] for line in found.output.splitlines()] == [
        str(copy / "answers.toml"),
        "1 problem found. Fix it and run `gopherbot lint` again.",
    ]


def test_json_has_a_problem_for_each_thing_that_is_wrong(copy: Path) -> None:
    change(copy, "answers.toml", "books about Go", "books about Go.")

    found = run("--folder", copy, "--json")

    assert found.exit_code == 1
    problems = json.loads(found.output)["problems"]
    assert [problem for problem in problems if not problem["hint"]] == [
        {
            "file": "answers.toml",
            "entry": "books",
            "message": "the help ends like a sentence: remove the full stop",
            "hint": False,
            "line": 1,
            "path": str(copy / "answers.toml"),
        }
    ]


def test_what_keeps_the_bot_from_starting_is_told_in_the_same_words(copy: Path) -> None:
    change(copy, "answers.toml", 'help = "good books', 'hlep = "good books')
    at_start = [str(problem) for problem in examine(copy).problems]

    assert at_start
    assert set(at_start) == {str(problem) for problem in lint(copy)[0] if not problem.hint}


@pytest.mark.parametrize(
    "address",
    [
        "https://go.dev",
        "https://go.dev/",
        "https://go.dev/a-b_c/~d?e=f&amp;g=h#i",
        "https://peter.bourgon.org/go-best-practices-2016/#repository-structure",
        "https://medium.com/@vCabbage/go-are-pointers-a-performance-optimization-a95840d3ef85",
        "https://localhost.localdomain:8080/x",
        "http://gopl.io/",
        "mailto:support@gobridge.org",
    ],
)
def test_a_good_link_is_left_alone(address: str) -> None:
    assert list(wording.link_mistakes(address, frozenset({"gopl.io"}))) == []


@pytest.mark.parametrize(
    "text",
    [
        "see <https://go.dev|the site>, `a &lt; b` &amp; {#general}",
        "```\nhttps://go.dev `in a block\n```",
        "`https://example.com/module` in code",
        "{source}/tree and <{source}/tree|there>",
        "┬─┬ノ( º _ ºノ)",
    ],
)
def test_good_markup_is_left_alone(text: str) -> None:
    assert list(wording.markup_mistakes(text)) == []
