"""An hour without a worker, on Heroku's smallest Redis: Slack is answered, and joins are kept.

The hour passes by time stamps: after each of its steps, what waits is made so much older. In the
soak it has the events of a large community, 8 a second and 28,800 in all; else a sixth of that.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from queues.test_stale import new_heartbeat
from support import Bot, Inside

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator
from slack_simulator.events.envelopes import wrap

MEBIBYTE = 1024 * 1024
HOUR = 3600
STEP = 15
"""Simulated seconds between two moments at which what waits grows older."""
A_SECOND = 8 if os.environ.get("SOAK_MINUTES") else 8 / 6
JOINS_EVERY = 60
"""Simulated seconds between two members who join."""
CLIENTS = 4
COMMAND = "<@U0GOPHERBOT> flip a coin"
CHANNEL = "C029RQSEE"

# Makes the messages that wait in a queue older. KEYS the list, ARGV seconds
AGE = """
for _, id in ipairs(redis.call("LRANGE", KEYS[1], 0, -1)) do
    local message = redis.call("HGET", KEYS[1] .. ".msgs", id)
    local head, sent, tail = string.match(message, '^(.*"sent_at":)([%d.]+)(.*)$')
    local older = string.format("%s%f%s", head, tonumber(sent) - ARGV[1], tail)
    redis.call("HSET", KEYS[1] .. ".msgs", id, older)
end
"""


@pytest.fixture
def small_redis() -> Iterator[RedisServer]:
    with RedisServer("--maxmemory", "25mb", "--maxmemory-policy", "noeviction") as server:
        yield server


class Members:
    """A large community: messages of any length, edits, unfurled links, emoji."""

    def __init__(self, slack: Simulator) -> None:
        self.slack = slack
        self.chance = random.Random(25)
        self.numbers = itertools.count(1)

    def event(self, at: float) -> bytes:
        """Return what one of them does at some time."""
        ts = f"{at:.4f}{next(self.numbers) % 100:02}"
        said = self.message(ts)
        place = {"channel": CHANNEL, "channel_type": "channel", "event_ts": ts}
        kind = self.chance.choices(
            ("message", "dm", "edit", "emoji", "unhandled"), (70, 5, 10, 12, 3)
        )[0]
        if kind == "dm":
            place |= {"channel": "D0REGULAR", "channel_type": "im"}
        elif kind == "edit":
            said = {
                "type": "message",
                "subtype": "message_changed",
                "ts": ts,
                "message": said,
                "previous_message": said,
            }
        elif kind == "emoji":
            item = {"type": "message", "channel": CHANNEL, "ts": ts}
            said = {"type": "reaction_added", "user": "U0REGULAR", "reaction": "+1", "item": item}
        elif kind == "unhandled":
            said = {"type": "app_mention", "user": "U0REGULAR", "text": "hello", "ts": ts}
        return wrap(self.slack.identity, said | place, event_time=int(at)).body

    def message(self, ts: str) -> dict[str, object]:
        """Return a message as Slack sends it, its text twice."""
        text = "a line of talk " * round(self.chance.lognormvariate(2, 1))
        if self.chance.random() < 0.01:
            text = COMMAND
        run = {"type": "text", "text": text}
        block = {"type": "rich_text_section", "elements": [run]}
        return {
            "type": "message",
            "user": "U0REGULAR",
            "text": text,
            "ts": ts,
            "client_msg_id": "6ee2c2f0-7f2d-4a7c-9d9b-0f4a1e7c9b1c",
            "team": self.slack.identity.team_id,
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [block]}],
        }


def post(bot: Bot, slack: Simulator, bodies: list[bytes]) -> Counter[int]:
    """Post events to the gateway as Slack does; give how often it answered what."""
    answers: Counter[int] = Counter()
    with closing(http.client.HTTPConnection("127.0.0.1", bot.port, timeout=30)) as line:
        for body in bodies:
            line.request("POST", "/slack/event", body, slack.sign(body))
            answer = line.getresponse()
            answer.read()
            answers[answer.status] += 1
    return answers


def test_an_hour_without_a_worker_on_the_smallest_redis(
    small_redis: RedisServer, slack: Simulator, tmp_path: Path
) -> None:
    answers: Counter[int] = Counter()
    memory: list[float] = []
    members, joined = Members(slack), 0
    with (
        small_redis.client() as client,
        Bot(small_redis.url, slack, tmp_path, names=("web", "scheduler")) as bot,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        inside = Inside(client)
        age = client.register_script(AGE)
        for passed in range(0, HOUR, STEP):
            bodies = [members.event(time.time()) for _ in range(round(STEP * A_SECOND))]
            shares = [bodies[number::CLIENTS] for number in range(CLIENTS)]
            for share in clients.map(lambda share: post(bot, slack, share), shares):
                answers += share
            if passed % JOINS_EVERY == 0:
                slack.join_team()
                joined += 1
                slack.deliveries.wait_idle()
            for queue in table.QUEUES:
                age(keys=[f"{APP}:{queue}"], args=[STEP])
            # Gateway and scheduler drop what is stale every 10 s, in which minutes pass here.
            new_heartbeat(client).check_threads()
            memory.append(client.info("memory")["used_memory"] / MEBIBYTE)
        full = bot.printed.lines("events not queued")
        assert not [line for line in full if "OutOfMemory" in line["error"]]
        # On a machine with other things to do, Redis may keep one waiting.
        assert answers[200] > 0.99 * answers.total()
        half = len(memory) // 2
        assert max(memory) < 12.5, "half of what there is"
        assert max(memory[half:]) < max(memory[:half]) + 2, "it is steady"
        assert len(inside.ids(table.TEAM_JOIN)) == joined, "joins are kept"
        waiting = slack.say(COMMAND, channel="general")
        bot.start("worker")
        bot.printed.wait("worker started")
        bot.handled(slack.say(COMMAND, channel="general").event_id)
        inside.wait_drained()
        # Not on a machine on which it takes half a minute to start a worker.
        answered = bool(bot.printed.lines("handled", event_id=waiting.event_id))
        assert len(slack.posts("general")) == 1 + answered, "what is fresh, and nothing else"
        welcomed = {post.channel for post in slack.posts()} - {CHANNEL}
        assert len(welcomed) == joined, "who joined is welcomed"
        assert inside.all_dead() == {}
