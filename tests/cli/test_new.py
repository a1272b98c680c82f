"""`gopherbot new`: a folder for another community's bot, which is in order and teaches."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import run

from gopherbot import cli
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.testing import Bot

ALL_OF_THEM = (
    "No problems found: 1 answer, 1 reaction, 0 replies, 1 channel, 0 links for newcomers, 1 term."
)


def linted(folder: Path) -> list[str]:
    """Return what lint prints, but for what ages: that's for people to look at."""
    lines = CliRunner().invoke(cli.group, ["lint", str(folder)]).output.splitlines()
    return [line for line in lines if "last checked on" not in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "name", "called"), [("rye-bakers", "Rye Bakers", "rye-bakers"), ("☕", "Bot", "bot")]
)
def test_a_new_folder_is_in_order_and_each_file_teaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str, called: str
) -> None:
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    done = run("new", ".", fresh=True)
    assert done.returncode == 0, done.stderr
    assert "GOPHER_CONTENT=. gopherbot dev" in done.stdout
    assert linted(Path()) == [ALL_OF_THEM]
    files = {path.name: path.read_text() for path in Path().rglob("*.toml")}
    assert files.keys() > {path.name for path in CONTENT_FOLDER.glob("*.toml")}
    assert all(text.startswith("# ") for text in files.values())
    assert f'name = "{name}"\nbot = "{called}"\n' in files["workspace.toml"]
    bot = Bot(tmp_path / folder)
    assert bot.say(f"@{called} rules").text.startswith("Be kind")
    assert "`lurking`, or `reading along`, is" in bot.say(f"@{called} define reading along").text
    assert not bot.say(f"@{called} go tour")
    assert "#general" in bot.join_workspace().text


@pytest.mark.slow
def test_the_gophers_own_is_a_beginning_too(tmp_path: Path) -> None:
    folder = tmp_path / "crabs"
    CliRunner().invoke(cli.group, ["new", str(folder), "--from", "gophers"])
    assert linted(folder) == linted(CONTENT_FOLDER)
    assert not list(folder.rglob("*.py"))
    assert all(any(path.iterdir()) for path in folder.iterdir() if path.is_dir())
    bot = Bot(folder)
    assert bot.say("@gopher go tour")
    assert "goroutine" in bot.say("@gopher define goroutine").text


@pytest.mark.slow
def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text("mine")
    found = run("new", str(tmp_path))
    assert (found.returncode, found.stdout) == (2, "")
    assert "exists already: choose another name" in found.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.slow
def test_a_copy_of_the_gophers_folder_is_told_what_is_too_much_in_four_lines(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(CONTENT_FOLDER, folder)
    term, copies, errors, unknown, total = linted(folder)
    assert "workspace.toml:22: `term` is 'goroutine', which no file in glossary/ has" in term
    assert "warning: copies of the bot's own Python files, which it has anyway (" in copies
    assert "`see` names …, which is neither an answer nor a term" in errors
    assert "]: no command or term has this name (there is no glossary/ here)" in unknown
    assert total.startswith("1 problem found")


def test_a_changed_copy_replaces_the_bots_own_file(tmp_path: Path) -> None:
    coin = (CONTENT_FOLDER / "commands" / "coin.py").read_text()
    (tmp_path / "workspace.toml").write_text('bot = "crumb"\n')
    (tmp_path / "commands").mkdir()
    (tmp_path / "commands" / "coin.py").write_text(
        coin.replace('"heads", "tails"', '"hard", "tails"')
    )
    found = {Bot(tmp_path).say("@crumb flip a coin", seed=seed).text for seed in range(20)}
    assert found == {"hard", "tails"}
    assert linted(tmp_path)[0].startswith("No problems found")
