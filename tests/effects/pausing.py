"""Workers that stop around every call to Redis and to Slack, and a rule of each kind for them."""

from __future__ import annotations

import functools
import ssl
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import redis
from support import SAMPLE

from gopherbot import actors
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.help_desk import SlackHelpDesk
from gopherbot.dev.bot import APP
from gopherbot.effects.executor import EffectExecutor, Ports
from gopherbot.effects.ledger import Ledger
from gopherbot.errors import RetryLater
from gopherbot.model import Ask, Audience, NoChannels, NoHelp, NoWeb, React, Reply
from gopherbot.router import Command, Contains, Prefix, Reaction, Rule
from gopherbot.rulebook import content_files
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import RuleBook
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections
from gopherbot.storage.waiting import WaitingQuestions
from gopherbot.web import events
from slack_simulator.events.envelopes import EventEnvelope

MODERATOR = "U0MODERATOR"


def rule_of(kind: type[Rule], trigger: str, *effects: Reply | React) -> Rule:
    return kind(trigger=trigger, handler=lambda _: effects, source="test.py")


def said(ask: Ask) -> Reply:
    return Reply(f"said {ask.argument.split()[0]}")


def see(ask: Ask) -> Reply:
    """Answer with an attachment that alone depends on the text."""
    return Reply("see", attachment=ask.argument.split()[0])


def sharp(ask: Ask) -> Reply:
    return Reply("sharp", to=Audience.DM if "dm" in ask.argument else Audience.CHANNEL)


def jobs(ask: Ask) -> list[Reply | React]:
    """Answer what depends on a channel's name."""
    ask.channels.id_of("jobs")
    return [Reply("see jobs"), React("eyes")]


PSST = Reply("psst", to=Audience.ASKER_ONLY)
MIXED = (Reply("seen by all"), PSST, Reply("by dm", to=Audience.DM), React("beer"))
TWO = (Reply("first of two"), Reply("second of two", attachment="with more"))
RULES = (
    rule_of(Command, "one", Reply("one answer")),
    rule_of(Command, "two", *TWO),
    rule_of(Command, "mixed", *MIXED),
    rule_of(Command, "psst", PSST),
    Prefix(trigger="say:", handler=said, source="test.py"),
    Prefix(trigger="doc:", handler=see, source="test.py"),
    # A name that looks like a reply's key.
    Prefix(trigger="c#:", handler=sharp, source="test.py"),
    Contains(trigger="jobs", handler=jobs, source="test.py"),
    rule_of(Contains, "lorem", Reply("ipsum")),
    rule_of(Reaction, "wave", React("wave")),
    rule_of(Reaction, "waves", React("wave"), React("ocean")),
)


class Killed(BaseException):
    """What ends a run of a worker that was killed: nothing that it does afterwards is done."""


class Run(threading.Thread):
    """A worker's attempt at one event, which goes from one call to the next when it is told to."""

    _this = threading.local()

    def __init__(self, worker: Worker, event: EventEnvelope) -> None:
        super().__init__(daemon=True)
        self.worker = worker
        self.event = event
        self.again = False
        self.over = False
        self.failure: BaseException | None = None
        self._condition = threading.Condition()
        self._permits = 0
        self._parked = False
        self._killed = False
        self.start()

    @classmethod
    def pause(cls) -> None:
        """Wait for leave to go on; called around every call to Redis and to Slack."""
        this: Run | None = getattr(cls._this, "run", None)
        if this:
            this._park()

    def run(self) -> None:
        Run._this.run = self
        try:
            self._park()
            self.worker.handle(self.event)
        except (RetryLater, redis.RedisError, Killed):
            self.again = True
        except BaseException as failure:
            self.failure = failure
        finally:
            with self._condition:
                self.over = True
                self._condition.notify_all()

    def _park(self) -> None:
        with self._condition:
            self._parked = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._permits or self._killed)
            self._parked = False
            if self._killed:
                raise Killed
            self._permits -= 1

    def advance(self, calls: int = 1) -> None:
        """Let it come to the next calls."""
        for _ in range(calls):
            with self._condition:
                self._permits += 1
                self._condition.notify_all()
                arrived = self._condition.wait_for(
                    lambda: self.over or (self._parked and not self._permits), 30
                )
                assert arrived, "a run hangs"

    def kill(self) -> None:
        with self._condition:
            self._killed = True
            self._condition.notify_all()
        self.join(30)

    def finish(self) -> None:
        while not self.over:
            self.advance()


class Trouble:
    """What fails next: lookups of channels, and commands of the ledger before or after they act."""

    def __init__(self) -> None:
        self.lookups: list[Exception] = []
        self.commands: list[str] = []


class FailingChannels:
    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def id_of(self, name: str) -> str | None:
        if self.trouble.lookups:
            raise self.trouble.lookups.pop()
        return f"C0{name.upper()}"


class PausingConnections(RawConnections):
    trouble: Trouble

    def run_script(self, *arguments: Any, **more: Any) -> Any:
        Run.pause()
        failure = self.trouble.commands.pop() if self.trouble.commands else ""
        if failure == "before":
            raise redis.ConnectionError
        found = super().run_script(*arguments, **more)
        if failure:
            raise redis.ConnectionError
        Run.pause()
        return found


class PausingSlack(Slack):
    def _call(self, method: str, **arguments: Any) -> Any:
        Run.pause()
        found = super()._call(method, **arguments)
        Run.pause()
        return found


class Worker:
    """A worker with the bot's own parts, all but its queue."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        client: Any,
        tls: ssl.SSLContext,
        trouble: Trouble | None = None,
    ) -> None:
        self.name = name
        self.client = client
        trouble = trouble or Trouble()
        connections = PausingConnections(client, 3)
        connections.trouble = trouble
        slack = PausingSlack(settings, HttpPool(settings.slack_api_url, tls))
        executor = EffectExecutor(
            slack,
            Ledger(connections, APP, name),
            Ports(FailingChannels(trouble), NoWeb(), NoWeb(), NoHelp()),
            shadow=False,
        )
        parts = SimpleNamespace(
            settings=settings,
            rules=content().rules,
            content=content().data,
            slack=slack,
            executor=executor,
            waves=None,
            help_desk=SlackHelpDesk((), NoChannels(), WaitingQuestions(client, APP), slack),
        )
        self.context = cast("WorkerContext", parts)
        client.hset(keys.processes(APP), name, 0)

    def handle(self, envelope: EventEnvelope) -> None:
        event = msgspec.json.decode(envelope.body)["event"]
        actor = events.route(event["type"], event.get("channel_type"), event.get("subtype"))
        if actor:
            actors.handler(actor)(self.context, envelope.body)

    def before_retry(self) -> None:
        for _ in range(10):
            with suppress(redis.RedisError):
                self.context.executor.exactly_once.memory.record_pending()
                return
        raise AssertionError("redis does not come back")

    def die(self) -> None:
        self.client.hdel(keys.processes(APP), self.name)


@functools.cache
def content() -> LoadedContent:
    data = content_files.read(SAMPLE)
    data.workspace.moderators = (MODERATOR,)
    return LoadedContent(RuleBook(RULES), data)
