"""Checks whether the bot would start with the current files; runs in a separate process.

`python -m gopherbot.dev.trial FOLDER` prints JSON: `problems`, each with its file and line, and
`suggestions`, which the page offers while a member types. `gopherbot dev` runs it before it
reloads, so a broken file never stops a working bot. It waits for the end of its input before it
loads anything of ours: packages are already imported when a file is saved.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from gopherbot.dev.procfile import ROOT

_PACKAGES = (
    *("apscheduler.schedulers.background", "dramatiq.brokers.redis", "falcon", "feedparser"),
    *("gevent", "slack_sdk.web", "structlog"),
)
"""Those that take longest to import, half of a trial together."""
_PROCESSES = ("gopherbot.actors.wiring", "gopherbot.web.app", "gopherbot.scheduler.clock")


def main(folder: Path) -> None:
    """Print what keeps the bot from starting, or else its suggestions."""
    for package in _PACKAGES:
        importlib.import_module(package)
    sys.stdin.read()
    importlib.invalidate_caches()
    problems = list(_broken_python())
    suggestions: list[dict[str, str]] = []
    if not problems:
        from gopherbot.rulebook import loader  # noqa: PLC0415 - it may be broken itself

        examined = loader.examine(folder)
        problems = [
            f"{problem.file}:{problem.line}: {problem.message}" if problem.line else str(problem)
            for problem in examined.problems
        ]
        if not problems:
            entries = examined.or_raise().rules.entries()
            suggestions = [{"text": entry.trigger, "help": entry.help} for entry in entries]
    sys.stdout.write(json.dumps({"problems": problems, "suggestions": suggestions}) + "\n")


def _broken_python() -> Iterator[str]:
    """Yield the first error that keeps a process from being imported, with file and line."""
    try:
        from gopherbot import table  # noqa: PLC0415

        actors = [f"gopherbot.actors.{job.runs.rpartition('.')[0]}" for job in table.JOBS]
    except Exception as error:
        yield _in_words(error)
        return
    for name in (*_PROCESSES, *actors):
        try:
            importlib.import_module(name)
        except Exception as error:
            yield _in_words(error)
            return


def _in_words(error: Exception) -> str:
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}: {error.msg}"
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and "site-packages" not in frame.filename
    ]
    return f"{_short(ours[-1].filename)}:{ours[-1].lineno}: {what}" if ours else what


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else filename


if __name__ == "__main__":
    main(Path(sys.argv[1]))
