"""A process is killed before and after each command to Redis and each call to Slack.

A proxy in front of Redis and one in front of Slack (of the gateway, if that is the victim) count
the requests that pass from the moment an event comes. At the step that was chosen the process is
killed: `before`, and the request is lost, or `after`, and its answer is. The platform starts it
again, and the event must come out as if nothing had happened.

The events are those of the scenarios (`bot/player.py`). A run takes eight of them and two steps of
each, by the seed; the soak takes them all, and as many steps as there is time for. With `STEPS=1/1`
every step is taken, however long that lasts; with `STEPS=2/3`, the second third of them.

In the same way, Redis goes away at the steps of a report, and returns with its data.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from bot.player import SCENARIOS, Scenario, Stage, differences
from proxy import Proxy
from support import with_moderators

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import Bot, Inside, dice, port_of, wait_until
from .load import Verdict
from .table import Table
from .test_redis import keeping_its_data

SOAK = bool(os.environ.get("SOAK_MINUTES"))
SOAK_SECONDS = 120
"""How long the soak kills for each kind of event, a round."""
STEPS = os.environ.get("STEPS", "")
AWAY_SECONDS = 1.5

# What goes on whether there is an event or not.
_NOISE = (b":counts:", b"SMEMBERS", b"CLIENT", b"PING", b"INFO")
_WAITING = b"BLMOVE"
_WORK = (b"event_callback", b'"actor_name":"gerrit"', b'"queue_name":"slack_interaction"')


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

    async def lets_through(self, client: object, chunk: bytes, *, asking: bool) -> bool:
        return not self.steps.strikes(client, chunk, asking=asking)


USED_UP = {"rejected"}
"""Scenarios whose fault is spent on the first attempt: another one after a kill succeeds."""


@dataclass(frozen=True)
class Kind:
    """A scenario, and the line of the Procfile that is killed."""

    scenario: Scenario
    line: str = "worker"

    @property
    def name(self) -> str:
        return self.scenario.name.replace("_", " ") + " (gateway)" * (self.line == "web")


STORIES = {path.stem: Scenario.read(path) for path in SCENARIOS if path.stem not in USED_UP}
_OF_THE_GATEWAY = ("command_in_a_channel", "reported")
KINDS = (*map(Kind, STORIES.values()), *(Kind(STORIES[name], "web") for name in _OF_THE_GATEWAY))


class Scene:
    """A bot with one process behind proxies, and the steps that pass through them."""

    def __init__(
        self, stack: ExitStack, server: RedisServer, slack: Simulator, folder: Path
    ) -> None:
        self.slack = slack
        self.inside = Inside(server)
        (folder / "content").mkdir()
        content = with_moderators(folder / "content")
        slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
        self.bot = stack.enter_context(Bot(server.url, slack, folder, GOPHER_CONTENT=str(content)))
        over = partial(self.inside.wait_until_over, slack, 90)
        self.stage = Stage(slack, over, self.inside.run_job)
        self.stack = stack
        self.server = server

    def start(self, line: str, strike: Callable[[], None] | None = None) -> None:
        """Start the gateway and a worker, one of them to be killed unless `strike` does another."""
        self.steps = Steps(strike or partial(self.bot.kill, line, "all"))
        self.restarts = strike is None
        redis = self._tap(self.server.port)
        api = self._tap(port_of(self.slack))
        gateway = self._tap(self.bot.port)
        victim = {
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}",
            "GOPHER_SLACK_API_URL": f"http://127.0.0.1:{api.port}/api/",
        }
        if line == "worker":
            hooks = f"http://127.0.0.1:{api.port}/hooks/{self.slack.identity.app_id}"
            self.slack.interactivity.response_urls.base = hooks
        for each in ("web", "worker"):
            self.bot.start(each, **(victim if each == line else {}))
        self.bot.wait_until_ready()
        # A watcher finds its channel by name.
        self.inside.run_job("channel_cache")
        port = gateway.port if line == "web" else self.bot.port
        self.slack.gateway = f"http://127.0.0.1:{port}/slack/event"

    def each_step(self, name: str, *, fetched: bool = False) -> Iterator[tuple[int, str]]:
        """Yield steps of what was played last. A run takes two: one isn't always reached."""
        count, self.struck = self.steps.count, 0
        assert count >= 2, "an event takes steps"
        steps = [(step, when) for step in range(1, count + 1) for when in ("before", "after")]
        steps += [(0, "after")] * fetched
        for step in some(steps, name):
            yield step
            self.struck += self.steps.struck.is_set()
            if self.struck >= 2 and not (SOAK or STEPS):
                break
        assert self.struck, "nothing was killed"
        self.note = f"{self.struck} of {len(steps)} steps"

    def _tap(self, target: int) -> Tap:
        tap = Tap(target)
        tap.steps = self.steps
        return self.stack.enter_context(tap)

    def play(self, kind: Kind, step: int = -1, when: str = "") -> list[str]:
        """Play a scenario, kill at a step, and return what members see wrong in the end."""
        self._pass_a_day()
        started = self.bot.logged("worker started")
        self.steps.begin()
        self.stage.prepared = lambda: self.steps.begin(step, when)
        self.stage.play(kind.scenario)
        if self.steps.struck.is_set() and self.restarts:
            # The next one's first steps are not those of a start.
            workers = started + (kind.line == "worker")
            wait_until(lambda: self.bot.logged("worker started") >= workers, 90, "it works again")
            self.bot.wait_until_ready()
        return differences(kind.scenario, self.stage.seen())

    def _pass_a_day(self) -> None:
        """Forget waves, and who was told of a channel's rule."""
        for pattern in (":wave*", ":told:*"):
            for key in self.inside.client.scan_iter(f"{self.inside.app}{pattern}"):
                self.inside.client.delete(key)


