"""`python -m bench [NAMES] [--quick]`: measure, print the table, write it."""

from __future__ import annotations

import importlib
import shlex
import sys
import time
import traceback

import click

from bench.results import Outcome, Report, Row, machine, table
from bench.sizes import FULL, QUICK, Sizes

EXPERIMENTS = (
    "start",
    "idle",
    "edit",
    "modal",
    "load",
    "gateway",
    "chatter",
    "replies",
    "deploys",
    "tls",
    "matching",
    "lookups",
    "memory",
    "redis",
    "journal",
    "waves",
    "page",
)


@click.command("python -m bench")
@click.argument("names", nargs=-1, type=click.Choice(EXPERIMENTS), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Rougher results in about four minutes.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Measure gopherbot against its peers; exit with status 1 if a target is missed.

    A run of all experiments writes bench/RESULTS.md; a run of some only prints. They are: start,
    idle, edit, modal, load, gateway, chatter, replies, deploys, tls, matching, lookups, memory,
    redis, journal, waves, page.
    """
    where = machine()
    sizes = QUICK if quick else FULL
    outcomes = [measure(name, sizes) for name in names or EXPERIMENTS]
    command = shlex.join(["python", "-m", "bench", *(["--quick"] if quick else []), *names])
    report = Report(command, outcomes, where)
    print()
    print(table(report.rows))
    if not names:
        report.write()
    sys.exit(not all(row.reached is not False for row in report.rows))


def measure(name: str, sizes: Sizes) -> Outcome:
    """Run one experiment, and print its name and duration. A failure becomes its only row."""
    print(f"{name} …", end=" ", flush=True)
    start = time.monotonic()
    outcome: Outcome
    try:
        outcome = importlib.import_module(f"bench.experiments.{name}").run(sizes)
    except Exception as error:
        traceback.print_exc()
        said = f"failed: {type(error).__name__}: {error}".partition("\n")[0]
        outcome = Outcome([Row(name=name, measured=said, ours="–", reached=False)])
    print(f"{time.monotonic() - start:.0f} s", flush=True)
    return outcome


if __name__ == "__main__":
    main()
