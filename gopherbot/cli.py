"""The command line: `gopherbot COMMAND`.

A command's module is loaded only when it is used, so that `gopherbot explain` does not wait for the
imports of `gopherbot dev`.
"""

from __future__ import annotations

import gc
import importlib
import sys
from pathlib import Path

import click

from gopherbot.commands import COMMANDS
from gopherbot.errors import GopherbotError


def _show_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    import importlib.metadata  # noqa: PLC0415 It takes 20 ms, and the next 5
    from configparser import ConfigParser  # noqa: PLC0415

    try:
        version = importlib.metadata.version("gopherbot")
    except importlib.metadata.PackageNotFoundError:
        # A platform installs only the requirements, beside a checkout.
        project = ConfigParser()
        project.read(Path(__file__).parents[1] / "setup.cfg")
        version = project["metadata"]["version"]
    click.echo(f"gopherbot {version}")
    ctx.exit()


class _Lazy(click.Group):
    """A group that lists its commands by name and loads each when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            module = importlib.import_module(f"gopherbot.commands.{cmd_name}")
        except ModuleNotFoundError as error:
            missing = str(error.name).partition(".")[0]
            if missing == "gopherbot":
                raise
            # Also in an environment from before a pull.
            message = f"`{cmd_name}` needs {missing}, which isn't installed: run `make install`"
            raise GopherbotError(message) from None
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def group() -> None:
    """The chat bot of the Gophers Slack.

    For completion in your shell: eval "$(_GOPHERBOT_COMPLETE=bash_source gopherbot)", or zsh_source
    or fish_source.
    """  # noqa: D401 - it is the command's help


def main() -> None:
    """Run the command line. Errors of ours become one clear message and status 2."""
    # Most of what a command makes it keeps, and looking for garbage takes a tenth of its time.
    gc.set_threshold(100_000)
    try:
        as_module = sys.argv[0].endswith("__main__.py")
        group.main(prog_name="python -m gopherbot" if as_module else "gopherbot")
    except GopherbotError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:  # such as a full disk
        print(f"gopherbot: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        sys.exit(2)
