"""The scheduler: every job once at its start, from one of however many there are, come what may."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dynos
import msgspec
import pytest
import redis
import time_machine
from pace import load_adjusted
from support import PATIENCE, Inside, Printed, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import base_environment, lines
from gopherbot.dev.redis_server import RedisServer
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.scheduler.clock import LEASE_SECONDS, Clock, Lead, Leadership
from gopherbot.settings import CONTENT_FOLDER, RedisSettings
from gopherbot.storage import keys
from gopherbot.storage.client import connect, text
from gopherbot.table import ScheduledJob
from slack_simulator.apps.running import free_port

USUAL = {"REDIS_URL": "redis://localhost:1", "GOPHER_REDIS_INSECURE": "1", "HEROKU_APP_NAME": APP}
JOBS = Counter(job.actor for job in scheduled_jobs(CONTENT_FOLDER))


class Scheduler:
    """One scheduler's process, and what it prints."""

    def __init__(self, redis_url: str, folder: Path, name: str) -> None:
        self.name = name
        self.printed = Printed(folder / f"{name}.log")
        environment = USUAL | {"REDIS_URL": redis_url, "DYNO": name, "ENV": "production"}
        self.dyno = dynos.start(lines()["scheduler"], environment, self.printed.file)

    def leads(self) -> bool:
        return bool(self.printed.lines("leading"))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.dyno.signal_all(number)
        return self.dyno.process.wait(PATIENCE)

    def kill(self) -> None:
        if self.dyno.process.poll() is None:
            self.dyno.kill()
        self.printed.file.close()


Start = Callable[..., Scheduler]
ClockOn = Callable[..., Clock]


@pytest.fixture
def start(redis_server: RedisServer, tmp_path: Path) -> Iterator[Start]:
    started: list[Scheduler] = []

    def make(name: str, url: str = "") -> Scheduler:
        scheduler = Scheduler(url or redis_server.url, tmp_path, name)
        started.append(scheduler)
        return scheduler

    yield make
    for scheduler in started:
        scheduler.kill()


def sent(inside: Inside) -> Counter[str]:
    found = inside.messages(table.BACKGROUND)
    return Counter(msgspec.json.decode(data)["actor_name"] for data in found.values())


def times(count: int) -> Counter[str]:
    return Counter({name: number * count for name, number in JOBS.items()})


def test_each_job_is_sent_once_despite_restarts(start: Start, inside: Inside) -> None:
    # Two start together: one set of messages.
    pair = [start("a"), start("b")]
    wait_until(lambda: any(scheduler.leads() for scheduler in pair), "one leads")
    for scheduler in pair:
        scheduler.printed.wait("scheduler started")
    wait_until(lambda: sent(inside) == JOBS, "every job is sent")
    leader, other = sorted(pair, key=Scheduler.leads, reverse=True)
    assert not other.leads()
    # The leader is told to stop: the other need not wait for the end of its lease.
    assert leader.stop() == 0
    begin = time.monotonic()
    wait_until(other.leads, "the other leads")
    assert time.monotonic() - begin < load_adjusted(LEASE_SECONDS / 2)
    wait_until(lambda: sent(inside) == times(2), "every job is sent again")
    # The leader dies: a third takes over when the lease has ended.
    third = start("c")
    third.printed.wait("scheduler started")
    other.dyno.kill()
    assert not third.leads()
    wait_until(third.leads, "the third leads", 4 * LEASE_SECONDS)
    wait_until(lambda: sent(inside) == times(3), "every job is sent again")
    # The last one leaves nothing behind, however often it is told.
    third.dyno.terminate()
    assert third.stop() == 0
    assert not inside.client.exists(keys.leader(APP))
    left = [text(id).partition("/")[0] for id in inside.client.hkeys(keys.processes(APP))]
    assert left == [other.name], "only what was killed leaves its entry in the registry"
    assert sent(inside) == times(3)
    for scheduler in (*pair, third):
        assert "Traceback" not in scheduler.printed.text()


def test_a_heartbeat_alone_that_redis_does_not_answer_is_a_warning(start: Start) -> None:
    with RedisServer() as server, server.client() as client:
        scheduler = start("alone", server.url)
        scheduler.printed.wait("leading")
        asked = wait_until(
            lambda: [each for each in client.client_list() if each["cmd"] == "info"],
            "its heartbeat asks which Redis it is",
        )
        client.config_set("maxclients", 2)
        client.client_kill_filter(_id=asked[0]["id"])
        scheduler.printed.wait("redis is unreachable")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_is_stopped_while_redis_is_away(start: Start, number: signal.Signals) -> None:
    scheduler = start("lonely", f"redis://127.0.0.1:{free_port()}")
    scheduler.printed.wait("scheduler started")
    assert scheduler.stop(number) == 0
    assert "Traceback" not in scheduler.printed.text()


