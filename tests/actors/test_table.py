"""The table of actors: its rows are sound, and reading it loads nothing."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
from cases import cases

from gopherbot import actors, table
from gopherbot.model import Kind
from gopherbot.table.watches import FeedWatch
from gopherbot.web import events

TABLE = {"gopherbot.table", *(f"gopherbot.table.{name}" for name in ("jobs", "rows", "watches"))}


def loaded_by(module: str) -> set[str]:
    """Return the modules that a fresh process has after importing this one."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_reading_the_table_loads_nothing_else() -> None:
    found = loaded_by("gopherbot.table")
    ours = {name for name in found if name.partition(".")[0] in ("gopherbot", "glossary")}
    assert ours == {"gopherbot", *TABLE}
    assert not found & {"dramatiq", "redis", "slack_sdk", "falcon", "urllib3", "structlog"}


@pytest.mark.parametrize("process", ["gopherbot.web.app", "gopherbot.scheduler.__main__"])
def test_who_only_sends_messages_loads_no_actor(process: str) -> None:
    found = loaded_by(process)
    assert found >= TABLE
    heavy = {"dramatiq", "slack_sdk", "gopherbot.actors", "gopherbot.content", "gopherbot.effects"}
    assert not found & heavy


@pytest.mark.parametrize(
    "process",
    [
        "gopherbot.web.server, gopherbot.web.app",
        "gopherbot.scheduler.__main__",
        "gopherbot.actors.__main__",
    ],
)
def test_processes_load_only_what_they_use(process: str) -> None:
    # The first three are for the commands; libraries load the others, 3 to 6 MB of them.
    unused = {"click", "rich", "pygments", "asyncio.events", "redis.cluster", "redis.commands.json"}
    unused |= {"slack_sdk.models", "slack_sdk.web.chat_stream"}
    if "web" not in process:
        unused |= {"gevent", "greenlet"}
    assert not loaded_by(f"{process}; gopherbot.lean_imports.end()") & unused


def test_what_no_process_uses_is_there_for_others() -> None:
    used = "import gopherbot.actors.__main__, structlog._native, redis.asyncio, gevent, asyncio; "
    check = "assert structlog._native.asyncio.get_running_loop is asyncio.get_running_loop; "
    client = "from slack_sdk import WebClient; from slack_sdk.models.blocks import DividerBlock; "
    sent = "from slack_sdk.web.internal_utils import _parse_web_class_objects as sent; "
    blocks = (
        "given = {'blocks': [DividerBlock()]}; sent(given); assert given['blocks'][0]['type']; "
    )
    stream = "WebClient().chat_stream(channel='C1', thread_ts='1')"
    code = used + check + client + sent + blocks + stream
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "redis.asyncio.client" in loaded_by("gopherbot.actors.__main__, redis.asyncio")


@pytest.mark.parametrize("row", table.EVENT_ACTORS, ids=lambda row: row.name)
def test_an_event_actor_has_its_handler_and_gets_its_events(row: table.EventActor) -> None:
    assert list(inspect.signature(actors.handler(row)).parameters)[1:] in (["envelope"], ["body"])
    for kind in row.channel_types or {None}:
        for subtype in row.subtypes or {None}:
            assert events.route(row.type, kind, subtype) is row
    assert 0 < row.time_limit < 60 or row.name == table.CASE_CLOSED  # lists all members
    assert row.rules in {"", *(kind.value for kind in Kind)}
    assert all(event.partition(".")[0] == row.type for event in row.subscriptions)


@pytest.mark.parametrize("job", table.JOBS, ids=lambda job: job.name)
def test_a_job_has_its_actor(job: table.Job) -> None:
    parameters = list(inspect.signature(actors.runner(job)).parameters)
    assert parameters == (["context", "watcher"] if job.table else ["context"])
    assert job.help
    assert job.every >= 60


def test_every_actor_has_a_name_of_its_own() -> None:
    names = [row.name for row in table.EVENT_ACTORS] + [job.name for job in table.JOBS]
    assert len(set(names)) == len(names)


MINUTE, DAY = 60, 24 * 60 * 60


@cases("actor", "max_age", "max_backoff")
def test_how_old_a_message_may_be_is_said_by_its_row(
    actor: str, max_age: int, max_backoff: int
) -> None:
    row = table.event_actor(actor)
    assert row
    assert (table.max_age(actor), row.max_backoff) == (max_age, max_backoff)
    assert (table.max_age("channel_cache"), table.max_age("nobody")) == (10 * MINUTE, None)


def test_a_list_of_all_members_may_take_half_an_hour() -> None:
    [job] = [job for job in table.JOBS if job.name == "missed_joins"]
    assert job.time_limit == 30 * MINUTE


@pytest.mark.parametrize(("in_shadow", "period"), [(600, 600), (0, 60)])
def test_a_job_runs_less_often_in_shadow_mode_only(in_shadow: int, period: int) -> None:
    job = table.ScheduledJob("gerrit", "gerrit", "", every=60, every_in_shadow=in_shadow)
    assert (job.period(shadow=False), job.period(shadow=True)) == (60, period)


def test_only_what_slack_sends_is_an_event_type_of_a_queue() -> None:
    found = table.event_types(table.BACKGROUND)
    assert "reaction_added" in found
    assert table.PROBE_EVENT not in found


def feed(**more: Any) -> FeedWatch:
    return FeedWatch(channel="go", url="https://go.dev/feed", **more)


@cases("fields", "problems")
def test_what_is_wrong_with_a_feeds_table_is_said(fields: dict[str, Any], problems: int) -> None:
    assert len(list(feed(**fields).problems())) == problems


@cases("piece", "title", "is_in_it")
def test_a_title_is_searched_for_words_or_a_pattern(piece: str, title: str, is_in_it: bool) -> None:
    assert feed(only=("something else", piece)).wants(title) is is_in_it
    assert feed(without=(piece,)).wants(title) is not is_in_it
