"""`gopherbot docs`: the page of all commands is made of the rules, and is never stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gopherbot.actors import table
from gopherbot.authoring.commands_page import page
from gopherbot.cli.docs import PAGE, command
from gopherbot.model import Kind
from gopherbot.router import Rule
from gopherbot.testing import bot

BOOK = bot.content
TEXT = page(BOOK)


def test_a_stale_page_is_told_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "commands.md"
    path.write_text(TEXT.replace("go tour", "tour"))

    found = CliRunner().invoke(command, ["--check", "--page", str(path)])

    assert found.exit_code == 1
    assert "run `gopherbot docs` and commit what it writes" in found.output
    assert "go tour" not in path.read_text()


def test_a_missing_page_is_told(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, ["--check", "--page", str(tmp_path / "no.md")])

    assert found.exit_code == 1


def test_what_is_written_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "new" / "commands.md"

    assert CliRunner().invoke(command, ["--page", str(path)]).exit_code == 0
    assert path.read_text() == TEXT
    assert CliRunner().invoke(command, ["--check", "--page", str(path)]).exit_code == 0


def test_the_page_is_where_readers_look() -> None:
    assert PAGE.parts[-2:] == ("docs", "commands.md")


@pytest.mark.parametrize("rule", BOOK.rules.rules, ids=lambda rule: rule.name)
def test_every_rule_is_on_the_page_with_its_names_and_its_help(rule: Rule) -> None:
    if rule.kind in (Kind.COMMAND, Kind.REACTION, Kind.CONTAINS):
        assert all(f"`{name}`" in TEXT for name in (rule.trigger, *rule.aliases))
    elif rule.kind is Kind.TEAM_JOIN:
        assert "join the workspace" in TEXT
    else:
        assert rule.trigger.strip() in TEXT
    assert rule.help in TEXT


@pytest.mark.parametrize("job", table.JOBS, ids=lambda job: job.name)
def test_every_job_is_on_the_page(job: table.Job) -> None:
    jobs = TEXT.partition("## On a schedule")[2].partition("\n## ")[0]
    [row] = [line for line in jobs.splitlines() if line.startswith(f"| `{job.name}` |")]

    assert len(row.split(" | ")[-1]) > 10


def test_examples_are_on_the_page() -> None:
    assert "`d/net/http` → https://pkg.go.dev/net/http" in TEXT
    assert "| `go tour` | `tour` | the interactive tour of Go | https://go.dev/tour/ |" in TEXT


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in TEXT.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        count = line.replace("\\|", "").count("|")
        cells = cells or count
        assert count == cells, line
