"""`gopherbot docs`: generates the page of everything the bot reacts to from the rules."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gopherbot.authoring.commands_page import page
from gopherbot.errors import GopherbotError
from gopherbot.rulebook import loader

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; fail if the page is not up to date.")
@click.option(
    "--page",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=lambda: PAGE,
    help="The file to write. Default: docs/commands.md.",
)
def command(check: bool, path: Path) -> None:
    """Write the page of all commands, docs/commands.md."""
    if path == PAGE and not PAGE.parent.is_dir():
        raise GopherbotError("This needs a checkout of the project, or a file with --page.")
    text = page(loader.load())
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f"wrote {path}")
    elif not path.exists() or path.read_text("utf-8") != text:
        sys.exit(f"{path} is not up to date: run `gopherbot docs` and commit what it writes")
    else:
        print(f"{path} is up to date")
