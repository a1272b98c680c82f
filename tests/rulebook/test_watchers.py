"""Which watchers run, by `watchers.toml` and the table of actors."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gopherbot import table
from gopherbot.errors import ContentError
from gopherbot.rulebook import watchers
from gopherbot.rulebook.watchers import read, schedule, scheduled_jobs
from gopherbot.table import Job, ScheduledJob
from gopherbot.table.watches import Watch

ALWAYS = [job.name for job in table.JOBS if job.table is None]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs of the table, which a test may replace."""
    found = [
        Job("steady", "runs everywhere", every=60),
        Job("greeter", "greets", every=300, every_in_shadow=3600, table=Watch),
        Job("herald", "is heard by default", every=600, table=Watch, channel="general"),
        Job("reader", "reads many", every=600, table=Watch, many=True),
    ]
    monkeypatch.setattr(watchers, "JOBS", found)
    return found


def names(tables: dict[str, object]) -> list[str]:
    found, problems = read(tables)
    assert problems == []
    return [job.name for job in schedule(found)]


def test_a_watcher_runs_where_it_has_a_table(jobs: list[Job]) -> None:
    assert names({}) == ["steady", "herald"]
    assert names({"greeter": {"channel": "random"}}) == ["steady", "greeter", "herald"]


def test_a_watcher_with_a_channel_of_its_own_can_be_moved_or_turned_off(jobs: list[Job]) -> None:
    ((herald,), _) = read({})
    assert herald.watch.channel == "general"
    ((herald,), _) = read({"herald": {"channel": "random"}})
    assert herald.watch.channel == "random"
    assert names({"herald": {"channel": ""}}) == ["steady"]


def test_a_job_with_many_tables_runs_once_for_each(jobs: list[Job]) -> None:
    tables: dict[str, object] = {"reader": {"A b": {"channel": "x"}, "c": {"channel": "y"}}}
    found = schedule(read(tables)[0])
    assert [(job.name, job.actor, job.entry) for job in found[2:]] == [
        ("reader.A b", "reader", "A b"),
        ("reader.c", "reader", "c"),
    ]


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"gretter": {"channel": "x"}}, "`gretter` is not known here: write `greeter`"),
        ({"steady": {}}, "`steady` is not known here"),
        ({"greeter": {}}, "[greeter]: `channel` is missing"),
        ({"greeter": 7}, "[greeter]: this belongs to no entry"),
        ({"greeter": {"channel": 7}}, "[greeter]: `channel` is not a text"),
        ({"greeter": {"channel": "#ovens"}}, 'without "#": write channel = "ovens"'),
        ({"greeter": {"channel": "x", "chanel": "y"}}, "`chanel` is not known here"),
        ({"reader": {"channel": "x"}}, "this belongs to no entry"),
        ({"reader": 7}, '[reader]: give each its own heading, such as [reader."A name"]'),
    ],
)
def test_what_is_wrong_with_a_table_is_told(
    jobs: list[Job], tables: dict[str, object], problem: str
) -> None:
    _, problems = read(tables)
    assert any(problem in str(each) for each in problems), problems


def test_a_job_may_come_more_rarely_in_shadow_mode(jobs: list[Job]) -> None:
    found = {job.name: job for job in schedule(read({"greeter": {"channel": "x"}})[0])}
    assert found["greeter"].period(shadow=False) == 300
    assert found["greeter"].period(shadow=True) == 3600
    assert found["steady"].period(shadow=True) == 60


@pytest.mark.parametrize(("every", "in_shadow"), [(5, 60), (1440, 1440)])
def test_a_feed_never_comes_more_often_in_shadow_mode(every: int, in_shadow: int) -> None:
    feed = {"channel": "general", "url": "https://bread.example/feed", "every": every}
    found = {job.name: job for job in schedule(read({"feeds": {"Bread": feed}})[0])}
    job = found["feeds.Bread"]
    assert job.period(shadow=False) == every * 60
    assert job.period(shadow=True) == in_shadow * 60


def test_a_folder_without_watchers_runs_what_runs_everywhere(tmp_path: Path) -> None:
    on = [job.name for job in table.JOBS if job.table and job.channel]
    assert [job.name for job in scheduled_jobs(tmp_path)] == [*ALWAYS, *on]


def test_a_broken_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "watchers.toml").write_text("[gerrit\n")
    with pytest.raises(ContentError, match=r"watchers\.toml"):
        scheduled_jobs(tmp_path)


@pytest.mark.parametrize(
    "job", [job for job in table.JOBS if job.address], ids=lambda job: job.name
)
def test_the_address_that_is_probed_is_made_of_what_is_there(job: Job) -> None:
    assert job.table
    keys = dict.fromkeys(job.table.__struct_fields__, "x")
    services = {"gerrit": "https://g", "changelog": "https://c", "mastodon": "https://m"}
    assert job.address.format_map(keys | services)


def test_the_periods_are_those_that_are_promised() -> None:
    promised = {"channel_cache": 600, "gerrit": 600, "gotime_live": 60, "gotime_social": 300}
    periods = {job.name: job.every for job in table.JOBS}
    assert promised.items() <= periods.items()
    assert {job.name: job.every_in_shadow for job in table.JOBS}["gerrit"] == 3600
    assert dataclasses.replace(ScheduledJob("a", "a", "", 60)).period(shadow=True) == 60
