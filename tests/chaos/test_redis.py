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

from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer, free_port
from gopherbot.queues import messages
from gopherbot.table import MESSAGE_PUBLIC
from slack_simulator import Fault, Simulator

from .harness import Bot, Inside, Proxy, dice, wait_until
from .load import ASKED_ONCE, POSTED, Judge, Load
from .table import Table

RATE = 8.0
CARRIES_ON_SECONDS = 5.0
"""The contract's: after Redis's return every process goes on by itself within that."""

both_servers = pytest.mark.parametrize("server", ["default", "redis-server"], indirect=True)


@contextmanager
def nothing_restarted(bot: Bot) -> Iterator[None]:
    before = bot.pids()
    yield
    assert bot.pids() == before, "a process was started again"
    assert not bot.restarts


@contextmanager
def keeping_its_data(server: RedisServer) -> Iterator[None]:
    server.client().config_set("appendfsync", "always")
    server.client().config_set("appendonly", "yes")
    server.options = ("--appendonly", "yes", "--appendfsync", "always")
    yield
    server.options = ()
    server.client().config_set("appendonly", "no")


def first_answer(slack: Simulator, since: float) -> float:
    """Seconds from then to the next answer."""
    return min(post.monotonic for post in slack.posts() if post.monotonic >= since) - since