@pytest.fixture
def scene(server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(stack, server, slack, tmp_path)


def chosen() -> Sequence[Kind]:
    return KINDS if SOAK or STEPS else dice("kinds").sample(KINDS, 8)


def some(steps: Sequence[tuple[int, str]], name: str) -> Iterator[tuple[int, str]]:
    """Yield the steps to try, for as long as there is time."""
    if STEPS:
        part, parts = map(int, STEPS.split("/"))
        yield from steps[part - 1 :: parts]
        return
    shuffled = dice(f"steps {name}").sample(steps, len(steps))
    deadline = time.monotonic() + SOAK_SECONDS
    for step in shuffled:
        yield step
        if time.monotonic() > deadline:
            return


@pytest.mark.parametrize("kind", chosen(), ids=lambda kind: kind.name)
def test_killed_at_any_step_of_an_event(kind: Kind, scene: Scene, table: Table) -> None:
    scene.start(kind.line)
    for _ in range(2):
        # The first one takes more steps: a worker asks who it is.
        assert scene.play(kind) == []
    twice = 0
    for step, when in scene.each_step(kind.name, fetched=kind.line == "worker"):
        wrong = scene.play(kind, step, when)
        again = [one for one in wrong if one.startswith("seen: only to ")]
        twice += len(again)
        assert wrong == again, f"killed {when} step {step}"
    verdict = Verdict(scene.struck, 0, twice)
    whispers = any(place.startswith("only to ") for place, _ in kind.scenario.seen)
    window = "nobody can look up an ephemeral message" if whispers else ""
    row = f"SIGKILL {kind.line} at any step of {kind.name}"
    table.add(row, verdict, scene.note, window=window)


@pytest.mark.parametrize("line", ["worker", "web"])
def test_redis_goes_away_at_any_step_of_a_report(
    line: str, scene: Scene, server: RedisServer, table: Table
) -> None:
    """It's away for a moment, and keeps its data: what was acknowledged comes once."""
    kind = Kind(STORIES["reported_anonymously_and_again"], line)

    def go_away() -> None:
        server.signal(signal.SIGKILL)
        threading.Timer(AWAY_SECONDS, server.start).start()

    with keeping_its_data(server):
        scene.start(line, go_away)
        for _ in range(2):
            assert scene.play(kind) == []
        for step, when in scene.each_step(f"redis {line}"):
            assert scene.play(kind, step, when) == [], f"away {when} step {step}"
    verdict = Verdict(scene.struck, 0, 0)
    table.add(f"Redis away at any step of {kind.name}", verdict, scene.note)
