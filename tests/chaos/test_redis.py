"""Fault 3: Redis killed, frozen, full, cut off, and behind TLS."""

from __future__ import annotations

import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import redis
from pace import load_adjusted
from parts import REDIS_SERVER
from proxy import Proxy
from support import PATIENCE

from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from gopherbot.table import MESSAGE_PUBLIC
from slack_simulator import Fault
from slack_simulator.apps.running import free_port

from .harness import dice, wait_until
from .load import ASKED_ONCE, POSTED, Load
from .trial import Trial, TrialAt

RATE = 8.0
CARRIES_ON_SECONDS = 5.0
"""The contract's: after Redis's return every process goes on by itself within that."""

both_servers = pytest.mark.parametrize("server", ["default", "redis-server"], indirect=True)


@contextmanager
def keeping_its_data(server: RedisServer) -> Iterator[None]:
    server.client().config_set("appendfsync", "always")
    server.client().config_set("appendonly", "yes")
    server.options = ("--appendonly", "yes", "--appendfsync", "always")
    yield
    server.options = ()
    server.client().config_set("appendonly", "no")


def check_return(trial: Trial, fault: str, load: Load, back: float, only: set[str] | None) -> None:
    """Judge a load, or only some events of it, and how soon the bot answers after a return."""
    posts = [post.monotonic for post in trial.slack.posts() if post.monotonic >= back]
    recovered = min(posts) - back
    note = f"first answer {recovered:.2f} s after its return"
    trial.check(fault, trial.judge.verdict(load.said, only), note)
    assert recovered < load_adjusted(CARRIES_ON_SECONDS)


def test_killed_and_back_empty(trial: Trial) -> None:
    with trial.nothing_restarted():
        # An edit finds no answer to change when what Redis knew of it is lost.
        load = trial.load(48, RATE, kinds=ASKED_ONCE)
        time.sleep(dice("empty").uniform(0.8, 1.6))
        trial.server.signal(signal.SIGKILL)
        time.sleep(2)
        trial.server.start()
        back = time.monotonic()
        load.finish()
        after = trial.judge.accepted(since=back) & set(load.said)
        trial.finish()
        client = trial.server.client()
        wait_until(lambda: client.get(f"{APP}:scheduler"), 15, "a scheduler leads again")
    check_return(trial, "Redis killed, back empty", load, back, after)
    assert trial.judge.verdict(load.said).doubled == 0
    assert set(load.said) <= trial.judge.accepted(), "an event was never accepted"


def test_what_redis_alone_knew_is_lost_with_it(trial: Trial) -> None:
    """A window that cannot be closed: what was accepted, and what was answered, stood there."""
    trial.slack.deliveries.redeliver = 2
    trial.slack.deliveries.delays = (2.0,)
    answered = trial.load(1, RATE).finish()
    trial.slack.wait_for_posts(1, timeout=PATIENCE)
    trial.slack.deliveries.redeliver = 1
    trial.bot.forget("worker").kill()
    waiting = trial.load(1, RATE).finish()
    wait_until(lambda: trial.judge.accepted() >= set(waiting.said), 10, "it is accepted")
    trial.server.client().flushall()
    trial.bot.start("worker")
    trial.finish()
    verdict = trial.judge.verdict(answered.said | waiting.said)
    window = "accepted and not answered, or answered and delivered again"
    trial.table.add("Redis loses all it knew", verdict, window=window)
    assert verdict.lost <= 1
    assert verdict.doubled <= 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_said_as_redis_died_is_not_said_again(trial: Trial, workers: int) -> None:
    """Redis comes back empty, and only a worker's memory holds what was said."""
    for number in range(1, workers):
        trial.bot.start("worker", f"worker{number}")
    trial.bot.wait_until_ready()
    # Slack has done it, and says so when Redis is dead.
    slow = Fault(kind="slow_after", method="chat.postMessage", seconds=5, times=None)
    trial.slack.faults.add(slow)

    def ended() -> set[str]:
        lines = (line for line in trial.bot.lines() if line["event"] in ("handled", "discarded"))
        return {str(line.get("event_id")) for line in lines}

    with trial.nothing_restarted():
        load = trial.load(8, 50.0, kinds=POSTED).finish()
        wait_until(lambda: slow.hits >= load.count, 60, "everything is said")
        trial.server.signal(signal.SIGKILL)
        trial.slack.wait_for_calls("chat.postMessage", load.count, timeout=PATIENCE)
        wait_until(lambda: trial.bot.logged("will try again"), 30, "it cannot be noted")
        time.sleep(1)
        trial.server.start()
        # Until then, nothing stands in Redis of what workers are about to try again.
        wait_until(lambda: set(load.said) <= ended(), 60, "they have tried again")
        trial.finish()
    verdict = trial.judge.verdict(load.said)
    trial.table.add(f"Redis killed after a post, back empty, workers: {workers}", verdict)
    assert verdict.doubled == 0


