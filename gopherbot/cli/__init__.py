"""The command line: `gopherbot COMMAND`. Each command is the file of its name beside this one.

A command's file is loaded when it is asked for, so that `gopherbot explain` does not wait for what
`gopherbot dev` needs.
"""

from __future__ import annotations

import importlib
import sys

import click

from gopherbot.errors import GopherbotError

COMMANDS = {
    "dev": "run the whole bot on this machine, with a simulated Slack",
    "say": "send a message to the bot that `gopherbot dev` runs, and show what it does",
    "explain": "show what the bot would do with a message, and why, without sending anything",
    "lint": "check everything the bot says, and name what to mend",
    "docs": "write the page of all commands, or check that it is up to date",
    "check": "check configuration, Redis, Slack and services: what is wrong, and what to do",
    "status": "show how the running bot is: queues, processes, the last hour, the probe",
    "why": "tell what became of a message: a link, a channel and ts, or an event's id",
    "dead": "list, show, retry or drop dead letters: what could not be read or done",
    "manifest": "print the manifest from which Slack makes the app",
    "all": "run gateway, worker and scheduler together, for one small dyno",
}


class _Lazy(click.Group):
    """A group that knows its commands by name and loads one when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gopherbot.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy)
def group() -> None:
    """The chat bot of the Gophers Slack."""


def main() -> None:
    """Run the command line; an error of ours is one clear message and status 2."""
    try:
        group.main(prog_name="gopherbot")
    except GopherbotError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
