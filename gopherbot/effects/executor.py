"""The one edge where anything visible happens.

Handlers return values; here they become effects, each performed once (`exactly_once.py`), if shadow
mode permits (`rulebook/shadow_mode.py`). No handler sends anything by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gopherbot import logs
from gopherbot.effects.exactly_once import ExactlyOnce, Outcome
from gopherbot.effects.ledger import Ledger
from gopherbot.effects.rendering import effects_of
from gopherbot.effects.slack_effects import (
    AddReaction,
    PostAnnouncement,
    PostEphemeral,
    PostReply,
    SlackEffect,
)
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Counts
from gopherbot.model import (
    Ask,
    Channels,
    Effect,
    HelpIndex,
    Kind,
    Message,
    React,
    Reply,
    WebFetcher,
)
from gopherbot.rulebook.matching import Firing
from gopherbot.rulebook.shadow_mode import permitted
from gopherbot.slack.client import Slack

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """What handlers may use of the outside, the same for every message."""

    channels: Channels
    web: WebFetcher
    help: HelpIndex


class EffectExecutor:
    """Performs what rules answer, once each."""

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
        self.exactly_once = ExactlyOnce(slack, ledger)
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
                each = _slack_effect(message, firing.rule.name, number, effect)
                try:
                    done += self.exactly_once.run(each) is Outcome.PERFORMED
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
            return effects_of(rule.handler(self._ask(message, firing)))
        except RetryLater as again:
            left.append(again)
        except Exception:
            log.exception("rule failed", rule=rule.name, source=rule.source)
            self.counts.add(counters.FAILED)
        return []

    def announce(self, event_id: str, watcher: str, channel: str, reply: Reply) -> bool:
        """Post what a watcher found, once; return False if Slack rejects it.

        Raises `RetryLater` until Slack has answered.
        """
        if not permitted(Kind.WATCHER, addressed=False, shadow=self.shadow):
            log.info("shadow mode: would have announced", rule=watcher, item=event_id)
            return True
        message = Message(event_id, channel, user="", ts="", text="")
        outcome = self.exactly_once.run(PostAnnouncement(message, watcher, 0, reply))
        self.counts.add(counters.EFFECTS, number=int(outcome is Outcome.PERFORMED))
        return outcome is not Outcome.REJECTED

    def _ask(self, message: Message, firing: Firing) -> Ask:
        return Ask(
            message=message,
            argument=firing.argument,
            channels=self.ports.channels,
            random=firing.rule.random(message),
            web=self.ports.web,
            help=self.ports.help,
        )


def _slack_effect(message: Message, rule: str, number: int, effect: Effect) -> SlackEffect:
    if isinstance(effect, React):
        return AddReaction(message, effect.emoji)
    kind = PostEphemeral if effect.ephemeral else PostReply
    return kind(message, rule, number, effect)