@both_servers
def test_killed_and_back_with_its_data(trial: Trial) -> None:
    trial.slack.latency = 0.1
    with keeping_its_data(trial.server), trial.nothing_restarted():
        load = trial.load(48, RATE)
        chance = dice("data")
        for _ in range(2):
            time.sleep(chance.uniform(0.6, 1.2))
            trial.server.signal(signal.SIGKILL)
            time.sleep(1)
            trial.server.start()
        back = time.monotonic()
        trial.finish(load)
    name = Path(trial.server.binary).name
    check_return(trial, f"Redis killed, back with its data x2 ({name})", load, back, None)


def test_frozen(trial: Trial) -> None:
    trial.slack.latency = 0.1
    with trial.nothing_restarted():
        load = trial.load(56, RATE)
        time.sleep(dice("frozen").uniform(0.8, 1.6))
        trial.server.signal(signal.SIGSTOP)
        time.sleep(5)
        trial.server.signal(signal.SIGCONT)
        back = time.monotonic()
        trial.finish(load)
    check_return(trial, "Redis frozen for 5 s", load, back, None)


def test_frozen_so_long_that_the_living_look_dead(trial: Trial) -> None:
    """Two workers see each other silent for 12 s; neither may take what the other still does."""
    trial.bot.start("worker", "second")
    trial.bot.wait_until_ready()
    trial.slack.latency = 0.3
    with trial.nothing_restarted():
        load = trial.load(60, 20.0)
        time.sleep(1.2)
        trial.server.signal(signal.SIGSTOP)
        time.sleep(12)
        trial.server.signal(signal.SIGCONT)
        trial.check("Redis frozen for 12 s, two workers", load)


def test_out_of_memory(trial: Trial) -> None:
    trial.slack.latency = 0.1
    with trial.nothing_restarted():
        load = trial.load(48, RATE)
        time.sleep(1)
        trial.server.client().config_set("maxmemory", "1")
        full = time.monotonic()
        time.sleep(3)
        taken = trial.judge.accepted(since=full + 0.5) & set(load.said)
        refused = sum(attempt.status == 503 for attempt in list(trial.slack.deliveries.attempts))
        trial.server.client().config_set("maxmemory", "0")
        trial.check("Redis out of memory for 3 s", load, f"{refused} deliveries refused")
    assert refused
    assert not taken, "200 for what is not in the queue"


def test_a_backlog_that_filled_redis_is_worked_off(idle_trial: Trial) -> None:
    """Nobody raises the limit: what is too old goes, and with it the want of memory."""
    trial, client = idle_trial, idle_trial.server.client()
    an_hour_ago = time.time() - 3600
    for number in range(500):
        trial.inside.put(MESSAGE_PUBLIC, *talk(number, an_hour_ago))
    used = int(client.info("memory")["used_memory"])
    client.config_set("maxmemory", str(used - 500_000))
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        client.set("more", "of it")
    began = time.monotonic()
    trial.bot.start_all()
    wait_until(lambda: trial.inside.pending() == 0, 20, "the old messages are gone")
    took = time.monotonic() - began
    trial.check("Redis filled by a backlog", trial.load(8, RATE), f"worked off in {took:.1f} s")


def test_a_redis_that_evicts_and_is_full_is_worked_off(trial_at: TrialAt) -> None:
    """It drops what has a time to live, and the queues have none: they stay, and fill it."""
    policy = dice("evicting").choice(("volatile-lru", "volatile-ttl", "volatile-random"))
    options = ("--maxmemory", "4mb", "--maxmemory-policy", policy)
    with RedisServer(*options) as server, trial_at(server) as trial:
        number = 0
        trial.bot.forget("worker").kill()
        with suppress(redis.exceptions.OutOfMemoryError):
            for number in range(5000):
                trial.inside.put(MESSAGE_PUBLIC, *talk(number, time.time()))
        trial.bot.start("worker")
        wait_until(lambda: trial.inside.pending() == 0, 30, "what filled it is worked off")
        load = trial.load(8, RATE)
        trial.finish(load)
        evicted = server.client().info("stats")["evicted_keys"]
        note = f"{number} messages waited, {evicted} keys evicted"
        trial.check(f"Redis full, {policy}", load, note)
        assert evicted, "nothing was evicted"


