"""A process is killed before and after each command to Redis and each call to Slack.

A proxy in front of Redis and one in front of Slack (of the gateway, if that is the victim) count
the requests that pass from the moment an event comes. At the step that was chosen the process is
killed: `before`, and the request is lost, or `after`, and its answer is. The platform starts it
again, and the event must come out as if nothing had happened.

A run takes three kinds of events and two steps of each, by the seed; the soak takes every kind, and
as many steps as there is time for.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Fault, Simulator

from .harness import Bot, Inside, Proxy, dice, port_of, wait_until
from .load import ADDRESSED_CHANNELS, ADDRESSED_COIN, Verdict
from .table import Table

SOAK = bool(os.environ.get("SOAK_MINUTES"))
SOAK_SECONDS = 120
"""How long the soak kills for each kind of event, a round."""

# What goes on whether there is an event or not.
_NOISE = (b":counts:", b"SMEMBERS", b"CLIENT", b"PING", b"INFO")
_WAITING = b"BLMOVE"
_WORK = (b"event_callback", b'"actor_name":"gerrit"')


class Steps:
    """Counts what passes through proxies, and kills at one step."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self.count = 0
        self.struck = threading.Event()
        self._kill = kill
        self._target = (-1, "")
        self._asked: dict[object, int] = {}

    def begin(self, step: int = -1, when: str = "") -> None:
        """Count from now on; kill at that step, `before` or `after` it. Step 0 is a fetch."""
        self.struck.clear()
        self._asked.clear()
        self.count = 0
        self._target = (step, when)

    def strikes(self, connection: object, chunk: bytes, *, asking: bool) -> bool:
        """Return whether a chunk is lost, because the process was killed."""
        if self.struck.is_set():
            return False
        if asking:
            here = self._ask(connection, chunk), "before"
        else:
            work = any(word in chunk for word in _WORK)
            fetched = work and connection not in self._asked
            here = 0 if fetched else self._asked.pop(connection, -2), "after"
        if here != self._target:
            return False
        self.struck.set()
        self._kill()
        return True

    def _ask(self, connection: object, chunk: bytes) -> int:
        if _WAITING in chunk or any(word in chunk for word in _NOISE):
            return -2
        self.count += 1
        self._asked[connection] = self.count
        return self.count


class Tap(Proxy):
    """A proxy whose requests and answers are steps."""

    steps: Steps

    def lets_through(self, client: object, chunk: bytes, *, asking: bool) -> bool:
        return not self.steps.strikes(client, chunk, asking=asking)


Seen = Counter[str]
"""What members see in the end: how often each thing."""


@dataclass(frozen=True)
class Kind:
    """A kind of event: what members do, what they must see, and which line is killed."""

    name: str
    happen: Callable[[Simulator, Inside], object]
    seen: Seen
    line: str = "worker"


def _three(slack: Simulator, _: Inside) -> None:
    slack.say("bbq ghost dragon")


def _again(slack: Simulator, _: Inside) -> None:
    slack.deliveries.redeliver = 2
    slack.deliveries.delays = (0.2,)
    slack.say(ADDRESSED_COIN)


def _limited(slack: Simulator, _: Inside) -> None:
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", retry_after=1))
    slack.say(ADDRESSED_COIN)


def _edited(slack: Simulator, _: Inside) -> None:
    before = slack.feed.seq
    said = slack.say(ADDRESSED_COIN)
    slack.wait_for_posts(1, 60, after=before)
    slack.workspace.edit(said.channel, said.ts, "ghost", said.author.id)


def _merged(slack: Simulator, inside: Inside) -> None:
    slack.services.gerrit.merge(len(slack.services.gerrit.changes) + 1, "runtime: mend")
    inside.run_job("gerrit")


ONE: Seen = Counter({"general": 1})
PROGRAM = """package main

import "fmt"

func main() {
%s}
""" % (8 * "\tfmt.Println(1)\n")
WHISPER = "shown to one"
"""May be seen twice: nobody can look up an ephemeral message."""
A_WHISPER: Seen = Counter({WHISPER: 1})
KINDS = (
    Kind("one effect", lambda slack, _: slack.say(ADDRESSED_COIN), ONE),
    Kind("channels by name", lambda slack, _: slack.say(ADDRESSED_CHANNELS), ONE),
    Kind("a program", lambda slack, _: slack.say(PROGRAM), ONE + A_WHISPER),
    Kind("three effects", _three, Counter({":bbqgopher:": 1, ":ghost:": 1, ":dragon:": 1})),
    Kind("an ephemeral", lambda s, _: s.join_channel(), A_WHISPER),
    Kind("a redelivery", _again, ONE),
    Kind("a retry after 429", _limited, ONE),
    Kind("a join", lambda slack, _: slack.join_team(), Counter({"dm": 1})),
    Kind("an edit", _edited, Counter({":ghost:": 1})),
    Kind("a watcher's post", _merged, Counter({"golang-cls": 1})),
    Kind("an event in the gateway", lambda slack, _: slack.say(ADDRESSED_COIN), ONE, "web"),
)


