"""Finding content: a file is a rule, and a broken one is named."""

from pathlib import Path

import pytest
from cases import cases

from gopherbot.errors import ContentError
from gopherbot.model import Ask, Message, Reply
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.testing import bot

HELLO = '''
"""Says hello."""
from dataclasses import dataclass
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()

@dataclass
class Greeting:
    text: "str"

@router.command("say hello")
def hello(ask: Ask) -> Reply:
    """hello to you"""
    return Reply(Greeting("hello!").text)
'''
RUST = '["rust"]\nhelp = "h"\ntext = "a crab"\n'
ROUTES = """
from gopherbot.router import Router

router = Router()

def routes(data):
    router = Router()
    router.command('who', help=data.workspace.name)(lambda ask: None)
    return router
"""


def save(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def command(folder: Path, text: str) -> Rule | None:
    return loader.load(folder).rules.command(text)


def problems(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        loader.load(folder)
    return list(caught.value.problems)


def test_the_projects_own_content_loads_from_wherever_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(CONTENT_FOLDER)
    book = bot.content.rules
    assert len(loader.load(tmp_path / "link").rules.rules) == len(book.rules)
    sources = {"answers.toml", "commands/xkcd.py", "unprompted/playground.py"}
    assert sources < {rule.source for rule in book.rules}


@pytest.mark.parametrize("room", ["", "commands/", "unprompted/"])
def test_a_new_python_file_is_found(tmp_path: Path, room: str) -> None:
    save(tmp_path, {f"{room}hello.py": HELLO, f"{room}_notes.py": "1 / 0"})
    rule = command(tmp_path, "say hello")
    assert rule
    assert (rule.source, rule.help) == (f"{room}hello.py", "hello to you")
    assert rule.handler(Ask(Message("Ev1", "C1", "U1", "1.0", "say hello"))) == Reply("hello!")


def test_another_folder_keeps_the_python_commands_and_has_its_own_data(tmp_path: Path) -> None:
    save(tmp_path, {"answers.toml": RUST})
    rule = command(tmp_path, "rust")
    assert rule
    assert rule.source == "answers.toml"
    assert command(tmp_path, "help")
    assert not command(tmp_path, "go tour")


def test_a_community_leaves_out_built_in_files_but_not_its_own(tmp_path: Path) -> None:
    save(tmp_path, {"workspace.toml": 'name = "Bakers"\n', "coin.py": HELLO})
    assert command(tmp_path, "flip a coin")
    save(tmp_path, {"workspace.toml": 'without = ["coin.py"]\n'})
    assert not command(tmp_path, "flip a coin")
    assert command(tmp_path, "say hello")
    save(tmp_path, {"workspace.toml": 'without = ["coins.py"]\n'})
    [problem] = problems(tmp_path)
    assert problem.startswith("workspace.toml: `without` names coins.py, which doesn't exist")


def test_a_file_that_needs_the_data_gets_it(tmp_path: Path) -> None:
    save(tmp_path, {"workspace.toml": 'name = "Crabs"\n', "who.py": ROUTES})
    rule = command(tmp_path, "who")
    assert rule
    assert (rule.help, rule.source) == ("Crabs", "who.py")


@cases("text", "words")
def test_a_broken_python_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "fancy.py").write_text(text)
    [problem] = problems(tmp_path)
    assert problem.startswith("fancy.py: ")
    assert words in problem


def test_a_broken_file_can_be_fixed_and_loaded_again(tmp_path: Path) -> None:
    save(tmp_path, {"hello.py": "1 / 0"})
    problems(tmp_path)
    save(tmp_path, {"hello.py": HELLO})
    assert command(tmp_path, "say hello")


@pytest.mark.parametrize(
    ("file", "entry", "text"),
    [
        ("hello.py", "say hello", HELLO.replace('"""hello to you"""', "")),
        ("answers.toml", "rust", RUST.replace('"h"', '""')),
    ],
)
def test_a_command_needs_a_help_line(tmp_path: Path, file: str, entry: str, text: str) -> None:
    save(tmp_path, {file: text})
    [found] = problems(tmp_path)
    assert found.startswith(f"{file}: [{entry}]: the command has no help line")
    assert "docstring" in found


def test_a_clash_between_a_file_and_the_data_names_both(tmp_path: Path) -> None:
    more = '["rusty"]\nhelp = "h"\ntext = "t"\naliases = ["RUST"]\n'
    save(tmp_path, {"answers.toml": f'{RUST}aliases = ["Help"]\n{more}'})
    one, other = problems(tmp_path)
    taken = "is already taken by"
    assert one.startswith(f"answers.toml: [rust]: the command 'Help' {taken} [help] in c")
    assert other.startswith(f"answers.toml: [rusty]: the command 'RUST' {taken} [rust] in a")


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    files = {
        "answers.toml": "[x y]",
        "replies.toml": '["a"]\n',
        "one.py": "1 / 0",
        "two.py": "x = 1",
    }
    save(tmp_path, files)
    assert [problem.partition(":")[0] for problem in problems(tmp_path)] == list(files)
