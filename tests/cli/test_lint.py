"""`gopherbot lint`: the content is in order, and each mistake in it is reported with its remedy.

The content in `bad/` has every mistake that doesn't keep the bot from starting; `bad.txt` is what
lint prints for it. `rulebook/test_content_files.py` has those that do.
"""

import json
import os
import shutil
import signal
from datetime import date
from pathlib import Path

import pytest
from cases import cases
from click.testing import CliRunner, Result
from support import SAMPLE

from gopherbot import cli
from gopherbot.commands.lint import lint, rules, wording
from gopherbot.rulebook.loader import examine
from gopherbot.settings import CONTENT_FOLDER

HERE = Path(__file__).parent
BAD = HERE / "bad"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sample, so that the Gophers' content can change without these tests."""
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.group, ["lint", *map(str, arguments)])


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has changed: it no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_projects_content_and_the_sample_are_in_order() -> None:
    for arguments in ((), (os.path.relpath(CONTENT_FOLDER),), ("--folder", SAMPLE)):
        found = run(*arguments)
        # What ages is reported once Go has had a release since: that's for people to look at.
        lines = [line for line in found.output.splitlines() if " last checked on " not in line]
        assert lines[0].startswith("No problems found: ")
        assert found.exit_code == 0


def test_each_mistake_is_reported_with_its_place_and_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(BAD)
    found = run("--folder", ".")
    assert found.exit_code == 1
    assert found.output.splitlines() == (HERE / "bad.txt").read_text("utf-8").splitlines()


def test_a_check_is_reported_after_gos_next_release_or_if_it_is_still_to_come(copy: Path) -> None:
    change(copy, "answers.toml", '["books"]', '["books"]\nchecked = 2026-12-01')
    change(copy, "glossary/types.toml", "definition =", "checked = 2026-09-01\ndefinition =")

    def old(today: date) -> list[str]:
        return [p.message for p in lint(copy, today)[0] if "last checked" in p.message]

    assert old(date(2027, 2, 14)) == []
    assert len(old(date(2027, 2, 15))) == 2
    assert "before the Go release of February 2027" in old(date(2027, 3, 1))[0]

    def to_come(today: date) -> list[str]:
        return [p.entry for p in lint(copy, today)[0] if "still to come" in p.message]

    assert to_come(date(2026, 11, 29)) == ["books"]
    assert to_come(date(2026, 11, 30)) == []


@cases("file", "old", "new", "printed")
def test_contributors_mistakes_show_and_nothing_else_does(
    copy: Path, file: str, old: str, new: str, printed: str
) -> None:
    change(copy, file, old, new)
    found = run(copy)
    assert printed in found.output
    fine = printed.startswith(("warning: ", "No problems"))
    assert found.exit_code == (0 if fine else 1)
    assert ("No problems found: " in found.output) == fine
    assert ("warning: " in found.output) == printed.startswith("warning: ") or not fine


