"""`gopherbot docs`: the page of all commands is made of the rules, and is never stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gopherbot import table
from gopherbot.commands.docs import PAGE, command, page
from gopherbot.model import Kind
from gopherbot.router import Rule
from gopherbot.testing import bot


@pytest.fixture(scope="module")
def text() -> str:
    """The page as it is written now."""
    return page(bot.content)


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def test_a_stale_page_is_told_with_the_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "commands.md"
    path.write_text(text.replace("go tour", "tour"))

    found = CliRunner().invoke(command, ["--check", "--page", str(path)])

    assert found.exit_code == 1
    assert "run `gopherbot docs` and commit what it writes" in found.output
    assert "go tour" not in path.read_text()


def test_a_missing_page_is_told(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, ["--check", "--page", str(tmp_path / "no.md")])

    assert found.exit_code == 1


def test_what_is_written_passes_the_check(tmp_path: Path, text: str) -> None:
    path = tmp_path / "new" / "commands.md"

    assert CliRunner().invoke(command, ["--page", str(path)]).exit_code == 0
    assert path.read_text() == text
    assert CliRunner().invoke(command, ["--check", "--page", str(path)]).exit_code == 0


def test_the_page_is_where_readers_look() -> None:
    assert PAGE.parts[-2:] == ("docs", "commands.md")


def test_every_rule_is_on_the_page_with_its_names_and_its_help(text: str) -> None:
    rules = bot.content.rules.rules
    assert len(rules) > 50
    assert [rule.name for rule in rules if not is_on(text, rule)] == []


def is_on(text: str, rule: Rule) -> bool:
    """Return whether the page has a rule's names and its help."""
    if rule.kind in (Kind.COMMAND, Kind.REACTION, Kind.CONTAINS):
        named = all(f"`{name}`" in text for name in (rule.trigger, *rule.aliases))
    elif rule.kind is Kind.TEAM_JOIN:
        named = "join the workspace" in text
    else:
        named = rule.trigger.strip() in text
    return named and rule.help in text


@pytest.mark.parametrize("job", table.JOBS, ids=lambda job: job.name)
def test_every_job_is_on_the_page(job: table.Job, text: str) -> None:
    jobs = text.partition("## On a schedule")[2].partition("\n## ")[0]
    [row] = [line for line in jobs.splitlines() if line.startswith(f"| `{job.name}` |")]

    assert len(row.split(" | ")[-1]) > 10


def test_examples_are_on_the_page(text: str) -> None:
    assert "`d/net/http` → https://pkg.go.dev/net/http" in text
    assert "| `go tour` | `tour` | the interactive tour of Go | https://go.dev/tour/ |" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head(text: str) -> None:
    cells = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        count = line.replace("\\|", "").count("|")
        cells = cells or count
        assert count == cells, line
