"""One scene for the tests of effects: a member's message, and the worker that answers it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from conftest import SettingsFor
from msgspec.structs import replace

from gopherbot.effects.executor import EffectExecutor, Ports
from gopherbot.effects.ledger import Ledger
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import (
    Ask,
    Audience,
    Effects,
    Kind,
    Mention,
    MentionKind,
    Message,
    NoChannels,
    NoHelp,
    NoWeb,
    Reply,
)
from gopherbot.router import Command, Rule
from gopherbot.rulebook.matching import Match
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Retryable
from gopherbot.slack.http_pool import HttpPool
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.changes import Posted

APP = "gopherbot-dev"
HISTORY = "gopherbot.effects.ledger.HISTORY_SECONDS"
LEASE = "gopherbot.effects.ledger.LEASE_SECONDS"
POST, LOOK = "chat.postMessage", "conversations.history"
AWAY = (RetryLater("a file"), redis.ConnectionError(), redis.ReadOnlyError(), Retryable("a call"))
HOW = pytest.mark.parametrize("how", ["first answer", "edit"])
ONE, TWO, PSST = Reply("one"), Reply("two"), Reply("psst", to=Audience.ASKER_ONLY)


class TimeIsUp(BaseException):
    pass


class Always(Rule):
    """A dynamic rule whose condition always holds."""

    kind = Kind.DYNAMIC


def match(
    effects: Effects | Callable[[Ask], Effects],
    rule_class: type[Rule] = Command,
    trigger: str = "t",
) -> Match:
    handler = effects if callable(effects) else lambda _ask: effects
    return Match(rule_class(trigger=trigger, handler=handler, source="test.py"))


def matches(rules: tuple[Any, ...]) -> list[Match]:
    """Return matches of commands `t`, `u`, … that give these answers."""
    return [
        each if isinstance(each, Match) else match(each, trigger=trigger)
        for each, trigger in zip(rules, "tuvwx", strict=False)
    ]


def failing(error: Exception) -> Callable[[Ask], Effects]:
    def handler(ask: Ask) -> Effects:
        raise error

    return handler


def mentioning(*ids: str) -> tuple[Mention, ...]:
    return tuple(Mention(MentionKind.USER, id) for id in ids)


def happened(act: Callable[..., object], *arguments: object) -> list[Happened]:
    """Return what an attempt says that it did: in the journal, the log and the counters."""
    journal.begin()
    try:
        act(*arguments)
    finally:
        attempt = journal.end()
    assert attempt
    return list(attempt.happened.elements())


@dataclass
class Scene:
    """A member's message, and a worker that lives and answers it."""

    slack: Simulator
    client: redis.Redis
    settings: Any
    tls: ssl.SSLContext
    said: Posted
    patch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.executor = self.worker("a")

    def worker(
        self, name: str, *, shadow: bool = False, client: redis.Redis | None = None
    ) -> EffectExecutor:
        ledger = self.ledger(name, client)
        slack = Slack(self.settings, HttpPool(self.slack.api_url, self.tls))
        ports = Ports(NoChannels(), NoWeb(), NoWeb(), NoHelp())
        return EffectExecutor(slack, ledger, ports, shadow=shadow)

    def ledger(self, name: str, client: redis.Redis | None = None) -> Ledger:
        client = client or self.client
        client.hset(keys.processes(APP), name, 0)
        return Ledger(RawConnections(client, 1), APP, name)

    def message(self, said: Posted | None = None, **more: Any) -> Message:
        """Return the message as the actors read it."""
        said = said or self.said
        read = Message(
            said.event_id or f"Ev-{said.ts}",
            said.channel,
            said.author.id,
            said.ts,
            said.message.text,
            thread_ts=said.message.thread_ts,
            bot_users=frozenset({"U0GOPHERBOT"}),
        )
        return replace(read, **more)

    def edited(self, seconds: float = 1, **more: Any) -> Message:
        return self.message(edited_ts=f"{float(self.said.ts) + seconds:.6f}", **more)

    def answer(self, *rules: Any, **more: Any) -> None:
        self.executor.execute(self.message(**more), matches(rules))

    def edit(self, *rules: Any, seconds: float = 1) -> None:
        self.executor.follow_edit(self.edited(seconds), matches(rules))

    def act(self, how: str, *rules: Any) -> None:
        (self.answer if how == "first answer" else self.edit)(*rules)

    def fail(self, kind: Any, method: str = POST, **more: Any) -> None:
        self.slack.faults.add(Fault(kind=kind, method=method, **more))

    def lose_all(self, *workers: str) -> None:
        """Let Redis lose its data, and the workers register again."""
        self.client.flushall()
        for name in workers or ("a",):
            self.client.hset(keys.processes(APP), name, 0)

    def texts(self) -> list[str]:
        return [post.text for post in self.slack.posts()]

    def standing(self) -> list[str]:
        """Return the bot's posts as members see them now."""
        return [
            post.text
            for place in self.slack.workspace.conversations.values()
            for post in place.messages.values()
            if post.bot_id == "B0GOPHERBOT"
        ]

    def calls(self, method: str) -> int:
        return len(self.slack.calls(method))


def delay(act: Callable[..., object], *arguments: Any) -> float | None:
    """Return the seconds after which an attempt asks to be repeated."""
    with pytest.raises(RetryLater) as caught:
        act(*arguments)
    return caught.value.delay


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of unknown outcome are over at once."""
    for name in ("UNDER_WAY_SECONDS", "DOUBT_SECONDS", "HISTORY_SECONDS"):
        monkeypatch.setattr(f"gopherbot.effects.ledger.{name}", 0)


@pytest.fixture
def scene(
    settings_for: SettingsFor,
    slack: Simulator,
    tls: ssl.SSLContext,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    no_waiting: None,
) -> Scene:
    return Scene(slack, redis_client, settings_for(), tls, slack.say("hello"), monkeypatch)
