"""Runs mutants against the tests that must find them.

    make mutants ARGS="[-j PROCESSES] [WORD ...]"

Each mutant is put into a copy of the tree, where its tests are run and must fail; before that, all
the tests are run without any and must pass. WORDs choose the mutants whose name or file holds one.
Ends with 1 if a mutant survives or does not fit the tree.
"""

from __future__ import annotations

import argparse
import itertools
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .mutants import ROOT, Mutant, load, problems

FOUND, SURVIVED = "found", "SURVIVED"
MAX_WAIT_SECONDS = 15
"""How long a test of a mutant waits for what does not come."""
LONGEST_SECONDS = 240
"""After which a run is ended; a mutant that hangs is found."""

_PYTEST = (
    *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--dist", "loadgroup"),
)
_PASSED, _FAILED = 0, 1
# Python tells whether a file was compiled by its size and its time in whole seconds.
_times = itertools.count(10**9)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `found`, `SURVIVED`, or what went wrong."""

    mutant: Mutant
    result: str
    seconds: float


class Copy:
    """A copy of the tree to mutate."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    def judge(self, mutant: Mutant) -> Verdict:
        """Run a mutant's tests with it."""
        file = self.root / mutant.file
        began = time.monotonic()
        file.write_text(mutant.mutated(self.root))
        moment = next(_times)
        os.utime(file, (moment, moment))
        try:
            status, printed = self.run(mutant.tests)
        finally:
            shutil.copy2(ROOT / mutant.file, file)
        results = {_PASSED: SURVIVED, _FAILED: FOUND, None: f"{FOUND}, it hangs"}
        result = results.get(status, f"pytest ended with {status}:\n{printed[-2000:]}")
        return Verdict(mutant, result, time.monotonic() - began)

    def run(self, tests: Sequence[str], processes: int = 0) -> tuple[int | None, str]:
        """Run tests; return pytest's status, None if they hang, and what it printed."""
        ids = [f"tests/{test}" for test in tests]
        process = subprocess.Popen(
            [*_PYTEST, "-n", str(processes), *ids],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root), "TEST_PATIENCE": str(MAX_WAIT_SECONDS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, ""
        return process.returncode, printed.decode(errors="replace")


def main() -> int:
    """Judge mutants side by side, and show a table. Return the exit status."""
    options = _options()
    mutants = [m for m in load() if _is_chosen(m, options.words)]
    wrong = problems(mutants)
    if wrong:
        print(
            "These mutants do not fit the tree; correct tests/mutants/:",
            *wrong,
            sep="\n",
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for number in range(options.processes):
            copies.put(Copy(Path(folder) / str(number)))

        def judge(mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                verdict = copy.judge(mutant)
            finally:
                copies.put(copy)
            print(f"{verdict.seconds:6.1f} s  {verdict.result:<9} {mutant.name}", flush=True)
            return verdict

        copy = copies.get()
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        status, printed = copy.run(tests, options.processes)
        if status != _PASSED:
            # A busy machine may fail one by chance, hardly twice.
            status, printed = copy.run(tests, options.processes)
        copies.put(copy)
        if status != _PASSED:
            print(printed, "The tests fail without any mutant.", sep="\n")
            return 1
        with ThreadPoolExecutor(options.processes) as pool:
            verdicts = list(pool.map(judge, mutants))
    return _show(verdicts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("-j", dest="processes", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("words", nargs="*", help="only mutants whose name or file holds one")
    return parser.parse_args()


def _is_chosen(mutant: Mutant, words: Sequence[str]) -> bool:
    return not words or any(word in f"{mutant.name} {mutant.file}" for word in words)


def _show(verdicts: Sequence[Verdict]) -> int:
    print()
    for file in dict.fromkeys(verdict.mutant.file for verdict in verdicts):
        results = [v.result for v in verdicts if v.mutant.file == file]
        found = sum(result.startswith(FOUND) for result in results)
        print(f"{file:<44} {found:>3} of {len(results)} found")
    left = [verdict for verdict in verdicts if not verdict.result.startswith(FOUND)]
    print(f"\n{len(verdicts) - len(left)} of {len(verdicts)} mutants found")
    for verdict in left:
        print(f"  {verdict.result}: {verdict.mutant.name} ({verdict.mutant.file})")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