@pytest.mark.parametrize(
    ("variables", "words"),
    [({"REDIS_URL": ""}, b"REDIS_URL is missing"), ({}, b"watchers.toml: [gerrit]")],
)
def test_one_that_cannot_run_says_why_in_a_line(
    tmp_path: Path, variables: dict[str, str], words: bytes
) -> None:
    (tmp_path / "watchers.toml").write_text("[gerrit]\nchannels = 1\n")
    done = run_alone(["-m", "gopherbot.scheduler"], GOPHER_CONTENT=str(tmp_path), **variables)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def run_alone(arguments: list[str], **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python to its end with a scheduler's environment; `more` replaces variables."""
    command, variables = [sys.executable, *arguments], base_environment() | USUAL | more
    return subprocess.run(command, env=variables, capture_output=True, timeout=60, check=False)


def every(name: str, seconds: int, in_shadow: int = 0) -> ScheduledJob:
    return ScheduledJob(name, name, "", seconds, in_shadow)


@pytest.fixture
def clock_on(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockOn]:
    """Runs the scheduler's clock in this process."""
    monkeypatch.setattr("gopherbot.storage.client.WARN_AFTER_SECONDS", 1.0)
    monkeypatch.setattr("gopherbot.scheduler.clock.RENEW_SECONDS", 0.3)
    running: list[tuple[Clock, threading.Thread]] = []

    def make(*jobs: ScheduledJob, shadow: bool = False, port: int = redis_server.port) -> Clock:
        client = connect(RedisSettings("127.0.0.1", port), connections=1)
        clock = Clock(Leadership(client, APP, "the-clock"), jobs, shadow=shadow)
        thread = threading.Thread(target=clock.run, daemon=True)
        thread.start()
        running.append((clock, thread))
        return clock

    yield make
    for clock, thread in running:
        clock.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert ticking() == 0


def test_jobs_go_on_when_the_clock_is_set_back(clock_on: ClockOn, inside: Inside) -> None:
    clock_on(every("probe", seconds=1))
    wait_until(lambda: len(inside.ids(table.BACKGROUND)) >= 2, "it ticks")
    before = len(inside.ids(table.BACKGROUND))
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=10), tick=True):
        more = before + 3
        wait_until(lambda: len(inside.ids(table.BACKGROUND)) >= more, "it ticks on")


