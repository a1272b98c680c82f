"""`gopherbot all`: runs gateway, worker and scheduler in one dyno."""

from __future__ import annotations

import os
import sys

import click

from gopherbot.operations.supervisor import LINES, Supervisor


@click.command("all")
def command() -> None:
    """Run the Procfile's three lines together, until a signal to stop or until one exits."""
    sys.exit(Supervisor(os.environ).run(LINES))