def standing(slack: Simulator, after: int) -> Seen:
    """Return what stands of all that the bot did after that number in the feed."""
    seen: Seen = Counter(f":{each.emoji}:" for each in slack.reactions() if each.seq > after)
    for post in slack.posts():
        place = slack.workspace.conversations[post.channel]
        if post.seq > after and (post.ephemeral or post.ts in place.messages):
            where = "dm" if post.channel.startswith("D") else post.channel_name
            seen[WHISPER if post.ephemeral else where] += 1
    return seen


class Scene:
    """A bot with one process behind proxies, and the steps that pass through them."""

    def __init__(
        self, stack: ExitStack, server: RedisServer, slack: Simulator, folder: Path
    ) -> None:
        self.slack = slack
        self.inside = Inside(server)
        self.bot = stack.enter_context(Bot(server.url, slack, folder))
        self.stack = stack
        self.server = server

    def start(self, line: str) -> None:
        """Start the gateway and a worker, one of them to be killed."""
        self.steps = Steps(lambda: self.bot.kill(line, "all"))
        redis = self._tap(self.server.port)
        api = self._tap(port_of(self.slack))
        gateway = self._tap(self.bot.port)
        victim = {
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}",
            "GOPHER_SLACK_API_URL": f"http://127.0.0.1:{api.port}/api/",
        }
        for each in ("web", "worker"):
            self.bot.start(each, **(victim if each == line else {}))
        self.bot.wait_until_ready()
        # A watcher finds its channel by name.
        self.inside.run_job("channel_cache")
        port = gateway.port if line == "web" else self.bot.port
        self.slack.gateway = f"http://127.0.0.1:{port}/slack/event"

    def _tap(self, target: int) -> Tap:
        tap = Tap(target)
        tap.steps = self.steps
        return self.stack.enter_context(tap)

    def play(self, kind: Kind, step: int = -1, when: str = "") -> Seen:
        """Let an event happen, kill at a step, and return what members see in the end."""
        started = self.bot.logged("worker started")
        after = self.slack.feed.seq
        self.steps.begin(step, when)
        kind.happen(self.slack, self.inside)
        self.inside.wait_until_over(self.slack, 90)
        if self.steps.struck.is_set():
            # The next one's first steps are not those of a start.
            workers = started + (kind.line == "worker")
            wait_until(lambda: self.bot.logged("worker started") >= workers, 90, "it works again")
            self.bot.wait_until_ready()
        return standing(self.slack, after)


@pytest.fixture
def scene(server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(stack, server, slack, tmp_path)


def chosen() -> Sequence[Kind]:
    return KINDS if SOAK else dice("kinds").sample(KINDS, 3)


@pytest.mark.parametrize("kind", chosen(), ids=lambda kind: kind.name)
def test_killed_at_any_step_of_an_event(kind: Kind, scene: Scene, table: Table) -> None:
    scene.start(kind.line)
    for _ in range(2):
        # The first one takes more steps: a worker asks who it is.
        assert scene.play(kind) == kind.seen
    count = scene.steps.count
    assert count >= 2, "an event takes steps"
    steps = [(step, when) for step in range(1, count + 1) for when in ("before", "after")]
    steps += [(0, "after")] if kind.line == "worker" else []
    dice(f"steps {kind.name}").shuffle(steps)
    deadline = time.monotonic() + SOAK_SECONDS
    struck, twice = 0, 0
    for step, when in steps if SOAK else steps[:2]:
        found = scene.play(kind, step, when)
        struck += scene.steps.struck.is_set()
        again = found - kind.seen
        twice += again.pop(WHISPER, 0)
        right = not again and not kind.seen - found
        assert right, f"killed {when} step {step} of {count}: {found}"
        if time.monotonic() > deadline:
            break
    assert struck, "nothing was killed"
    verdict = Verdict(struck, 0, twice, 0.0)
    window = "nobody can look up an ephemeral message" if WHISPER in kind.seen else ""
    note = f"{struck} of {len(steps)} steps"
    table.add(f"SIGKILL {kind.line} at any step of {kind.name}", verdict, note, window=window)
