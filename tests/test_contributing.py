"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the project."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_FILE = re.compile(r"`([\w/]+\.(?:py|toml))`")
_HEADING = re.compile(r'^\[(?:"((?:[^"\\]|\\.)*)"|([^\]"]+))\]$', re.MULTILINE)


def _recipes() -> Iterator[tuple[str, str]]:
    """Give each code block that belongs to a file, with the file named last before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = ""
    for part in re.split(r"(```\w+\n.*?```)", text, flags=re.DOTALL):
        if part.startswith("```"):
            language, _, code = part.strip("`").partition("\n")
            if language in ("toml", "python"):
                yield named, code
        elif _FILE.findall(part):
            named = _FILE.findall(part)[-1]


def _insert_sorted(file: Path, entry: str) -> None:
    """Put an entry into a data file where the alphabet wants it."""
    text = file.read_text()
    new = _name(_HEADING.search(entry))
    later = (m.start() for m in _HEADING.finditer(text) if _name(m) > new)
    at = next(later, None)
    if at is None:
        file.write_text(f"{text.rstrip()}\n\n{entry}")
    else:
        file.write_text(f"{text[:at]}{entry}\n{text[at:]}")


def _name(match: re.Match[str] | None) -> str:
    assert match is not None
    return (match[1] or match[2]).casefold()


def _follow(copy: Path) -> None:
    for name, code in _recipes():
        file = copy / name
        if name.endswith(".toml"):
            _insert_sorted(file, code)
        elif file.exists():
            text = file.read_text()
            file.write_text(text.replace("JOBS = (\n", f"JOBS = (\n{code}", 1))
        else:
            file.write_text(code)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    for part in ("gopherbot", "glossary", "tests", "docs"):
        ignore = shutil.ignore_patterns("__pycache__", "*.png")
        shutil.copytree(ROOT / part, folder / part, ignore=ignore)
    for part in ("setup.cfg", "pyproject.toml", "Procfile"):
        shutil.copy(ROOT / part, folder / part)
    _follow(folder)
    return folder


def _run(copy: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_recipe_names_its_file() -> None:
    names = [name for name, _ in _recipes()]
    assert names == [
        "gopherbot/content/answers.toml",
        "gopherbot/content/reactions.toml",
        "glossary/practice.toml",
        "gopherbot/content/dice.py",
        "tests/content/test_dice.py",
        "gopherbot/actors/good_morning.py",
        "gopherbot/actors/table.py",
    ]


def test_the_linter_is_content_with_what_the_recipes_add(copy: Path) -> None:
    _run(copy, "-m", "gopherbot", "lint")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("@gopher report card", "goreportcard.com"),
        ("gopherize yourself", "gopher"),
        ("@gopher define walking skeleton", "runs end to end"),
        ("@gopher roll", "You rolled"),
    ],
)
def test_the_bot_does_what_a_recipe_promises(copy: Path, said: str, answer: str) -> None:
    assert answer in _run(copy, "-m", "gopherbot", "explain", "--json", said)


def test_the_new_commands_stand_in_help(copy: Path) -> None:
    answer = _run(copy, "-m", "gopherbot", "explain", "--json", "@gopher help")
    assert "go report" in answer
    assert "roll a die" in answer


def test_the_command_s_own_test_passes(copy: Path) -> None:
    _run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/content/test_dice.py")


def test_the_new_job_is_in_the_scheduler_s_table_and_has_its_actor(copy: Path) -> None:
    code = (
        "from gopherbot.actors import good_morning, table;"
        "assert any(job.name == 'good_morning' for job in table.JOBS);"
        "assert callable(good_morning.run)"
    )
    _run(copy, "-c", code)
