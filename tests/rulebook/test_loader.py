"""Finding content: a file is a rule, and a broken one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gopherbot.errors import ContentError
from gopherbot.model import Ask, Message, Reply
from gopherbot.rulebook import loader
from gopherbot.testing import bot

HELLO = '''
"""Says hello."""
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()

@router.command("say hello")
def hello(ask: Ask) -> Reply:
    """hello to you"""
    return Reply("hello!")
'''


def problems(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        loader.load(folder)
    return list(caught.value.problems)


def test_this_projects_own_content_loads() -> None:
    book = bot.content.rules

    assert book.command("help")
    assert book.command("tour")
    assert {rule.source for rule in book.rules} >= {
        "answers.toml",
        "commands/xkcd.py",
        "commands/define.py",
    }


def test_a_new_file_is_found_by_itself(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO)

    rule = loader.load(tmp_path).rules.command("say hello")

    assert rule
    assert rule.source == "hello.py"
    assert rule.help == "hello to you"
    assert rule.handler(Ask(Message("Ev1", "C1", "U1", "1.0", "say hello"))) == Reply("hello!")


def test_a_new_answer_is_found_by_itself(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["rust"]\nhelp = "h"\ntext = "a crab"\n')

    rule = loader.load(tmp_path).rules.command("rust")

    assert rule
    assert rule.source == "answers.toml"


def test_another_folder_keeps_the_commands_that_are_code_and_brings_its_own_data(
    tmp_path: Path,
) -> None:
    book = loader.load(tmp_path).rules

    assert book.command("help")
    assert not book.command("go tour")


def test_what_a_community_does_not_want_is_left_out(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace.toml"
    workspace.write_text('name = "Bakers"\n')
    assert loader.load(tmp_path).rules.command("flip a coin")
    workspace.write_text('name = "Bakers"\nwithout = ["coin.py"]\n')
    assert not loader.load(tmp_path).rules.command("flip a coin")


def test_a_file_that_needs_the_data_gets_it(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Crabs"\n')
    (tmp_path / "who.py").write_text(
        "from gopherbot.router import Router\n"
        "def routes(data):\n"
        "    router = Router()\n"
        "    router.command('who', help=data.workspace.name)(lambda ask: None)\n"
        "    return router\n"
    )

    rule = loader.load(tmp_path).rules.command("who")

    assert rule
    assert rule.help == "Crabs"
    assert rule.source == "who.py"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def broken(:\n", "line 1: `def broken(:`: invalid syntax"),
        (
            "import no_such_module\n",
            "line 1: `import no_such_module`: No module named 'no_such_module'; there is no such",
        ),
        ("1 / 0\n", "ZeroDivisionError"),
        ("x = 1\n", "it needs `router = Router()` or a function `routes(data) -> Router`"),
        ("router = 1\n", "it needs `router = Router()`"),
        ("def routes(data):\n    raise KeyError('x')\n", "KeyError: 'x'"),
        ("def routes(data):\n    return None\n", "it needs `router = Router()`"),
    ],
)
def test_a_broken_python_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "fancy.py").write_text(text)

    [problem] = problems(tmp_path)

    assert problem.startswith("fancy.py: ")
    assert words in problem


def test_a_broken_file_may_be_mended_and_loaded_again(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("1 / 0")
    problems(tmp_path)
    (tmp_path / "hello.py").write_text(HELLO)

    assert loader.load(tmp_path).rules.command("say hello")


def test_a_missing_docstring_is_named(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO.replace('"""hello to you"""', ""))

    [problem] = problems(tmp_path)

    assert problem.startswith("hello.py: [say hello]: the command has no help line")
    assert "docstring" in problem


def test_an_empty_help_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["rust"]\nhelp = ""\ntext = "a crab"\n')

    [problem] = problems(tmp_path)

    assert problem.startswith("answers.toml: [rust]: the command has no help line")


def test_a_clash_between_a_file_and_the_data_names_both(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text(
        '["rust"]\nhelp = "h"\ntext = "t"\naliases = ["Help"]\n'
        '["rusty"]\nhelp = "h"\ntext = "t"\naliases = ["RUST"]\n'
    )

    one, other = problems(tmp_path)

    assert one.startswith(
        "answers.toml: [rust]: the command 'Help' is already taken by [help] in c"
    )
    assert other.startswith(
        "answers.toml: [rusty]: the command 'RUST' is already taken by [rust] i"
    )


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("1 / 0")
    (tmp_path / "two.py").write_text("x = 1")
    (tmp_path / "answers.toml").write_text("[x y]")
    (tmp_path / "replies.toml").write_text('["a"]\n')

    assert [problem.partition(":")[0] for problem in problems(tmp_path)] == [
        "answers.toml",
        "replies.toml",
        "one.py",
        "two.py",
    ]


def test_files_whose_name_begins_with_an_underscore_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "_notes.py").write_text("1 / 0")

    assert loader.load(tmp_path).rules
