"""What `gopherbot dev` shows of the processes' logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any, cast

import pytest

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.console import Console
from gopherbot.dev.procfile import ROOT, Dyno

AT = {"time": "2026-12-01T10:20:30Z", "process": "worker", "level": "info"}
LINES = [
    {"event": "handled", "rules": ["a", "b"], "queue": "public", "worked": "public", **AT},
    {"event": "handled", "rules": [], "queue": "public", **AT},
    {"event": "handled", "queue": "background", "seen": None, "new": 3, **AT},
    {"event": "redis is slow", "logger": "redis", **AT, "level": "warning"},
    {"event": "redis is fine", "logger": "redis", **AT},
    {"event": "started", "request_id": "1", "commit": "c0ffee", **AT},
]
PLAIN = f"""\
42
Traceback (most recent call last):
  File "{ROOT}/gopherbot/a.py", line 1, in <module>
  File "{ROOT}/gopherbot/b.py", line 2, in f
  File "{ROOT}/.venv/site-packages/c.py", line 3, in g
{"   "}
ValueError: [no] :smile:
"""
SHOWN = {
    False: ["worker    10:20:30  redis is slow"],
    True: [
        "worker    10:20:30  handled  rules=a,b",
        "worker    10:20:30  handled  rules=",
        "worker    10:20:30  handled  new=3",
        "worker    10:20:30  redis is slow",
        "worker    10:20:30  redis is fine",
        "worker    10:20:30  started",
    ],
}


class Printer:
    """Stands for a bot whose only process prints a file."""

    output: int | IO[bytes] | None = None

    def __init__(self, file: Path) -> None:
        self.file = file

    def start(self, name: str) -> Dyno:
        return Dyno(f"cat {self.file}", {}, self.output)


@pytest.mark.parametrize("all_logs", [False, True])
def test_interesting_lines_are_shown_in_short_and_all_are_passed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], all_logs: bool
) -> None:
    (tmp_path / "log").write_text("".join(f"{json.dumps(line)}\n" for line in LINES) + PLAIN)
    passed: list[dict[str, Any]] = []
    console = Console(all_logs=all_logs)
    console.on_line = [passed.append]
    dyno = console.start(cast("LocalBot", Printer(tmp_path / "log")), "worker")
    said = console.last_words("worker")
    assert dyno.process.wait() == 0
    assert passed == LINES
    plain = [line for line in PLAIN.splitlines() if line.strip()]
    assert said.splitlines() == plain[3:]
    printed = capsys.readouterr().out
    logs = [line for line in printed.splitlines() if line[10:12] == "10"]
    assert [line.replace("  ", " ") for line in logs] == [
        line.replace("  ", " ") for line in SHOWN[all_logs]
    ]
    assert printed.splitlines()[len(logs) :] == [f"{'worker':<10}{line}" for line in plain]


def test_trial_prints_once_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_text(f"{json.dumps(LINES[3])}\n42\nWorker with PID 7 exited\n")
    console = Console()
    console.start(cast("LocalBot", Printer(tmp_path / "log")), "worker", on_trial=True)
    assert console.last_words("worker") == "42"
    assert "42" not in capsys.readouterr().out
    console.accept("worker")
    assert capsys.readouterr().out.startswith("worker    42\n")


def test_problems_that_stopping_causes_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text(f"{json.dumps(LINES[3])}\n")
    console = Console()
    console.stop()
    console.say("[no] :smile:")
    console.start(cast("LocalBot", Printer(tmp_path / "log")), "worker")
    console.last_words("worker")
    assert capsys.readouterr().out == "\nStopping …\n[no] :smile:\n"
