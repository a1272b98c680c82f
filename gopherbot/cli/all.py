"""`gopherbot all`: gateway, worker and scheduler in one dyno."""

from __future__ import annotations

import os
import sys

import click

from gopherbot.operations.supervisor import LINES, Supervisor


@click.command("all")
def command() -> None:
    """Run the Procfile's three lines together, until told to stop or until one of them ends."""
    sys.exit(Supervisor(os.environ).run(LINES))
