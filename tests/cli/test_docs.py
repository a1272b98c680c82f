"""`gopherbot docs`: the page of all commands is made from the rules, and is never out of date."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gopherbot import cli, table
from gopherbot.commands.docs import PAGE, page
from gopherbot.model import Kind
from gopherbot.router import Rule
from gopherbot.testing import Bot, bot

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def text() -> str:
    """The page as it is written now."""
    return page(bot.content)


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def test_an_outdated_or_missing_page_is_an_error_with_the_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "commands.md"
    for outdated in ("", text.replace("go tour", "tour")):
        if outdated:
            path.write_text(outdated)
        found = CliRunner().invoke(cli.group, ["docs", "--check", "--page", str(path)])
        assert found.exit_code == 1
        assert "run `gopherbot docs` and commit what it writes" in found.output
    assert path.read_text() == outdated


def test_what_is_written_passes_the_check(tmp_path: Path, text: str) -> None:
    path = tmp_path / "new" / "commands.md"
    assert CliRunner().invoke(cli.group, ["docs", "--page", str(path)]).exit_code == 0
    assert path.read_text() == text
    assert CliRunner().invoke(cli.group, ["docs", "--check", "--page", str(path)]).exit_code == 0
    assert PAGE.parts[-2:] == ("docs", "commands.md")


def test_the_bakers_page_has_these_lines_in_this_order() -> None:
    """`page.md` leaves out what every community has: that changes with the bot."""
    expected = (HERE / "page.md").read_text("utf-8").splitlines()
    lines = page(Bot(HERE.parent / "content" / "bakers").content).splitlines()
    assert [line for line in lines if line in expected] == expected


def test_every_rule_is_on_the_page_with_its_names_and_its_help(text: str) -> None:
    rules = bot.content.rules.rules
    assert len(rules) > 50
    assert "once in 150 times, at random" in text
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


def test_every_job_and_every_subscribed_event_is_on_the_page(text: str) -> None:
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    for job in table.JOBS:
        assert len(rows[job.name].split(" | ")[-1]) > 10
    events = text.partition("## Events from Slack")[2].partition("\n## ")[0]
    for row in table.EVENT_ACTORS:
        assert all(f"`{name}`" in events for name in (*row.subscriptions, *row.subtypes)), row.name


def test_every_row_of_a_table_has_as_many_cells_as_its_head(text: str) -> None:
    cells = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        count = line.replace("\\|", "").count("|")
        cells = cells or count
        assert count == cells, line
