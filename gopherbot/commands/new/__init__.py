"""`gopherbot new FOLDER`: makes a folder of content for another community's bot.

Each file begins with the comment of the Gophers' own file of that name, which says what it can
hold.
"""

from __future__ import annotations

import re
import shutil
from itertools import takewhile
from pathlib import Path

import click

import glossary
from gopherbot.errors import GopherbotError
from gopherbot.rulebook.loader import ROOMS
from gopherbot.settings import CONTENT_FOLDER

_STARTER = Path(__file__).parent / "starter"
_OF_THE_BOT = (*ROOMS[1:], "*.py", "__pycache__")
"""What runs for every community, and has no place in a folder of its own."""


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    type=click.Choice(["gophers"]),
    help="Begin with all that the Gophers' bot says, instead of an example for each file.",
)
def command(folder: Path, source: str | None) -> None:
    """Make FOLDER, with the content files of a bot for your community."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GopherbotError(f"{folder} exists already: choose another name.")
    if source:
        _copy_the_gophers(folder)
    else:
        _start(folder)
    print(f"{folder} is there. Each of its files begins with a comment on what it can hold.")
    print("Say who you are in workspace.toml, and try it:\n")
    print(f"  gopherbot lint {folder}")
    print(f"  GOPHER_CONTENT={folder} gopherbot dev")


def _copy_the_gophers(folder: Path) -> None:
    ignored = shutil.ignore_patterns(*_OF_THE_BOT)
    shutil.copytree(CONTENT_FOLDER, folder, ignore=ignored, dirs_exist_ok=True)
    shutil.copytree(glossary.FOLDER, folder / "glossary")


def _start(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CONTENT_FOLDER.glob("*.toml")):
        example = _STARTER / path.name
        text = example.read_text("utf-8") if example.exists() else ""
        (folder / path.name).write_text(f"{_comment(path)}\n\n{text}".rstrip() + "\n", "utf-8")
    shutil.copytree(_STARTER / "glossary", folder / "glossary")
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower()) or ["bot"]
    workspace = folder / "workspace.toml"
    text = workspace.read_text("utf-8").replace('"{name}"', f'"{" ".join(words).title()}"')
    workspace.write_text(text.replace('"{bot}"', f'"{"-".join(words)}"'), "utf-8")


def _comment(path: Path) -> str:
    """Return the comment at the top of a file."""
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(takewhile(lambda line: line.startswith("#"), lines))