def talk(number: int, sent_at: float) -> tuple[bytes, str]:
    """Return the data and id of a message that asks for nothing."""
    event = b'{"type":"message","channel":"C029RQSEE","channel_type":"channel","user":"U0REGULAR"'
    body = b'{"event_id":"EvTalk%d","event_time":%d,"event":%s,"ts":"%f","text":"%s"}}'
    body %= (number, sent_at, event, sent_at, b"talk " * 700)
    packed = messages.pack(MESSAGE_PUBLIC, MESSAGE_PUBLIC, body, None, sent_at=sent_at)
    return packed.data, packed.id


def test_connections_cut_in_the_middle_of_commands(server: RedisServer, trial_at: TrialAt) -> None:
    with (
        Proxy(server.port, dice=dice("cut")) as proxy,
        trial_at(server, f"redis://127.0.0.1:{proxy.port}") as trial,
    ):
        trial.slack.latency = 0.1
        with trial.nothing_restarted():
            load = trial.load(72, 12.0)
            proxy.chance = 0.03
            for _ in range(3):
                time.sleep(load.seconds / 4)
                proxy.cut_all()
            load.finish()
            proxy.chance = 0.0
            trial.check("Redis's connections cut at random", load, f"{proxy.cuts} cuts")


def test_a_failover_leaves_connections_to_the_old_primary(trial_at: TrialAt) -> None:
    """The address moves to another server. The old one lives on, and refuses to write."""
    with (
        RedisServer() as old,
        RedisServer() as new,
        Proxy(old.port) as address,
        trial_at(new, f"redis://127.0.0.1:{address.port}") as trial,
    ):
        client = new.client()
        client.replicaof("127.0.0.1", str(old.port))
        state = partial(client.info, "replication")
        wait_until(lambda: state()["master_link_status"] == "up", 30, "it follows")
        with trial.nothing_restarted():
            load = trial.load(48, RATE)
            time.sleep(dice("failover").uniform(1, 2))
            old.client().execute_command("FAILOVER")  # type: ignore[no-untyped-call]
            wait_until(lambda: state()["role"] == "master", 30, "it leads")
            address.target = new.port
            back = time.monotonic()
            trial.finish(load)
        check_return(trial, "Redis fails over, connections stay", load, back, None)


# TLS.


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = str(folder / "redis.crt"), str(folder / "redis.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1", "-subj", "/CN=redis.invalid", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture(params=["TLS proxy", "redis-server"])
def tls_port(
    request: pytest.FixtureRequest, certificate: tuple[str, str]
) -> Iterator[tuple[int, RedisServer]]:
    """A port that speaks TLS and the server behind it."""
    if request.param == "TLS proxy":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        with RedisServer() as server, Proxy(server.port, tls=context) as proxy:
            yield proxy.port, server
        return
    binary = REDIS_SERVER.need()
    port = free_port()
    crt, key = certificate
    options = ("--tls-port", str(port), "--tls-cert-file", crt, "--tls-key-file", key,
               "--tls-auth-clients", "no")  # fmt: skip
    with RedisServer(*options, binary=binary) as server:
        yield port, server


def test_tls_with_a_self_signed_certificate(
    tls_port: tuple[int, RedisServer], trial_at: TrialAt
) -> None:
    port, server = tls_port
    behind = Path(server.binary).name
    # Heroku's old convention: TLS stands on the port after the plain one.
    plain, tls = f"redis://127.0.0.1:{port - 1}", f"rediss://127.0.0.1:{port}"
    url = plain if behind == "redis-server" else tls
    with trial_at(server, url, GOPHER_REDIS_INSECURE="", GOPHER_REDIS_SKIPVERIFY="1") as trial:
        row = f"Redis behind TLS, self-signed, {url.partition(':')[0]}:// ({behind})"
        trial.check(row, trial.load(8, RATE))


def test_a_certificate_that_does_not_hold_is_refused(
    tls_port: tuple[int, RedisServer], trial_at: TrialAt
) -> None:
    port, server = tls_port
    url = f"rediss://127.0.0.1:{port}"
    with trial_at(server, url, ready=False, GOPHER_REDIS_INSECURE="") as trial:
        trial.slack.deliveries.delays = ()
        trial.bot.start("web")
        wait_until(lambda: trial.bot.logged("Booting worker"), 30, "the gateway runs")
        load = trial.load(2, RATE).finish()
        trial.slack.deliveries.wait_idle(10)
        statuses = {each.status for id in load.said for each in trial.slack.deliveries.of(id)}
    assert statuses == {503}
    assert trial.inside.pending() == 0
