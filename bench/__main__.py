"""`python -m bench [NAMES] [--quick]`: measure, print the table, write it and the pictures."""

from __future__ import annotations

import argparse
import importlib
import shlex
import sys
import time

from bench.results import Outcome, Report, machine, table
from bench.sizes import FULL, QUICK, Sizes

EXPERIMENTS = (
    "start",
    "idle",
    "load",
    "gateway",
    "chatter",
    "replies",
    "tls",
    "matching",
    "lookups",
    "memory",
    "redis",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the experiments that are asked for. 1 if a target is not reached."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given)
    names = options.names or EXPERIMENTS
    unknown = sorted(set(names) - set(EXPERIMENTS))
    if unknown:
        print(f"no such experiment: {', '.join(unknown)}", file=sys.stderr)
        return 2
    where = machine()
    outcomes = [measure(name, QUICK if options.quick else FULL) for name in names]
    command = shlex.join(["python", "-m", "bench", *given])
    report = Report(command, outcomes, where)
    print()
    print(table(report.rows))
    if not options.names:
        report.write()
    return 0 if all(row.reached is not False for row in report.rows) else 1


def measure(name: str, sizes: Sizes) -> Outcome:
    """Run one experiment, saying so."""
    print(f"{name} …", end=" ", flush=True)
    start = time.monotonic()
    outcome: Outcome = importlib.import_module(f"bench.experiments.{name}").run(sizes)
    print(f"{time.monotonic() - start:.0f} s", flush=True)
    return outcome


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure gopherbot against its peers. All experiments together write "
        "bench/RESULTS.md and the pictures; some alone only print.",
        epilog="experiments: " + ", ".join(EXPERIMENTS),
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="run these only")
    parser.add_argument("--quick", action="store_true", help="about three minutes, rougher")
    return parser


if __name__ == "__main__":
    sys.exit(main())
