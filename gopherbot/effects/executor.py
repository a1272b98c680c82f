"""The one edge where anything visible happens.

Handlers return values; here they are carried out, each once (`once.py`), if shadow mode permits
(`shadow.py`). No handler sends anything by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gopherbot import logs
from gopherbot.effects.exactly_once import Once
from gopherbot.effects.ledger import Ledger
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Counts
from gopherbot.model import (
    Ask,
    Channels,
    Effect,
    Effects,
    HelpIndex,
    Kind,
    Message,
    React,
    Reply,
    WebFetcher,
)
from gopherbot.rulebook.matching import Firing
from gopherbot.rulebook.shadow_mode import permitted
from gopherbot.slack import markup
from gopherbot.slack.client import ReplyMetadata, Slack

LOOK_BACK_SECONDS = 24 * 60 * 60
"""How far back a post is looked for when no message's timestamp bounds it."""

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """What handlers may use of the outside, the same for every message."""

    channels: Channels
    web: WebFetcher
    help: HelpIndex


class EffectExecutor:
    """Carries out what rules answer, once each."""

    def __init__(
        self,
        slack: Slack,
        ledger: Ledger,
        ports: Ports,
        *,
        shadow: bool,
        counts: Counts | None = None,
    ) -> None:
        self.slack = slack
        self.once = Once(ledger)
        self.ports = ports
        self.shadow = shadow
        self.counts = counts or Counts()

    def execute(self, message: Message, firings: Sequence[Firing]) -> None:
        """Let rules act on a message, one after the other.

        One that fails is logged and stops no other. Raises `RetryLater` at the end if something is
        left to do; what is done by then is not done again.
        """
        left: list[RetryLater] = []
        emoji: set[str] = set()
        done = 0
        for firing in firings:
            for number, effect in enumerate(self._answers(message, firing, left)):
                if isinstance(effect, React):
                    if effect.emoji in emoji:
                        continue
                    emoji.add(effect.emoji)
                try:
                    done += self._effect(message, firing.rule.name, number, effect)
                except RetryLater as again:
                    left.append(again)
        if done:
            self.counts.add(counters.ANSWERED)
            self.counts.add(counters.EFFECTS, number=done)
        if left:
            delays = [again.delay for again in left if again.delay is not None]
            raise RetryLater("; ".join(map(str, left)), delay=max(delays, default=None))

    def _answers(self, message: Message, firing: Firing, left: list[RetryLater]) -> list[Effect]:
        """Give what a rule answers; what it has to try again goes to `left`."""
        rule = firing.rule
        if not permitted(rule.kind, addressed=message.addressed, shadow=self.shadow):
            log.info("shadow mode: would have acted", rule=rule.name, user=message.user)
            return []
        try:
            return _flat(rule.handler(self._ask(message, firing)))
        except RetryLater as again:
            left.append(again)
        except Exception:
            log.exception("rule failed", rule=rule.name, source=rule.source)
            self.counts.add(counters.FAILED)
        return []

    def announce(self, event_id: str, rule: str, channel: str, reply: Reply) -> None:
        """Post what a watcher found, once. Raises `RetryLater` until Slack has taken it."""
        if not permitted(Kind.WATCHER, addressed=False, shadow=self.shadow):
            log.info("shadow mode: would have announced", rule=rule, item=event_id)
            return
        if self._reply(Message(event_id, channel, user="", ts="", text=""), rule, 0, reply):
            self.counts.add(counters.EFFECTS)

    def _ask(self, message: Message, firing: Firing) -> Ask:
        return Ask(
            message=message,
            argument=firing.argument,
            channels=self.ports.channels,
            random=firing.rule.random(message),
            web=self.ports.web,
            help=self.ports.help,
        )

    def _effect(self, message: Message, rule: str, number: int, effect: Effect) -> bool:
        """Do an effect once; give whether that was now."""
        if isinstance(effect, React):
            return self._react(message, effect)
        return self._reply(message, rule, number, effect)

    def _react(self, message: Message, effect: React) -> bool:
        return self.once.do(
            message.event_id,
            f"react:{effect.emoji}",
            lambda: self.slack.react(message.channel, message.ts, effect.emoji),
        )

    def _reply(self, message: Message, rule: str, number: int, reply: Reply) -> bool:
        mark = ReplyMetadata(message.event_id, rule, number)
        text = _prefixed(reply, message)
        attachments = _attachments(reply)
        thread = None if reply.dm else message.thread_ts
        oldest = message.ts or f"{time.time() - LOOK_BACK_SECONDS:.6f}"

        def channel() -> str:
            return self.slack.open_dm(message.user) if reply.dm else message.channel

        def post() -> None:
            if reply.ephemeral:
                self.slack.post_ephemeral(
                    channel(), message.user, text, thread_ts=thread, attachments=attachments
                )
                return
            self.slack.post(
                channel(),
                text,
                mark,
                thread_ts=thread,
                attachments=attachments,
                unfurl=reply.unfurl,
                username=reply.username,
            )

        def stands() -> bool:
            return self.slack.find(channel(), mark, oldest=oldest, thread_ts=thread)

        # An ephemeral message cannot be looked up: in doubt it is said again.
        return self.once.do(
            message.event_id, f"{rule}#{number}", post, look=None if reply.ephemeral else stands
        )


def _flat(effects: Effects) -> list[Effect]:
    if effects is None:
        return []
    if isinstance(effects, Reply | React):
        return [effects]
    return list(effects)


def _prefixed(reply: Reply, message: Message) -> str:
    users: Iterable[str] = message.mentioned_users if reply.mentions else ()
    if reply.to_asker and message.user not in users:
        users = (*users, message.user)
    return " ".join((*(markup.user(id) for id in users), reply.text))


def _attachments(reply: Reply) -> list[dict[str, Any]]:
    if not reply.attachment:
        return []
    return [
        {"text": reply.attachment, "fallback": reply.attachment, "mrkdwn_in": ["text"]},
    ]
