"""The end of a worker, whether it is told to stop or killed."""

from __future__ import annotations

import signal
import time

import msgspec
import pytest
from commands import run
from conftest import RunningBot
from pace import load_adjusted
from support import PATIENCE, Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP, environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.ledger import UNDER_WAY_SECONDS
from gopherbot.queues import messages
from gopherbot.queues.recovery.heartbeat import KILLER
from slack_simulator import Fault, Simulator

pytestmark = pytest.mark.slow


def test_a_worker_told_to_stop_again_and_again_finishes_and_hands_back(
    slack: Simulator, inside: Inside, fresh_bot: RunningBot
) -> None:
    bot = fresh_bot("web", "worker")
    slack.latency = 0.5
    slack.deliveries.hold()
    for number in range(60):
        slack.say(f"xkcd:{number + 1}")
    slack.deliveries.release()
    slack.wait_for_calls("chat.postMessage", 1)
    worker = bot.dynos["worker"]
    start = time.monotonic()
    for _ in range(4):
        worker.terminate()
    assert worker.process.wait(PATIENCE) == 0
    assert time.monotonic() - start < load_adjusted(10)
    slack.deliveries.wait_idle()
    done = len(slack.posts())
    waiting = inside.messages(table.MESSAGE_PUBLIC)
    assert set(waiting) == set(inside.ids(table.MESSAGE_PUBLIC))
    # What was begun was finished, and everything else waits for the next worker. What the bot said
    # is an event, too, whose metadata names the rule.
    assert done + sum(b'"text":"xkcd:' in data for data in waiting.values()) == 60
    assert inside.client.keys(f"{APP}:__acks__*") == []
    slack.latency = 0
    bot.start("worker")
    slack.wait_for_posts(60, timeout=PATIENCE)
    inside.wait_drained()
    assert sorted(int(post.text.rsplit("/")[-1]) for post in slack.posts()) == list(range(1, 61))


def test_idle_worker_stops_without_waiting(inside: Inside, fresh_bot: RunningBot) -> None:
    def unblocked() -> int:
        counts = inside.client.info("commandstats")
        return int(counts.get("cmdstat_client|unblock", {}).get("calls", 0))

    def waiting() -> int:
        ours = [c for c in inside.client.client_list() if c["name"].startswith("ein-W-rfel-1/")]
        return sum(client["flags"] == "b" for client in ours)

    # Redis takes no such name for a connection; the platform's name for a dyno may be any.
    worker = fresh_bot("worker", DYNO="ein Würfel/1").dynos["worker"]
    before = unblocked()
    wait_until(lambda: waiting() == len(table.EVENT_QUEUES), "every consumer waits in Redis")
    worker.terminate()
    assert worker.process.wait(PATIENCE) == 0
    assert unblocked() - before == len(table.EVENT_QUEUES)


@pytest.mark.parametrize(
    ("first", "seconds"),
    [
        (signal.SIGHUP, 1),
        (signal.SIGINT, 1),
        # It may outlast the heartbeat: by then some of its threads have ended, as they should.
        (None, 5),
    ],
)
def test_a_worker_whose_terminal_closes_and_that_is_told_to_stop_finishes_its_work(
    slack: Simulator, fresh_bot: RunningBot, first: signal.Signals | None, seconds: float
) -> None:
    bot = fresh_bot("web", "worker")
    slow = Fault(kind="slow_after", method="chat.postMessage", seconds=seconds)
    slack.faults.add(slow)
    slack.say("xkcd:1")
    wait_until(lambda: slow.hits, "it is being said")
    worker = bot.dynos["worker"]
    if first:
        worker.signal_all(first)
        time.sleep(0.1)
    worker.terminate()
    assert worker.process.wait(PATIENCE) == 0
    bot.printed.wait("worker stopped")
    assert len(slack.posts()) == 1


@pytest.mark.parametrize("is_killed_once", [True, False])
def test_a_message_whose_worker_is_killed_once_is_answered_and_twice_is_dead_lettered(
    slack: Simulator,
    redis_server: RedisServer,
    inside: Inside,
    running_bot: RunningBot,
    is_killed_once: bool,
) -> None:
    """From outside, it looks like a message that kills its worker. An operator finds it."""
    bot, queue = running_bot("worker"), table.TEAM_JOIN  # A join stays fresh for a day.
    held = slack.faults.add(Fault(kind="slow", method="conversations.open", seconds=60, times=None))
    join = {"type": "team_join", "user": {"id": "U0NEWCOMER"}}
    body = msgspec.json.encode({"event_id": "Ev1", "event_time": int(time.time()), "event": join})
    inside.send(queue, queue, body, "request", sent_at=time.time())

    def wait_for_call_after(calls: int) -> None:
        wait_until(lambda: held.hits > calls or inside.dead(queue), "a worker is at it")

    wait_for_call_after(0)
    while not inside.dead(queue):
        calls = held.hits
        bot.dynos["worker"].kill()
        if is_killed_once:
            slack.faults.clear()
        else:
            time.sleep(UNDER_WAY_SECONDS)  # Until then, the next worker only waits.
        bot.start("worker")
        if is_killed_once:
            slack.wait_for_posts(1)
            inside.wait_drained()
            assert inside.all_dead() == {}
            return
        wait_for_call_after(calls)
    [letter] = inside.dead(queue).values()
    assert messages.decode(letter).options["died_of"] == KILLER
    assert inside.messages(queue) == {}
    listed = run("dead", "list", more=environment(redis_server.url, slack, 8000))
    assert KILLER in listed.stdout
    assert slack.posts() == []
