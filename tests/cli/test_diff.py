"""`gopherbot diff`: what a change makes the bot do differently, line by line."""

import json
import re
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from commands import run
from support import SAMPLE

from gopherbot.commands.diff import versions
from gopherbot.dev.procfile import ROOT, base_environment
from gopherbot.errors import GopherbotError

pytestmark = pytest.mark.slow

DICE = '''"""Throws a die."""

from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()


@router.command("die", help="throw a die")
def die(ask: Ask) -> Reply:
    return Reply(f"You threw {2 * 3}.")
'''
EXPORT = Path(__file__).parent / "export"
LINES = ["the bread is ready", "@gopher books", "so much bbq"]


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@dataclass
class Community:
    """A community's content in a repository of its own, and lines to try."""

    folder: Path

    def diff(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        lines = self.folder.parent / "lines.txt"
        content = ("--folder", str(self.folder), "--corpus", str(lines))
        # As in a hook of another repository's.
        return run("diff", "HEAD", *content, *arguments, more={"GIT_DIR": "nowhere"})

    def add(self, file: str, text: str) -> None:
        with (self.folder / file).open("a") as content:
            content.write(text)

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def community(tmp_path: Path) -> Community:
    """It has a handler and a budget, all of it committed."""
    made = Community(tmp_path / "community" / "content")
    shutil.copytree(SAMPLE, made.folder)
    (made.folder / "commands").mkdir()
    (made.folder / "commands" / "dice.py").write_text(DICE)
    (made.folder / "noise.toml").write_text("replies = 0\nemoji = 400\n")
    (made.folder.parent / "lines.txt").write_text("\n".join(LINES))
    git(made.folder.parent, "init", "-q")
    git(made.folder.parent, "add", ".")
    git(made.folder.parent, "commit", "-qm", "Begin")
    return made


def test_no_change_changes_no_answer(community: Community) -> None:
    done = community.diff()
    assert "No line gets a different answer." in done.stdout
    assert f"{len(LINES)} own" in done.stdout
    assert done.returncode == 0


def test_a_trigger_that_is_too_broad_is_shown_and_breaks_the_budget(community: Community) -> None:
    community.add("reactions.toml", '\n["e"]\nemoji = ["bread"]\n')
    done = community.diff()
    more = done.stdout.partition("Reacts more:")[2]
    assert "reaction:e  reactions.toml" in more
    assert "+ :bread:" in more
    assert "emoji in talk (budget 400: OVER)" in done.stdout
    assert re.search(
        r"Costliest.*\n +0\.0 → +\d{3}\.\d +\d+ µs an answer  reaction:e\n", done.stdout
    )
    assert done.returncode == 1


def test_of_many_rules_the_first_are_shown_and_the_rest_are_counted(community: Community) -> None:
    words = [f"zyx{number:02}" for number in range(14)]
    (community.folder.parent / "lines.txt").write_text("\n".join(2 * words))
    community.add("reactions.toml", "".join(f'\n["{word}"]\nemoji = ["x"]\n' for word in words))
    printed = community.diff().stdout
    assert "reaction:zyx11" in printed
    assert "reaction:zyx12" not in printed.partition("Costliest")[0]
    assert "  and 2 more rules, on 6 lines" in printed


def test_without_a_ref_it_is_the_last_release_or_main(community: Community) -> None:
    for arguments, name in ((("branch", "-M", "main"), "main ("), (("tag", "v1.0"), "v1.0 (")):
        git(community.folder.parent, *arguments)
        with versions.commit(None, community.folder) as then:
            assert then.name.startswith(name)
    (community.folder.parent / "new").mkdir()
    with (
        pytest.raises(GopherbotError, match=r"v1\.0 has no new: name a commit that has it"),
        versions.commit(None, community.folder.parent / "new"),
    ):
        pass


@cases("file", "text", "why")
def test_a_failing_start_says_why(community: Community, file: str, text: str, why: str) -> None:
    community.add(file, text)
    done = community.diff()
    assert "the working tree doesn't start:" in done.stdout
    assert why in done.stdout
    assert done.returncode == 1


@cases("changes")
def test_each_change_is_shown_with_a_line(community: Community, changes: list[Any]) -> None:
    for file, old, new, _ in changes:
        community.change(file, old, new)
    done = community.diff()
    assert [text for *_, shown in changes for text in shown if text not in done.stdout] == []
    assert done.returncode == 0


@cases("file", "old", "new", "shown", "status")
def test_a_handler_that_changed_is_shown_with_what_it_does(
    community: Community, file: str, old: str, new: str, shown: list[str], status: int
) -> None:
    community.change(file, old, new)
    done = community.diff()
    assert [text for text in shown if text not in done.stdout] == []
    assert done.returncode == status


@cases("added")
def test_what_is_new_is_shown(community: Community, added: list[Any]) -> None:
    for file, text, _ in added:
        community.add(file, text)
    done = community.diff().stdout.partition("Newly answers:")[2]
    assert [text for *_, shown in added for text in shown if text not in done] == []


def test_what_differs_late_in_a_long_answer_is_shown(community: Community) -> None:
    community.change("commands/dice.py", "You threw {2 * 3}", "{' '.join(60 * ['So'])} {2 * 3}")
    git(community.folder.parent, "commit", "-qam", "Say more")
    community.change("commands/dice.py", "2 * 3", "2 + 3")
    printed = community.diff().stdout
    assert "So 6." in printed
    assert "So 5." in printed


def test_an_alias_that_hides_what_was_suggested_answers_otherwise(community: Community) -> None:
    """It clashes with no rule, but takes the place of what the bot offered for a typing slip."""
    (community.folder.parent / "lines.txt").write_text("@gopher boks")
    community.change("answers.toml", '["fyne tour"]', '["fyne tour"]\naliases = ["boks"]')
    printed = community.diff().stdout
    assert "Answers otherwise:" in printed
    assert "command:fyne tour" in printed
    assert "- Did you mean this? Just mention me with it" in printed


@pytest.mark.parametrize("zipped", [None, (EXPORT,), (EXPORT.parent, EXPORT.name)])
def test_slacks_export_is_read_as_it_is(
    community: Community, zipped: tuple[Any, ...] | None
) -> None:
    base = str(community.folder.parent / "export")
    export = shutil.make_archive(base, "zip", *zipped) if zipped else str(EXPORT)
    community.change("commands/dice.py", "2 * 3", "2 + 3")
    community.add("reactions.toml", '\n["fish & <dice>"]\nemoji = ["fish"]\n')
    found = json.loads(community.diff("--corpus", export, "--json").stdout)
    assert found["lines"]["own"] == len(LINES) + 7
    assert [(c["kind"], c["rule"], c["lines"]) for c in found["changes"]] == [
        ("answers otherwise", "command:die", 4),
        ("reacts more", "reaction:fish & <dice>", 3),
    ]
    shown = [example["text"] for each in found["changes"] for example in each["examples"]]
    assert "@bot die" in shown
    assert "fish & <dice>" in shown


@pytest.mark.parametrize(
    ("part", "lines"), [("general", 4), ("general/2026-01-01.json", 3), ("D01", 1)]
)
def test_a_part_of_an_export_is_read(community: Community, part: str, lines: int) -> None:
    found = json.loads(community.diff("--corpus", str(EXPORT / part), "--json").stdout)
    assert found["lines"]["own"] == len(LINES) + lines


def test_one_message_that_cannot_be_read_costs_no_other(community: Community) -> None:
    day = community.folder.parent / "2026-01-01.json"
    said = [{"user": "U8", "ts": 1.5, "text": text} for text in ("die \ud83d", "<@U7> die", ["x"])]
    day.write_bytes(b"\xef\xbb\xbf" + json.dumps(said).encode())
    found = json.loads(community.diff("--corpus", str(day), "--json").stdout)
    assert found["lines"]["own"] == len(LINES) + 2


def test_many_lines_of_ones_own_do_not_dilute_the_talk(community: Community) -> None:
    (community.folder.parent / "lines.txt").write_text("hm\n" * 5_000)
    community.add("reactions.toml", '\n["e"]\nemoji = ["bread"]\n')
    done = community.diff()
    assert "emoji in talk (budget 400: OVER)" in done.stdout
    assert "0.0  emoji in own (budget 400)" in done.stdout
    assert done.returncode == 1


def test_a_recording_of_the_page_is_read(community: Community) -> None:
    say = {"do": "say", "at": 0.0, "user": "ann", "channel": "@ann", "text": "die", "ts": "1.1"}
    ask = say | {"channel": "general", "text": "<@U0GOPHERBOT> die"}
    react = {"do": "react", "at": 0.1, "user": "ann", "emoji": "x", "channel": "@ann", "ts": "1.1"}
    file = community.folder.parent / "recording.json"
    file.write_text(json.dumps({"version": 1, "actions": [say, ask, react]}))
    community.change("commands/dice.py", "2 * 3", "2 + 3")
    found = json.loads(community.diff("--corpus", str(file), "--json").stdout)
    assert found["changes"][0]["lines"] == 3
    assert not found["fails"]


@cases("name", "content", "ref", "why")
def test_what_cannot_be_compared_is_said_in_a_line(
    community: Community, name: str, content: str, ref: str, why: str
) -> None:
    path = community.folder.parent / name
    path.write_text(content)
    done = run("diff", ref, "--folder", str(community.folder), "--corpus", str(path))
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_the_bots_own_code_is_that_of_its_commit(tmp_path: Path) -> None:
    """A copy of this project, in which only code differs; as `python -m`, to see its imports.

    The commit's runner is from before its protocol was this one's.
    """
    for name in ("gopherbot", "glossary"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    runner = tmp_path / "gopherbot" / "explain" / "runner.py"
    now = runner.read_text()
    runner.write_text(
        re.sub("^PROTOCOL = .*", "PROTOCOL = 0\nprint('[]')", now, flags=re.MULTILINE)
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Begin")
    runner.write_text(now)
    coin = tmp_path / "gopherbot" / "content" / "commands" / "coin.py"
    coin.write_text(coin.read_text().replace("heads", "tails"))
    (tmp_path / "lines.txt").write_text("@gopher flip a coin\n" * 9)
    done = subprocess.run(
        [sys.executable, "-m", "gopherbot", "diff", "HEAD", "--corpus", "lines.txt"],
        cwd=tmp_path,
        env=base_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "command:flip a coin" in done.stdout, done.stderr


@pytest.mark.nightly
def test_a_hundred_thousand_lines_take_a_few_seconds(community: Community) -> None:
    """Of CPU time, for both versions: less than five seconds by the clock on two idle cores."""
    lines = community.folder.parent / "lines.txt"
    lines.write_text(
        "\n".join(f"{number} is what we talk about today" for number in range(100_000))
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert community.diff().returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 20  # on a busy machine, each second counts for more