def test_killed_and_back_empty(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    # An edit finds no answer to change when what Redis knew of it is lost.
    load = Load(slack, 48, RATE, kinds=ASKED_ONCE)
    with nothing_restarted(bot):
        load.start()
        time.sleep(dice("empty").uniform(0.8, 1.6))
        server.signal(signal.SIGKILL)
        time.sleep(2)
        server.start()
        back = time.monotonic()
        load.finish()
        after = judge.accepted(since=back) & set(load.said)
        inside.wait_until_over(slack)
        wait_until(lambda: server.client().get(f"{APP}:scheduler"), 15, "a scheduler leads again")
    recovered = first_answer(slack, back)
    everything = judge.verdict(load.said)
    table.check(
        "Redis killed, back empty",
        judge.verdict(load.said, count=after),
        f"first answer {recovered:.2f} s after its return; with its data went {everything.lost}",
    )
    assert everything.doubled == 0
    assert set(load.said) == judge.accepted() & set(load.said), "an event was never accepted"
    assert recovered < load_adjusted(CARRIES_ON_SECONDS)


def test_what_redis_alone_knew_is_lost_with_it(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """A window that cannot be closed: what was accepted, and what was answered, stood there."""
    slack.deliveries.redeliver = 2
    slack.deliveries.delays = (2.0,)
    answered = Load(slack, 1, RATE)
    answered.start()
    answered.finish()
    slack.wait_for_posts(1, timeout=20)
    slack.deliveries.redeliver = 1
    bot.forget("worker").kill()
    waiting = Load(slack, 1, RATE)
    waiting.start()
    waiting.finish()
    wait_until(lambda: judge.accepted() >= set(waiting.said), 10, "it is accepted")
    server.client().flushall()
    bot.start("worker")
    inside.wait_until_over(slack)
    verdict = judge.verdict(answered.said | waiting.said)
    table.add(
        "Redis loses all it knew",
        verdict,
        window="accepted and not answered, or answered and delivered again",
    )
    assert verdict.lost <= 1
    assert verdict.doubled <= 1


def ended(bot: Bot) -> set[str]:
    """Return the events that workers are done with."""
    ends = ("handled", "discarded")
    return {str(line.get("event_id")) for line in bot.lines() if line.get("event") in ends}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_said_as_redis_died_is_not_said_again(
    workers: int,
    bot: Bot,
    server: RedisServer,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    """Redis comes back empty, and only a worker's memory holds what was said."""
    for number in range(1, workers):
        bot.start("worker", f"worker{number}")
    bot.wait_until_ready()
    # Slack has done it, and says so when Redis is dead.
    slow = slack.faults.add(
        Fault(kind="slow_after", method="chat.postMessage", seconds=5, times=None)
    )
    load = Load(slack, 8, 50.0, kinds=POSTED)
    with nothing_restarted(bot):
        load.start()
        load.finish()
        wait_until(lambda: slow.hits >= load.count, 60, "everything is said")
        server.signal(signal.SIGKILL)
        answered = partial(slack.calls, "chat.postMessage")
        wait_until(lambda: len(answered()) >= load.count, 30, "Slack has answered")
        wait_until(lambda: bot.logged("will try again"), 30, "it cannot be noted")
        time.sleep(1)
        server.start()
        # Until then, nothing stands in Redis of what workers are about to try again.
        wait_until(lambda: set(load.said) <= ended(bot), 60, "they have tried again")
        inside.wait_until_over(slack)
    verdict = judge.verdict(load.said)
    table.add(f"Redis killed after a post, back empty, workers: {workers}", verdict)
    assert verdict.doubled == 0


@both_servers
def test_killed_and_back_with_its_data(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.latency = 0.1
    load = Load(slack, 48, RATE)
    with keeping_its_data(server), nothing_restarted(bot):
        load.start()
        chance = dice("data")
        for _ in range(2):
            time.sleep(chance.uniform(0.6, 1.2))
            server.signal(signal.SIGKILL)
            time.sleep(1)
            server.start()
        back = time.monotonic()
        load.finish()
        inside.wait_until_over(slack)
    recovered = first_answer(slack, back)
    table.check(
        f"Redis killed, back with its data x2 ({Path(server.binary).name})",
        judge.verdict(load.said),
        f"first answer {recovered:.2f} s after its return",
    )
    assert recovered < load_adjusted(CARRIES_ON_SECONDS)


def test_frozen(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.latency = 0.1
    load = Load(slack, 56, RATE)
    with nothing_restarted(bot):
        load.start()
        time.sleep(dice("frozen").uniform(0.8, 1.6))
        server.signal(signal.SIGSTOP)
        time.sleep(5)
        server.signal(signal.SIGCONT)
        back = time.monotonic()
        load.finish()
        inside.wait_until_over(slack)
    recovered = first_answer(slack, back)
    table.check(
        "Redis frozen for 5 s",
        judge.verdict(load.said),
        f"first answer {recovered:.2f} s after its return",
    )
    assert recovered < load_adjusted(CARRIES_ON_SECONDS)


def test_frozen_so_long_that_the_living_look_dead(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """Two workers see each other silent for 12 s; neither may take what the other still does."""
    bot.start("worker", "second")
    bot.wait_until_ready()
    slack.latency = 0.3
    load = Load(slack, 60, 20.0)
    with nothing_restarted(bot):
        load.start()
        time.sleep(1.2)
        server.signal(signal.SIGSTOP)
        time.sleep(12)
        server.signal(signal.SIGCONT)
        load.finish()
        inside.wait_until_over(slack)
    table.check("Redis frozen for 12 s, two workers", judge.verdict(load.said))


def test_out_of_memory(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    slack.latency = 0.1
    load = Load(slack, 48, RATE)
    with nothing_restarted(bot):
        load.start()
        time.sleep(1)
        server.client().config_set("maxmemory", "1")
        full = time.monotonic()
        time.sleep(3)
        taken = judge.accepted(since=full + 0.5) & set(load.said)
        refused = sum(attempt.status == 503 for attempt in list(slack.deliveries.attempts))
        server.client().config_set("maxmemory", "0")
        load.finish()
        inside.wait_until_over(slack)
    table.check(
        "Redis out of memory for 3 s", judge.verdict(load.said), f"{refused} deliveries refused"
    )
    assert refused
    assert not taken, "200 for what is not in the queue"


def test_a_backlog_that_filled_redis_is_worked_off(
    idle_bot: Bot,
    server: RedisServer,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    """Nobody raises the limit: what is too old goes, and with it the want of memory."""
    bot = idle_bot
    an_hour_ago = time.time() - 3600
    queue = MESSAGE_PUBLIC
    for number in range(500):
        body = b'{"event_id":"EvOld%d","event":{"ts":"%s","text":"%s"}}' % (
            number,
            b"%f" % an_hour_ago,
            b"x" * 4000,
        )
        packed = messages.pack(queue, queue, body, None, sent_at=an_hour_ago)
        inside.put(queue, packed.id, packed.data)
    used = int(server.client().info("memory")["used_memory"])
    server.client().config_set("maxmemory", str(used - 500_000))
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        server.client().set("more", "of it")
    began = time.monotonic()
    bot.start_all()
    wait_until(lambda: inside.pending() == 0, 20, "the old messages are gone")
    took = time.monotonic() - began
    load = Load(slack, 8, RATE)
    load.start()
    load.finish()
    inside.wait_until_over(slack)
    table.check(
        "Redis filled by a backlog", judge.verdict(load.said), f"worked off in {took:.1f} s"
    )


def test_a_redis_that_evicts_and_is_full_is_worked_off(
    slack: Simulator, judge: Judge, table: Table, tmp_path: Path
) -> None:
    """It drops what has a time to live, and the queues have none: they stay, and fill it."""
    policy = dice("evicting").choice(("volatile-lru", "volatile-ttl", "volatile-random"))
    options = ("--maxmemory", "4mb", "--maxmemory-policy", policy)
    with RedisServer(*options) as server, Bot(server.url, slack, tmp_path) as bot:
        slack.gateway = bot.events_url
        bot.start_all()
        inside, number = Inside(server), 0
        bot.forget("worker").kill()
        with suppress(redis.exceptions.OutOfMemoryError):
            for number in range(5000):
                inside.put(MESSAGE_PUBLIC, *talk(number))
        bot.start("worker")
        wait_until(lambda: inside.pending() == 0, 30, "what filled it is worked off")
        load = Load(slack, 8, RATE)
        load.start()
        load.finish()
        inside.wait_until_over(slack)
        evicted = server.client().info("stats")["evicted_keys"]
        note = f"{number} messages waited, {evicted} keys evicted"
        table.check(f"Redis full, {policy}", judge.verdict(load.said), note)
        assert evicted, "nothing was evicted"


def talk(number: int) -> tuple[str, bytes]:
    """Return the id and data of a message that asks for nothing."""
    now = time.time()
    event = b'{"type":"message","channel":"C029RQSEE","channel_type":"channel","user":"U0REGULAR"'
    text = b"talk " * 500
    body = b'{"event_id":"EvTalk%d","event_time":%d,"event":%s,"ts":"%f","text":"%s"}}'
    packed = messages.pack(
        MESSAGE_PUBLIC, MESSAGE_PUBLIC, body % (number, now, event, now, text), None
    )
    return packed.id, packed.data


def test_connections_cut_in_the_middle_of_commands(
    server: RedisServer,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
    tmp_path: Path,
) -> None:
    slack.latency = 0.1
    with (
        Proxy(server.port, dice=dice("cut")) as proxy,
        Bot(f"redis://127.0.0.1:{proxy.port}", slack, tmp_path) as bot,
    ):
        slack.gateway = bot.events_url
        bot.start_all()
        load = Load(slack, 72, 12.0)
        with nothing_restarted(bot):
            load.start()
            proxy.chance = 0.03
            for _ in range(3):
                time.sleep(load.seconds / 4)
                proxy.cut_all()
            load.finish()
            proxy.chance = 0.0
            inside.wait_until_over(slack)
        table.check(
            "Redis's connections cut at random", judge.verdict(load.said), f"{proxy.cuts} cuts"
        )


def test_a_failover_leaves_connections_to_the_old_primary(
    slack: Simulator, judge: Judge, table: Table, tmp_path: Path
) -> None:
    """The address moves to another server. The old one lives on, and refuses to write."""
    with (
        RedisServer() as old,
        RedisServer() as new,
        Proxy(old.port) as address,
        Bot(f"redis://127.0.0.1:{address.port}", slack, tmp_path) as bot,
    ):
        slack.gateway = bot.events_url
        bot.start_all()
        new.client().replicaof("127.0.0.1", str(old.port))
        wait_until(
            lambda: new.client().info("replication")["master_link_status"] == "up", 30, "it follows"
        )
        load = Load(slack, 48, RATE)
        with nothing_restarted(bot):
            load.start()
            time.sleep(dice("failover").uniform(1, 2))
            old.client().execute_command("FAILOVER")  # type: ignore[no-untyped-call]
            wait_until(lambda: new.client().info("replication")["role"] == "master", 30, "it leads")
            address.target = new.port
            back = time.monotonic()
            load.finish()
            Inside(new).wait_until_over(slack)
        recovered = first_answer(slack, back)
        table.check(
            "Redis fails over, connections stay",
            judge.verdict(load.said),
            f"first answer {recovered:.2f} s later",
        )
        assert recovered < load_adjusted(CARRIES_ON_SECONDS)


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
    tls_port: tuple[int, RedisServer],
    slack: Simulator,
    judge: Judge,
    table: Table,
    tmp_path: Path,
) -> None:
    port, server = tls_port
    behind = Path(server.binary).name
    # Heroku's old convention: TLS stands on the port after the plain one.
    url = (
        f"redis://127.0.0.1:{port - 1}"
        if behind == "redis-server"
        else f"rediss://127.0.0.1:{port}"
    )
    tls = {"GOPHER_REDIS_INSECURE": "", "GOPHER_REDIS_SKIPVERIFY": "1"}
    with Bot(url, slack, tmp_path, **tls) as bot:
        slack.gateway = bot.events_url
        bot.start_all()
        load = Load(slack, 8, RATE)
        load.start()
        load.finish()
        Inside(server).wait_until_over(slack)
        table.check(
            f"Redis behind TLS, self-signed, {url.partition(':')[0]}:// ({behind})",
            judge.verdict(load.said),
        )


def test_a_certificate_that_does_not_hold_is_refused(
    tls_port: tuple[int, RedisServer], slack: Simulator, judge: Judge, tmp_path: Path
) -> None:
    port, server = tls_port
    with Bot(f"rediss://127.0.0.1:{port}", slack, tmp_path, GOPHER_REDIS_INSECURE="") as bot:
        slack.deliveries.delays = ()
        slack.gateway = bot.events_url
        bot.start("web")
        wait_until(lambda: bot.logged("Booting worker"), 30, "the gateway runs")
        load = Load(slack, 2, RATE)
        load.start()
        load.finish()
        slack.deliveries.wait_idle(10)
        statuses = {attempt.status for id in load.said for attempt in slack.deliveries.of(id)}
    assert statuses == {503}
    assert Inside(server).pending() == 0