@cases("name", "told")
def test_a_file_that_is_not_read_is_reported(copy: Path, name: str, told: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("")
    assert f"{name}:1: {told}" in run(copy).output


def test_a_deleted_file_is_missed_in_one_line(copy: Path) -> None:
    names = "".join(f'"name {letter}" = ["{letter}word"]\n' for letter in "abcde")
    (copy / "search.toml").write_text(f"[asked]\n{names}")
    (copy / "answers.toml").unlink()
    printed = run(copy).output
    assert printed.count("no command or term has this name") == 1
    assert "5 entries, such as [asked.name a], [asked.name b], [asked.name c]: no " in printed
    assert "(there is no answers.toml here)" in printed
    (copy / "channels.toml").unlink()
    change(copy, "welcome.toml", "{channels}", "{channels}\nand {#general}")
    assert "channels.toml:1: warning: no channel is in this file, so those" in run(copy).output


def test_what_keeps_the_bot_from_starting_is_reported_in_the_same_words(copy: Path) -> None:
    change(copy, "answers.toml", 'help = "good books', 'hlep = "good books')
    change(copy, "reactions.toml", 'emoji = ["bbqgopher"]', "emoji = []")
    change(copy, "glossary/types.toml", "definition =", "definiton =")
    at_start = [str(problem) for problem in examine(copy).problems]
    assert len(at_start) > 1
    assert set(at_start) == {str(problem) for problem in lint(copy)[0] if not problem.hint}
    assert f"{len(at_start)} problems found. Fix them and run" in run(copy).output


def test_what_only_follows_from_a_file_that_cannot_be_read_is_not_reported(copy: Path) -> None:
    change(copy, "workspace.toml", "http_only", '[help]\nA = ["books"]\n#')
    change(copy, "answers.toml", '["go tour"]', "[go tour]")
    found = run(copy)
    assert [line.partition(":")[0] for line in found.output.splitlines()] == [
        str(copy / "answers.toml"),
        "1 problem found. Fix it and run `gopherbot lint` again.",
    ]


def test_a_folder_with_only_a_name_is_a_community_with_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Knitters"')
    (tmp_path / "welcome.toml").write_text('[team]\ntext = "Hello!"')
    found = run(tmp_path)
    assert found.output == (
        "No problems found: 0 answers, 0 reactions, 0 replies, 0 channels, "
        "0 links for newcomers, 0 terms.\n"
    )
    assert found.exit_code == 0


def test_in_a_folder_that_is_no_content_folder_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    found = run(tmp_path)
    assert found.exit_code == 2
    assert "isn't a content folder" in found.output
    assert not (tmp_path / "ran").exists()


def test_gopher_content_is_what_is_checked(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(copy, "answers.toml", "books about Go", "books about Go.")
    monkeypatch.setenv("GOPHER_CONTENT", str(copy))
    assert "[books] the help ends like a sentence" in run().output


def test_json_has_the_problems_and_how_many_entries_there_are(copy: Path) -> None:
    change(copy, "answers.toml", "books about Go", "books about Go.")
    found = run(copy, "--json")
    assert found.exit_code == 1
    printed = json.loads(found.output)
    assert [problem for problem in printed["problems"] if not problem["hint"]] == [
        {
            "file": "answers.toml",
            "entry": "books",
            "message": "the help ends like a sentence: remove the full stop",
            "hint": False,
            "line": 1,
            "path": str(copy / "answers.toml"),
        }
    ]
    assert printed["entries"]["answers"] == (copy / "answers.toml").read_text().count("help =")


PYTHON = """\
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("toss a pebble", example=("toss a pebble", "flew"))
def toss(ask: Ask) -> Reply:
    \"\"\"how far it flew\"\"\"
    return Reply(f"It flew {ask.random.randint(1, 6)}.")
"""


def test_a_name_that_two_python_files_claim_is_reported_in_both(copy: Path) -> None:
    (copy / "pebble.py").write_text(PYTHON)
    (copy / "stone.py").write_text(PYTHON)
    printed = run(copy).output
    assert f"{copy / 'pebble.py'}:7: [toss a pebble] the command 'toss a pebble' is alr" in printed
    assert f"{copy / 'stone.py'}:7: [toss a pebble] the command 'toss a pebble' is alre" in printed


def test_a_python_file_that_is_saved_again_within_a_second_is_read_again(copy: Path) -> None:
    (copy / "pebble.py").write_text(PYTHON)
    assert run(copy).exit_code == 0
    change(copy, "pebble.py", '"flew")', '"slow")')
    assert "should give 'slow', but gives 'It flew" in run(copy).output


@cases("mistakes")
def test_mistakes_that_python_hides_are_reported_with_their_line(
    copy: Path, mistakes: list[tuple[str, str, int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a file of its own."""
    monkeypatch.setattr(rules, "TIMEOUT_SECONDS", 0.3)
    for number, (old, new, *_) in enumerate(mistakes):
        assert old in PYTHON
        mistaken = PYTHON.replace(old, new, 1).replace("toss a", f"toss {number}")
        (copy / f"pebble{number}.py").write_text(mistaken)
    found = run(copy)
    assert found.exit_code == 1
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0), "nothing is stopped later"
    for number, (old, new, line, remedy) in enumerate(mistakes):
        place = f"{copy}/pebble{number}.py:{line}: "
        told = [each for each in found.output.splitlines() if each.startswith(place)]
        assert remedy.replace("toss a", f"toss {number}") in "\n".join(told), (old, new)


FINE = """
It isn't a cache, and you can't assign it.
There is no sum type, and there are no exceptions.
The package is no longer maintained, and it's no different from the other.
not only fast but small
Say who you are and what you tried; they know where they are.
That needs to be so, and it doesn't need to be more.
a variable for it and one for the others, for you to read
`do not edit` is a comment that tools look for, and "I do not know" is a quotation.
```
it is not code of ours
```
Read <https://example.org/what-is-not|what is not there>.
whether or not it compiles
Since Go 1.22 it compiles, all at once, and it's declared and not used.
New here? Take the tour. Ask about Go on Friday. They take an argument, and nobody minds.
"""


@cases("text", "remedy")
def test_a_stiff_turn_is_told_with_what_to_write(text: str, remedy: str) -> None:
    found = list(wording.voice_mistakes(text))
    told = (f'"{remedy}"', f": {remedy}")
    assert any(words in message for message in found for words in told), found


def test_good_english_is_left_alone() -> None:
    assert list(wording.voice_mistakes(FINE)) == []
