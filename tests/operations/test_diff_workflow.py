"""The workflows that write what a pull request would change: their steps, run as on GitHub."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gopherbot.dev.procfile import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
GH = """#!/bin/sh
echo "$@" >> calls
case "$*" in
  *PATCH*|*POST*) ;;
  *pulls*) echo "$NUMBER" ;;
  *comments*) echo "$COMMENT" ;;
esac
"""


def workflow(name: str) -> dict[str, Any]:
    # In YAML 1.1, `on` is a boolean.
    found: dict[Any, Any] = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text())
    return found | {"on": found[True]}


def steps(name: str) -> list[str]:
    """Return the commands of a workflow's steps."""
    (job,) = workflow(name)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def run(folder: Path, step: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"} | more
    return subprocess.run(
        ["bash", "-e", "-c", step],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_runs_a_requests_code_may_only_read_and_what_writes_runs_none_of_it() -> None:
    diff, comment = workflow("diff"), workflow("diff-comment")
    assert list(diff["on"]) == ["pull_request"]
    assert diff["permissions"] == {"contents": "read"}
    assert comment["on"]["workflow_run"]["workflows"] == [diff["name"]]
    assert comment["permissions"] == {"actions": "read", "pull-requests": "write"}
    (job,) = comment["jobs"].values()
    assert not any("checkout" in step.get("uses", "") for step in job["steps"])
    # An expression inside a command would let a branch's name be run.
    assert not any("${{" in step for step in [*steps("diff"), *steps("diff-comment")])


@pytest.mark.slow
@pytest.mark.parametrize(("content", "status", "printed"), [("", 0, "lines:"), ("/", 2, "CONTENT")])
def test_it_finds_what_differs_and_ends_with_its_status(
    tmp_path: Path, content: str, status: int, printed: str
) -> None:
    command = tmp_path / ".venv" / "bin" / "gopherbot"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m gopherbot "$@"\n')
    command.chmod(0o755)
    given = {"GOPHER_CONTENT": content, "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    _, diff, end = steps("diff")
    assert run(tmp_path, diff, **given).returncode == 0
    assert (tmp_path / "output").read_text() == f"status={status}\n"
    assert printed in (tmp_path / "diff.txt").read_text()
    assert printed in (tmp_path / "summary").read_text()
    assert run(tmp_path, end, STATUS=str(status)).returncode == status


@pytest.mark.parametrize(
    ("number", "comment", "call"),
    [
        ("7", "", "api --method POST repos/gophers/bot/issues/7/comments --field body=@comment.md"),
        ("7", "5", "api --method PATCH repos/gophers/bot/issues/comments/5"),
        ("", "", ""),
    ],
    ids=["the first time", "again", "the branch has moved on"],
)
def test_there_is_one_comment_and_nothing_in_it_is_markup(
    tmp_path: Path, number: str, comment: str, call: str
) -> None:
    gh = tmp_path / "gh"
    gh.write_text(GH)
    gh.chmod(0o755)
    (tmp_path / "diff.txt").write_text("“@everyone ```”\n# a title\r# another\n" + "é\n" * 50_000)
    (step,) = steps("diff-comment")
    given = {"REPOSITORY": "gophers/bot", "HEAD": "ann:$(touch oops)", "SHA": "abc"}
    done = run(tmp_path, step, NUMBER=number, COMMENT=comment, **given)
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text()
    assert "head=ann:$(touch oops)" in calls
    assert not (tmp_path / "oops").exists()
    if not call:
        assert calls.count("api ") == 1
        return
    assert call in calls.splitlines()[-1]
    # A carriage return ends a line, too.
    mark, lead, empty, *lines = re.split(
        "[\r\n]", (tmp_path / "comment.md").read_text("utf-8", "replace")
    )
    assert mark == "<!-- gopherbot diff -->"
    assert lead
    assert not empty
    assert all(line.startswith("    ") for line in lines[:-1])  # the last one is cut
    assert len("\n".join(lines)) < 65_536
