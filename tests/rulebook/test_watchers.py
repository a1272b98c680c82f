"""Which watchers run, by `watchers.toml` and the table of actors."""

from pathlib import Path

import pytest
from cases import cases

from gopherbot import table
from gopherbot.errors import ContentError
from gopherbot.rulebook import watchers
from gopherbot.rulebook.watchers import read, schedule, scheduled_jobs
from gopherbot.table import Job
from gopherbot.table.watches import Watch


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the jobs of the table."""
    found = [
        Job("steady", "runs everywhere", every=60),
        Job("greeter", "greets", every=300, every_in_shadow=3600, table=Watch),
        Job("herald", "is heard by default", every=600, table=Watch, channel="general"),
        Job("reader", "reads many", every=600, table=Watch, many=True, address="{site}/{channel}"),
    ]
    monkeypatch.setattr(watchers, "JOBS", found)


@pytest.mark.usefixtures("jobs")
@cases("tables", "running")
def test_each_table_with_a_channel_runs(tables: dict[str, object], running: list[str]) -> None:
    found, problems = read(tables)
    assert problems == []
    scheduled = schedule(found)
    assert [job.name for job in scheduled] == running
    assert [".".join(filter(None, (job.actor, job.entry))) for job in scheduled] == running


@pytest.mark.usefixtures("jobs")
def test_a_watcher_with_a_channel_of_its_own_can_be_moved() -> None:
    for tables, channel in (({}, "general"), ({"herald": {"channel": "random"}}, "random")):
        ((herald,), _) = read(tables)
        assert herald.watch.channel == channel


@pytest.mark.usefixtures("jobs")
def test_the_address_to_check_is_made_of_the_table_and_the_services() -> None:
    ((_, reader), _) = read({"reader": {"a": {"channel": "x"}}})
    assert reader.address({"site": "https://s", "channel": "unused"}) == "https://s/x"


@pytest.mark.usefixtures("jobs")
@cases("tables", "problem")
def test_a_broken_table_is_reported_with_a_fix(tables: dict[str, object], problem: str) -> None:
    _, problems = read(tables)
    assert any(str(each).startswith(f"watchers.toml: {problem}") for each in problems), problems


@pytest.mark.usefixtures("jobs")
def test_a_job_may_run_less_often_in_shadow_mode() -> None:
    found = {job.name: job for job in schedule(read({"greeter": {"channel": "x"}})[0])}
    assert found["greeter"].period(shadow=False) == 300
    assert found["greeter"].period(shadow=True) == 3600
    assert found["steady"].period(shadow=True) == 60


@pytest.mark.parametrize(("every", "in_shadow"), [(5, 60), (1440, 1440)])
def test_a_feed_never_runs_more_often_in_shadow_mode(every: int, in_shadow: int) -> None:
    feed = {"channel": "general", "url": "https://bread.example/feed", "every": every}
    found = {job.name: job for job in schedule(read({"feeds": {"Bread": feed}})[0])}
    job = found["feeds.Bread"]
    assert job.period(shadow=False) == every * 60
    assert job.period(shadow=True) == in_shadow * 60


def test_a_folder_without_watchers_runs_what_runs_everywhere(tmp_path: Path) -> None:
    always = [job.name for job in table.JOBS if job.table is None]
    on = [job.name for job in table.JOBS if job.table and job.channel]
    assert [job.name for job in scheduled_jobs(tmp_path)] == [*always, *on]


@cases("text")
def test_a_broken_file_keeps_the_scheduler_from_starting(tmp_path: Path, text: str) -> None:
    (tmp_path / "watchers.toml").write_text(text)
    with pytest.raises(ContentError, match=r"watchers\.toml"):
        scheduled_jobs(tmp_path)


def test_the_periods_are_those_that_are_promised() -> None:
    promised = {"channel_cache": 600, "gerrit": 600, "gotime_live": 60, "gotime_social": 300}
    assert promised.items() <= {job.name: job.every for job in table.JOBS}.items()
    assert {job.name: job.every_in_shadow for job in table.JOBS}["gerrit"] == 3600