def test_one_that_starts_before_redis_waits_for_it(
    clock_on: ClockOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks again soon, not when the lead would be renewed."""
    monkeypatch.setattr("gopherbot.scheduler.clock.RENEW_SECONDS", 600.0)
    port = free_port()
    clock = clock_on(every("hourly", 3600), port=port)
    wait_until(lambda: clock.outage._ongoing, "it has noticed")
    with RedisServer(port=port) as server, server.client() as client:
        wait_until(lambda: sent(Inside(client)) == {"hourly": 1}, "it's sent")


def test_a_tick_that_redis_did_not_take_is_made_up_for(
    clock_on: ClockOn, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer() as server, server.client() as client:
        inside = Inside(client)
        clock_on(every("every_second", 1), port=server.port)
        wait_until(lambda: sent(inside)["every_second"] >= 2, "it ticks")
        server.signal(signal.SIGKILL)
        printed = ""

        def says(words: str) -> bool:
            nonlocal printed
            printed += capsys.readouterr().out
            return words in printed

        wait_until(partial(says, "redis is unreachable"), "it warns")
        server.start()
        wait_until(partial(says, "redis is reachable again"), "it says when it's over")
        # Restarted empty; what was due meanwhile comes once, and then it goes on.
        wait_until(lambda: sent(inside)["every_second"] >= 1, "it ticks again")
        assert sent(inside)["every_second"] <= 2
        wait_until(lambda: sent(inside)["every_second"] >= 3, "it goes on")


def test_jobs_resume_after_redis_lost_everything(clock_on: ClockOn, inside: Inside) -> None:
    """The channel cache would be empty for its ten minutes: it went with the rest."""
    clock_on(every("channel_cache", 600), every("feeds", 3600))
    once = Counter({"channel_cache": 1, "feeds": 1})
    wait_until(lambda: sent(inside) == once, "each job is sent at the start")
    inside.client.flushall()
    wait_until(lambda: sent(inside) == once, "each job is sent again")
    wait_until(lambda: ticking() == 1, "only one clock ticks")


def test_only_the_leader_sends_a_tick(redis_client: redis.Redis, inside: Inside) -> None:
    # It may have led when the tick was due, and hung from then on.
    leader, former = (Leadership(redis_client, APP, name) for name in ("leader", "former"))
    assert [leader.renew(), leader.renew()] == [Lead.TAKEN, Lead.RENEWED]
    assert 0 < redis_client.pttl(keys.leader(APP)) <= LEASE_SECONDS * 1000
    assert former.renew() is Lead.ANOTHER
    assert not former.send(every("job", 60))
    assert sent(inside) == Counter()
    assert leader.send(every("job", 60))
    assert sent(inside) == {"job": 1}
    # One that stands by gives up no lead but its own.
    former.resign()
    assert leader.renew() is Lead.RENEWED
    leader.resign()
    assert former.renew() is Lead.TAKEN


def test_job_expires_at_its_next_run(redis_client: redis.Redis, inside: Inside) -> None:
    leader = Leadership(redis_client, APP, "leader")
    leader.renew()
    inside.put(table.BACKGROUND, b"{}", "another")
    assert leader.send(ScheduledJob("feeds.Go", "feeds", "Go", 600))
    [_, id] = inside.ids(table.BACKGROUND)
    message = msgspec.json.decode(inside.messages(table.BACKGROUND)[id])
    assert message["args"] == ["Go"]
    assert message["options"]["max_age"] == table.max_age("feeds")


def is_between_ticks(clock: Clock) -> bool:
    """Return whether the tick before has ended: until then, APScheduler leaves out the next."""
    assert clock._ticks
    running = clock._ticks._executors["default"]._instances
    return not clock._due and not any(running.values())


def test_a_tick_that_comes_late_is_sent(
    clock_on: ClockOn, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a pause of the machine, which may be longer than APScheduler's usual grace."""
    monkeypatch.setattr("gopherbot.scheduler.clock.CLOCK_SET_SECONDS", 1e9)
    clock = clock_on(every("hourly", 3600))
    wait_until(lambda: sent(inside)["hourly"] == 1, "it is sent at the start")
    wait_until(lambda: is_between_ticks(clock), "its tick has ended")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3660), tick=True):
        assert clock._ticks
        clock._ticks.wakeup()
        wait_until(lambda: sent(inside)["hourly"] == 2, "it is sent a minute late")


def ticking() -> int:
    return sum(thread.name == "APScheduler" for thread in threading.enumerate())


def test_only_a_clock_that_leads_ticks(clock_on: ClockOn, inside: Inside) -> None:
    """It would tick twice as often when it leads again."""
    clock_on(every("every_second", 1))
    for _ in range(2):
        wait_until(lambda: ticking() == 1 and sent(inside), "it ticks, once")
        inside.client.set(keys.leader(APP), "another", px=2500)
        count = sent(inside)["every_second"]
        wait_until(lambda: ticking() == 0, "it ticks no longer")
        wait_until(lambda: inside.client.pttl(keys.leader(APP)) < 500, "two ticks pass")
        assert sent(inside)["every_second"] == count, "it sends nothing more"
    wait_until(lambda: ticking() == 1, "it ticks again")


def test_a_tick_does_not_wait_until_the_lead_is_renewed(
    clock_on: ClockOn, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gopherbot.scheduler.clock.RENEW_SECONDS", 600.0)
    inside.client.config_resetstat()
    clock_on(every("every_second", 1))
    wait_until(lambda: sent(inside)["every_second"] >= 3, "it ticks")
    assert inside.client.info("commandstats")["cmdstat_evalsha"]["calls"] < 30, "it waits between"


def test_shadow_mode_runs_jobs_as_their_row_says(clock_on: ClockOn, inside: Inside) -> None:
    jobs = (every("often", 1), every("rare", 1, 3600))
    clock_on(*jobs, shadow=True)
    wait_until(lambda: sent(inside)["often"] >= 4, "it ticks")
    assert sent(inside)["rare"] == 1


_HOLDS_ITS_LOCK = """
import os, signal, sys, time
from gopherbot.scheduler import __main__
from gopherbot.scheduler.clock import Clock

def run(self):
    assert self.shadow
    with self._wake._cond:  # As in the middle of waiting, or of clearing it.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.5)
    assert self.stopping.wait(20)

Clock.run = run
sys.exit(__main__.main())
"""


def test_signal_under_the_clocks_own_lock_stops_it(redis_server: RedisServer) -> None:
    done = run_alone(["-c", _HOLDS_ITS_LOCK], REDIS_URL=redis_server.url, ENV="staging")
    assert done.returncode == 0, done.stderr
